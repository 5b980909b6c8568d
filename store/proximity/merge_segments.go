package proximity

import (
	"bytes"
	"runtime"
)

// living is a segment and who of it does not count any more.
type living struct {
	*segment
	dead dead
}

func (l *living) count() int { return len(l.ids) - l.dead.count }

// reader goes through the living documents of one part, in order.
type reader struct {
	*columns
	dead     *dead
	document uint32
	stand    int // of document
	rename   []uint32
	number   []uint32 // of each document when merged; nil: nobody needs it
}

func (r *reader) done() bool { return int(r.document) == len(r.ids) }

// settle goes to the next living document, document included.
func (r *reader) settle() {
	for !r.done() && r.dead.has(r.document) {
		r.document++
	}
	for r.stand+1 < len(r.stands) && r.stands[r.stand+1].first <= r.document {
		r.stand++
	}
}

func (r *reader) compare(o *reader) int {
	if c := r.stands[r.stand].order(&o.stands[o.stand]); c != 0 {
		return c
	}
	return bytes.Compare(r.ids[r.document][:], o.ids[o.document][:])
}

// part is what goes into a merge.
type part struct {
	*columns
	dead dead
}

// mergeColumns brings the living documents of parts together. They are in
// order already; nothing is sorted.
func mergeColumns(parts []part) columns {
	documents, terms := 0, 0
	readers := make([]*reader, len(parts))
	for i := range parts {
		p := &parts[i]
		readers[i] = &reader{columns: p.columns, dead: &p.dead}
		documents += len(p.ids) - p.dead.count
		terms += len(p.terms)
	}
	out := newColumns(documents, terms)
	out.dictionary = joinDictionaries(readers)
	words := mergesWords(parts, readers)
	open := make([]*reader, 0, len(readers))
	for _, r := range readers {
		if r.settle(); !r.done() {
			open = append(open, r)
		}
	}
	for len(open) > 0 {
		first := 0
		for i := 1; i < len(open); i++ {
			if open[i].compare(open[first]) < 0 {
				first = i
			}
		}
		r := open[first]
		out.take(r)
		breathe(len(out.ids))
		r.document++
		if r.settle(); r.done() {
			open = append(open[:first], open[first+1:]...)
		}
	}
	if words {
		out.words = wordsOfParts(readers, len(out.ids))
	}
	return out
}

// breatheEvery is how many steps a long loop takes between two moments at which
// it lets others run: some ten microseconds. Without, a merge holds a processor
// for the scheduler's ten milliseconds while searches wait. A short loop lets
// nobody run: a new card's segment is a dozen of them, and to go behind
// everybody else at each would delay that the card is found.
const breatheEvery = 1 << 7

func breathe(step int) {
	if step%breatheEvery == breatheEvery-1 {
		runtime.Gosched()
	}
}

func (c *columns) take(r *reader) {
	s := &r.stands[r.stand]
	if r.number != nil {
		r.number[r.document] = uint32(len(c.ids))
	}
	c.standAt(s.lat, s.lon, s.tier)
	c.ids, c.rows = append(c.ids, r.ids[r.document]), append(c.rows, r.rows[r.document])
	for _, t := range r.terms[r.termFrom[r.document]:r.termFrom[r.document+1]] {
		c.terms = append(c.terms, r.rename[t])
	}
	c.termFrom = append(c.termFrom, uint32(len(c.terms)))
}

// joinDictionaries gives the terms that living documents have, and each reader
// the new numbers of its own. Terms that only the dead had would otherwise
// stay for ever.
func joinDictionaries(readers []*reader) dictionary {
	var names [sorts][]uint64
	used := make([][]bool, len(readers))
	for i, r := range readers {
		used[i] = r.usedTerms()
		for s := range sorts {
			for t := r.from[s]; t < r.from[s+1]; t++ {
				if used[i][t] {
					names[s] = append(names[s], r.names[t])
				}
			}
		}
	}
	d := newDictionary(names)
	for i, r := range readers {
		r.rename = make([]uint32, len(r.names))
		for s := range sorts {
			n := d.from[s]
			for t := r.from[s]; t < r.from[s+1]; t++ {
				if !used[i][t] {
					continue
				}
				for d.names[n] < r.names[t] {
					n++
				}
				r.rename[t] = n
			}
		}
	}
	return d
}

func (r *reader) usedTerms() []bool {
	used := make([]bool, len(r.names))
	for doc := range uint32(len(r.ids)) {
		breathe(int(doc))
		if r.dead.has(doc) {
			continue
		}
		for _, t := range r.terms[r.termFrom[doc]:r.termFrom[doc+1]] {
			used[t] = true
		}
	}
	return used
}
