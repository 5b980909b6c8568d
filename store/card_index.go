package store

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
)

// slotIndex says where in the file of cards a card's slot is: eight bytes for
// each, in tables with open addressing (linear probing, deletion by shifting
// back: Knuth, The Art of Computer Programming 3, 6.4 R). Cards are told apart by
// some bits of their id, so what stands in a slot must be looked at; where two
// cards of a table have the same bits, only the one that came last is known.
type slotIndex struct {
	tables [1 << slotTableBits]slotTable
	bytes  atomic.Int64 // of all tables
}

type slotTable struct {
	mu      sync.RWMutex
	entries []slotEntry // a power of two of them, at most three quarters of them taken
	taken   int
}

// slotEntry is, from the highest bit, tag, units, and where the slot begins in
// units. Zero is none: a slot has one unit at least.
type slotEntry uint64

const (
	slotTableBits = 6
	slotTagBits   = 22
	slotUnitBits  = 10
	slotAtBits    = 32
	leastSlots    = 16
)

func slotEntryOf(tag uint64, units int, atUnits int64) slotEntry {
	return slotEntry(tag<<(slotUnitBits+slotAtBits) | uint64(units)<<slotAtBits | uint64(atUnits))
}

func (e slotEntry) tag() uint64 { return uint64(e) >> (slotUnitBits + slotAtBits) }
func (e slotEntry) bytes() int  { return int(uint64(e)>>slotAtBits&maxSlotUnits) * slotUnit }
func (e slotEntry) at() int64   { return int64(e&(1<<slotAtBits-1)) * slotUnit }

// place gives the table of a card and its tag there. Ids are hashes.
func (x *slotIndex) place(k nearKey) (*slotTable, uint64) {
	h := binary.LittleEndian.Uint64(k.id[8:]) ^ uint64(k.kind)*0x9e3779b97f4a7c15
	return &x.tables[h>>(64-slotTableBits)], h & (1<<slotTagBits - 1)
}

func (x *slotIndex) get(k nearKey) (slotEntry, bool) {
	t, tag := x.place(k)
	t.mu.RLock()
	defer t.mu.RUnlock()
	if i := t.find(tag); i >= 0 {
		return t.entries[i], true
	}
	return 0, false
}

// put adds an entry; that of the card before, or of another one that looks
// alike, was dropped.
func (x *slotIndex) put(k nearKey, units int, at int64) {
	t, tag := x.place(k)
	t.mu.Lock()
	defer t.mu.Unlock()
	if 4*(t.taken+1) > 3*len(t.entries) {
		x.bytes.Add(t.grow())
	}
	t.add(slotEntryOf(tag, units, at/slotUnit))
}

// drop takes out a card's entry and gives it; at is -1, or where it must be.
func (x *slotIndex) drop(k nearKey, at int64) slotEntry {
	t, tag := x.place(k)
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.find(tag)
	if i < 0 || at >= 0 && t.entries[i].at() != at {
		return 0
	}
	gone := t.entries[i]
	t.remove(i)
	return gone
}

func (x *slotIndex) clear() {
	for i := range x.tables {
		t := &x.tables[i]
		t.mu.Lock()
		x.bytes.Add(-int64(len(t.entries)) * 8)
		t.entries, t.taken = nil, 0
		t.mu.Unlock()
	}
}

func (x *slotIndex) count() (n int) {
	for i := range x.tables {
		x.tables[i].mu.RLock()
		n += x.tables[i].taken
		x.tables[i].mu.RUnlock()
	}
	return n
}

func (t *slotTable) find(tag uint64) int {
	if len(t.entries) == 0 {
		return -1
	}
	mask := len(t.entries) - 1
	for i := int(tag) & mask; t.entries[i] != 0; i = (i + 1) & mask {
		if t.entries[i].tag() == tag {
			return i
		}
	}
	return -1
}

func (t *slotTable) add(e slotEntry) {
	mask := len(t.entries) - 1
	i := int(e.tag()) & mask
	for t.entries[i] != 0 {
		i = (i + 1) & mask
	}
	t.entries[i] = e
	t.taken++
}

func (t *slotTable) remove(i int) {
	mask := len(t.entries) - 1
	for j := (i + 1) & mask; t.entries[j] != 0; j = (j + 1) & mask {
		// What stands at j may move to i unless its probes begin behind i.
		if home := int(t.entries[j].tag()) & mask; (j-home)&mask >= (j-i)&mask {
			t.entries[i] = t.entries[j]
			i = j
		}
	}
	t.entries[i] = 0
	t.taken--
}

// grow gives by how many bytes.
func (t *slotTable) grow() int64 {
	before := t.entries
	t.entries, t.taken = make([]slotEntry, max(leastSlots, 2*len(before))), 0
	for _, e := range before {
		if e != 0 {
			t.add(e)
		}
	}
	return int64(len(t.entries)-len(before)) * 8
}
