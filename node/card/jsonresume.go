package card

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The parts of a JSON Resume (jsonresume.org, schema 1.x) that a card holds.
// Street, mail address and phone number are never read: they have no place in
// what is published.
type resume struct {
	Schema    string           `json:"$schema,omitempty"`
	Basics    resumeBasics     `json:"basics"`
	Work      []resumeWork     `json:"work,omitempty"`
	Skills    []resumeSkill    `json:"skills,omitempty"`
	Languages []resumeLanguage `json:"languages,omitempty"`
	Meta      *resumeMeta      `json:"meta,omitempty"`
}

type resumeBasics struct {
	Name     string          `json:"name"`
	Label    string          `json:"label,omitempty"`
	URL      string          `json:"url,omitempty"`
	Summary  string          `json:"summary,omitempty"`
	Location *resumeLocation `json:"location,omitempty"`
	Profiles []resumeProfile `json:"profiles,omitempty"`
}

type resumeLocation struct {
	PostalCode  string `json:"postalCode,omitempty"`
	City        string `json:"city,omitempty"`
	CountryCode string `json:"countryCode,omitempty"`
	Region      string `json:"region,omitempty"`
}

type resumeProfile struct {
	Network string `json:"network,omitempty"`
	URL     string `json:"url,omitempty"`
}

type resumeWork struct {
	StartDate string `json:"startDate,omitempty"`
}

type resumeSkill struct {
	Name     string   `json:"name,omitempty"`
	Keywords []string `json:"keywords,omitempty"`
}

type resumeLanguage struct {
	Language string `json:"language,omitempty"`
}

type resumeMeta struct {
	Courtcircuit *resumeExtra `json:"courtcircuit,omitempty"`
}

// resumeExtra is what JSON Resume has no field for. Everything else goes
// through its own fields, so that an edit in another program is not undone by
// a copy kept here.
type resumeExtra struct {
	Version       int      `json:"version"`
	Place         *Place   `json:"place,omitempty"`
	RadiusKm      *uint    `json:"radius_km,omitempty"`
	Modes         []string `json:"modes,omitempty"`
	AvailableFrom string   `json:"available_from,omitempty"`
	DaysPerWeek   *uint    `json:"days_per_week,omitempty"`
	Since         uint     `json:"since,omitempty"`
}

const (
	resumeSchema       = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"
	resumeExtraVersion = 1
)

// WriteResume gives a profile as JSON Resume. Reading it back with
// ReadProfiles gives the same fields, except those that only a server sets.
func WriteResume(p Profile) ([]byte, error) {
	place := p.Place
	out := resume{
		Schema: resumeSchema,
		Basics: resumeBasics{Name: p.Name, Label: p.Headline, Summary: p.About, Location: locationOf(place)},
		Meta: &resumeMeta{&resumeExtra{
			Version: resumeExtraVersion, RadiusKm: p.RadiusKm, Modes: p.Modes,
			AvailableFrom: p.AvailableFrom, DaysPerWeek: p.DaysPerWeek, Since: p.Since,
		}},
	}
	if !place.IsZero() {
		out.Meta.Courtcircuit.Place = &place
	}
	for _, l := range p.Links {
		out.Basics.Profiles = append(out.Basics.Profiles, resumeProfile{Network: l.Label, URL: l.URL})
	}
	for _, s := range p.Skills {
		out.Skills = append(out.Skills, resumeSkill{Name: s})
	}
	for _, l := range p.Languages {
		out.Languages = append(out.Languages, resumeLanguage{Language: languageLabel(l)})
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write JSON Resume: %w", err)
	}
	return append(data, '\n'), nil
}

func locationOf(p Place) *resumeLocation {
	if r := p.Resolved; r != nil {
		return &resumeLocation{City: r.Name, Region: r.Department, CountryCode: r.Country}
	}
	if p.Text != "" {
		return &resumeLocation{City: p.Text}
	}
	return nil
}

// parseResume reads one JSON Resume. Fields that a card does not hold are
// passed over; what a card would hold but cannot take is a warning for links
// and languages, which stand beside others, and a fault for everything else.
func parseResume(raw []byte) (Profile, []string, error) {
	var in resume
	if err := json.Unmarshal(raw, &in); err != nil {
		w := jsonWalk{data: raw}
		return Profile{}, nil, w.problem(err)
	}
	var warnings []string
	p := Profile{Name: in.Basics.Name, Headline: in.Basics.Label, About: in.Basics.Summary, Place: in.place(), Since: in.since()}
	for _, s := range in.Skills {
		p.Skills = append(append(p.Skills, s.Name), s.Keywords...)
	}
	for _, l := range in.Languages {
		if tag, ok := canonicalLanguage(l.Language); ok {
			p.Languages = append(p.Languages, tag)
		} else if l.Language != "" {
			warnings = append(warnings, fmt.Sprintf("language %q is not known and was left out", shorten(l.Language)))
		}
	}
	p.Links, warnings = in.links(warnings)
	if in.Meta == nil || in.Meta.Courtcircuit == nil {
		return p, warnings, nil
	}
	x := in.Meta.Courtcircuit
	if x.Version > resumeExtraVersion {
		return Profile{}, nil, invalid("meta.courtcircuit.version", fmt.Sprintf("up to %d", resumeExtraVersion), "it is %d, of a newer version of courtcircuit", x.Version)
	}
	p.RadiusKm, p.Modes, p.AvailableFrom, p.DaysPerWeek, p.Since = x.RadiusKm, x.Modes, x.AvailableFrom, x.DaysPerWeek, x.Since
	return p, warnings, nil
}

// place prefers the exact place of our own export, unless the city was edited
// since.
func (r *resume) place() Place {
	l := r.Basics.Location
	if l == nil {
		l = &resumeLocation{}
	}
	if r.Meta != nil && r.Meta.Courtcircuit != nil && r.Meta.Courtcircuit.Place != nil {
		exact := *r.Meta.Courtcircuit.Place
		if was := locationOf(exact); was != nil && was.City == l.City {
			return exact
		}
	}
	country := strings.ToUpper(strings.TrimSpace(l.CountryCode))
	code := strings.TrimSpace(l.PostalCode)
	switch {
	case country == "" || country == "FR": // the codes that the gazetteer knows
		return Place{Text: strings.TrimSpace(code + " " + l.City)}
	case l.City == "":
		return Place{Text: code}
	default:
		return Place{Text: l.City + ", " + country}
	}
}

// since is the year of the first work; 0 when none is dated.
func (r *resume) since() uint {
	first := uint(0)
	for _, w := range r.Work {
		year, _, _ := strings.Cut(w.StartDate, "-")
		n, err := strconv.ParseUint(year, 10, 16)
		if err == nil && n >= 1900 && (first == 0 || uint(n) < first) {
			first = uint(n)
		}
	}
	return first
}

// links takes the address of the person's site, then those of the profiles.
func (r *resume) links(warnings []string) ([]Link, []string) {
	var out []Link
	all := r.Basics.Profiles
	site := r.Basics.URL
	if site != "" && !slices.ContainsFunc(all, func(l resumeProfile) bool { return l.URL == site }) {
		all = append([]resumeProfile{{Network: "Site", URL: site}}, all...)
	}
	for _, l := range all {
		link := Link{Label: l.Network, URL: strings.TrimSpace(l.URL)}
		switch {
		case link.URL == "":
		case !strings.HasPrefix(link.URL, "https://"):
			warnings = append(warnings, fmt.Sprintf("link %q was left out: only https:// addresses are published", shorten(link.URL)))
		default:
			out = append(out, link)
		}
	}
	return out, warnings
}
