package places

import "slices"

// narrowing keeps the rows of some areas or of one postcode; the zero value keeps all.
type narrowing struct {
	areas     []uint16
	postcodes []postcodeRow
}

func (n narrowing) any() bool { return n.areas == nil && n.postcodes == nil }

func (g *Gazetteer) admits(n narrowing, row uint32) bool {
	switch {
	case n.areas != nil:
		_, found := slices.BinarySearch(n.areas, g.rows[row].Area)
		return found
	case n.postcodes != nil:
		return slices.ContainsFunc(n.postcodes, func(p postcodeRow) bool { return p.row == row })
	}
	return true
}

// best keeps the heaviest rows seen, each once, at most limit of them, heaviest first.
type best struct {
	limit   int
	rows    []uint32
	weights []uint64
}

func (b *best) add(row uint32, weight uint64) {
	if len(b.rows) == b.limit && weight <= b.weights[b.limit-1] {
		return
	}
	if old := slices.Index(b.rows, row); old >= 0 {
		if b.weights[old] >= weight {
			return
		}
		b.rows, b.weights = slices.Delete(b.rows, old, old+1), slices.Delete(b.weights, old, old+1)
	}
	at := len(b.rows)
	for at > 0 && b.weights[at-1] < weight {
		at--
	}
	if len(b.rows) == b.limit {
		b.rows, b.weights = b.rows[:b.limit-1], b.weights[:b.limit-1]
	}
	b.rows, b.weights = slices.Insert(b.rows, at, row), slices.Insert(b.weights, at, weight)
}

// looseDivisor lowers a place found by a merged commune's name or without its article: its
// population is not that name's.
const looseDivisor = 8

// collect adds the rows of a run. least is the key length from which arrondissements count.
func (g *Gazetteer) collect(b *best, run span, n narrowing, numerals bool) {
	for _, e := range g.names.entries[run.from:run.to] {
		if e.class == classNumeral && !numerals || !g.admits(n, e.row) {
			continue
		}
		w := g.names.weights[e.row]
		if e.class == classLoose {
			w /= looseDivisor
		}
		b.add(e.row, w)
	}
}
