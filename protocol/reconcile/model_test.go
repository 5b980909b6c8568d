package reconcile

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sort"
	"testing"
)

// listSet is the plain model of a Set: a sorted slice.
type listSet []Item

func setOf(items ...Item) listSet {
	sorted := slices.Clone(items)
	slices.SortFunc(sorted, Item.Compare)
	return slices.Compact(sorted)
}

func (s listSet) within(lo, hi Bound) []Item {
	from := sort.Search(len(s), func(i int) bool { return s[i].Bound().Compare(lo) >= 0 })
	to := sort.Search(len(s), func(i int) bool { return s[i].Bound().Compare(hi) >= 0 })
	return s[from:max(from, to)]
}

func (s listSet) Fold(lo, hi Bound) (sum Sum, count int) {
	for _, item := range s.within(lo, hi) {
		sum = sum.Add(IDSum(&item.ID))
		count++
	}
	return sum, count
}

func (s listSet) FoldParts(bounds []Bound) (parts []Part) {
	for i := range max(len(bounds)-1, 0) {
		sum, count := s.Fold(bounds[i], bounds[i+1])
		parts = append(parts, Part{sum, count})
	}
	return parts
}

func (s listSet) Cuts(lo Bound, ranks []int, fn func(left, right Item)) {
	items := s.within(lo, Infinity())
	for _, k := range ranks {
		fn(items[k-1], items[k])
	}
}

func (s listSet) Err() error { return nil }

func (s listSet) Walk(lo, hi Bound, fn func(Item) bool) {
	for _, item := range s.within(lo, hi) {
		if !fn(item) {
			return
		}
	}
}

func (s listSet) has(item Item) bool {
	_, found := slices.BinarySearchFunc(s, item, Item.Compare)
	return found
}

// minus returns what s has and other lacks, among what expires after floor.
func (s listSet) minus(other listSet, floor uint32) []Item {
	var items []Item
	for _, item := range s {
		if item.ExpiryHour > floor && !other.has(item) {
			items = append(items, item)
		}
	}
	return items
}

// item makes an id whose first eight bytes are n, so that its place in the order can be foreseen.
func item(hour uint32, n uint64) Item {
	it := Item{ExpiryHour: hour}
	binary.BigEndian.PutUint64(it.ID[:], n)
	it.ID[31] = byte(n) ^ 0x5a
	return it
}

// spread makes n items over some hours, with ids spread by a fixed multiplier.
func spread(first uint32, hours, n int) listSet {
	items := make([]Item, n)
	for i := range items {
		items[i] = item(first+uint32(i%hours), uint64(i+1)*0x9e3779b97f4a7c15)
	}
	return setOf(items...)
}

func testConfig() Config {
	cfg := DefaultConfig()
	cfg.AuditCuts = 16
	return cfg
}

// run reconciles two sets that stay as they are and returns the session and all it needed.
func run(t testing.TB, mine, theirs Set, myHour, peerHour uint32, myCfg, peerCfg Config, salt []byte) (*Session, []Item, error) {
	t.Helper()
	session, err := NewSession(myCfg, salt)
	if err != nil {
		t.Fatal(err)
	}
	request, err := session.Open(mine, myHour)
	var needed []Item
	for err == nil && request != nil {
		if len(request) > myCfg.FrameBytes {
			t.Fatalf("request of %d bytes over the bound of %d", len(request), myCfg.FrameBytes)
		}
		reply, respondErr := Respond(theirs, peerHour, request, peerCfg)
		if respondErr != nil {
			t.Fatalf("honest request %x refused: %v", request, respondErr)
		}
		if len(reply) > peerCfg.FrameBytes {
			t.Fatalf("reply of %d bytes over the bound of %d", len(reply), peerCfg.FrameBytes)
		}
		countRanges(t, request, max(myHour, session.floor), myCfg)
		countRanges(t, reply, max(peerHour, session.floor), peerCfg)
		var need []Item
		request, need, err = session.Step(mine, myHour, reply)
		needed = append(needed, need...)
	}
	return session, needed, err
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// countRanges proves that an honest frame keeps to its sender's bound of ranges.
func countRanges(t testing.TB, frame []byte, floor uint32, cfg Config) {
	t.Helper()
	if frame[0] == frameClockSkew {
		return
	}
	ranges, err := readRanges(frame[frameHeadBytes:], After(floor), frame[0])
	if err != nil || len(ranges) > cfg.RangesPerFrame {
		t.Fatalf("%d ranges over the bound of %d, %v", len(ranges), cfg.RangesPerFrame, err)
	}
}
