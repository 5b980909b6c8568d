package proximity

import (
	"cmp"
	"math/bits"
	"slices"
)

// Word is asked for in a query.
type Word struct {
	Text  string
	Whole bool // else what begins with it counts too
}

// Up to so many documents with the words asked for are ranked one by one,
// some 30 ns each. Where there are more some are near, and the trees find
// them sooner.
const rankedWords = 1 << 15

// matched says which documents of a segment have all words asked for, a bit
// for each. Its memory is used again by the next query.
type matched struct {
	marks, spare []uint64
	asked        []askedWord
	documents    []uint32
}

// askedWord is a range of a segment's words. bytes is how much there is to
// read, and nearly how many documents.
type askedWord struct{ lo, hi, bytes int }

// match looks all words up and counts the documents that have them.
func (m *matched) match(w *words, asked []Word, documents int) int {
	m.asked = m.asked[:0]
	for i := range asked {
		lo, hi := w.find(&asked[i])
		if lo == hi {
			return 0
		}
		m.asked = append(m.asked, askedWord{lo, hi, int(w.list[hi] - w.list[lo])})
	}
	slices.SortFunc(m.asked, func(a, b askedWord) int { return cmp.Compare(a.bytes, b.bytes) })
	m.marks, m.spare = emptyBits(m.marks, documents), emptyBits(m.spare, documents)
	n := 0
	for i, a := range m.asked {
		if i == 0 {
			m.mark(w, a)
		} else {
			m.narrow(w, a)
		}
		if n = m.count(); n == 0 {
			break
		}
	}
	return n
}

func emptyBits(room []uint64, documents int) []uint64 {
	n := (documents + 63) / 64
	room = slices.Grow(room[:0], n)[:n]
	clear(room)
	return room
}

func (m *matched) mark(w *words, a askedWord) {
	set := m.marks
	for i := a.lo; i < a.hi; i++ {
		doc := uint32(never)
		for gaps := w.gaps[w.list[i]:w.list[i+1]]; len(gaps) > 0; {
			gap, n := nextGap(gaps)
			gaps = gaps[n:]
			doc += gap
			set[doc>>6] |= 1 << (doc & 63)
		}
	}
}

// narrow keeps those that have a further word.
func (m *matched) narrow(w *words, a askedWord) {
	clear(m.spare)
	had, set := m.marks, m.spare
	for i := a.lo; i < a.hi; i++ {
		doc := uint32(never)
		for gaps := w.gaps[w.list[i]:w.list[i+1]]; len(gaps) > 0; {
			gap, n := nextGap(gaps)
			gaps = gaps[n:]
			doc += gap
			set[doc>>6] |= had[doc>>6] & (1 << (doc & 63))
		}
	}
	m.marks, m.spare = m.spare, m.marks
}

func (m *matched) count() (n int) {
	for _, word := range m.marks {
		n += bits.OnesCount64(word)
	}
	return n
}

func (m *matched) list() []uint32 {
	m.documents = m.documents[:0]
	for i, word := range m.marks {
		for ; word != 0; word &= word - 1 {
			m.documents = append(m.documents, uint32(i*64+bits.TrailingZeros64(word)))
		}
	}
	return m.documents
}

func hasBit(set []uint64, doc uint32) bool { return set[doc>>6]>>(doc&63)&1 == 1 }

// anyBit is for documents from to to-1, of which there is one at least.
func anyBit(set []uint64, from, to uint32) bool {
	first, last := from>>6, (to-1)>>6
	head, tail := ^uint64(0)<<(from&63), ^uint64(0)>>(63-(to-1)&63)
	if first == last {
		return set[first]&head&tail != 0
	}
	if set[first]&head != 0 || set[last]&tail != 0 {
		return true
	}
	for _, word := range set[first+1 : last] {
		if word != 0 {
			return true
		}
	}
	return false
}
