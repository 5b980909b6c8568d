package main

import (
	"fmt"
	"slices"
	"strings"
)

// group is one way of finding neighbours: the keys a commune has in it.
type group struct {
	name    string
	keys    func(commune) []string
	members map[string][]string // codes with a true position, sorted
}

// groupsOf lists the ways from near to far.
func groupsOf(d *decoupage) []*group {
	postcodes := func(m commune) []string { return m.Postcodes }
	return []*group{
		{name: "postcode within an EPCI", keys: func(m commune) []string {
			var keys []string
			for _, p := range m.Postcodes {
				keys = append(keys, p+d.epciOf[m.Code])
			}
			return keys
		}},
		{name: "postcode", keys: postcodes},
		{name: "epci", keys: func(m commune) []string {
			if e := d.epciOf[m.Code]; e != "" {
				return []string{e}
			}
			return nil
		}},
		{name: "arrondissement", keys: func(m commune) []string {
			if m.District != "" {
				return []string{m.District}
			}
			return nil
		}},
		{name: "department", keys: func(m commune) []string { return []string{m.Department} }},
	}
}

// centroidFor returns the mean position of the nearest group with a true position, and its level.
func (c *coordinates) centroidFor(m commune, groups []*group) (point, int, bool) {
	for level, g := range groups {
		sum, n := point{}, 0.0
		for _, key := range g.keys(m) {
			for _, code := range g.members[key] {
				if code == m.Code {
					continue
				}
				p := c.exact[code]
				sum.lat, sum.lon, n = sum.lat+p.lat, sum.lon+p.lon, n+1
			}
		}
		if n > 0 {
			return point{sum.lat / n, sum.lon / n}, level, true
		}
	}
	return point{}, 0, false
}

func (c *coordinates) fill(d *decoupage, groups []*group) {
	for _, g := range groups {
		g.members = map[string][]string{}
		for _, m := range d.communes {
			if _, ok := c.exact[m.Code]; ok && m.Type == typeCurrent {
				for _, key := range g.keys(m) {
					g.members[key] = append(g.members[key], m.Code)
				}
			}
		}
	}
}

// describe reports coverage, and the error a guess has on communes whose position is known, each
// left out of its own guess.
func (c *coordinates) describe(d *decoupage, hamlets, islands int, groups []*group, used []int) string {
	var out strings.Builder
	communes, exact, people, covered := 0, 0, 0.0, 0.0
	errors := make([][]float64, len(groups))
	for _, m := range d.communes {
		if m.Type != typeCurrent {
			continue
		}
		communes++
		people += float64(m.Population)
		p, ok := c.exact[m.Code]
		if !ok {
			continue
		}
		exact++
		covered += float64(m.Population)
		if g, level, ok := c.centroidFor(m, groups); ok {
			errors[level] = append(errors[level], distanceKm(p, g))
		}
	}
	fmt.Fprintf(&out, "%d communes: %d with their own position (%.1f %% of the population), %d by a hamlet, %d listed by hand",
		communes, exact, 100*covered/people, hamlets, islands)
	for level, g := range groups {
		e := errors[level]
		slices.Sort(e)
		fmt.Fprintf(&out, ", %d by %s", used[level], g.name)
		if len(e) > 0 {
			fmt.Fprintf(&out, " (leaving one out: p50 %.1f km, p95 %.1f km of %d)", e[len(e)/2], e[len(e)*95/100], len(e))
		}
	}
	return out.String()
}
