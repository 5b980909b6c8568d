package web

import (
	"context"
	"errors"
	"net/url"

	"courtcircuit/node/card"
)

// addressee is whom a request is for.
type addressee struct {
	ID      string // of the collective
	Name    string
	Address string // of its page
	Place   string
	Own     bool
	Unknown bool
	Person  *link  // one of its people, nil when it is for all of them
	Profile string // her id, "" as above
	Reach   *reach // how else to write to it, nil when it published nothing
}

var errNotOfCollective = &card.Problem{Cause: card.NotFound, Field: "profile", Expected: "one of the collective's people", Detail: "this person is not one of the collective's"}

// addresseeOf reads who is asked for: "" is the own collective, and any of its
// people. The site has a collective.
func (p *Pages) addresseeOf(ctx context.Context, v *page, to, profile string) (*addressee, error) {
	c, err := p.node.Collective(ctx, to)
	if err != nil {
		return nil, err
	}
	named := v.collectiveName(card.Membership{ID: c.ID, Name: c.Name, Verified: true})
	a := &addressee{
		ID: c.ID, Name: named.Name, Address: "/c/" + url.PathEscape(c.ID), Place: placeName(c.Place),
		Own: c.ID == v.Site.Collective.ID, Reach: v.reachOf(c.Contact),
	}
	a.Unknown = !a.Own
	if profile == "" {
		return a, nil
	}
	person, err := p.node.Profile(ctx, profile)
	if err != nil {
		return nil, err
	}
	for _, of := range person.Collectives {
		if of.ID == c.ID && of.Verified {
			a.Person, a.Profile = &link{"/p/" + url.PathEscape(person.ID), person.Name}, person.ID
			return a, nil
		}
	}
	return nil, errNotOfCollective
}

// address is the form for this addressee.
func (a *addressee) address(lang string) string {
	to := a.ID
	if a.Own {
		to = ""
	}
	return depositAddress(url.Values{"to": {to}, "profile": {a.Profile}, "lang": {lang}})
}

// depositAddress is the form with what is known already; empty values say
// nothing.
func depositAddress(known url.Values) string {
	for key := range known {
		if known.Get(key) == "" {
			known.Del(key)
		}
	}
	return (&url.URL{Path: depositPath, RawQuery: known.Encode()}).String()
}

// depositTo is the form for a collective ("" is the own one) or a person of
// it, and "" when these pages take no requests: only a collective with a name
// can be answered to.
func (p *Pages) depositTo(site card.Site, to, profile string) string {
	if p.doors.Briefs == nil || site.Collective == nil {
		return ""
	}
	if to == site.Collective.ID {
		to = ""
	}
	return depositAddress(url.Values{"to": {to}, "profile": {profile}})
}

// DepositHere is the form for a request where the reader searches.
func (v *page) DepositHere() string {
	return depositAddress(url.Values{"near": {v.Form.Near}})
}

// isLost says that what was asked for is not there, or not any more.
func isLost(err error) bool {
	var problem *card.Problem
	return errors.As(err, &problem) && (problem.Cause == card.NotFound || problem.Cause == card.Gone)
}
