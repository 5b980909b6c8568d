package proximity

import (
	"cmp"
	"encoding/binary"
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
var rankedWords = 1 << 12 // a variable, for tests

// Where many documents are likely to match, those of so many (as a power of
// two, 6 or more) are looked up at a time, when a search comes there: the
// nearest twenty stand on a page or two. Smaller pages would have more lists to
// skip through, each from its beginning.
var wordPage = uint32(15) // a variable, for tests

// Several words are taken to be together as often as by chance. Where they are
// not, a search by pages finds it out one by one, at twice the cost of all at
// once: it must be likely.
const unlikely = 8

// matched says which documents of a segment have all words asked for, a bit
// for each. Its memory is used again by the next query.
type matched struct {
	asked     []askedWord
	marks     []uint64 // of the pages that are known
	known     []bool
	spare     []uint64
	documents []byte
}

// askedWord is a range of a segment's words: from first on, those whose lists
// are before end. documents have one of them each, some of them several.
type askedWord struct {
	first     wordReader
	end       int
	documents int
}

// match looks all words up and counts the documents that have them, or gives
// rankedWords where there are about so many or more.
func (m *matched) match(w *words, asked []Word) int {
	m.asked = slices.Grow(m.asked[:0], len(asked))[:len(asked)]
	likely := float64(w.documents)
	for i := range asked {
		a, ok := &m.asked[i], false
		if a.first, a.end, ok = w.find(&asked[i], a.first.word); !ok {
			return 0
		}
		a.documents = 0
		for r := a.first; r.list < a.end; r.step() {
			a.documents += r.owned
		}
		likely *= min(1, float64(a.documents)/float64(w.documents))
	}
	slices.SortFunc(m.asked, func(a, b askedWord) int { return cmp.Compare(a.documents, b.documents) })
	m.marks = room(m.marks, (w.documents+63)/64)
	m.known = room(m.known, (w.documents-1)>>wordPage+1)
	clear(m.known)
	if len(asked) > 1 {
		likely /= unlikely
	}
	if likely >= float64(rankedWords) {
		return rankedWords
	}
	m.read(0, uint32(w.documents))
	for i := range m.known {
		m.known[i] = true
	}
	return m.count()
}

// room gives n of anything.
func room[T any](list []T, n int) []T { return slices.Grow(list[:0], n)[:n] }

// release lets go of the segment's words.
func (m *matched) release() {
	for i := range m.asked {
		m.asked[i] = askedWord{first: wordReader{word: m.asked[i].first.word}}
	}
}

// read looks up documents from to to-1; from is the first of a page.
func (m *matched) read(from, to uint32) {
	set := m.marks[from/64 : (to+63)/64]
	clear(set)
	for i := range m.asked {
		a := &m.asked[i]
		if i == 0 {
			a.each(from, to, func(some []uint32) {
				for _, doc := range some {
					if doc -= from; doc < to-from {
						set[doc>>6] |= 1 << (doc & 63)
					}
				}
			})
			continue
		}
		m.spare = append(m.spare[:0], set...)
		had := m.spare
		clear(set)
		a.each(from, to, func(some []uint32) { // who has a further word stays
			for _, doc := range some {
				if doc -= from; doc < to-from {
					set[doc>>6] |= had[doc>>6] & (1 << (doc & 63))
				}
			}
		})
	}
}

// each calls fn with documents of one word of the range after the other: those
// from to to-1, and some others.
func (a *askedWord) each(from, to uint32, fn func(some []uint32)) {
	var room [unpackAtOnce]uint32
	for r := a.first; r.list < a.end; r.step() {
		u := r.unpack()
		u.between(from, to, r.documents)
		for some := u.some(&room); len(some) > 0; some = u.some(&room) {
			fn(some)
		}
	}
}

func (m *matched) readPage(page uint32) {
	from := page << wordPage
	m.read(from, min(from+1<<wordPage, uint32(m.asked[0].first.words.documents)))
	m.known[page] = true
}

// has says whether a document has all words.
func (m *matched) has(doc uint32) bool {
	if page := doc >> wordPage; !m.known[page] {
		m.readPage(page)
	}
	return m.marks[doc>>6]>>(doc&63)&1 == 1
}

// hasAny is for documents from to to-1, of which there is one at least.
func (m *matched) hasAny(from, to uint32) bool {
	for page := from >> wordPage; page <= (to-1)>>wordPage; page++ {
		if !m.known[page] {
			m.readPage(page)
		}
		if anyBit(m.marks, max(from, page<<wordPage), min(to-1, (page+1)<<wordPage-1)) {
			return true
		}
	}
	return false
}

func (m *matched) count() (n int) {
	for _, word := range m.marks {
		n += bits.OnesCount64(word)
	}
	return n
}

func (m *matched) list(n int) numbers {
	m.documents = m.documents[:0]
	for i, word := range m.marks {
		for ; word != 0; word &= word - 1 {
			m.documents = binary.LittleEndian.AppendUint32(m.documents, uint32(i*64+bits.TrailingZeros64(word)))
		}
	}
	m.documents = append(m.documents, make([]byte, packPadding)...)
	return numbers{bytes: m.documents, width: 32, mask: 1<<32 - 1, n: n}
}

// anyBit is for the bits from first to last.
func anyBit(set []uint64, first, last uint32) bool {
	from, to := first>>6, last>>6
	head, tail := ^uint64(0)<<(first&63), ^uint64(0)>>(63-last&63)
	if from == to {
		return set[from]&head&tail != 0
	}
	if set[from]&head != 0 || set[to]&tail != 0 {
		return true
	}
	for _, word := range set[from+1 : to] {
		if word != 0 {
			return true
		}
	}
	return false
}
