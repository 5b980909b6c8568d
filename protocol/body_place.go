package protocol

import (
	"errors"
	"math"
	"regexp"
)

// Place is where somebody works: the commune and its coordinates in
// hundredths of a degree, never a street.
type Place struct {
	_           struct{} `cbor:",toarray"`
	LatCenti    int      `json:"lat_centi"`
	LonCenti    int      `json:"lon_centi"`
	Name        string   `json:"name,omitempty"`    // commune or city
	Area        string   `json:"area,omitempty"`    // department or region
	Country     string   `json:"country,omitempty"` // ISO 3166-1 alpha-2, may be empty
	Approximate bool     `json:"approximate"`       // the coordinates are those of a wider area
}

// LatDegrees and LonDegrees are WGS84.
func (p Place) LatDegrees() float64 { return float64(p.LatCenti) / centiPerDegree }

// LonDegrees is the longitude in WGS84 degrees.
func (p Place) LonDegrees() float64 { return float64(p.LonCenti) / centiPerDegree }

// Zone is the zone that a record of this place carries in its header.
func (p Place) Zone() uint16 { return ZoneOf(p.LatCenti, p.LonCenti) }

// PlaceAt rounds degrees to the wire's hundredths; the antimeridian is -180.
func PlaceAt(latDegrees, lonDegrees float64) Place {
	p := Place{LatCenti: roundCenti(latDegrees), LonCenti: roundCenti(lonDegrees)}
	if p.LonCenti == maxLonCenti {
		p.LonCenti = -maxLonCenti
	}
	return p
}

// roundCenti gives a number outside every bound for what is no coordinate:
// converting NaN to an integer differs between processors.
func roundCenti(degrees float64) int {
	if !(math.Abs(degrees) <= 360) {
		return math.MaxInt32
	}
	return int(math.Round(degrees * centiPerDegree))
}

var countryPattern = regexp.MustCompile(`^([A-Z]{2})?$`)

func (p Place) check(field string) error {
	if p.Zone() == 0 {
		return fieldf(field, "latitude in [-90, 90] and longitude in [-180, 180), in hundredths of a degree")
	}
	if !countryPattern.MatchString(p.Country) {
		return fieldf(field, "a country of two capital letters, or none")
	}
	return errors.Join(checkText(field, p.Name, 0, 100, false), checkText(field, p.Area, 0, 100, false))
}
