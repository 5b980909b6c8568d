// Package protocol holds what the network agrees on: identities, signed
// records, their limits, their order and the sealed wire form.
//
// It is pure: it takes bytes and a time and gives values and errors. It knows
// no host, no database and no clock, so two nodes that hold the same bytes at
// the same time always come to the same answer. SPEC.md beside this file
// describes the same rules for other implementations; testdata/vectors holds
// what they must accept, refuse and order.
//
// The one promise everything else rests on: a Verified value exists only
// after Open or OpenBatch checked size, encoding, limits, time and every
// signature of a record.
package protocol
