package main

import (
	"bufio"
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"courtcircuit/node/places/internal/fold"
	"courtcircuit/node/places/internal/packed"
)

// leastPopulation of a foreign place. Below it the file doubles and homonyms multiply.
const leastPopulation = 5_000

// letteredRegions are the countries whose first-order codes in GeoNames are ones people write.
var letteredRegions = map[string]bool{"US": true, "CH": true}

// gone are the feature codes of places that are abandoned, destroyed or historical.
var gone = map[string]bool{"PPLH": true, "PPLQ": true, "PPLW": true, "PPLCH": true}

func buildTable(d *decoupage, cities []city, joined *coordinates) (*packed.Table, error) {
	t := &packed.Table{}
	for _, dep := range d.departments {
		a := packed.Area{Country: "FR", Code: dep.Code, Name: dep.Name, Region: dep.Region, Seat: dep.ChefLieu}
		for _, m := range d.communes {
			if m.Department != dep.Code {
				continue
			}
			row, err := communeRow(t, m, joined)
			if err != nil {
				return nil, err
			}
			a.Rows++
			t.Rows = append(t.Rows, row)
		}
		if a.Rows > 0 {
			t.Areas = append(t.Areas, a)
		}
	}
	if len(t.Rows) != len(d.communes) {
		return nil, fmt.Errorf("build table: %d of %d communes are in a department", len(t.Rows), len(d.communes))
	}
	for _, c := range foreignPlaces(cities) {
		region := ""
		if letteredRegions[c.Country] {
			region = c.Admin
		}
		last := t.Areas[len(t.Areas)-1]
		if last.Country != c.Country || last.Code != region {
			t.Areas = append(t.Areas, packed.Area{Country: c.Country, Code: region})
		}
		area := len(t.Areas) - 1
		t.Areas[area].Rows++
		lat, lon := hundredths(point{float64(c.LatE5) / 1e5, float64(c.LonE5) / 1e5})
		t.Rows = append(t.Rows, packed.Row{
			Name: c.Name, Area: uint16(area), Population: c.Population, Lat: lat, Lon: lon,
			PostcodesFrom: uint32(len(t.Postcodes)), Kind: packed.Foreign,
		})
	}
	return t, nil
}

func communeRow(t *packed.Table, m commune, joined *coordinates) (packed.Row, error) {
	number, err := strconv.ParseUint(m.Code[len(m.Department):], 10, 16)
	if err != nil {
		return packed.Row{}, fmt.Errorf("parse INSEE code %q: %w", m.Code, err)
	}
	p, exact := joined.exact[m.Code]
	if !exact {
		p = joined.guess[m.Code]
	}
	lat, lon := hundredths(p)
	row := packed.Row{
		Name: m.Name, Area: uint16(len(t.Areas)), Number: uint16(number), Population: m.Population, Lat: lat, Lon: lon,
		PostcodesFrom: uint32(len(t.Postcodes)), PostcodeCount: uint8(len(m.Postcodes)),
		Kind: packed.Commune, Approximate: !exact,
	}
	if m.Type == typeArrondissement {
		row.Kind = packed.Arrondissement
	}
	for _, text := range m.Postcodes {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil || len(text) != 5 {
			return packed.Row{}, fmt.Errorf("parse postcode %q of %s: want five digits", text, m.Code)
		}
		t.Postcodes = append(t.Postcodes, uint32(n))
	}
	return row, nil
}

// foreignPlaces returns what lies outside France, by country, region and name.
func foreignPlaces(cities []city) []city {
	var out []city
	for _, c := range cities {
		_, french := territories[c.Country]
		// "Zürich (Kreis 7) / Witikon" is a quarter, not a place people name.
		quarter := c.Feature == "PPLX" && strings.ContainsAny(c.Name, "(/")
		if !french && !quarter && !gone[c.Feature] && c.Population >= leastPopulation {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b city) int {
		region := 0
		if letteredRegions[a.Country] {
			region = strings.Compare(a.Admin, b.Admin)
		}
		return cmp.Or(strings.Compare(a.Country, b.Country), region, strings.Compare(a.Name, b.Name),
			cmp.Compare(b.Population, a.Population), cmp.Compare(a.LatE5, b.LatE5), cmp.Compare(a.LonE5, b.LonE5))
	})
	return withoutTwins(out)
}

// withoutTwins drops the smaller of two records of one folded name on one published point: one town
// that the source holds twice ("Alajärvi", "Älajärvi"), which nothing could tell apart.
func withoutTwins(sorted []city) []city {
	type spot struct {
		country, key string
		lat, lon     int16
	}
	largest := map[spot]uint32{}
	spotOf := func(c city) spot {
		lat, lon := hundredths(point{float64(c.LatE5) / 1e5, float64(c.LonE5) / 1e5})
		return spot{c.Country, fold.Name(c.Name), lat, lon}
	}
	for _, c := range sorted {
		largest[spotOf(c)] = max(largest[spotOf(c)], c.Population)
	}
	return slices.DeleteFunc(sorted, func(c city) bool {
		s := spotOf(c)
		if largest[s] != c.Population {
			return true
		}
		largest[s] = 0 // of two that are equal in everything, the first stays
		return false
	})
}

// hundredths rounds to 0.01 degrees, with longitude in [-180, 180).
func hundredths(p point) (lat, lon int16) {
	lon = int16(math.Round(p.lon * 100))
	if lon == 18000 {
		lon = -18000
	}
	return int16(math.Round(p.lat * 100)), lon
}

// readAliases returns the reviewed names of foreign cities and the names of former communes.
func readAliases(path string, t *packed.Table, d *decoupage) ([]packed.Alias, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read aliases: %w", err)
	}
	defer f.Close()
	var out []packed.Alias
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		alias, target, found := strings.Cut(line, " = ")
		name, country, also := strings.Cut(target, ", ")
		row := findForeign(t, name, country)
		if !found || !also || row < 0 || fold.Name(alias) == fold.Name(name) {
			return nil, fmt.Errorf("read aliases: %q names no city, or no other name", line)
		}
		out = append(out, packed.Alias{Name: alias, Row: uint32(row)})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read aliases: %w", err)
	}
	rowOf := map[string]int{}
	for i, r := range t.Rows {
		if r.Kind == packed.Foreign {
			break
		}
		rowOf[inseeCode(t.Areas[r.Area], r)] = i
	}
	for _, m := range d.former {
		row, ok := rowOf[m.ChefLieu]
		if !ok {
			return nil, fmt.Errorf("read former commune %s %s: no current one %q", m.Code, m.Name, m.ChefLieu)
		}
		if fold.Name(m.Name) != fold.Name(t.Rows[row].Name) {
			out = append(out, packed.Alias{Name: m.Name, Row: uint32(row), Former: true})
		}
	}
	return out, nil
}

func inseeCode(a packed.Area, r packed.Row) string {
	return fmt.Sprintf("%s%0*d", a.Code, 5-len(a.Code), r.Number)
}

func findForeign(t *packed.Table, name, country string) int {
	best := -1
	for i, r := range t.Rows {
		if r.Kind == packed.Foreign && r.Name == name && t.Areas[r.Area].Country == country &&
			(best < 0 || r.Population > t.Rows[best].Population) {
			best = i
		}
	}
	return best
}
