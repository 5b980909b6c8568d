package proximity

import (
	"bytes"
	"cmp"
	"runtime"
	"slices"
)

// wordPart is what goes into a merge of words.
type wordPart struct {
	*words
	number []uint32 // of each document when merged, nobody: gone; nil: base more
	base   uint32
	reader wordReader
}

// joinWords brings words together for a segment with so many documents. Those
// that only the dead had go. It is cheapest where parts ascend in size or in
// their documents.
func joinWords(parts []wordPart, documents int) *words {
	for i := range parts {
		parts[i].reader = parts[i].block(0, nil)
	}
	out := newWordWriter(documents)
	var word []byte
	var docs, more, spare []uint32
	read := 0
	for {
		least, ok := leastWord(parts)
		if !ok {
			return out.done()
		}
		word, docs = append(word[:0], least...), docs[:0]
		for i := range parts {
			p := &parts[i]
			if p.reader.done() || !bytes.Equal(p.reader.word, word) {
				continue
			}
			more = p.renumbered(more[:0])
			p.reader.step()
			docs, spare = union(docs, more, spare)
		}
		if len(docs) > 0 {
			out.add(word, docs)
		}
		if read += len(docs) + breatheEvery/8; read > 8*breatheEvery {
			read = 0
			runtime.Gosched()
		}
	}
}

func leastWord(parts []wordPart) (word []byte, ok bool) {
	for i := range parts {
		if r := &parts[i].reader; !r.done() && (!ok || bytes.Compare(r.word, word) < 0) {
			word, ok = r.word, true
		}
	}
	return word, ok
}

// renumbered appends the documents of the word at which the part is.
func (p *wordPart) renumbered(dst []uint32) []uint32 {
	var room [unpackAtOnce]uint32
	u := p.reader.unpack()
	for some := u.some(&room); len(some) > 0; some = u.some(&room) {
		for _, doc := range some {
			if p.number == nil {
				dst = append(dst, p.base+doc)
			} else if n := p.number[doc]; n != nobody {
				dst = append(dst, n)
			}
		}
	}
	return dst
}

// union merges two ascending lists that share nobody. What it does not give
// is room for the next one.
func union(a, b, room []uint32) (all, left []uint32) {
	if len(b) == 0 || len(a) == 0 || a[len(a)-1] < b[0] {
		return append(a, b...), room
	}
	room = room[:0]
	i := 0
	for _, y := range b {
		for i < len(a) && a[i] < y {
			room = append(room, a[i])
			i++
		}
		room = append(room, y)
	}
	return append(room, a[i:]...), a
}

// mergesWords lets readers note the new numbers of their documents, if the
// words of all parts are known.
func mergesWords(parts []part, readers []*reader) bool {
	if slices.ContainsFunc(parts, func(p part) bool { return p.words == nil }) {
		return false
	}
	for _, r := range readers {
		r.number = make([]uint32, len(r.ids))
		for i := range r.number {
			r.number[i] = nobody
		}
	}
	return true
}

func wordsOfParts(readers []*reader, documents int) *words {
	parts := make([]wordPart, len(readers))
	for i, r := range readers {
		parts[i] = wordPart{words: r.words, number: r.number}
	}
	slices.SortFunc(parts, func(a, b wordPart) int { return cmp.Compare(len(a.lists), len(b.lists)) })
	return joinWords(parts, documents)
}
