// Package places knows where things are, offline: every French commune, the arrondissements of Paris,
// Lyon and Marseille, and the foreign towns over 5,000 inhabitants, in one embedded file.
//
// It promises to understand what people type (names with or without accents, abbreviations, one
// typing error, postcodes, "Lyon 3e", "Valence (26)", "43.6,1.44"), to say what it understood and what
// else it could have been, to answer any text of at most MaxQueryRunes without panic in about a
// millisecond at worst, and to be safe for concurrent use.
package places

import (
	_ "embed"
	"fmt"
	"strconv"

	"courtcircuit/node/places/internal/packed"
)

//go:generate go run ./gen

// data is written by gen.
//
//go:embed places.bin
var data []byte

// Gazetteer answers questions about places. It never changes after Load.
type Gazetteer struct {
	areas     []packed.Area
	rows      []packed.Row
	codes     string   // five bytes of INSEE code a French row; French rows come first
	postcodes []string // as in the table, five digits
	tails     []slugTail

	names          nameIndex
	byPostcode     []postcodeRow       // by postcode, then the order they are answered in
	byArea         map[string][]uint16 // folded code or name of a department, region or country
	arrondissement map[string][]uint32 // rows by number - 1, by folded city
	near           positionIndex
}

// Load decodes the embedded data. Do it once and share the result.
func Load() (*Gazetteer, error) {
	t, err := packed.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("load places: %w", err)
	}
	return newGazetteer(t), nil
}

func newGazetteer(t *packed.Table) *Gazetteer {
	g := &Gazetteer{areas: t.Areas, rows: t.Rows}
	g.spellPostcodes(t.Postcodes)
	g.spellCodes()
	g.names = indexNames(t)
	g.tails = g.chooseTails()
	g.byPostcode = g.indexPostcodes(t.Postcodes)
	g.byArea = indexAreas(t.Areas)
	g.arrondissement = g.indexArrondissements()
	g.near = indexPositions(t.Rows)
	return g
}

// spellPostcodes cuts all postcodes out of one string: 35,000 small ones would cost more than their text.
func (g *Gazetteer) spellPostcodes(numbers []uint32) {
	text := make([]byte, 0, 5*len(numbers))
	for _, n := range numbers {
		text = appendPadded(text, n, 5)
	}
	all := string(text)
	g.postcodes = make([]string, len(numbers))
	for i := range g.postcodes {
		g.postcodes[i] = all[5*i : 5*i+5]
	}
}

func (g *Gazetteer) spellCodes() {
	var text []byte
	for _, r := range g.rows {
		if r.Kind == packed.Foreign {
			break
		}
		code := g.areas[r.Area].Code
		text = append(text, code...)
		text = appendPadded(text, uint32(r.Number), 5-len(code))
	}
	g.codes = string(text)
}

func appendPadded(b []byte, n uint32, width int) []byte {
	var digits [10]byte
	s := strconv.AppendUint(digits[:0], uint64(n), 10)
	for i := len(s); i < width; i++ {
		b = append(b, '0')
	}
	return append(b, s...)
}

// place builds the answer for a row; it allocates nothing.
func (g *Gazetteer) place(row uint32) Place {
	r := &g.rows[row]
	a := &g.areas[r.Area]
	p := Place{
		Name: r.Name, Department: a.Name, Country: a.Country,
		Lat: float64(r.Lat) / 100, Lon: float64(r.Lon) / 100,
		Approximate: r.Approximate, Population: int(r.Population),
		tail: g.tails[row], homeLat: r.Lat, homeLon: r.Lon,
	}
	if r.Kind == packed.Foreign {
		p.Department = a.Code
		return p
	}
	p.Code = g.codes[5*row : 5*row+5]
	// The capacity is cut so that an append by a caller cannot write into the neighbour's.
	from, to := r.PostcodesFrom, r.PostcodesFrom+uint32(r.PostcodeCount)
	p.Postcodes = g.postcodes[from:to:to]
	return p
}

func (g *Gazetteer) places(rows []uint32) []Place {
	if len(rows) == 0 {
		return nil
	}
	out := make([]Place, len(rows))
	for i, row := range rows {
		out[i] = g.place(row)
	}
	return out
}
