package proximity

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func drawList(rt *rapid.T, n int) (list []uint32) {
	every := rapid.SampledFrom([]int{1, 2, 3, 100, 100_000}).Draw(rt, "one in about")
	for doc := rapid.IntRange(0, n-1).Draw(rt, "first"); doc < n && len(list) < 2000; doc += rapid.IntRange(1, every).Draw(rt, "gap") {
		list = append(list, uint32(doc))
	}
	return list
}

// Lists come out as they went in, one behind the other, up to numbers of 32 bits.
func TestPackedLists(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.SampledFrom([]int{1, 2, 63, 64, 65, 1000, 1 << 20, 1<<32 - 1}).Draw(rt, "documents")
		var lists [][]uint32
		var packed []byte
		for range rapid.IntRange(1, 4).Draw(rt, "lists") {
			lists = append(lists, drawList(rt, n))
			packed = appendPacked(packed, lists[len(lists)-1], n)
		}
		packed = append(packed, make([]byte, packPadding)...)
		at := 0
		var room [unpackAtOnce]uint32
		for _, list := range lists {
			u := unpack(packed[at:], len(list), n)
			var got []uint32
			for some := u.some(&room); len(some) > 0; some = u.some(&room) {
				got = append(got, some...)
			}
			if !slices.Equal(got, list) {
				rt.Fatalf("of %d: %d packed, %d unpacked", n, len(list), len(got))
			}
			from, to := uint32(rapid.IntRange(0, n-1).Draw(rt, "from")), uint32(rapid.IntRange(1, n).Draw(rt, "to"))
			if rapid.Bool().Draw(rt, "page") {
				from, to = from>>9<<9, to>>9<<9
			}
			u = unpack(packed[at:], len(list), n)
			u.between(from, to, n)
			got = got[:0]
			for some := u.some(&room); len(some) > 0; some = u.some(&room) {
				got = append(got, some...)
			}
			outside := func(doc uint32) bool { return doc < from || doc >= to }
			if want := slices.DeleteFunc(slices.Clone(list), outside); !slices.Equal(slices.DeleteFunc(got, outside), want) {
				rt.Fatalf("of %d from %d to %d: %d unpacked, %d expected", n, from, to, len(got), len(want))
			}
			at += packedBytes(len(list), n)
		}
		if at != len(packed)-packPadding {
			rt.Fatalf("%d bytes, %d expected", len(packed)-packPadding, at)
		}
	})
}

func drawWord(rt *rapid.T) string {
	return rapid.StringMatching(`[ab]{0,2}`).Draw(rt, "beginning") + strings.Repeat("c", rapid.SampledFrom([]int{0, 0, 1, 13, 14, 15, 16, 300}).Draw(rt, "length")) +
		rapid.SampledFrom([]string{"", "a", "é", "\xff"}).Draw(rt, "end")
}

// Every word is found with its documents, and every beginning with those of
// all words that have it.
func TestWordsInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const documents = 50
		all := map[string][]uint32{}
		for range rapid.IntRange(0, 70).Draw(rt, "words") {
			all[drawWord(rt)] = drawList(rt, documents)
		}
		w := newWordWriter(documents)
		for _, word := range slices.Sorted(maps.Keys(all)) {
			w.add([]byte(word), all[word])
		}
		held := w.done()
		for range 9 {
			q := Word{Text: drawWord(rt), Whole: rapid.Bool().Draw(rt, "whole")}
			want := map[uint32]int{}
			for word, list := range all {
				if word == q.Text || !q.Whole && strings.HasPrefix(word, q.Text) {
					for _, doc := range list {
						want[doc]++
					}
				}
			}
			got := map[uint32]int{}
			if first, end, ok := held.find(&q, nil); ok {
				a := askedWord{first: first, end: end}
				a.each(0, documents, func(some []uint32) {
					for _, doc := range some {
						got[doc]++
					}
				})
			}
			if !maps.Equal(got, want) {
				rt.Fatalf("%q (whole: %t): %v, expected %v", q.Text, q.Whole, got, want)
			}
		}
	})
}
