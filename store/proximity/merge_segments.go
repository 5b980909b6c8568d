package proximity

import (
	"bytes"
	"cmp"
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
	cell     uint64 // of the point of document
	point    uint32 // whose cell it is
	rename   []uint32
	number   []uint32 // of each document when merged; nil: nobody needs it
}

func (r *reader) done() bool { return int(r.document) == len(r.ids) }

// settle goes to the next living document, document included.
func (r *reader) settle() {
	for !r.done() && r.dead.has(r.document) {
		r.document++
	}
	if r.done() {
		return
	}
	if p := r.pointOf[r.document]; p != r.point {
		r.point, r.cell = p, r.points[p].cell
	}
}

func (r *reader) compare(o *reader) int {
	if r.cell != o.cell {
		return cmp.Compare(r.cell, o.cell)
	}
	p, q := &r.points[r.point], &o.points[o.point]
	if c := cmp.Or(cmp.Compare(p.lat, q.lat), cmp.Compare(p.lon, q.lon)); c != 0 {
		return c
	}
	if c := cmp.Compare(r.tiers[r.document], o.tiers[o.document]); c != 0 {
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
		readers[i] = &reader{columns: p.columns, dead: &p.dead, point: never}
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
		out.words = wordsOfParts(readers)
	}
	return out
}

// breatheEvery is how many steps a long loop takes between two moments at which
// it lets others run: some ten microseconds. Without, a merge holds a processor
// for the scheduler's ten milliseconds while searches wait.
const breatheEvery = 1 << 7

func breathe(step int) {
	if step%breatheEvery == 0 {
		runtime.Gosched()
	}
}

func (c *columns) take(r *reader) {
	p := &r.points[r.point]
	if r.number != nil {
		r.number[r.document] = uint32(len(c.ids))
	}
	c.ids, c.rows = append(c.ids, r.ids[r.document]), append(c.rows, r.rows[r.document])
	c.tiers, c.pointOf = append(c.tiers, r.tiers[r.document]), append(c.pointOf, c.stand(p.lat, p.lon))
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
