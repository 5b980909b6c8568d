package web

import (
	"context"
	"errors"
	"net/http"
	"unicode/utf8"

	"courtcircuit/node/access"
)

// routeAccess registers how people come in and go.
func (p *Pages) routeAccess() {
	p.entry("/moi/entrer/{secret}")
	p.entry("/_/entrer/{secret}")
	p.mux.HandleFunc("/entrer", p.only(p.secluded(p.showEntry, nil), http.MethodGet, http.MethodHead))
	p.mux.HandleFunc("/sortir", p.only(p.signOut, http.MethodGet, http.MethodHead, http.MethodPost))
	p.privateForm("/acces", anyRole, p.showOwnAccess, p.changeOwnAccess)
	p.ceremony("/acces/entrer/commencer", p.beginLogin)
	p.ceremony("/acces/entrer/finir", p.finishLogin)
	p.ceremony("/acces/cles/commencer", p.beginPasskey)
	p.ceremony("/acces/cles/finir", p.finishPasskey)
}

// linkPage is where a link leads: whom it is for, and one button.
type linkPage struct {
	Person    access.Person
	ExpiresAt string
	Replaces  bool   // somebody is in with this browser now, and will be no more
	Other     string // their name
	AskName   bool   // a coordinator whom nobody has named yet: clients read who opened their request
	Name      string // as it was typed
	Wrong     string // what is the matter with it
}

// Coordinator says which of the two doors the link opens.
func (l linkPage) Coordinator() bool { return l.Person.Role == access.Coordinator }

// entry registers the page of links. Reading it changes nothing, because
// programs that check mail read every address in it; only its button does.
func (p *Pages) entry(pattern string) {
	p.mux.HandleFunc(pattern, p.only(func(w http.ResponseWriter, r *http.Request) {
		use := func(ctx context.Context, r *http.Request, v *page) (view, error) { return p.useLink(ctx, w, r, v) }
		p.secluded(p.showLink, use)(w, r)
	}, http.MethodGet, http.MethodHead, http.MethodPost))
}

func (p *Pages) showLink(_ context.Context, r *http.Request, v *page) (view, error) {
	answer, _, err := p.entryView(r, v)
	return answer, err
}

// entryView answers the page of a link, or why it opens nothing; then without
// a linkPage.
func (p *Pages) entryView(r *http.Request, v *page) (view, *linkPage, error) {
	if !p.doors.Access.Open(r) {
		return v.doorClosed(), nil, nil
	}
	l, err := p.doors.Access.PeekLink(r.PathValue("secret"))
	if err != nil {
		answer, err := p.refuseEntry(r, v, err)
		return answer, nil, err
	}
	data := &linkPage{Person: l.Person, ExpiresAt: v.moment(l.ExpiresAt)}
	data.AskName = data.Coordinator() && l.Person.Name == "" && p.doors.Console != nil
	if now, err := p.doors.Access.Session(r); err == nil {
		data.Other, data.Replaces = now.Person.Name, now.Person.ID != l.Person.ID
	}
	v.Head.Title, v.Data = v.Say("door_link"), data
	return view{Template: "access_link.html"}, data, nil
}

// useLink takes the name before the link: a link that was used for nothing
// would have to be asked for again.
func (p *Pages) useLink(ctx context.Context, w http.ResponseWriter, r *http.Request, v *page) (view, error) {
	answer, data, err := p.entryView(r, v)
	if err != nil {
		return answer, err
	}
	asked := data != nil && data.AskName
	if asked {
		if err := posted(r); err != nil {
			return view{}, err
		}
		data.Name = typedLine(r.PostForm.Get("name"))
		if runes := utf8.RuneCountInString(data.Name); runes == 0 || runes > maxPersonName {
			data.Wrong, answer.Status = v.Say("door_name_wrong", maxPersonName), http.StatusUnprocessableEntity
			return answer, nil
		}
	}
	// A link that opens nothing is used all the same: this is what counts attempts.
	s, err := p.doors.Access.UseLink(w, r, r.PathValue("secret"))
	if err != nil {
		return p.refuseEntry(r, v, err)
	}
	if asked {
		if err := p.nameSelf(ctx, s.Person, data.Name); err != nil {
			return view{}, err
		}
	}
	return view{Redirect: homeOf(s.Person.Role)}, nil
}

// maxPersonName is the bound of a coordinator's name, in characters.
const maxPersonName = 80

// refuseEntry answers every link that lets nobody in alike, whether it was
// used, has expired, or was made up.
func (p *Pages) refuseEntry(r *http.Request, v *page, err error) (view, error) {
	key, status := "", 0
	switch {
	case errors.Is(err, access.ErrBadLink):
		key, status = "door_bad_link", http.StatusNotFound
	case errors.Is(err, access.ErrTooOften):
		key, status = "door_too_often", http.StatusTooManyRequests
	case errors.Is(err, access.ErrClosed):
		return v.doorClosed(), nil
	default:
		return view{}, err
	}
	v.Head.Title = v.Say(key)
	v.Data = p.waysIn(r, v, v.Head.Title, v.Say(key+"_text"), status)
	return view{Template: "access_needed.html", Status: status}, nil
}

// entryPage says how to come in, under whatever was the matter.
type entryPage struct {
	Title, Text string
	Status      int    // said to the reader from 400 on
	Passkeys    bool   // this address has them
	Elsewhere   string // the address of this page that has them
	Contact     *reach // of the collective; nil: none is published
	Private     bool   // this machine's own address
}

func (p *Pages) waysIn(r *http.Request, v *page, title, text string, status int) *entryPage {
	data := &entryPage{Title: title, Text: text, Status: status, Private: access.DoorOf(r.Context()) == access.Private}
	site, elsewhere, ok := p.doors.Access.PasskeySite(r, "/entrer")
	data.Passkeys, data.Elsewhere = ok && site != "", elsewhere
	if ok {
		v.Head.Scripts = append(v.Head.Scripts, "passkey.js")
	}
	if own := v.Site.Collective; own != nil {
		data.Contact = v.reachOf(own.Contact)
	}
	return data
}

// showEntry is where people come back by passkey, or read how else.
func (p *Pages) showEntry(_ context.Context, r *http.Request, v *page) (view, error) {
	if !p.doors.Access.Open(r) {
		return v.doorClosed(), nil
	}
	who, err := p.doors.Access.Session(r)
	switch {
	case err == nil:
		v.Who = who
	case !errors.Is(err, access.ErrNoSession):
		return view{}, err
	}
	v.Head.Title = v.Say("door_entry")
	v.Data = p.waysIn(r, v, v.Head.Title, v.Say("door_entry_text"), 0)
	return view{Template: "access_needed.html"}, nil
}

// signOut ends this browser's session. Reading the address ends nothing: any
// page could make the browser do that.
func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) {
	seclude(w)
	if r.Method != http.MethodPost {
		http.Redirect(w, r, "/entrer", http.StatusSeeOther)
		return
	}
	if err := p.doors.Access.End(w, r); err != nil {
		p.serveProblem(w, r, http.StatusInternalServerError, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
