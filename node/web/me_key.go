package web

import (
	"context"
	"errors"
	"net/http"
	"unicode/utf8"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// minPassphrase bounds what a key is sealed with, in characters: the sealed
// key may lie anywhere, and whoever finds it has all the time to guess.
const minPassphrase = 12

// meKeyPage is where somebody takes the key along, and sees who is in.
type meKeyPage struct {
	Words
	Menu        []navEntry
	State       string
	ID          string // of the card, "" without one
	Fingerprint string
	SecretKept  bool
	Sessions    int
	Passkeys    int
	Sealed      string // the key, just sealed
	Wrong       map[string]string
	Alert       string
}

func (p *Pages) showMyKey(ctx context.Context, _ *http.Request, v *page, who access.Session) (view, error) {
	_, err := p.keyPage(ctx, v, who)
	return view{Template: "me_key.html"}, err
}

func (p *Pages) keyPage(ctx context.Context, v *page, who access.Session) (*meKeyPage, error) {
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return nil, err
	}
	sessions, err := p.doors.Access.Sessions(who.Person.ID)
	if err != nil {
		return nil, err
	}
	passkeys, err := p.doors.Access.Passkeys(who.Person.ID)
	if err != nil {
		return nil, err
	}
	p.headMe(v, v.Say("me_key_title"))
	v.Head.Scripts = append(v.Head.Scripts, "me.js")
	data := &meKeyPage{
		Words: v.Words, Menu: v.meMenu(), State: me.State, SecretKept: me.SecretKept,
		Sessions: len(sessions), Passkeys: len(passkeys), Wrong: map[string]string{},
	}
	if me.Card != nil {
		data.ID, data.Fingerprint = me.Card.ID, me.Card.Fingerprint
	}
	v.Data = data
	return data, nil
}

func (p *Pages) takeMyKey(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := readMeForm(r); err != nil {
		return view{}, err
	}
	if r.PostForm.Get("do") == "kept" {
		return view{Redirect: mePath + "?fait=secret"}, p.doors.Members.KeepSecret(ctx, who.Person)
	}
	data, err := p.keyPage(ctx, v, who)
	if err != nil {
		return view{}, err
	}
	first, second := r.PostForm.Get("passphrase"), r.PostForm.Get("again")
	refused := view{Template: "me_key.html", Status: http.StatusUnprocessableEntity}
	switch {
	case utf8.RuneCountInString(first) < minPassphrase:
		data.Wrong["passphrase"] = v.Say("me_wrong_passphrase", minPassphrase)
		return refused, nil
	case first != second:
		data.Wrong["again"] = v.Say("me_wrong_again")
		return refused, nil
	}
	sealed, err := p.doors.Members.ExportKey(ctx, who.Person, first)
	var problem *card.Problem
	if errors.As(err, &problem) {
		data.Alert = v.sayRefused(problem)
		return refused, nil
	}
	data.Sealed = string(sealed)
	return view{Template: "me_key.html"}, err
}
