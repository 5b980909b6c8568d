package proximity

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// maxWords bounds the words of a document, maxWordBytes each of them.
const (
	maxWords     = 1 << 14
	maxWordBytes = 255
)

// words say which documents of a segment have which words. Words stand in
// order, so that those with one beginning are together, and each says only how
// it goes on from the one before, but for the first of each block. Beside it
// stands how many documents have it; their packed lists stand in the order of
// the words.
type words struct {
	documents int // of the segment
	count     int
	text      []byte
	lists     []byte
	blocks    []wordBlock
}

// wordBlock is where wordsAtOnce words begin in text and in lists.
type wordBlock struct{ text, list uint32 }

const wordsAtOnce = 16

// wordReader stands at a word, or behind the last one.
type wordReader struct {
	*words
	at    int // number of the word
	next  int // the word behind it, in text
	list  int // the word's, in lists
	owned int // how many documents have it
	word  []byte
}

// block goes to the first word of a block. room is used for words.
func (w *words) block(i int, room []byte) wordReader {
	r := wordReader{words: w, at: i*wordsAtOnce - 1, word: room[:0]}
	if i < len(w.blocks) {
		r.next, r.list = int(w.blocks[i].text), int(w.blocks[i].list)
	}
	r.read()
	return r
}

func (r *wordReader) done() bool { return r.at >= r.count }

// read goes on to the word at next; list is where its documents are.
func (r *wordReader) read() {
	if r.at++; r.done() {
		return
	}
	head := r.text[r.next]
	r.next++
	same, more := r.nibble(head>>4), r.nibble(head&15)
	r.word = append(r.word[:same], r.text[r.next:r.next+more]...)
	r.next += more
	r.owned = r.number()
}

func (r *wordReader) step() {
	r.list += packedBytes(r.owned, r.documents)
	r.read()
}

func (r *wordReader) number() int {
	n, size := binary.Uvarint(r.text[r.next:])
	r.next += size
	return int(n)
}

// nibble is a number, of which most are below 15.
func (r *wordReader) nibble(n byte) int {
	if n < 15 {
		return int(n)
	}
	return 15 + r.number()
}

func (r *wordReader) unpack() unpacker { return unpack(r.lists[r.list:], r.owned, r.documents) }

// seek finds the first word for which at says that it is not before what is
// looked for.
func (w *words) seek(room []byte, at func(word []byte) bool) wordReader {
	lo, hi := 0, len(w.blocks) // the first block that is not before it
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if r := w.block(mid, room); at(r.word) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	r := w.block(max(lo-1, 0), room)
	for !r.done() && !at(r.word) {
		r.step()
	}
	return r
}

// find gives the words that a query asks for: from the reader's on, those that
// have their lists before end. It is false when there is none.
func (w *words) find(q *Word, room []byte) (first wordReader, end int, ok bool) {
	text := []byte(q.Text)
	first = w.seek(room, func(word []byte) bool { return bytes.Compare(word, text) >= 0 })
	if first.done() || !bytes.HasPrefix(first.word, text) || q.Whole && len(first.word) > len(text) {
		return first, 0, false
	}
	if q.Whole {
		return first, first.list + packedBytes(first.owned, w.documents), true
	}
	var other [maxWordBytes + 1]byte
	last := w.seek(other[:], func(word []byte) bool { return bytes.Compare(word, text) > 0 && !bytes.HasPrefix(word, text) })
	if last.done() {
		return first, len(w.lists) - packPadding, true
	}
	return first, last.list, true
}

func (w *words) bytes() int {
	if w == nil {
		return 0
	}
	return cap(w.text) + cap(w.lists) + cap(w.blocks)*8
}

// wordWriter writes words in their order.
type wordWriter struct {
	words
	before []byte
}

func newWordWriter(documents int) *wordWriter { return &wordWriter{words: words{documents: documents}} }

// add writes a word and its documents, of which there is one or more.
func (w *wordWriter) add(word []byte, documents []uint32) {
	if w.count%wordsAtOnce == 0 {
		w.blocks, w.before = append(w.blocks, wordBlock{uint32(len(w.text)), uint32(len(w.lists))}), w.before[:0]
	}
	same := 0
	for same < min(len(word), len(w.before)) && word[same] == w.before[same] {
		same++
	}
	more := len(word) - same
	w.text = append(w.text, byte(min(same, 15)<<4|min(more, 15)))
	for _, n := range []int{same, more} {
		if n >= 15 {
			w.text = binary.AppendUvarint(w.text, uint64(n-15))
		}
	}
	w.text = append(w.text, word[same:]...)
	w.text = binary.AppendUvarint(w.text, uint64(len(documents)))
	w.lists = appendPacked(w.lists, documents, w.documents)
	w.before = append(w.before[:0], word...)
	w.count++
}

func (w *wordWriter) done() *words {
	w.lists = append(w.lists, make([]byte, packPadding)...)
	out := w.words
	out.text, out.lists, out.blocks = exact(w.text), exact(w.lists), exact(w.blocks)
	return &out
}

// exact is a copy without room.
func exact[T any](list []T) []T { return append(make([]T, 0, len(list)), list...) }

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
			w = &gathered{last: nobody}
			g[strings.Clone(word)] = w // the caller's is a part of a long text
		case w.last == document:
			continue
		}
		w.gaps = binary.AppendUvarint(w.gaps, uint64(document-w.last))
		w.last = document
	}
}

// done packs them for a segment, or a part of one, with so many documents.
func (g gatherer) done(documents int) *words {
	order := make([]string, 0, len(g))
	for word := range g {
		order = append(order, word)
	}
	slices.Sort(order)
	out := newWordWriter(documents)
	var list []uint32
	for _, word := range order {
		list = list[:0]
		doc := uint32(nobody) // one before the first: gaps are 1 or more
		for gaps := g[word].gaps; len(gaps) > 0; {
			gap, n := binary.Uvarint(gaps)
			gaps = gaps[n:]
			doc += uint32(gap)
			list = append(list, doc)
		}
		out.add([]byte(word), list)
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
	return g.done(len(order))
}
