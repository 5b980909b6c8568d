package proximity

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Numbers come out as they went in, from a part too, up to 32 bits.
func TestNumbers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		greatest := rapid.SampledFrom([]uint32{0, 1, 2, 255, 256, 1<<17 - 1, 1 << 17, math.MaxUint32}).Draw(rt, "greatest")
		list := rapid.SliceOfN(rapid.Uint32Range(0, greatest), 0, 99).Draw(rt, "list")
		b := numbersOf(list, greatest)
		from := rapid.IntRange(0, len(list)).Draw(rt, "from")
		to := rapid.IntRange(from, len(list)).Draw(rt, "to")
		part := b.part(uint32(from), uint32(to))
		if !slices.Equal(b.unpacked(), list) || !slices.Equal(part.unpacked(), list[from:to]) {
			rt.Fatalf("%v up to %d: %v and from %d to %d %v", list, greatest, b.unpacked(), from, to, part.unpacked())
		}
	})
}

// A finger holds exactly the documents of its list, wherever the one before
// was, in even lists and in those that are dense here and thin there.
func TestFingers(t *testing.T) {
	const documents = 100_000
	s := segment{columns: columns{ids: make([]ID, documents)}}
	rapid.Check(t, func(rt *rapid.T) {
		before, held := drawList(rt, documents), drawList(rt, documents)
		if rapid.Bool().Draw(rt, "thin behind") {
			held = append(held, drawList(rt, documents)...)
			slices.Sort(held)
			held = slices.Compact(held)
		}
		b := numbersOf(slices.Concat(before, held, []uint32{0, 1}), documents)
		posts := b.part(uint32(len(before)), uint32(len(before)+len(held)))
		fingers := []finger{newFinger(list{&s, posts, uint32(posts.n)})}
		begin(fingers)
		at := 0
		for range 200 {
			doc := uint32(rapid.IntRange(0, documents-1).Draw(rt, "any"))
			switch rapid.IntRange(0, 3).Draw(rt, "or") {
			case 0:
				doc = held[rapid.IntRange(0, len(held)-1).Draw(rt, "one of the list")]
			case 1: // one near the last
				at = min(at+rapid.IntRange(0, 3).Draw(rt, "further"), len(held)-1)
				doc = held[at] + uint32(rapid.IntRange(0, 1).Draw(rt, "behind"))
			}
			if at, _ = slices.BinarySearch(held, doc); fingers[0].holds(doc) != (at < len(held) && held[at] == doc) {
				rt.Fatalf("%d in %v: %t", doc, held, fingers[0].holds(doc))
			}
		}
	})
}
