package reconcile

import (
	"bytes"
	"cmp"
)

// Item is one element of a set: a record's id and the hour it expires at.
// Items are ordered by ExpiryHour, then by ID as a big-endian number.
type Item struct {
	ExpiryHour uint32 // whole hours since the Unix epoch
	ID         [32]byte
}

// Compare returns -1, 0 or 1 as i stands before, at or after other.
func (i Item) Compare(other Item) int {
	if c := cmp.Compare(i.ExpiryHour, other.ExpiryHour); c != 0 {
		return c
	}
	return bytes.Compare(i.ID[:], other.ID[:])
}

// Bound returns the position of the item: ranges that start there contain it, ranges that end there do not.
func (i Item) Bound() Bound { return Bound{Hour: uint64(i.ExpiryHour), ID: i.ID} }

// Bound is a position in the order of items. A range [lo, hi) holds the items at or after lo and before hi.
type Bound struct {
	Hour uint64 // 0 to 2^32; an hour of 2^32 lies after every item
	ID   [32]byte
}

// Infinity returns the position after every item.
func Infinity() Bound { return Bound{Hour: 1 << 32} }

// After returns the position before everything that expires later than hour, and after everything else.
func After(hour uint32) Bound { return Bound{Hour: uint64(hour) + 1} }

// Compare returns -1, 0 or 1 as b stands before, at or after other.
func (b Bound) Compare(other Bound) int {
	if c := cmp.Compare(b.Hour, other.Hour); c != 0 {
		return c
	}
	return bytes.Compare(b.ID[:], other.ID[:])
}

// IsInfinity tells whether b lies after every item.
func (b Bound) IsInfinity() bool { return b.Hour >= 1<<32 }

// prefix returns the id without its trailing zeros, which is all of it that travels.
func (b Bound) prefix() []byte { return bytes.TrimRight(b.ID[:], "\x00") }

// boundBetween returns the position of shortest encoding that is after left and not after right.
// It needs left before right. A full id would do as well, at up to 31 bytes more for every range sent.
func boundBetween(left, right Item) Bound {
	bound := Bound{Hour: uint64(right.ExpiryHour)}
	if left.ExpiryHour != right.ExpiryHour {
		return bound
	}
	for i, b := range right.ID {
		bound.ID[i] = b
		if b != left.ID[i] {
			break
		}
	}
	return bound
}

// Part is the sum of the ids in a part of a range, and how many they are.
type Part struct {
	Sum   Sum
	Count int
}

// Set is a consistent view of a replica's items: every call sees the same items, whatever is written meanwhile.
// All ranges are [lo, hi); a range with hi not after lo is empty.
type Set interface {
	// Fold returns the sum of the ids in the range and how many they are, in O(log n).
	Fold(lo, hi Bound) (sum Sum, count int)
	// FoldParts returns what Fold would of every [bounds[i], bounds[i+1]), in one pass; bounds ascend strictly.
	FoldParts(bounds []Bound) []Part
	// Cuts calls fn, for each k of ranks, with the items of ranks k-1 and k among those at or after lo, counted from 0.
	// All ranks are at least 1 and have an item. Each costs O(log n).
	Cuts(lo Bound, ranks []int, fn func(left, right Item))
	// Walk calls fn for the items of the range in ascending order until fn returns false.
	Walk(lo, hi Bound, fn func(Item) bool)
	// Err says that something could not be read. What the view gave since is not to be used, and nobody's fault.
	Err() error
}
