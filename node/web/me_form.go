package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// cardForm is a card as it stands in the form's fields: text, so that what
// cannot be used stays there to be corrected.
type cardForm struct {
	Name, Headline, About string
	Place                 string
	Choice                string // the candidate that was picked, as JSON
	Asked                 string // the text that the candidates were offered for
	Radius                string
	Skills                string // separated by commas
	Languages             []string
	OtherLanguages        string
	Modes                 []string
	When                  string // now, from, no; "": not said
	From                  string
	Days                  string // 1 to 7
	Since                 string
	Links                 string // one on each line, the label first
	Record                string // of the version that is edited
}

// The answers to "when are you free".
const (
	whenNow  = "now"
	whenFrom = "from"
	whenNo   = "no"
)

// formOf fills the fields from a card.
func formOf(p *card.Profile) cardForm {
	f := cardForm{
		Name: p.Name, Headline: p.Headline, About: p.About, Place: placeField(p.Place), Skills: strings.Join(p.Skills, ", "),
		Languages: p.Languages, Modes: p.Modes, From: p.AvailableFrom, Record: p.RecordID,
	}
	if p.RadiusKm != nil {
		f.Radius = strconv.FormatUint(uint64(*p.RadiusKm), 10)
	}
	switch {
	case p.DaysPerWeek != nil && *p.DaysPerWeek == 0:
		f.When = whenNo
	case p.AvailableFrom != "":
		f.When = whenFrom
	case p.DaysPerWeek != nil:
		f.When = whenNow
	}
	if p.DaysPerWeek != nil && *p.DaysPerWeek > 0 {
		f.Days = strconv.FormatUint(uint64(*p.DaysPerWeek), 10)
	}
	if p.Since > 0 {
		f.Since = strconv.FormatUint(uint64(p.Since), 10)
	}
	var lines []string
	for _, l := range p.Links {
		lines = append(lines, strings.TrimSpace(l.Label+" "+l.URL))
	}
	f.Links = strings.Join(lines, "\n")
	return f
}

func placeField(p card.Place) string {
	if p.Resolved != nil {
		return placeQuery(*p.Resolved)
	}
	return p.Text
}

// readCardForm takes the fields as they were sent; nothing is cut.
func readCardForm(v url.Values) cardForm {
	return cardForm{
		Name: typed(v.Get("name")), Headline: typed(v.Get("headline")), About: typed(v.Get("about")), Place: typed(v.Get("place")),
		Choice: typed(v.Get("choice")), Asked: typed(v.Get("asked")), Radius: typed(v.Get("radius")), Skills: typed(v.Get("skills")),
		Languages: cleanAll(v["language"]), OtherLanguages: typed(v.Get("languages")), Modes: cleanAll(v["mode"]),
		When: typed(v.Get("when")), From: typed(v.Get("from")), Days: typed(v.Get("days")), Since: typed(v.Get("since")),
		Links: typed(v.Get("links")), Record: typed(v.Get("record")),
	}
}

// profile reads the fields; wrong names those that cannot be read, by the
// keys of the words. current is the card that is edited, nil without one.
func (f *cardForm) profile(current *card.Profile) (p card.Profile, wrong map[string]string) {
	wrong = map[string]string{}
	p = card.Profile{
		Name: f.Name, Headline: f.Headline, About: f.About, Place: f.place(current), Skills: splitSkills(strings.ReplaceAll(f.Skills, "\n", ",")),
		Languages: append(slices.Clone(f.Languages), splitSkills(f.OtherLanguages)...), Modes: f.Modes, Links: readLinks(f.Links),
	}
	p.RecordID = f.Record
	f.checkTexts(&p, wrong)
	p.RadiusKm = readNumber("radius", strings.TrimSuffix(f.Radius, "km"), wrong)
	if since := readNumber("since", f.Since, wrong); since != nil {
		if p.Since = *since; *since < 1900 || *since > 2200 {
			wrong["since"] = "me_wrong_since"
		}
	}
	days := readNumber("days", f.Days, wrong)
	switch f.When {
	case whenNow:
		if p.DaysPerWeek = days; days == nil || *days == 0 {
			wrong["days"] = "me_wrong_days"
		}
	case whenFrom:
		p.AvailableFrom, p.DaysPerWeek = f.From, days
		if _, err := time.Parse(time.DateOnly, f.From); err != nil {
			wrong["from"] = "me_wrong_from"
		}
	case whenNo:
		p.DaysPerWeek = new(uint)
	}
	return p, wrong
}

// checkTexts finds at once what the network would refuse one after the other.
func (f *cardForm) checkTexts(p *card.Profile, wrong map[string]string) {
	for field, bad := range map[string]bool{
		"name":     f.Name == "" || utf8.RuneCountInString(f.Name) > protocol.MaxNameRunes,
		"headline": utf8.RuneCountInString(f.Headline) > protocol.MaxHeadlineRunes,
		"about":    utf8.RuneCountInString(f.About) > protocol.MaxAboutRunes,
		"skills":   len(p.Skills) > protocol.MaxSkills,
		"links":    slices.ContainsFunc(p.Links, func(l card.Link) bool { return !isHTTPS(l.URL) }),
	} {
		if bad {
			wrong[field] = "me_wrong_" + field
		}
	}
}

// place is what was picked among candidates as long as the text is the one
// they were offered for; the exact place of the card while its text is
// untouched; else what was typed.
func (f *cardForm) place(current *card.Profile) card.Place {
	if f.Choice != "" && f.Asked == f.Place {
		var picked card.Place
		if err := json.Unmarshal([]byte(f.Choice), &picked); err == nil && picked.Resolved != nil {
			return picked
		}
	}
	if current != nil && current.Place.Resolved != nil && placeField(current.Place) == f.Place {
		return current.Place
	}
	return card.Place{Text: f.Place}
}

func readNumber(field, text string, wrong map[string]string) *uint {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		wrong[field] = "me_wrong_" + field
		return nil
	}
	v := uint(n)
	return &v
}

// readLinks reads a link of each line: words, then the address.
func readLinks(text string) []card.Link {
	var links []card.Link
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		at := max(strings.LastIndexAny(line, " \t")+1, 0)
		links = append(links, card.Link{Label: strings.TrimRight(strings.TrimSpace(line[:at]), ":="), URL: line[at:]})
	}
	return links
}

// readMeForm reads a form of either encoding. Files stay in memory: the body
// of private pages is bounded.
func readMeForm(r *http.Request) error {
	err := r.ParseMultipartForm(maxPrivateFormBytes)
	if err != nil && !errors.Is(err, http.ErrNotMultipart) { // then it was read as the plain one that it is
		return &card.Problem{Cause: card.Invalid, Field: "form", Expected: "a form of at most 256 KiB", Detail: "the form cannot be read"}
	}
	return nil
}
