package node

import (
	"slices"
	"time"

	"golang.org/x/text/language"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// The forms that people write become protocol bodies here. Text is brought
// into the form that the network takes; what is too long or out of range is
// left for protocol to refuse by field, because nothing is cut silently.

func cleanLine(s string) string { return protocol.CleanText(s, false) }

func cleanText(s string) string { return protocol.CleanText(s, true) }

func profileBody(p card.Profile, place protocol.Place, confirmed time.Time) (*protocol.Profile, error) {
	modes, err := parseModes("modes", p.Modes)
	if err != nil {
		return nil, err
	}
	from, err := parseDate("available_from", p.AvailableFrom)
	if err != nil {
		return nil, err
	}
	return &protocol.Profile{
		Name: cleanLine(p.Name), Headline: cleanLine(p.Headline), About: cleanText(p.About), Place: place,
		RadiusKm: p.RadiusKm, Skills: cleanList(p.Skills), Languages: cleanLanguages(p.Languages), Modes: modes,
		AvailableFrom: from, DaysPerWeek: p.DaysPerWeek, Since: p.Since, Links: wireLinks(p.Links),
		ConfirmedAtMillis: confirmed.UnixMilli(),
	}, nil
}

func missionBody(m card.Mission, place protocol.Place, state protocol.MissionState) (*protocol.Mission, error) {
	modes, err := parseModes("modes", m.Modes)
	if err != nil {
		return nil, err
	}
	start, err := parseDate("start", m.Start)
	if err != nil {
		return nil, err
	}
	applyBy, err := parseDate("apply_by", m.ApplyBy)
	if err != nil {
		return nil, err
	}
	out := &protocol.Mission{
		Title: cleanLine(m.Title), Description: cleanText(m.Description), Place: place, Modes: modes,
		Languages: cleanLanguages(m.Languages), Start: start, ApplyBy: applyBy, Contract: cleanLine(m.Contract), State: state,
	}
	for _, need := range m.Needs {
		out.Needs = append(out.Needs, protocol.Need{Skill: cleanLine(need.Skill), Count: max(need.Count, 1), Days: need.Days})
	}
	if b := m.Budget; b != nil {
		out.Budget = &protocol.Budget{Min: b.Min, Max: b.Max, Currency: b.Currency, Per: b.Per}
	}
	return out, nil
}

func collectiveBody(c card.Collective, place protocol.Place) *protocol.Collective {
	return &protocol.Collective{
		Name: cleanLine(c.Name), About: cleanText(c.About), Place: place, Languages: cleanLanguages(c.Languages),
		Contact: cleanText(c.Contact), Links: wireLinks(c.Links), URL: c.URL,
	}
}

// cleanList tidies words and drops those that say the same twice.
func cleanList(words []string) []string {
	var out []string
	for _, w := range words {
		if w = cleanLine(w); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// cleanLanguages writes tags as the wire wants them ("FR" is fr). What is no
// tag stays as it is, for protocol to refuse by name.
func cleanLanguages(tags []string) []string {
	out := cleanList(tags)
	for i, t := range out {
		if tag, err := language.Parse(t); err == nil {
			out[i] = tag.String()
		}
	}
	return cleanList(out)
}

func wireLinks(links []card.Link) []protocol.Link {
	var out []protocol.Link
	for _, l := range links {
		out = append(out, protocol.Link{Label: cleanLine(l.Label), URL: cleanLine(l.URL)})
	}
	return out
}

// parseModes gives them rising: a set has one encoding on the wire.
func parseModes(field string, names []string) ([]protocol.WorkMode, error) {
	var out []protocol.WorkMode
	for _, name := range names {
		m, err := protocol.ParseWorkMode(name)
		if err != nil {
			return nil, invalid(field, "onsite, hybrid or remote", "%q is no work mode", shortWords(name))
		}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return out, nil
}

func parseDate(field, text string) (*protocol.Date, error) {
	if text == "" {
		return nil, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Unix() < 0 || t.Year() >= 2170 {
		return nil, invalid(field, "a date as in 2026-12-01, from 1970 to 2169", "%q is no such date", shortWords(text))
	}
	d := dateOf(t)
	return &d, nil
}

const secondsPerDay = 24 * 60 * 60

// dateOf is the day of a time in UTC: a replica has no time zone.
func dateOf(t time.Time) protocol.Date { return protocol.Date(t.Unix() / secondsPerDay) }

func timeOfDate(d protocol.Date) time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

func dateText(d *protocol.Date) string {
	if d == nil {
		return ""
	}
	return timeOfDate(*d).Format(time.DateOnly)
}
