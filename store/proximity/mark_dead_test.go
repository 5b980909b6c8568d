package proximity

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A set of the dead does what a map does, and the sets it was made from stay
// as they were.
func TestDeadEqualsMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.SampledFrom([]int{1, 63, 64, 65, pageBits, pageBits + 1, 3*pageBits - 1}).Draw(rt, "documents")
		sets, maps := []dead{{}}, []map[uint32]bool{{}}
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			from := rapid.IntRange(0, len(sets)-1).Draw(rt, "from")
			more := rapid.SliceOfN(rapid.Uint32Range(0, uint32(n-1)), 0, 40).Draw(rt, "more")
			next := map[uint32]bool{}
			for doc := range maps[from] {
				next[doc] = true
			}
			var fresh []uint32
			for _, doc := range more {
				if !next[doc] {
					fresh = append(fresh, doc)
				}
				next[doc] = true
			}
			set := sets[from].with(more, n)
			var since []uint32
			set.since(&sets[from], func(doc uint32) { since = append(since, doc) })
			if slices.Sort(fresh); !slices.Equal(since, fresh) {
				rt.Fatalf("since: %v, expected %v", since, fresh)
			}
			sets, maps = append(sets, set), append(maps, next)
		}
		for i := range sets {
			if sets[i].count != len(maps[i]) {
				rt.Fatalf("set %d counts %d, expected %d", i, sets[i].count, len(maps[i]))
			}
			for doc := range uint32(n) {
				if sets[i].has(doc) != maps[i][doc] {
					rt.Fatalf("set %d, document %d: %v", i, doc, sets[i].has(doc))
				}
			}
			from := rapid.Uint32Range(0, uint32(n)).Draw(rt, "within from")
			to := rapid.Uint32Range(from, uint32(n)).Draw(rt, "to")
			want := 0
			for doc := range maps[i] {
				if doc >= from && doc < to {
					want++
				}
			}
			if got := sets[i].within(from, to); got != want {
				rt.Fatalf("set %d within %d to %d: %d, expected %d", i, from, to, got, want)
			}
		}
	})
}
