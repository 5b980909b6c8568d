package proximity

import (
	"slices"
	"testing"
)

// Documents at the edges of pages, of 64 bits and of packed lists: a frequent
// word that is looked up page by page, where a search happens to come first, is
// that of exactly its documents.
func TestWordsAtTheEdgesOfPages(t *testing.T) {
	defer func(page uint32, ranked int) { wordPage, rankedWords = page, ranked }(wordPage, rankedWords)
	rankedWords = 1 // nothing is looked up at once
	for _, page := range []uint32{6, 7, wordPage} {
		wordPage = page
		size := 1 << page
		for _, documents := range []int{1, size - 1, size, size + 1, 3 * size, 8*size + 65} {
			for _, gap := range []int{1, size / 2, size, 4 * size} {
				for first := range 3 {
					var list []uint32
					for at := first - 1; at < documents; at += gap { // with gaps of a page: the last, the first and the second of pages
						if at >= 0 {
							list = append(list, uint32(at))
						}
					}
					if len(list) > 0 {
						compareMatched(t, list, documents)
					}
				}
			}
		}
	}
}

func compareMatched(t *testing.T, list []uint32, documents int) {
	w := newWordWriter(documents)
	w.add([]byte("mot"), list)
	held := w.done()
	var m matched
	begin := func() {
		if n := m.match(held, []Word{{Text: "m"}}); n != rankedWords {
			t.Fatalf("%d documents, looked up at once", n)
		}
	}
	begin()
	for doc := range uint32(documents) {
		if _, want := slices.BinarySearch(list, doc); m.has(doc) != want {
			t.Fatalf("document %d of %d, pages of %d: %t, expected %t", doc, documents, 1<<wordPage, m.has(doc), want)
		}
	}
	edges := []uint32{0, uint32(documents)} // of what is asked for
	for at := uint32(0); at <= uint32(documents); at += 64 {
		if at%(1<<wordPage) <= 64 || documents < 999 {
			edges = append(edges, max(at, 1)-1, at, min(at+1, uint32(documents)))
		}
	}
	for _, from := range edges {
		begin() // no page is known
		for _, to := range edges {
			if from >= to {
				continue
			}
			at, _ := slices.BinarySearch(list, from)
			want := at < len(list) && list[at] < to
			if got := m.hasAny(from, to); got != want {
				t.Fatalf("from %d to %d of %d, pages of %d: %t, expected %t", from, to, documents, 1<<wordPage, got, want)
			}
		}
	}
}
