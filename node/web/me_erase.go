package web

import (
	"context"
	"net/http"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// meErasePage asks before everything of somebody is erased.
type meErasePage struct {
	Words
	Menu    []navEntry
	Name    string
	HasCard bool
	Moved   bool
	Wrong   string
}

func (p *Pages) showErase(ctx context.Context, _ *http.Request, v *page, who access.Session) (view, error) {
	_, err := p.erasePage(ctx, v, who)
	return view{Template: "me_erase.html"}, err
}

func (p *Pages) erasePage(ctx context.Context, v *page, who access.Session) (*meErasePage, error) {
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return nil, err
	}
	p.headMe(v, v.Say("me_erase_title"))
	data := &meErasePage{Words: v.Words, Menu: v.meMenu(), Name: me.Name, HasCard: me.State == card.MemberPublished, Moved: me.State == card.MemberMoved}
	v.Data = data
	return data, nil
}

// takeErase wants a tick: the button alone is too near to the others on a
// phone.
func (p *Pages) takeErase(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := readMeForm(r); err != nil {
		return view{}, err
	}
	data, err := p.erasePage(ctx, v, who)
	if err != nil {
		return view{}, err
	}
	if r.PostForm.Get("sure") == "" {
		data.Wrong = v.Say("me_erase_unticked")
		return view{Template: "me_erase.html", Status: http.StatusUnprocessableEntity}, nil
	}
	if err := p.doors.Members.EraseMember(ctx, who.Person); err != nil {
		return view{}, err
	}
	p.secrets.forget(who.Person.ID)
	text := v.Say("me_erased_text")
	if !data.HasCard {
		text = v.Say("me_erased_here")
	}
	v.Who = access.Session{}
	v.Head.Title = v.Say("me_erased")
	v.Data = message{Title: v.Head.Title, Text: text}
	return view{Template: "message.html"}, nil
}
