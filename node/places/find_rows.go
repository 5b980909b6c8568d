package places

import (
	"slices"
	"strings"

	"courtcircuit/node/places/internal/packed"
)

// found is the rows a query means, best first, all matched in one way.
type found struct {
	rows      []uint32
	matched   string
	ambiguous bool
}

// append adds rows that are not there yet, up to limit in all.
func (f *found) append(rows []uint32, limit int) {
	for _, row := range rows {
		if len(f.rows) >= limit {
			return
		}
		if !slices.Contains(f.rows, row) {
			f.rows = append(f.rows, row)
		}
	}
}

// find tries the readings of a query from the surest to the least sure and stops at the first that
// finds anything.
func (g *Gazetteer) find(text string, limit int) found {
	q := g.parseQuery(text)
	if isDigits(q.whole) {
		return g.findPostcode(q.whole, limit)
	}
	if f := g.findArrondissement(q, limit); len(f.rows) > 0 {
		return f
	}
	if f := g.findExact(q.key, q.only, limit); len(f.rows) > 0 {
		return f
	}
	// "Valence 26", "Valence Drôme": before a prefix, since nobody types a department to complete it.
	// Two letters wait ("Pont de" is not Pont in Germany).
	if f := g.findBeside(q, limit, false, g.findExact); len(f.rows) > 0 {
		return f
	}
	if f := g.findPrefix(q.key, q.only, limit); len(f.rows) > 0 {
		return g.orEdited(f, q, limit)
	}
	for _, look := range []lookup{g.findExact, g.findPrefix} {
		if f := g.findBeside(q, limit, true, look); len(f.rows) > 0 {
			return f
		}
	}
	if f := g.findEdited(q.key, q.only, limit); len(f.rows) > 0 {
		return f
	}
	return g.findBeside(q, limit, true, g.findEdited)
}

// lookup is one way to look a folded name up.
type lookup func(key string, only narrowing, limit int) found

// findPostcode answers digits alone. Four digits are a postcode whose leading zero a spreadsheet ate.
func (g *Gazetteer) findPostcode(digits string, limit int) found {
	if len(digits) == 4 {
		digits = "0" + digits
	}
	if len(digits) != 5 {
		return found{}
	}
	f := found{matched: "postcode"}
	for _, p := range g.postcodeRows(digits) {
		f.append([]uint32{p.row}, limit)
	}
	return f
}

// findArrondissement answers "Lyon 3e" and, with the city as an alternative, numbers that could also
// be the department's: Marseille 13 is both.
func (g *Gazetteer) findArrondissement(q query, limit int) found {
	if q.only.areas != nil {
		return found{}
	}
	key := q.whole
	if q.only.postcodes != nil {
		key = q.key
		if f := g.arrondissementsOf(q, limit); len(f.rows) > 0 {
			return f
		}
	}
	city, number, ok := splitArrondissement(key)
	rows := g.arrondissement[city]
	if !ok || number < 1 || number > len(rows) {
		return found{}
	}
	f := found{matched: "exact", rows: []uint32{rows[number-1]}}
	if bare := key[len(key)-1] <= '9'; bare && g.areas[g.rows[rows[0]].Area].Code == key[len(key)-2:] {
		f.ambiguous = true
		f.append(g.findExact(city, narrowing{}, 1).rows, limit)
	}
	return f
}

// arrondissementsOf answers "75011 Paris": the city is named, but its postcode is a part's.
func (g *Gazetteer) arrondissementsOf(q query, limit int) found {
	f := found{matched: "exact"}
	for _, row := range g.arrondissement[q.key] {
		if g.admits(q.only, row) {
			f.append([]uint32{row}, limit)
		}
	}
	if len(f.rows) > 0 {
		f.append(g.findExact(q.key, q.only, 1).rows, limit)
	}
	return f
}

// findExact finds the places of exactly this name. Those that bear it themselves come first; a name
// without its article or of a merged commune comes behind them, unless only foreign places bear it.
func (g *Gazetteer) findExact(key string, only narrowing, limit int) found {
	run := g.names.exact(key)
	own, french := run.from, false
	for ; own < run.to && g.names.entries[own].class < classLoose; own++ {
		row := g.names.entries[own].row
		french = french || g.rows[row].Kind != packed.Foreign && g.admits(only, row)
	}
	if !french {
		own = run.to
	}
	b := best{limit: limit}
	g.collect(&b, span{run.from, own}, only, true)
	f := found{matched: "exact", rows: b.rows}
	if len(f.rows) == 0 {
		return f
	}
	f.ambiguous = g.isAmbiguous(f.rows)
	b = best{limit: limit}
	g.collect(&b, span{own, run.to}, only, true)
	f.append(b.rows, limit)
	g.addLonger(&f, key, only, limit)
	return f
}

// addLonger adds the communes that "Évry" or "Aix" may be short for, and makes the name ambiguous by
// them: Évry is a village of 402, Évry-Courcouronnes a city of 67,000.
func (g *Gazetteer) addLonger(f *found, key string, only narrowing, limit int) {
	b := best{limit: limit}
	g.collect(&b, g.names.prefixed(g.names.all(), key+" "), only, false)
	for _, row := range b.rows {
		least := ambiguousFactor * uint64(g.rows[f.rows[0]].Population)
		if g.rows[row].Kind == packed.Commune && uint64(g.rows[row].Population) > least {
			f.ambiguous = true
			if len(f.rows) == limit {
				f.rows = f.rows[:limit-1]
			}
			f.append([]uint32{row}, limit)
		}
	}
}

// isAmbiguous compares the first with the most populated other one, which a foreign town may be.
func (g *Gazetteer) isAmbiguous(rows []uint32) bool {
	for i, row := range rows {
		if i > 0 && uint64(g.rows[rows[0]].Population) < ambiguousFactor*uint64(g.rows[row].Population) {
			return true
		}
	}
	// Two hamlets without inhabitants are as unclear as two cities.
	return len(rows) > 1 && g.rows[rows[0]].Population == 0
}

// findPrefix finds the places whose names begin so. Half a word is what somebody types on the way to a name: enough to
// search with, not to publish.
func (g *Gazetteer) findPrefix(key string, only narrowing, limit int) found {
	b := best{limit: limit}
	if len(key) < 2 {
		return found{matched: "prefix"}
	}
	arrondissements := g.namesArrondissement(key)
	g.collect(&b, g.names.prefixed(g.names.all(), key), only, arrondissements)
	f := found{matched: "prefix", rows: b.rows}
	if len(f.rows) > 0 {
		whole := best{limit: 1}
		g.collect(&whole, g.names.prefixed(g.names.all(), key+" "), only, arrondissements)
		f.ambiguous = !slices.Equal(whole.rows, f.rows[:1]) || g.isAmbiguous(f.rows)
	}
	return f
}

// namesArrondissement says whether a key goes on behind the city's name: "lyon 3", not "lyo".
func (g *Gazetteer) namesArrondissement(key string) bool {
	city, _, more := strings.Cut(key, " ")
	return more && g.arrondissement[city] != nil
}

// orEdited prefers a city with a typing error to a place hundred times lighter that merely begins so:
// "montpelie" is Montpellier, not Montpelier in Vermont, and "toulouze" Toulouse, not Toulouzette. Of a
// French place that begins so, only a whole name takes the place.
func (g *Gazetteer) orEdited(f found, q query, limit int) found {
	first := f.rows[0]
	edited := g.findEdited(q.key, q.only, limit)
	if len(edited.rows) == 0 || g.names.weights[edited.rows[0]] < frenchFactor*g.names.weights[first] ||
		edited.ambiguous && g.rows[first].Kind != packed.Foreign {
		return f
	}
	edited.ambiguous = true // it may be unfinished, too
	edited.append(f.rows, limit)
	return edited
}

// findEdited looks for names with one typing error, then for beginnings of names with one.
func (g *Gazetteer) findEdited(key string, only narrowing, limit int) found {
	whole, begun := best{limit: limit}, best{limit: limit}
	g.names.oneEdit(key, func(run span, size int) {
		g.collect(&whole, g.names.exactly(run, size), only, true)
		if len(key) > leastEditable {
			g.collect(&begun, run, only, false)
		}
	})
	if len(begun.rows) > 0 && (len(whole.rows) == 0 || begun.weights[0] > frenchFactor*whole.weights[0]) {
		// An error and an unfinished name together are too much to act upon without asking.
		return found{matched: "one-edit", rows: begun.rows, ambiguous: true}
	}
	return found{matched: "one-edit", rows: whole.rows}
}

// findBeside reads the last words as a department, a region or a country, and looks the rest up.
func (g *Gazetteer) findBeside(q query, limit int, short bool, look lookup) found {
	if !q.only.any() {
		return found{}
	}
	for at := len(q.key) - 1; at > 0; at-- {
		if q.key[at] != ' ' {
			continue
		}
		beside := q.key[at+1:]
		if len(beside) == 2 && !short && beside[0] > '9' {
			continue
		}
		if only, ok := g.narrow(beside); ok {
			if f := look(q.key[:at], only, limit); len(f.rows) > 0 {
				return f
			}
		}
	}
	return found{}
}
