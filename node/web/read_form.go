package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"courtcircuit/node/card"
)

// form is what the reader typed. A page forgives more than the JSON
// interface: what is cut or unknown here is still to be seen in the form.
type form struct {
	Near   string
	Skill  string // separated by commas
	Radius string // kilometres; empty: no limit
	Mode   string
	Cursor string
	Lang   string // only when asked by name
}

// Radii are what the form offers, in kilometres.
var radii = []string{"10", "25", "50", "100", "200"}

var modes = []string{"onsite", "hybrid", "remote"}

const (
	maxFieldRunes  = 120
	maxSkills      = 8
	maxCursorBytes = 1024
)

// searchFields make a query to "/" a search.
var searchFields = []string{"near", "skill", "radius_km", "mode", "cursor"}

func isSearch(query url.Values) bool {
	return slices.ContainsFunc(searchFields, query.Has)
}

func readForm(query url.Values) form {
	f := form{
		Near:  clean(query.Get("near")),
		Skill: clean(strings.Join(query["skill"], ", ")),
	}
	if radius := query.Get("radius_km"); slices.Contains(radii, radius) {
		f.Radius = radius
	}
	if mode := query.Get("mode"); slices.Contains(modes, mode) {
		f.Mode = mode
	}
	if cursor := query.Get("cursor"); len(cursor) <= maxCursorBytes && utf8.ValidString(cursor) {
		f.Cursor = cursor
	}
	if lang := query.Get("lang"); lang == "fr" || lang == "en" {
		f.Lang = lang
	}
	return f
}

func clean(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if runes := []rune(s); len(runes) > maxFieldRunes {
		return string(runes[:maxFieldRunes])
	}
	return s
}

// skills are the ones typed, without repetition.
func (f form) skills() []string {
	var skills []string
	for part := range strings.SplitSeq(f.Skill, ",") {
		part = strings.TrimSpace(part)
		if part != "" && !slices.Contains(skills, part) && len(skills) < maxSkills {
			skills = append(skills, part)
		}
	}
	return skills
}

func (f form) search(lang string) card.Search {
	s := card.Search{Near: f.Near, Skills: f.skills(), Cursor: f.Cursor, Lang: lang, Limit: 20}
	if km, err := strconv.ParseFloat(f.Radius, 64); err == nil {
		s.RadiusKm = &km
	}
	if f.Mode != "" {
		s.Modes = []string{f.Mode}
	}
	return s
}

// address is the search page for this form.
func (f form) address() string {
	v := url.Values{}
	for name, value := range map[string]string{"near": f.Near, "skill": f.Skill, "radius_km": f.Radius, "mode": f.Mode, "cursor": f.Cursor, "lang": f.Lang} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return searchPath
	}
	return searchPath + "?" + v.Encode()
}

// choice is one option of a select.
type choice struct {
	Value    string
	Text     string
	Selected bool
}

// RadiusChoices are the options of the radius.
func (v *page) RadiusChoices() []choice {
	choices := []choice{{Text: v.Say("any_distance"), Selected: v.Form.Radius == ""}}
	for _, km := range radii {
		choices = append(choices, choice{Value: km, Text: km + " km", Selected: v.Form.Radius == km})
	}
	return choices
}

// ModeChoices are the options of the way of working.
func (v *page) ModeChoices() []choice {
	choices := []choice{{Text: v.Say("any_mode"), Selected: v.Form.Mode == ""}}
	for _, mode := range modes {
		choices = append(choices, choice{Value: mode, Text: v.Say(mode), Selected: v.Form.Mode == mode})
	}
	return choices
}

// switchAddress is the same page in another language.
func switchAddress(u *url.URL, lang string) string {
	query := u.Query()
	query.Set("lang", lang)
	path := u.Path
	if path != "/" && path != searchPath {
		path = "/"
	}
	return path + "?" + query.Encode()
}
