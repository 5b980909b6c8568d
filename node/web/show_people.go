package web

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtcircuit/node/card"
)

// person is a card in the words of the page.
type person struct {
	Anchor      string
	Name        string
	Fingerprint string
	Headline    string
	About       string
	Place       string
	Distance    string // empty when it says nothing here
	Skills      []string
	Languages   string
	Modes       string
	Available   string
	Since       string
	Collectives []string
	Unknown     bool // none of the collectives is known here yet
	Reasons     []string
	Links       []card.Link
}

// found is the answer to a search.
type found struct {
	Summary      string
	Near         string
	Alternatives []link
	People       []person
	Next         string // address of the next page
	Wider        string // address without the radius, when nothing was found
	Fewer        []link // addresses with one skill less, when nothing was found
	Problem      string
}

type link struct {
	Address string
	Text    string
}

func (w Words) peopleOf(results []card.FoundProfile, withDistance bool) []person {
	people := make([]person, 0, len(results))
	for i := range results {
		people = append(people, w.personOf(&results[i], withDistance))
	}
	return people
}

func (w Words) personOf(p *card.FoundProfile, withDistance bool) person {
	shown := person{
		Anchor: "p-" + p.ID, Name: p.Name, Fingerprint: p.Fingerprint, Headline: p.Headline, About: p.About,
		Place: placeName(p.Place), Skills: p.Skills, Languages: w.languages(p.Languages), Modes: w.all(p.Modes),
		Available: w.availability(&p.Profile), Unknown: p.Trust.Tier != "own",
	}
	if withDistance {
		shown.Distance = w.distance(p.DistanceKm)
		for _, reason := range p.Reasons {
			shown.Reasons = append(shown.Reasons, reason.Text)
		}
	}
	if p.Since > 0 {
		shown.Since = w.Say("since", p.Since)
	}
	for _, c := range p.Collectives {
		name := c.Name
		if !c.Verified {
			name = w.Say("unverified", name)
		}
		shown.Collectives = append(shown.Collectives, name)
	}
	for _, l := range p.Links {
		// The network takes https only; this page does not rely on it.
		if u, err := url.Parse(l.URL); err == nil && u.Scheme == "https" && u.Host != "" {
			shown.Links = append(shown.Links, l)
		}
	}
	return shown
}

func placeName(p card.Place) string {
	if p.Resolved == nil {
		return p.Text
	}
	return resolvedName(*p.Resolved)
}

func resolvedName(p card.ResolvedPlace) string {
	if p.Department != "" && p.Department != p.Name {
		return p.Name + " (" + p.Department + ")"
	}
	return p.Name
}

// distance is rounded as people say it.
func (w Words) distance(km float64) string {
	if km < 10 {
		text := strconv.FormatFloat(math.Round(km*10)/10, 'f', -1, 64)
		if w.Lang == "fr" {
			text = strings.Replace(text, ".", ",", 1)
		}
		return w.Say("distance", text)
	}
	return w.Say("distance", strconv.FormatFloat(math.Round(km), 'f', 0, 64))
}

func (w Words) availability(p *card.Profile) string {
	var text string
	switch {
	case p.DaysPerWeek != nil && *p.DaysPerWeek == 0:
		return w.Say("unavailable")
	case p.AvailableFrom != "":
		text = w.Say("available_from", w.day(p.AvailableFrom))
	case p.DaysPerWeek != nil:
		text = w.Say("available_now")
	default:
		return ""
	}
	if p.DaysPerWeek != nil {
		text += w.Say("days_a_week", *p.DaysPerWeek)
	}
	if p.AvailabilityConfirmed != nil && !*p.AvailabilityConfirmed {
		text += w.Say("to_confirm")
	}
	return text
}

// day is a date as people write it.
func (w Words) day(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	if w.Lang == "fr" {
		return t.Format("02/01/2006")
	}
	return t.Format("2 January 2006")
}

func (w Words) all(keys []string) string {
	said := make([]string, 0, len(keys))
	for _, key := range keys {
		said = append(said, w.Say(key))
	}
	return strings.Join(said, ", ")
}

// foundOf turns a page of results into what is shown.
func (w Words) foundOf(answer card.Page[card.FoundProfile], f form) *found {
	shown := &found{People: w.peopleOf(answer.Results, true)}
	if answer.Near != nil {
		shown.Near = resolvedName(answer.Near.Place)
		for _, other := range answer.Near.Alternatives {
			shown.Alternatives = append(shown.Alternatives, f.at(other))
		}
	}
	shown.Summary = w.summary(len(answer.Results), answer.NextCursor != "", shown.Near, f)
	if answer.NextCursor != "" {
		next := f
		next.Cursor = answer.NextCursor
		shown.Next = next.address()
	}
	if len(answer.Results) == 0 {
		shown.Wider, shown.Fewer = w.wayOut(f)
	}
	return shown
}

// wayOut offers what might find somebody.
func (w Words) wayOut(f form) (wider string, fewer []link) {
	f.Cursor = ""
	if f.Radius != "" {
		more := f
		more.Radius = ""
		wider = more.address()
	}
	skills := f.skills()
	if len(skills) < 2 {
		return wider, nil
	}
	for i, skill := range skills {
		less := f
		less.Skill = strings.Join(slices.Delete(slices.Clone(skills), i, i+1), ", ")
		fewer = append(fewer, link{Address: less.address(), Text: w.Say("without_skill", skill)})
	}
	return wider, fewer
}

// summary says how many there are, or that these are the nearest of more.
func (w Words) summary(n int, more bool, near string, f form) string {
	var text string
	switch {
	case n == 0 && f.Cursor != "":
		return w.Say("found_no_more")
	case n == 0:
		text = w.Say("found_none")
	case n == 1:
		text = w.Say("found_one")
	case more && f.Cursor == "":
		text = w.Say("found_first", n)
	default:
		text = w.Say("found_many", n)
	}
	if near != "" {
		text += w.Say("around", near)
	}
	return text
}

// at is the same search around one of several places of a name.
func (f form) at(p card.ResolvedPlace) link {
	f.Near, f.Cursor = fmt.Sprintf("%.4f,%.4f", p.Lat, p.Lon), ""
	if len(p.Postcodes) > 0 {
		f.Near = p.Postcodes[0]
	}
	return link{Address: f.address(), Text: resolvedName(p)}
}

// refused explains what could not be searched for.
func (w Words) refused(p *card.Problem, f form) *found {
	shown := &found{Problem: w.Say("refused", p.Error())}
	switch {
	case p.Cause == card.Ambiguous:
		shown.Problem = w.Say("which_place", f.Near)
	case p.Field == "near" && f.Near == "":
		shown.Problem = w.Say("say_where")
	case p.Field == "near":
		shown.Problem = w.Say("no_place", f.Near)
	case p.Field == "cursor":
		shown.Problem = w.Say("search_again")
	}
	for _, c := range p.Candidates {
		if c.Place != nil {
			shown.Alternatives = append(shown.Alternatives, f.at(*c.Place))
		}
	}
	return shown
}
