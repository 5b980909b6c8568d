package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// meMovePage brings a card from another collective.
type meMovePage struct {
	Words
	Menu       []navEntry
	Collective string
	ID         string // as it was typed: an id or the address of the page
	Given      map[string]bool
	Wrong      map[string]string
	Alert      string
}

func (p *Pages) showMoveIn(ctx context.Context, _ *http.Request, v *page, who access.Session) (view, error) {
	_, redirect, err := p.movePage(ctx, v, who)
	return view{Template: "me_move.html", Redirect: redirect}, err
}

func (p *Pages) movePage(ctx context.Context, v *page, who access.Session) (data *meMovePage, redirect string, err error) {
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return nil, "", err
	}
	if me.State == card.MemberPublished {
		return nil, mePath, nil
	}
	p.headMe(v, v.Say("me_move_title"))
	data = &meMovePage{Words: v.Words, Menu: v.meMenu(), Collective: v.SiteName(), Given: map[string]bool{}, Wrong: map[string]string{}}
	v.Data = data
	return data, "", nil
}

func (p *Pages) takeMoveIn(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := readMeForm(r); err != nil {
		return view{}, err
	}
	data, redirect, err := p.movePage(ctx, v, who)
	if err != nil || redirect != "" {
		return view{Redirect: redirect}, err
	}
	data.ID = typed(r.PostForm.Get("id"))
	secret := r.PostForm.Get("secret")
	if data.ID == "" {
		data.Wrong["id"] = v.Say("me_wrong_id")
	}
	if strings.TrimSpace(secret) == "" {
		data.Wrong["secret"] = v.Say("me_wrong_secret")
	}
	consents := v.readConsents(r, data.Given, data.Wrong)
	refused := view{Template: "me_move.html", Status: http.StatusUnprocessableEntity}
	if len(data.Wrong) > 0 {
		return refused, nil
	}
	_, err = p.doors.Members.MoveIn(ctx, who.Person, idIn(data.ID), secret, consents)
	var problem *card.Problem
	switch {
	case err == nil:
		return view{Redirect: mePath + "?fait=moved"}, nil
	case !errors.As(err, &problem):
		return view{}, err
	case problem.Field == "recovery_secret":
		data.Wrong["secret"] = v.Say("me_wrong_secret")
	case problem.Cause == card.NotFound || problem.Cause == card.Gone:
		data.Wrong["id"] = v.Say("me_wrong_id")
	case problem.Cause == card.Conflict:
		data.Alert = v.Say("me_move_taken")
	default:
		data.Alert = v.sayRefused(problem)
	}
	return refused, nil
}

// idIn finds the id in the address of a card's page.
func idIn(text string) string {
	text, _, _ = strings.Cut(text, "?")
	text, _, _ = strings.Cut(text, "#")
	text = strings.TrimRight(text, "/")
	return strings.ToLower(text[strings.LastIndexByte(text, '/')+1:])
}
