package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// The bounds of a request, in characters. All of it in the longest letters
// stays within what the listener takes.
const (
	maxBriefTitle       = 140
	maxBriefDescription = 4000
	maxBriefWhen        = 200
	maxBriefName        = 100
	maxBriefEmail       = 200
	maxBriefPhone       = 40
	minPhoneDigits      = 6
	maxPhoneDigits      = 15
)

// briefTyped is what a client typed.
type briefTyped struct {
	Title, Description, Place, When, Name, Email, Phone, Audience string
	Picked                                                        string // of several places; it stands for Place
}

// briefFields are the fields in the order of the page, with the element that
// has them.
var briefFields = []struct{ name, anchor string }{
	{"description", "brief-description"}, {"title", "brief-title"}, {"place", "brief-place"}, {"when", "brief-when"}, {"name", "brief-name"},
	{"reach", "brief-email"}, {"email", "brief-email"}, {"phone", "brief-phone"}, {"audience", "brief-audience-collective"},
}

// read takes what was sent. A place that was picked counts as long as the
// words it was picked for still stand.
func (d *depositPage) read(sent url.Values) {
	line := func(key string) string { return strings.Join(strings.Fields(typed(sent.Get(key))), " ") }
	d.Typed = briefTyped{
		Title: line("title"), Description: typed(sent.Get("description")), Place: line("place"), When: line("when"),
		Name: line("name"), Email: line("email"), Phone: line("phone"), Audience: sent.Get("audience"),
	}
	if picked := line("place_picked"); picked != "" && line("place_asked") == d.Typed.Place {
		d.Typed.Picked = picked
	}
	if d.Token = sent.Get("token"); d.Token == "" || len(d.Token) > maxReportToken {
		d.Token = rand.Text()
	}
}

func (t *briefTyped) place() string {
	if t.Picked != "" {
		return t.Picked
	}
	return t.Place
}

func (t *briefTyped) form(to *addressee, lang string) card.BriefForm {
	return card.BriefForm{
		To: &card.BriefTo{Collective: to.ID, Profile: to.Profile}, Title: t.Title, Description: t.Description, Place: card.Place{Text: t.place()}, When: t.When,
		Contact: card.BriefContact{Name: t.Name, Email: t.Email, Phone: t.Phone}, Audience: t.Audience, Language: lang,
	}
}

// wrongInBrief says at each field what it lacks.
func (w Words) wrongInBrief(t *briefTyped) map[string]string {
	wrong := map[string]string{}
	for _, need := range []struct{ field, text, key string }{
		{"description", t.Description, "brief_description_wrong"}, {"place", t.place(), "brief_place_wrong"},
		{"name", t.Name, "brief_name_wrong"}, {"reach", t.Email + t.Phone, "brief_reach_wrong"},
	} {
		if need.text == "" {
			wrong[need.field] = w.Say(need.key)
		}
	}
	for _, bound := range []struct {
		field, text string
		most        int
	}{
		{"title", t.Title, maxBriefTitle}, {"description", t.Description, maxBriefDescription}, {"place", t.place(), maxFieldRunes}, {"when", t.When, maxBriefWhen},
		{"name", t.Name, maxBriefName}, {"email", t.Email, maxBriefEmail}, {"phone", t.Phone, maxBriefPhone},
	} {
		if utf8.RuneCountInString(bound.text) > bound.most {
			wrong[bound.field] = w.Say("report_too_long", bound.most)
		}
	}
	if a, err := mail.ParseAddress(t.Email); wrong["email"] == "" && t.Email != "" && (err != nil || a.Address != t.Email) {
		wrong["email"] = w.Say("brief_email_wrong")
	}
	if wrong["phone"] == "" && t.Phone != "" && !isPhone(t.Phone) {
		wrong["phone"] = w.Say("brief_phone_wrong")
	}
	if !slices.Contains(briefAudiences, t.Audience) {
		wrong["audience"] = w.Say("report_reason_wrong")
	}
	return wrong
}

func isPhone(s string) bool {
	digits := 0
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case !strings.ContainsRune(" +-./()\u00a0\u202f", r):
			return false
		}
	}
	return minPhoneDigits <= digits && digits <= maxPhoneDigits
}

// again is the form as it was sent, with what is wrong at each field and at
// the top.
func (d *depositPage) again(v *page, status int) view {
	for _, field := range briefFields {
		text, anchor := d.Wrong[field.name], field.anchor
		if field.name == "place" && len(d.Places) > 0 {
			anchor = "brief-places"
		}
		if text != "" {
			d.Faults = append(d.Faults, link{"#" + anchor, text})
		}
	}
	v.Head.Title = v.Say("brief_head_wrong", v.Head.Title)
	return view{Template: "brief_form.html", Status: status}
}

// refused says why the request was not taken, beside what was typed.
func (d *depositPage) refused(v *page, err error) (view, error) {
	var problem *card.Problem
	if !errors.As(err, &problem) {
		return view{}, err
	}
	switch field := strings.TrimPrefix(problem.Field, "contact."); {
	case problem.Cause == card.Unavailable:
		d.Alert = v.Say("brief_full")
	case problem.Cause == card.Conflict:
		d.Alert = v.Say("brief_enough")
	case strings.HasPrefix(field, "to") || problem.Cause == card.Forbidden || isLost(problem):
		d.Alert = v.Say("brief_to_closed")
	case field == "place" && problem.Cause == card.Ambiguous:
		d.Wrong["place"] = v.Say("which_place", d.Typed.place())
		d.Places, d.Asked, d.Typed.Picked = placeChoices(problem.Candidates), d.Typed.Place, ""
	case field == "place":
		d.Wrong["place"], d.Typed.Picked = v.Say("no_place", d.Typed.place()), ""
	case field == "contact":
		d.Wrong["reach"] = v.Say("brief_reach_wrong")
	case field == "email" || field == "phone":
		d.Wrong[field] = v.Say("brief_" + field + "_wrong")
	case field == "title" || field == "description" || field == "when" || field == "name" || field == "audience":
		d.Wrong[field] = v.Say("report_unreadable")
	default:
		d.Alert = v.Say("problem_refused")
	}
	return d.again(v, max(api.ProblemOf(problem).Status, http.StatusUnprocessableEntity)), nil
}

// placeChoices are what to type to mean each place. Two of one name in one
// department are told apart by where they are.
func placeChoices(candidates []card.Candidate) []choice {
	var choices []choice
	seen := map[string]bool{}
	for _, c := range candidates {
		if c.Place == nil {
			continue
		}
		one := choice{Value: placeQuery(*c.Place), Text: resolvedName(*c.Place)}
		if len(c.Place.Postcodes) > 0 {
			one.Text += ", " + c.Place.Postcodes[0]
		}
		if seen[one.Value] {
			one.Value = fmt.Sprintf("%.4f,%.4f", c.Place.Lat, c.Place.Lon)
		}
		seen[one.Value] = true
		choices = append(choices, one)
	}
	return choices
}
