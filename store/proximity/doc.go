// Package proximity finds, among documents held in memory, those nearest to a
// place that pass some filters: exactly those, in an exact order. It knows
// nothing of records, cards or disks. DESIGN.md says how it works.
package proximity
