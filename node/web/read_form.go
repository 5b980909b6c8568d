package web

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"courtcircuit/node/card"
)

// form is what the reader typed. A page forgives more than the JSON
// interface: a value that cannot be used is left out of the search, stays in
// the form, and is said at its field.
type form struct {
	Kind      string // profiles, missions or collectives
	Near      string
	Skill     string // separated by commas
	Radius    string // kilometres; "": no limit
	Languages []string
	Modes     []string
	By        string // available by this day, YYYY-MM-DD
	Words     string
	Status    string // of missions: "" open, attributed, closed, any
	Cursor    string
	Map       string // lat,lon,km of the map where the reader moved it
	Lang      string // only when asked by name
	Wrong     map[string]wrong

	path string // of the page that reads the form; "" is /recherche
}

// wrong says what is the matter with a field: a key of the words and what was
// typed.
type wrong struct{ Key, Value string }

const (
	searchPath   = "/recherche"
	missionsPath = "/missions"

	kindProfiles    = "profiles"
	kindMissions    = "missions"
	kindCollectives = "collectives"

	maxFieldRunes  = 120
	maxSkills      = 8
	maxChecked     = 8 // languages or modes
	maxCursorBytes = 1024
	maxRadiusKm    = 20016 // half the circumference of the sphere
)

var (
	kinds = []string{kindProfiles, kindMissions, kindCollectives}
	// radii and languages are what the form offers; others are understood.
	radii     = []string{"10", "25", "50", "100", "200"}
	languages = []string{"fr", "en", "es", "de", "it", "pt", "ar", "nl"}
	modes     = []string{"onsite", "hybrid", "remote"}
	states    = []string{"", "attributed", "closed", "any"}

	languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)
)

func readForm(query url.Values) form {
	f := form{
		Kind: kindProfiles, Near: clean(query.Get("near")), Skill: clean(strings.Join(query["skill"], ", ")),
		Radius: clean(query.Get("radius_km")), Languages: cleanAll(query["language"]), Modes: cleanAll(query["mode"]),
		By: clean(query.Get("available_by")), Words: clean(query.Get("q")), Status: clean(query.Get("status")), Map: clean(query.Get("map")),
		Wrong: map[string]wrong{},
	}
	if kind := query.Get("kind"); slices.Contains(kinds, kind) {
		f.Kind = kind
	}
	if cursor := query.Get("cursor"); len(cursor) <= maxCursorBytes && utf8.ValidString(cursor) {
		f.Cursor = cursor
	}
	if lang := query.Get("lang"); lang == "fr" || lang == "en" {
		f.Lang = lang
	}
	f.check()
	return f
}

// check finds what the search has to leave out.
func (f *form) check() {
	if f.Radius != "" && f.radius() == nil {
		f.Wrong["radius_km"] = wrong{"wrong_radius", f.Radius}
	}
	for _, tag := range f.Languages {
		if !languageTag.MatchString(tag) {
			f.Wrong["language"] = wrong{"wrong_language", tag}
		}
	}
	for _, mode := range f.Modes {
		if !slices.Contains(modes, mode) {
			f.Wrong["mode"] = wrong{"wrong_mode", mode}
		}
	}
	if _, err := time.Parse(time.DateOnly, f.By); f.By != "" && err != nil {
		f.Wrong["available_by"] = wrong{"wrong_day", f.By}
	}
	if !slices.Contains(states, f.Status) && f.Status != "open" {
		f.Wrong["status"] = wrong{"wrong_status", f.Status}
	}
	if all := splitSkills(f.Skill); len(all) > maxSkills {
		f.Wrong["skill"] = wrong{"wrong_skills", all[maxSkills]}
	}
}

func clean(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if runes := []rune(s); len(runes) > maxFieldRunes {
		return strings.TrimSpace(string(runes[:maxFieldRunes]))
	}
	return s
}

func cleanAll(values []string) []string {
	var out []string
	for _, value := range values {
		if value = clean(value); value != "" && !slices.Contains(out, value) && len(out) < maxChecked {
			out = append(out, value)
		}
	}
	return out
}

// splitSkills are the ones typed, without repetition.
func splitSkills(text string) []string {
	var skills []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part != "" && !slices.Contains(skills, part) {
			skills = append(skills, part)
		}
	}
	return skills
}

func (f form) skills() []string {
	skills, _ := firstOf(splitSkills(f.Skill), maxSkills)
	return skills
}

// radius understands "50", "12,5" and "50 km"; nil is no limit.
func (f form) radius() *float64 {
	text := strings.TrimSpace(strings.TrimSuffix(strings.ToLower(f.Radius), "km"))
	km, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil || !(km >= 0 && km <= maxRadiusKm) { // also refuses NaN
		return nil
	}
	return &km
}

// search is what the node is asked. Only what the kind knows is asked:
// collectives have no work mode, missions no availability.
func (f form) search(lang string) card.Search {
	s := card.Search{Near: f.Near, RadiusKm: f.radius(), Skills: f.skills(), Words: f.Words, Cursor: f.Cursor, Lang: lang, Limit: pageLimit}
	if f.Words != "" {
		s.MaxRead = maxCardsRead
	}
	if f.Wrong["language"] == (wrong{}) {
		s.Languages = f.Languages
	}
	if f.Kind != kindCollectives && f.Wrong["mode"] == (wrong{}) {
		s.Modes = f.Modes
	}
	if f.Kind == kindProfiles && f.Wrong["available_by"] == (wrong{}) {
		s.AvailableBy = f.By
	}
	if f.Kind == kindMissions && f.Wrong["status"] == (wrong{}) {
		s.Status = f.Status
	}
	return s
}

// address is the page that this form leads to.
func (f form) address() string {
	query := f.values(f.pagePath())
	if len(query) == 0 {
		return f.pagePath()
	}
	return f.pagePath() + "?" + query.Encode()
}

// fragment is the address of the list alone, for scripts.
func (f form) fragment() string {
	query := f.values(f.pagePath())
	query.Set("fragment", "1")
	return f.pagePath() + "?" + query.Encode()
}

func (f form) pagePath() string {
	if f.path == "" {
		return searchPath
	}
	return f.path
}

func (f form) values(path string) url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"near": f.Near, "skill": f.Skill, "radius_km": f.Radius, "available_by": f.By, "q": f.Words, "status": f.Status,
		"cursor": f.Cursor, "map": f.Map, "lang": f.Lang,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if f.Kind != "" && f.Kind != kindProfiles && path == searchPath {
		v.Set("kind", f.Kind)
	}
	for name, values := range map[string][]string{"language": f.Languages, "mode": f.Modes} {
		if len(values) > 0 {
			v[name] = values
		}
	}
	return v
}

// with is the first page of this search with something changed.
func (f form) with(change func(*form)) form {
	f.Cursor, f.Map = "", ""
	change(&f)
	return f
}

// HasMore says that one of the criteria behind "more criteria" is set, so
// that they stand open.
func (f form) HasMore() bool {
	return len(f.Languages)+len(f.Modes) > 0 || f.By != "" || f.Words != "" || (f.Kind == kindMissions && f.Status != "")
}
