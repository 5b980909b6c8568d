package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// meWording is the version of the words that members agree to: it goes up
// with every change of what me_consent_… says.
const meWording = 1

// mePublishPage is the last look before a first card is published.
type mePublishPage struct {
	Words
	Menu       []navEntry
	Preview    *mePreview
	Collective string
	Token      string // the same for every try to send this form
	Given      map[string]bool
	Wrong      map[string]string
	Alert      string
}

func (p *Pages) showPublish(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return view{}, err
	}
	if me.State == card.MemberPublished || me.State == card.MemberMoved {
		return view{Redirect: mePath}, nil
	}
	data, err := p.publishPage(ctx, v, who, &me)
	if err != nil || data == nil {
		return view{Redirect: meCardPath}, err
	}
	data.Token = rand.Text()
	return view{Template: "me_publish.html"}, nil
}

// publishPage is nil while the card is not one that can be published.
func (p *Pages) publishPage(ctx context.Context, v *page, who access.Session, me *card.Me) (*mePublishPage, error) {
	if me.Draft == nil {
		return nil, nil
	}
	checked, err := p.doors.Members.CheckCard(ctx, who.Person, *me.Draft)
	var problem *card.Problem
	if errors.As(err, &problem) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p.headMe(v, v.Say("me_publish_title"))
	v.Head.Scripts = append(v.Head.Scripts, "me.js")
	data := &mePublishPage{Words: v.Words, Menu: v.meMenu(), Preview: p.previewOf(v, &checked), Given: map[string]bool{}, Wrong: map[string]string{}}
	data.Collective = v.SiteName()
	for _, c := range me.Consents {
		data.Given[c.What] = data.Given[c.What] || c.Wording == meWording
	}
	v.Data = data
	return data, nil
}

func (p *Pages) takePublish(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := readMeForm(r); err != nil {
		return view{}, err
	}
	token := firstBytes(r.PostForm.Get("token"), maxReportToken)
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return view{}, err
	}
	if shown, ok := p.secrets.get(who.Person.ID, token); ok {
		return p.secretPage(v, shown), nil
	}
	if me.State == card.MemberPublished || me.State == card.MemberMoved {
		return view{Redirect: mePath}, nil
	}
	data, err := p.publishPage(ctx, v, who, &me)
	if err != nil || data == nil {
		return view{Redirect: meCardPath}, err
	}
	data.Token = token
	consents := v.readConsents(r, data.Given, data.Wrong)
	if len(data.Wrong) > 0 {
		return view{Template: "me_publish.html", Status: http.StatusUnprocessableEntity}, nil
	}
	shown, err := p.secrets.once(who.Person.ID, token, func() (shownSecret, error) {
		done, err := p.doors.Members.PublishCard(ctx, who.Person, *me.Draft, consents)
		return shownSecret{Token: token, ID: done.ID, Fingerprint: done.Fingerprint, Name: done.Name, Secret: done.RecoverySecret}, err
	})
	var problem *card.Problem
	if errors.As(err, &problem) {
		data.Alert = v.sayRefused(problem)
		return view{Template: "me_publish.html", Status: http.StatusUnprocessableEntity}, nil
	}
	if err != nil {
		return view{}, err
	}
	if shown.Secret == "" { // an earlier try was cut off after it had published
		return view{Redirect: mePath + "?fait=published"}, nil
	}
	return p.secretPage(v, shown), nil
}

// readConsents takes the ticks; those given before need none.
func (w Words) readConsents(r *http.Request, given map[string]bool, wrong map[string]string) []card.Consent {
	var consents []card.Consent
	for _, what := range []string{card.ConsentMembership, card.ConsentPublication} {
		switch {
		case slices.Contains(r.PostForm["consent"], what):
			given[what] = true
			consents = append(consents, card.Consent{What: what, Wording: meWording, Language: w.Lang})
		case !given[what]:
			wrong[what] = w.Say("me_consent_needed")
		}
	}
	return consents
}

func firstBytes(s string, most int) string { return s[:min(len(s), most)] }
