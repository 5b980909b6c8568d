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

// askedWord is a range of a segment's words: from first on, those whose lists
// are before end.
type askedWord struct {
	first wordReader
	end   int
}

// cost is how many bytes there are to read, by which there are hardly more
// documents.
func (a *askedWord) cost() int { return a.end - a.first.list }

// match looks all words up and counts the documents that have them.
func (m *matched) match(w *words, asked []Word) int {
	m.asked = slices.Grow(m.asked[:0], len(asked))[:len(asked)]
	for i := range asked {
		a, ok := &m.asked[i], false
		if a.first, a.end, ok = w.find(&asked[i], a.first.word); !ok {
			return 0
		}
	}
	slices.SortFunc(m.asked, func(a, b askedWord) int { return cmp.Compare(a.cost(), b.cost()) })
	m.marks = emptyBits(m.marks, w.documents)
	n := 0
	for i := range m.asked {
		if i == 0 {
			m.mark(&m.asked[i])
		} else {
			m.spare = emptyBits(m.spare, w.documents)
			m.narrow(&m.asked[i])
		}
		if n = m.count(); n == 0 {
			break
		}
	}
	return n
}

// release lets go of the segment's words.
func (m *matched) release() {
	for i := range m.asked {
		m.asked[i] = askedWord{first: wordReader{word: m.asked[i].first.word}}
	}
}

func emptyBits(room []uint64, documents int) []uint64 {
	n := (documents + 63) / 64
	room = slices.Grow(room[:0], n)[:n]
	clear(room)
	return room
}

// each calls fn with some of the documents of the range after the other, of
// one word or another.
func (a *askedWord) each(fn func(some []uint32)) {
	var room [unpackAtOnce]uint32
	for r := a.first; r.list < a.end; r.step() {
		u := r.unpack()
		for some := u.some(&room); len(some) > 0; some = u.some(&room) {
			fn(some)
		}
	}
}

func (m *matched) mark(a *askedWord) {
	set := m.marks
	a.each(func(some []uint32) {
		for _, doc := range some {
			set[doc>>6] |= 1 << (doc & 63)
		}
	})
}

// narrow keeps those that have a further word.
func (m *matched) narrow(a *askedWord) {
	had, set := m.marks, m.spare
	a.each(func(some []uint32) {
		for _, doc := range some {
			set[doc>>6] |= had[doc>>6] & (1 << (doc & 63))
		}
	})
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
