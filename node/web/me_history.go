package web

import (
	"context"
	"net/http"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// meHistory is what was done with the card, and what the person agreed to.
type meHistory struct {
	Words
	Menu     []navEntry
	Name     string
	Steps    []meStep
	Consents []meConsent
}

type meStep struct{ At, What, By string }

// meConsent is one agreement as it was worded.
type meConsent struct{ At, Text string }

func (p *Pages) showHistory(ctx context.Context, _ *http.Request, v *page, who access.Session) (view, error) {
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return view{}, err
	}
	p.headMe(v, v.Say("me_history_title"))
	data := &meHistory{Words: v.Words, Menu: v.meMenu(), Name: me.Name}
	for _, s := range me.History {
		data.Steps = append(data.Steps, meStep{v.moment(s.At), v.Say("me_step_" + s.What), v.doneBy(s)})
	}
	for _, c := range me.Consents {
		data.Consents = append(data.Consents, meConsent{v.longDate(c.At), v.agreedText(c.What)})
	}
	v.Data = data
	return view{Template: "me_history.html"}, nil
}

// agreedText is what was ticked.
func (v *page) agreedText(what string) string {
	if what == card.ConsentMembership {
		return v.Say("me_consent_membership", v.SiteName())
	}
	return v.Say("me_consent_" + what)
}

// doneBy says who it was as the person knows them.
func (w Words) doneBy(s card.MemberStep) string {
	switch s.Role {
	case string(access.Member):
		return w.Say("me_by_member")
	case string(access.Coordinator):
		if s.By != "" {
			return w.Say("me_by_coordinator", s.By)
		}
	case "node":
		return w.Say("me_by_node")
	}
	return w.Say("me_by_command")
}
