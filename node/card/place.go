package card

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// ResolvedPlace is a place as it is answered; degrees are WGS84.
type ResolvedPlace struct {
	Name        string   `json:"name"`
	Department  string   `json:"department,omitempty"`
	Country     string   `json:"country,omitempty"`
	Postcodes   []string `json:"postcodes,omitempty"`
	Lat         float64  `json:"lat"`
	Lon         float64  `json:"lon"`
	Approximate bool     `json:"approximate"`
}

// Place is typed as a name or postcode, or as an object with lat and lon (a
// ResolvedPlace as it was answered is one too). Exactly one of Text and
// Resolved is set; both empty means that no place was given.
type Place struct {
	Text     string
	Resolved *ResolvedPlace
}

// IsZero says that no place was given.
func (p Place) IsZero() bool { return p.Text == "" && p.Resolved == nil }

// MarshalJSON writes the resolved object, else the text.
func (p Place) MarshalJSON() ([]byte, error) {
	if p.Resolved != nil {
		return json.Marshal(p.Resolved)
	}
	return json.Marshal(p.Text)
}

// UnmarshalJSON reads either form and refuses unknown members by name.
func (p *Place) UnmarshalJSON(b []byte) error {
	*p = Place{}
	switch {
	case bytes.Equal(b, []byte("null")):
		return nil
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, &p.Text)
	case len(b) > 0 && b[0] == '{':
		return p.unmarshalObject(b)
	default:
		return fmt.Errorf(`place: expected a name, a postcode or {"lat": …, "lon": …}`)
	}
}

func (p *Place) unmarshalObject(b []byte) error {
	var given struct {
		ResolvedPlace
		Lat *float64 `json:"lat"`
		Lon *float64 `json:"lon"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&given); err != nil {
		return fmt.Errorf("place: %w", err)
	}
	if given.Lat == nil || given.Lon == nil {
		return fmt.Errorf("place: expected both lat and lon")
	}
	given.ResolvedPlace.Lat, given.ResolvedPlace.Lon = *given.Lat, *given.Lon
	p.Resolved = &given.ResolvedPlace
	return nil
}
