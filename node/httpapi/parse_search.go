package httpapi

import (
	"math"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// SearchInput is what every search understands. Numbers and lists are
// bounded here; what the words mean is the node's to say.
type SearchInput struct {
	Near     string   `query:"near" maxLength:"200" doc:"place name, postcode or lat,lon; without it the node's own place"`
	RadiusKm Distance `query:"radius_km" minimum:"0" maximum:"20016" doc:"kilometres, 0 for the same place; without it no limit"`
	Skill    []string `query:"skill,explode" maxItems:"32" doc:"repeated: all of them"`
	Language []string `query:"language,explode" maxItems:"32" doc:"BCP 47, repeated: any of them"`
	Q        string   `query:"q" maxLength:"200" doc:"words, each of which begins one of the card, or is one if it has two letters; articles and the like are not looked for, and named in words.left_out"`
	Limit    int      `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string   `query:"cursor" doc:"next_cursor of the page before"`
	ReaderLang
	OwnerToken
}

// ModeInput is what searches understand of cards that have a work mode, which
// collectives' have not.
type ModeInput struct {
	Mode []string `query:"mode,explode" enum:"onsite,hybrid,remote" doc:"repeated: any of them"`
}

// Distance tells zero from nothing: everybody of a commune is at one point,
// so a radius of zero asks for that commune alone.
type Distance struct {
	Km    float64
	Given bool
}

// Schema is that of a number.
func (d Distance) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[float64]())
}

// Receiver is where huma reads the number to.
func (d *Distance) Receiver() reflect.Value { return reflect.ValueOf(d).Elem().Field(0) }

// OnParamSet hears from huma whether there was one.
func (d *Distance) OnParamSet(isSet bool, _ any) { d.Given = isSet }

// ReaderLang picks the language of reasons.
type ReaderLang struct {
	Lang           string `query:"lang" enum:"fr,en" doc:"language of the reasons; without it Accept-Language"`
	AcceptLanguage string `header:"Accept-Language" hidden:"true"`
}

// OwnerToken lets a public route show the owner more.
type OwnerToken struct {
	Authorization string `header:"Authorization" hidden:"true"`
}

// search is the typed query. The errors name fields as the query does.
func (in *SearchInput) search() (card.Search, error) {
	s := card.Search{
		Near: in.Near, Skills: in.Skill, Languages: in.Language, Words: in.Q,
		Limit: in.Limit, Cursor: in.Cursor, Lang: api.PickLanguage(in.Lang, in.AcceptLanguage), ToWrite: true,
	}
	if math.IsNaN(in.RadiusKm.Km) {
		// NaN passes every bound, since it compares false with all of them.
		return s, invalid("radius_km", "a number")
	}
	if in.RadiusKm.Given {
		s.RadiusKm = &in.RadiusKm.Km
	}
	return s, nil
}

const varies = "Accept-Language, Authorization"
