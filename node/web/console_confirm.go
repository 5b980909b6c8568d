package web

import (
	"context"
	"errors"
	"net/http"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// question stands between a button and what cannot be taken back: a page of
// its own says what happens here and on other nodes, and asks.
type question struct {
	Words
	Title   string // of the page, in words
	Name    string // of what it is about: text of others
	Here    string // what happens here
	Others  string // what happens on other nodes
	Fields  []consoleField
	Button  string
	Mild    bool // it can be taken back
	Back    string
	Refused string
}

// asks registers a page that asks, and what its button does. ask reads what it
// is about; do answers where to go on.
func (p *Pages) asks(pattern string, ask func(ctx context.Context, r *http.Request, v *page) (*question, error), do func(ctx context.Context, r *http.Request, v *page, by access.Person) (view, error)) {
	show := func(ctx context.Context, r *http.Request, v *page) (view, error) {
		q, err := ask(ctx, r, v)
		if err != nil {
			return view{}, err
		}
		answer := p.consoleView(v, r, "console_confirm", "console_confirm.html", q)
		v.Head.Title, q.Words = q.Title, v.Words
		return answer, nil
	}
	p.privateForm(pattern, access.Coordinator,
		func(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
			return show(ctx, r, v)
		},
		func(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
			if err := posted(r); err != nil {
				return view{}, err
			}
			done, refusal := do(ctx, r, v, who.Person)
			var problem *card.Problem
			if refusal == nil || !errors.As(refusal, &problem) {
				return done, refusal
			}
			// What was refused is said where it was asked; what it was about
			// may be gone meanwhile, which answers its own page.
			answer, err := show(ctx, r, v)
			if err != nil {
				return view{}, err
			}
			q := v.Data.(*consolePage).Body.(*question)
			answer.Status, err = v.refusedAt(problem, q.Fields)
			return answer, err
		})
}

// question has the words of its key: console_ask_KEY, _here, _others, _button.
func (v *page) question(key, name, back string) *question {
	return &question{
		Title: v.Say("console_ask_" + key), Name: name, Here: v.Say("console_ask_" + key + "_here"),
		Others: v.known("console_ask_"+key+"_others", ""), Button: v.Say("console_ask_" + key + "_button"), Back: back,
	}
}
