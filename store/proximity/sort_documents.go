package proximity

import (
	"bytes"
	"cmp"
	"slices"
)

// point is a place where documents are.
type point struct {
	at       vector
	cell     uint64
	lat, lon int16
}

// columns hold documents in the order (cell, point, tier, id): what is near is
// near in memory, all documents of a point are together, and those of a tier
// among them stand in the order in which a day's rotation begins somewhere.
type columns struct {
	ids      []ID
	rows     []row
	tiers    []uint8
	pointOf  []uint32
	points   []point
	termFrom []uint32 // the terms of document i: terms[termFrom[i]:termFrom[i+1]]
	terms    []uint32
	dictionary
	words *words // nil: not known of everybody
}

func newColumns(documents, terms int) columns {
	return columns{
		ids: make([]ID, 0, documents), rows: make([]row, 0, documents),
		tiers: make([]uint8, 0, documents), pointOf: make([]uint32, 0, documents),
		termFrom: append(make([]uint32, 0, documents+1), 0), terms: make([]uint32, 0, terms),
	}
}

// stand gives the number of a point. Documents of one point come together.
func (c *columns) stand(lat, lon int16) uint32 {
	if n := len(c.points); n > 0 && c.points[n-1].lat == lat && c.points[n-1].lon == lon {
		return uint32(n - 1)
	}
	c.points = append(c.points, point{vectorOfCenti(lat, lon), cellOf(lat, lon), lat, lon})
	return uint32(len(c.points) - 1)
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
		c.ids, c.rows = append(c.ids, d.ID), append(c.rows, d.row())
		c.tiers, c.pointOf = append(c.tiers, d.Tier), append(c.pointOf, c.stand(int16(d.Lat), int16(d.Lon)))
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
