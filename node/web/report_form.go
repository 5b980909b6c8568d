package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"courtcircuit/node/card"
)

// The bounds of a report, in characters.
const (
	maxReportDetails = 2000
	maxReportContact = 200
	maxReportToken   = 64
)

// reportPage is the form to report a card, filled as it was sent.
type reportPage struct {
	Name     string // of what is reported
	Back     string // its page
	Reasons  []choice
	Details  string
	Contact  string
	Token    string // the same for every try to send this form
	Wrong    map[string]string
	Alert    string          // what is the matter with the whole
	Home     *collectiveName // who can take the card back everywhere; nil: not known
	Sent     bool
	Mine     bool // the reason that was sent
	Answered bool // a contact was left
}

func (p *Pages) showReport(ctx context.Context, r *http.Request, v *page) (view, error) {
	data, err := p.reportPage(ctx, r, v)
	if err != nil {
		return view{}, err
	}
	data.Token = rand.Text()
	data.Reasons = v.reasonChoices(r.URL.Query().Get("reason"))
	return view{Template: "report.html"}, nil
}

// takeReport keeps a report for the collective. It needs no account, so it
// asks nothing that a person in a hurry would not say.
func (p *Pages) takeReport(ctx context.Context, r *http.Request, v *page) (view, error) {
	data, err := p.reportPage(ctx, r, v)
	if err != nil {
		return view{}, err
	}
	if err := r.ParseForm(); err != nil {
		return view{}, &card.Problem{Cause: card.Invalid, Field: "form", Expected: "a form of at most 16 KiB", Detail: "the form cannot be read"}
	}
	report := card.Report{
		Kind: r.PathValue("kind"), Subject: r.PathValue("id"), Name: data.Name, Reason: r.PostForm.Get("reason"),
		Details: typed(r.PostForm.Get("details")), Contact: typed(r.PostForm.Get("contact")),
	}
	data.Reasons, data.Details, data.Contact = v.reasonChoices(report.Reason), report.Details, report.Contact
	if data.Token = r.PostForm.Get("token"); data.Token == "" || len(data.Token) > maxReportToken {
		data.Token = rand.Text()
	}
	if data.Wrong = v.wrongIn(report); len(data.Wrong) > 0 {
		return view{Template: "report.html", Status: http.StatusUnprocessableEntity}, nil
	}
	// A field that people do not see and programs fill in. The program is
	// thanked too, so that it does not learn.
	if r.PostForm.Get("website") == "" {
		if err := p.share.reports.send(data.Token, report, func() error {
			_, err := p.node.Report(ctx, report)
			return err
		}); err != nil {
			return data.refused(v, err)
		}
	}
	data.Sent, data.Mine, data.Answered = true, report.Reason == "mine", report.Contact != ""
	v.Head.Title = v.Say("report_thanks")
	return view{Template: "report.html"}, nil
}

// typed is a text as it was sent, with one kind of line end.
func typed(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"))
}

// wrongIn says at each field what it lacks.
func (w Words) wrongIn(r card.Report) map[string]string {
	wrong := map[string]string{}
	if !slices.Contains(card.ReportReasons, r.Reason) {
		wrong["reason"] = w.Say("report_reason_wrong")
	}
	if utf8.RuneCountInString(r.Details) > maxReportDetails {
		wrong["details"] = w.Say("report_too_long", maxReportDetails)
	}
	if utf8.RuneCountInString(r.Contact) > maxReportContact {
		wrong["contact"] = w.Say("report_too_long", maxReportContact)
	}
	return wrong
}

// refused says why the node did not keep the report, beside what was typed.
func (data *reportPage) refused(v *page, err error) (view, error) {
	var problem *card.Problem
	if !errors.As(err, &problem) {
		return view{}, err
	}
	answer := view{Template: "report.html"}
	switch problem.Cause {
	case card.Unavailable:
		answer.Status, data.Alert = http.StatusServiceUnavailable, v.Say("report_full")
	case card.Conflict:
		answer.Status, data.Alert = http.StatusConflict, v.Say("report_enough")
	case card.Invalid:
		answer.Status = http.StatusUnprocessableEntity
		if problem.Field == "details" || problem.Field == "contact" {
			data.Wrong[problem.Field] = v.Say("report_unreadable")
		} else {
			data.Alert = v.Say("problem_refused")
		}
	default:
		return view{}, problem // erased or hidden in the meantime
	}
	return answer, nil
}

// reportPage reads what is to be reported; a card that is not shown here
// answers its own problem.
func (p *Pages) reportPage(ctx context.Context, r *http.Request, v *page) (*reportPage, error) {
	id := r.PathValue("id")
	data := &reportPage{}
	var home *card.Membership
	switch r.PathValue("kind") {
	case "profile":
		c, err := p.node.Profile(ctx, id)
		if err != nil {
			return nil, err
		}
		data.Name, data.Back, home = c.Name, "/p/"+c.ID, homeCollective(v.Site, c.Collectives)
	case "mission":
		m, err := p.node.Mission(ctx, id)
		if err != nil {
			return nil, err
		}
		data.Name, data.Back, home = m.Title, "/missions/"+m.ID, m.Collective
	case "collective":
		c, err := p.node.Collective(ctx, id)
		if err != nil {
			return nil, err
		}
		data.Name, data.Back, home = c.Name, "/c/"+c.ID, &card.Membership{ID: c.ID, Name: c.Name, Verified: true}
	default:
		return nil, &card.Problem{Cause: card.NotFound, Field: "kind", Expected: "profile, mission or collective", Detail: "nothing of that kind is shown"}
	}
	if data.Name == "" {
		data.Name = v.Say("unnamed_collective")
	}
	if home != nil {
		name := v.collectiveName(*home)
		data.Home = &name
	}
	p.headPlain(v, v.Say("report_title"), "", "")
	v.Head.Kind = "" // nothing to share
	v.Data = data
	return data, nil
}

func (w Words) reasonChoices(chosen string) []choice {
	choices := make([]choice, 0, len(card.ReportReasons))
	for _, reason := range card.ReportReasons {
		choices = append(choices, choice{Value: reason, Text: w.Say("report_" + reason), Selected: reason == chosen})
	}
	return choices
}
