package proximity

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// maxWords bounds the words of a document, maxWordBytes each of them.
const (
	maxWords     = 1 << 14
	maxWordBytes = 255
)

// words say which documents of a segment have which words. Words stand in
// order, so that those with one beginning are together. The documents of each
// are ascending and kept as the gaps between them, seven bits a byte: mostly
// one byte, where four would be said otherwise.
type words struct {
	text string   // of all words, one behind the other
	from []uint32 // word i is text[from[i]:from[i+1]]
	gaps []byte
	list []uint32 // its documents are gaps[list[i]:list[i+1]]
}

func (w *words) count() int { return len(w.from) - 1 }

func (w *words) word(i int) string { return w.text[w.from[i]:w.from[i+1]] }

// find gives the words from lo to hi-1 that a query asks for.
func (w *words) find(q *Word) (lo, hi int) {
	n := w.count()
	lo = sort.Search(n, func(i int) bool { return w.word(i) >= q.Text })
	if q.Whole {
		if lo < n && w.word(lo) == q.Text {
			return lo, lo + 1
		}
		return lo, lo
	}
	return lo, lo + sort.Search(n-lo, func(i int) bool { return !strings.HasPrefix(w.word(lo+i), q.Text) })
}

// documents appends those of word i to dst.
func (w *words) documents(i int, dst []uint32) []uint32 {
	doc := uint32(never) // one before the first: gaps are 1 or more
	for gaps := w.gaps[w.list[i]:w.list[i+1]]; len(gaps) > 0; {
		gap, n := nextGap(gaps)
		gaps = gaps[n:]
		doc += gap
		dst = append(dst, doc)
	}
	return dst
}

// nextGap reads an unsigned varint, of which most are one byte.
func nextGap(gaps []byte) (gap uint32, n int) {
	if b := gaps[0]; b < 0x80 {
		return uint32(b), 1
	}
	wide, n := binary.Uvarint(gaps)
	return uint32(wide), n
}

func appendGaps(gaps []byte, before uint32, documents []uint32) []byte {
	for _, doc := range documents {
		gaps = binary.AppendUvarint(gaps, uint64(doc-before))
		before = doc
	}
	return gaps
}

func (w *words) bytes() int {
	if w == nil {
		return 0
	}
	return len(w.text) + cap(w.gaps) + (cap(w.from)+cap(w.list))*4
}

// wordWriter writes words in their order.
type wordWriter struct {
	text []byte
	words
}

func newWordWriter(text, gaps, count int) *wordWriter {
	return &wordWriter{make([]byte, 0, text), words{
		from: append(make([]uint32, 0, count+1), 0), gaps: make([]byte, 0, gaps), list: append(make([]uint32, 0, count+1), 0),
	}}
}

// end closes the word whose gaps have been written.
func (w *wordWriter) end(word string) {
	w.text = append(w.text, word...)
	w.from, w.list = append(w.from, uint32(len(w.text))), append(w.list, uint32(len(w.gaps)))
}

func (w *wordWriter) done() *words {
	w.words.text = string(w.text)
	w.from, w.gaps, w.list = slices.Clip(w.from), slices.Clip(w.gaps), slices.Clip(w.list)
	out := w.words
	return &out
}

// gatherer turns the words of documents, which come in order, into the
// documents of words.
type gatherer map[string]*gathered

type gathered struct {
	last uint32
	gaps []byte
}

func (g gatherer) add(document uint32, list []string) {
	for _, word := range list {
		w := g[word]
		switch {
		case w == nil:
			w = &gathered{last: never}
			g[strings.Clone(word)] = w // the caller's is a part of a long text
		case w.last == document:
			continue
		}
		w.gaps = binary.AppendUvarint(w.gaps, uint64(document-w.last))
		w.last = document
	}
}

func (g gatherer) done() *words {
	order := make([]string, 0, len(g))
	text, gaps := 0, 0
	for word, w := range g {
		order = append(order, word)
		text, gaps = text+len(word), gaps+len(w.gaps)
	}
	slices.Sort(order)
	out := newWordWriter(text, gaps, len(order))
	for _, word := range order {
		out.gaps = append(out.gaps, g[word].gaps...)
		out.end(word)
	}
	return out.done()
}

// wordsOf gathers those of documents in an order; nil when those of one are
// not known.
func wordsOf(docs []Document, order []cellOfDocument) *words {
	g := gatherer{}
	for i, o := range order {
		if docs[o.document].Words == nil {
			return nil
		}
		g.add(uint32(i), docs[o.document].Words)
	}
	return g.done()
}
