package web

import (
	"context"
	"net/http"
)

// accessPage is /accessibilite.
type accessPage struct {
	State   string // a sentence
	Contact *reach // who answers; nil when nobody is named
}

func (p *Pages) showAccessibility(ctx context.Context, r *http.Request, v *page) (view, error) {
	p.headPlain(v, v.Say("access_title"), v.Say("access_description"), "/accessibilite")
	l, _ := p.cfg.live()
	data := &accessPage{State: v.Say("access_" + firstGiven(l.Access, "partial"))}
	contact := firstGiven(l.AccessEmail, l.Email)
	if contact == "" && v.Site.Collective != nil {
		contact = v.Site.Collective.Contact
	}
	data.Contact = v.reachOf(contact)
	v.Data = data
	return view{Template: "accessibility.html"}, nil
}
