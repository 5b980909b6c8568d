package places

import (
	"fmt"
	"strings"

	"courtcircuit/node/places/internal/fold"
)

// Place is one commune, arrondissement or foreign town. Its Postcodes are shared: do not change them.
type Place struct {
	Name string // "Saint-Étienne", "Paris 11e Arrondissement", "Brussels"
	// Department is the French department's name, or the region's code abroad where the source has
	// a lettered one (US states "TX", Swiss cantons "GE"), else empty.
	Department  string
	Country     string // ISO 3166-1 alpha-2; "FR" overseas too; empty far from any place
	Code        string // INSEE code of a French commune or arrondissement, else empty
	Postcodes   []string
	Lat, Lon    float64 // WGS84 degrees, multiples of 0.01; Lon in [-180, 180)
	Approximate bool    // the position is a mean of neighbouring communes', see DESIGN.md
	Population  int

	tail             slugTail
	homeLat, homeLon int16 // hundredths of a degree, kept when Lat and Lon are a person's own
}

// slugTail is what a slug needs behind the name to be the place's alone.
type slugTail uint8

const (
	tailNone       slugTail = iota // "toulouse"
	tailDepartment                 // "saint-denis-93"
	tailCode                       // two of one name in one department: the INSEE code
	tailCountry                    // "springfield-us-il", "brussels-be"
	tailPosition                   // two of one name in one region abroad: "-3981n-8965w" behind it
)

// Slug returns the place's part of a URL: lower-case ASCII letters, digits and hyphens wherever the
// name is written in Latin letters. It is the folded name, with the department's code when several
// French communes share the name, and always with the country abroad. It depends on nothing but the
// data's names and positions (never on populations), so that it survives a new census. Only a Place
// that a Gazetteer returned knows whether its name is shared.
func (p Place) Slug() string {
	name := strings.ReplaceAll(fold.Name(p.Name), " ", "-")
	switch p.tail {
	case tailDepartment:
		return name + "-" + strings.ToLower(departmentCode(p.Code))
	case tailCode:
		return name + "-" + strings.ToLower(p.Code)
	case tailCountry, tailPosition:
		name += "-" + strings.ToLower(p.Country)
		if p.Department != "" {
			name += "-" + strings.ToLower(p.Department)
		}
		if p.tail == tailPosition {
			name += "-" + hemisphere(p.homeLat, "n", "s") + "-" + hemisphere(p.homeLon, "e", "w")
		}
	}
	return name
}

func hemisphere(hundredths int16, positive, negative string) string {
	if hundredths < 0 {
		return fmt.Sprint(-int(hundredths), negative)
	}
	return fmt.Sprint(hundredths, positive)
}

// departmentCode cuts the department out of an INSEE code: three characters overseas, two elsewhere.
func departmentCode(code string) string {
	if strings.HasPrefix(code, "97") || strings.HasPrefix(code, "98") {
		return code[:3]
	}
	return code[:min(2, len(code))]
}
