package places

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"courtcircuit/node/places/internal/fold"
	"courtcircuit/node/places/internal/packed"
)

type postcodeRow struct{ postcode, row uint32 }

// indexPostcodes orders the rows of a postcode as they are answered: arrondissements before the city
// that lists all of theirs, then by population.
func (g *Gazetteer) indexPostcodes(numbers []uint32) []postcodeRow {
	out := make([]postcodeRow, 0, len(numbers))
	for i := range g.rows {
		r := &g.rows[i]
		for _, n := range numbers[r.PostcodesFrom : r.PostcodesFrom+uint32(r.PostcodeCount)] {
			out = append(out, postcodeRow{n, uint32(i)})
		}
	}
	slices.SortFunc(out, func(a, b postcodeRow) int {
		if a.postcode != b.postcode {
			return cmp.Compare(a.postcode, b.postcode)
		}
		return cmp.Or(cmp.Compare(g.rows[b.row].Kind, g.rows[a.row].Kind),
			cmp.Compare(g.rows[b.row].Population, g.rows[a.row].Population), cmp.Compare(a.row, b.row))
	})
	return out
}

// postcodeRange returns the entries with from <= postcode < to.
func (g *Gazetteer) postcodeRange(from, to uint32) []postcodeRow {
	at := func(n uint32) int {
		return sort.Search(len(g.byPostcode), func(i int) bool { return g.byPostcode[i].postcode >= n })
	}
	return g.byPostcode[at(from):at(to)]
}

// indexAreas maps every way to write a department, region or country to the areas it covers.
func indexAreas(areas []packed.Area) map[string][]uint16 {
	out := map[string][]uint16{}
	for i, a := range areas {
		words := append([]string{a.Country, a.Code, a.Name, a.Region}, countryNames[a.Country]...)
		seen := map[string]bool{"": true}
		for _, w := range words {
			if key := fold.Name(w); !seen[key] {
				seen[key] = true
				out[key] = append(out[key], uint16(i))
			}
		}
	}
	return out
}

// indexArrondissements reads the numbers out of names such as "Lyon 3e Arrondissement".
func (g *Gazetteer) indexArrondissements() map[string][]uint32 {
	out := map[string][]uint32{}
	for i := range g.rows {
		if g.rows[i].Kind != packed.Arrondissement {
			continue
		}
		city, number, ok := splitArrondissement(fold.Name(g.rows[i].Name))
		if ok && number == len(out[city])+1 { // rows are in the order of their codes
			out[city] = append(out[city], uint32(i))
		}
	}
	return out
}

// ordinals are what stands behind a number: "1er", "3e", "3ème", "2nd".
var ordinals = []string{"", "e", "er", "re", "eme", "ieme", "nd", "nde"}

// splitArrondissement reads a folded "city 3", "city 03", "city 3eme", "city 3 eme arrondissement",
// "3e arrondissement de city" or "city 3e arr".
func splitArrondissement(key string) (city string, number int, ok bool) {
	words := strings.Fields(key)
	if len(words) < 2 || len(words) > 5 {
		return "", 0, false
	}
	if words[0][0] <= '9' { // the number first: turn it behind the city
		last := len(words) - 1
		words = append([]string{words[last]}, words[:last]...)
		if words[len(words)-1] == "de" {
			words = words[:len(words)-1]
		}
	}
	rest := words[2:]
	digits := strings.TrimRight(words[1], "abcdefghijklmnopqrstuvwxyz")
	ordinal := words[1][len(digits):]
	if ordinal == "" && len(rest) > 0 && slices.Contains(ordinals, rest[0]) {
		ordinal, rest = rest[0], rest[1:]
	}
	if len(rest) > 0 && slices.Contains([]string{"arrondissement", "arrdt", "ardt", "arr"}, rest[0]) {
		rest = rest[1:]
	}
	number, err := strconv.Atoi(digits)
	if err != nil || len(digits) > 2 || len(rest) > 0 || !slices.Contains(ordinals, ordinal) {
		return "", 0, false
	}
	return words[0], number, true
}
