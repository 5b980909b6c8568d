package proximity

import (
	"bytes"
	"cmp"
	"slices"
)

// stand is a place at which documents of one tier are. They follow one another.
type stand struct {
	at       vector
	cell     uint64
	first    uint32 // document
	lat, lon int16
	tier     uint8
}

// order tells which of two stands comes first.
func (s *stand) order(o *stand) int {
	if s.cell != o.cell {
		return cmp.Compare(s.cell, o.cell)
	}
	return cmp.Or(cmp.Compare(s.lat, o.lat), cmp.Compare(s.lon, o.lon), cmp.Compare(s.tier, o.tier))
}

// columns hold documents in the order (cell, place, tier, id): what is near is
// near in memory, all documents of a place are together, and those of a tier
// among them are in the order in which a day's rotation begins somewhere.
type columns struct {
	ids      []ID
	rows     []row
	stands   []stand
	termFrom []uint32 // the terms of document i: terms[termFrom[i]:termFrom[i+1]]
	terms    []uint32
	dictionary
	words *words // nil: not known of everybody
}

func newColumns(documents, terms int) columns {
	return columns{
		ids: make([]ID, 0, documents), rows: make([]row, 0, documents),
		termFrom: append(make([]uint32, 0, documents+1), 0), terms: make([]uint32, 0, terms),
	}
}

// standAt says where the next document is. Those of one stand come together.
func (c *columns) standAt(lat, lon int16, tier uint8) {
	s := stand{lat: lat, lon: lon, tier: tier, first: uint32(len(c.ids))}
	if n := len(c.stands); n == 0 || c.stands[n-1].lat != lat || c.stands[n-1].lon != lon {
		s.at, s.cell = vectorOfCenti(lat, lon), cellOf(lat, lon)
	} else if last := &c.stands[n-1]; last.tier != tier {
		s.at, s.cell = last.at, last.cell
	} else {
		return
	}
	c.stands = append(c.stands, s)
}

// sortDocuments brings valid documents into columns.
func sortDocuments(docs []Document) columns {
	order, terms := orderOf(docs)
	var names [sorts][]uint64
	numbers := map[uint64]uint32{} // of skills, which are many and repeated
	for i := range docs {
		docs[i].eachTerm(func(s termSort, name uint64) {
			if s == skillTerm {
				if _, ok := numbers[name]; ok {
					return
				}
				numbers[name] = 0
			}
			names[s] = append(names[s], name)
		})
	}
	c := newColumns(len(docs), terms)
	c.dictionary = newDictionary(names)
	for i, name := range c.names[:c.from[skillTerm+1]] {
		numbers[name] = uint32(i)
	}
	for _, o := range order {
		d := &docs[o.document]
		c.standAt(int16(d.Lat), int16(d.Lon), d.Tier)
		c.ids, c.rows = append(c.ids, d.ID), append(c.rows, d.row())
		from := len(c.terms)
		d.eachTerm(func(s termSort, name uint64) {
			n := numbers[name]
			if s != skillTerm {
				n, _ = c.find(s, name)
			}
			if !slices.Contains(c.terms[from:], n) {
				c.terms = append(c.terms, n)
			}
		})
		c.termFrom = append(c.termFrom, uint32(len(c.terms)))
	}
	c.words = wordsOf(docs, order)
	return c
}

type cellOfDocument struct {
	cell     uint64
	document int
}

func orderOf(docs []Document) (order []cellOfDocument, terms int) {
	order = make([]cellOfDocument, len(docs))
	cells := map[[2]int32]uint64{}
	for i := range docs {
		d := &docs[i]
		place := [2]int32{d.Lat, d.Lon}
		cell, ok := cells[place]
		if !ok {
			cell = cellOf(int16(d.Lat), int16(d.Lon))
			cells[place] = cell
		}
		order[i] = cellOfDocument{cell, i}
		terms += len(d.Skills) + len(d.Collectives)
	}
	slices.SortFunc(order, func(a, b cellOfDocument) int {
		if a.cell != b.cell {
			return cmp.Compare(a.cell, b.cell)
		}
		x, y := &docs[a.document], &docs[b.document]
		return cmp.Or(cmp.Compare(x.Lat, y.Lat), cmp.Compare(x.Lon, y.Lon), cmp.Compare(x.Tier, y.Tier), bytes.Compare(x.ID[:], y.ID[:]))
	})
	return order, terms
}
