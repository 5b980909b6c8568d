package proximity

import (
	"cmp"
	"runtime"
	"slices"
)

// wordPart is what goes into a merge of words.
type wordPart struct {
	*words
	number []uint32 // of each document when merged, never: gone; nil: the same
	at     int      // the next word
}

// joinWords brings words together. Those that only the dead had go. It is
// cheapest where parts ascend in size or in their documents.
func joinWords(parts []wordPart) *words {
	text, gaps, count := 0, 0, 0
	for i := range parts {
		p := &parts[i]
		text, gaps, count = text+len(p.text), gaps+len(p.gaps), max(count, p.words.count())
	}
	out := newWordWriter(text, gaps, count)
	var docs, more, spare []uint32
	read := 0
	for {
		word, ok := leastWord(parts)
		if !ok {
			return trim(out)
		}
		docs = docs[:0]
		for i := range parts {
			p := &parts[i]
			if p.at == p.words.count() || p.word(p.at) != word {
				continue
			}
			more = p.renumbered(p.at, more[:0])
			p.at++
			docs, spare = union(docs, more, spare)
		}
		if len(docs) > 0 {
			out.gaps = appendGaps(out.gaps, never, docs)
			out.end(word)
		}
		if read += len(docs) + breatheEvery/8; read > 8*breatheEvery {
			read = 0
			runtime.Gosched()
		}
	}
}

func leastWord(parts []wordPart) (word string, ok bool) {
	for i := range parts {
		if p := &parts[i]; p.at < p.words.count() {
			if w := p.word(p.at); !ok || w < word {
				word, ok = w, true
			}
		}
	}
	return word, ok
}

func (p *wordPart) renumbered(i int, dst []uint32) []uint32 {
	dst = p.documents(i, dst)
	if p.number == nil {
		return dst
	}
	kept := dst[:0]
	for _, doc := range dst {
		if n := p.number[doc]; n != never {
			kept = append(kept, n)
		}
	}
	return kept
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

// trim gives back room where the dead left much of it.
func trim(out *wordWriter) *words {
	if len(out.gaps) < cap(out.gaps)*15/16 {
		out.gaps = append(make([]byte, 0, len(out.gaps)), out.gaps...)
	}
	out.from, out.list = slices.Clone(out.from), slices.Clone(out.list)
	return out.done()
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
			r.number[i] = never
		}
	}
	return true
}

func wordsOfParts(readers []*reader) *words {
	parts := make([]wordPart, len(readers))
	for i, r := range readers {
		parts[i] = wordPart{words: r.words, number: r.number}
	}
	slices.SortFunc(parts, func(a, b wordPart) int { return cmp.Compare(len(a.gaps), len(b.gaps)) })
	return joinWords(parts)
}
