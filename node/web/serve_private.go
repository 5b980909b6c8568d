package web

import (
	"context"
	"errors"
	"net/http"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// maxPrivateFormBytes bounds what somebody who came in may send: a card of
// another program fits, and the public listener takes no more.
const maxPrivateFormBytes = 64 << 10

// anyRole is for the pages of everybody who came in.
const anyRole access.Role = ""

// privateShow is show for somebody who came in. v.Who is set: every such page
// says whose session it is and has the button that ends it.
type privateShow func(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error)

// privatePage registers a page that only a session of the role opens. It is
// never cached nor indexed, and at the public listener only over https. Others
// are answered 401 with how to come in, 403, or 404.
func (p *Pages) privatePage(pattern string, role access.Role, s privateShow) {
	p.mux.HandleFunc(pattern, p.only(p.secluded(p.asPerson(role, s), nil), http.MethodGet, http.MethodHead))
}

// privateForm registers one that is written to as well.
func (p *Pages) privateForm(pattern string, role access.Role, read, write privateShow) {
	p.mux.HandleFunc(pattern, p.only(p.secluded(p.asPerson(role, read), p.asPerson(role, write)), http.MethodGet, http.MethodHead, http.MethodPost))
}

// secluded serves a page that is nobody else's to keep.
func (p *Pages) secluded(read, write show) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		seclude(w)
		s := read
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, maxPrivateFormBytes)
			s = write
		}
		p.serve(w, r, s)
	}
}

// seclude keeps an answer out of caches and search engines. That no address
// is told to other sites is said for all pages.
func seclude(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
}

// asPerson lets through whoever came in with the role.
func (p *Pages) asPerson(role access.Role, s privateShow) show {
	return func(ctx context.Context, r *http.Request, v *page) (view, error) {
		if !p.doors.Access.Open(r) {
			return v.doorClosed(), nil
		}
		who, err := p.doors.Access.Session(r)
		if errors.Is(err, access.ErrNoSession) {
			return p.askIn(r, v), nil
		}
		if err != nil {
			return view{}, err
		}
		v.Who = who
		if role != anyRole && who.Person.Role != role {
			return v.notForYou(), nil
		}
		return s(ctx, r, v, who)
	}
}

// SignedIn says whether the page is somebody's, so that it shows whose.
func (v *page) SignedIn() bool { return v.Who.Person.Role != "" }

// Home is where whoever is in begins.
func (v *page) Home() string { return homeOf(v.Who.Person.Role) }

func homeOf(role access.Role) string {
	if role == access.Coordinator {
		return "/_/"
	}
	return "/moi"
}

// doorClosed: without https a link or a cookie would go through the network in
// the open, so the page is not there.
func (v *page) doorClosed() view {
	v.Head.Title = v.Say("door_closed")
	v.Data = message{Title: v.Head.Title, Text: v.Say("door_closed_text"), Status: http.StatusNotFound}
	return view{Template: "message.html", Status: http.StatusNotFound}
}

// notForYou: somebody came in, and this is not theirs.
func (v *page) notForYou() view {
	key := "door_not_member"
	if v.Who.Person.Role == access.Member {
		key = "door_not_coordinator"
	}
	v.Head.Title = v.Say(key)
	v.Data = message{
		Title: v.Head.Title, Text: v.Say(key + "_text"), Status: http.StatusForbidden,
		Back: &link{v.Home(), v.Say("door_own_page")},
	}
	return view{Template: "message.html", Status: http.StatusForbidden}
}

// askIn says how to come in.
func (p *Pages) askIn(r *http.Request, v *page) view {
	key := "door_needed"
	if r.Method == http.MethodPost {
		key = "door_lost" // the session ended while something was being written
	}
	v.Head.Title = v.Say(key)
	v.Data = p.waysIn(r, v, v.Head.Title, v.Say(key+"_text"), http.StatusUnauthorized)
	return view{Template: "access_needed.html", Status: http.StatusUnauthorized}
}

// unreadableForm is for what no page of ours sends.
func unreadableForm() *card.Problem {
	return &card.Problem{Cause: card.Invalid, Field: "form", Expected: "a form of this page, of at most 64 KiB", Detail: "the form cannot be read"}
}
