package httpapi

import (
	"math"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// SearchInput is what every search understands. Numbers and lists are
// bounded here; what the words mean is the node's to say.
type SearchInput struct {
	Near     string   `query:"near" maxLength:"200" doc:"place name, postcode or lat,lon; without it the node's own place"`
	RadiusKm float64  `query:"radius_km" exclusiveMinimum:"0" maximum:"20100" doc:"kilometres; without it no limit"`
	Skill    []string `query:"skill,explode" maxItems:"32" doc:"repeated: all of them"`
	Language []string `query:"language,explode" maxItems:"32" doc:"BCP 47, repeated: any of them"`
	Mode     []string `query:"mode,explode" enum:"onsite,hybrid,remote" doc:"repeated: any of them"`
	Q        string   `query:"q" maxLength:"200" doc:"words anywhere in the card"`
	Limit    int      `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string   `query:"cursor" doc:"next_cursor of the page before"`
	ReaderLang
	OwnerToken
}

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
		Near: in.Near, Skills: in.Skill, Languages: in.Language, Modes: in.Mode, Words: in.Q,
		Limit: in.Limit, Cursor: in.Cursor, Lang: api.PickLanguage(in.Lang, in.AcceptLanguage),
	}
	if math.IsNaN(in.RadiusKm) {
		// NaN passes every bound, since it compares false with all of them.
		return s, invalid("radius_km", "a number")
	}
	if in.RadiusKm > 0 {
		s.RadiusKm = &in.RadiusKm
	}
	return s, nil
}

// seen is a page whose lists are never null and which says that its words
// depend on the reader's language.
type seen[T any] struct {
	Vary string `header:"Vary"`
	Body card.Page[T]
}

const varies = "Accept-Language, Authorization"

func seenPage[T any](page card.Page[T], err error) (*seen[T], error) {
	if err != nil {
		return nil, err
	}
	if page.Results == nil {
		page.Results = []T{}
	}
	return &seen[T]{Vary: varies, Body: page}, nil
}
