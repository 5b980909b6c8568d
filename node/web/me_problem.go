package web

import (
	"encoding/json"
	"errors"
	"strings"

	"courtcircuit/node/card"
)

// meFields says at which field of the form a problem of a card stands.
var meFields = map[string]string{
	"name": "name", "headline": "headline", "about": "about", "place": "place", "radius_km": "radius", "skills": "skills",
	"languages": "languages", "modes": "modes", "available_from": "from", "days_per_week": "days", "since": "since", "links": "links",
}

// meField is the field of the form that a problem is about: links[2].url is a
// matter of the links.
func meField(name string) (field string, known bool) {
	if at := strings.IndexAny(name, "[."); at >= 0 {
		name = name[:at]
	}
	field, known = meFields[name]
	return field, known
}

// pickPlace is one commune that was perhaps meant.
type pickPlace struct {
	Value string // JSON of the place
	Text  string
}

// placeProblem puts what the node says of a card at the field it is about.
// picks are the communes to choose from; false: it is no matter of a field.
func (w Words) placeProblem(err error, wrong map[string]string) (picks []pickPlace, ok bool) {
	var problem *card.Problem
	if !errors.As(err, &problem) {
		return nil, false
	}
	field, known := meField(problem.Field)
	if !known {
		return nil, false
	}
	wrong[field] = w.Say("me_wrong_" + field)
	if field != "place" {
		return nil, true
	}
	for _, c := range problem.Candidates {
		value, err := json.Marshal(c.Place)
		if c.Place == nil || err != nil {
			continue
		}
		picks = append(picks, pickPlace{Value: string(value), Text: joinSaid(", ", resolvedName(*c.Place), firstPostcode(c.Place))})
	}
	if problem.Cause == card.Ambiguous {
		wrong[field] = w.Say("me_wrong_place_many")
	} else if len(picks) > 0 {
		wrong[field] = w.Say("me_wrong_place_like")
	}
	return picks, true
}

func firstPostcode(p *card.ResolvedPlace) string {
	if len(p.Postcodes) == 0 {
		return ""
	}
	return p.Postcodes[0]
}

// said turns the keys that cardForm.profile gives into sentences.
func (w Words) said(wrong map[string]string) map[string]string {
	out := map[string]string{}
	for field, key := range wrong {
		out[field] = w.Say(key)
	}
	return out
}
