package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"courtcircuit/node/card"
)

// missionPage is one mission with everything that is known of it.
type missionPage struct {
	missionItem
	Description []string
	Budget      string
	Contract    string
	City        *link // the page of its commune, nil without one
	Answer      string
	Origin      []fact
	Files       []download
	Inside      bool // it stands on another page: its headings are smaller
	ForMembers  bool // only members of this collective read it
}

func (p *Pages) showMission(ctx context.Context, r *http.Request, v *page) (view, error) {
	m, err := p.node.Mission(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	own, home := false, ""
	if m.Collective != nil {
		own = v.Site.Collective != nil && v.Site.Collective.ID == m.Collective.ID
		if home, err = p.node.CollectiveURL(ctx, m.Collective.ID); err != nil {
			return view{}, err
		}
	}
	p.headMission(v, m, home)
	data := missionPage{
		missionItem: v.missionItemOf(&m, own), Description: paragraphs(m.Description), Budget: v.budget(m.Budget), Contract: v.contract(m.Contract),
		Origin: v.originOfMission(&m), Files: []download{{link: link{"/signaler/mission/" + url.PathEscape(m.ID), v.Say("report_mission")}}},
	}
	if m.Status == statusOpen {
		// Only an open mission gives a commune its page, and only a collective
		// that is held here has one to answer on.
		if m.Collective != nil && m.Collective.Verified {
			data.Answer = "/c/" + url.PathEscape(m.Collective.ID) + "#contact"
		}
		if city := p.cityAddress(m.Place); city != "" {
			data.City = &link{city, m.Place.Resolved.Name}
		}
	}
	v.Data = data
	return view{Template: "mission.html"}, nil
}

// originOfMission says who signed a mission and until when it stands.
func (w Words) originOfMission(m *card.Mission) []fact {
	signed := fact{Term: w.Say("signed"), Text: w.Say("signed_by_collective"), Why: w.Say("signed_why")}
	if m.Collective != nil {
		c := w.collectiveName(*m.Collective)
		signed.Text, signed.Address, signed.Foreign = c.Name, c.Address, true
	}
	facts := []fact{signed, w.fingerprintFact(m.Fingerprint, "fingerprint_mission_why")}
	return append(facts, w.datesOf(m.Meta, nil, "")...)
}

// budget is shown for fairness to those who answer; nothing is ordered by it.
func (w Words) budget(b *card.Budget) string {
	if b == nil || (b.Min == 0 && b.Max == 0) {
		return ""
	}
	amount := w.amount(max(b.Min, b.Max), b.Currency)
	switch {
	case b.Min == 0:
		amount = w.Say("budget_up_to", amount)
	case b.Min < b.Max:
		amount = w.Say("budget_between", w.number(b.Min), amount)
	}
	switch b.Per {
	case "day", "hour", "month", "mission":
		amount += w.Say("per_" + b.Per)
	}
	return amount
}

func (w Words) amount(n uint, currency string) string {
	if currency == "EUR" {
		currency = "€"
	}
	return w.number(n) + "\u00a0" + currency
}

// number groups thousands as each language does.
func (w Words) number(n uint) string {
	separator := "\u202f"
	if w.Lang == "en" {
		separator = ","
	}
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + separator + text[at:]
	}
	return text
}

// contract is a word of a known list, or what the collective wrote.
func (w Words) contract(kind string) string {
	if _, known := sentences["contract_"+kind]; known {
		return w.Say("contract_" + kind)
	}
	return kind
}
