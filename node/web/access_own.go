package web

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"courtcircuit/node/access"
)

// ownAccessPage is how whoever is in comes in: passkeys and sessions.
type ownAccessPage struct {
	Passkeys  []ownPasskey
	Sessions  []ownSession
	CanAdd    bool   // this address has passkeys
	Elsewhere string // the address of this page that has them
}

type ownPasskey struct {
	Key, Name, Site string
	CreatedAt       string
	UsedAt          string // "": not yet
}

type ownSession struct {
	Key, Device   string
	SeenAt, EndAt string
	This          bool // the one that reads the page
}

func (p *Pages) showOwnAccess(_ context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	passkeys, err := p.doors.Access.Passkeys(who.Person.ID)
	if err != nil {
		return view{}, err
	}
	sessions, err := p.doors.Access.Sessions(who.Person.ID)
	if err != nil {
		return view{}, err
	}
	data := &ownAccessPage{}
	_, data.Elsewhere, data.CanAdd = p.doors.Access.PasskeySite(r, r.URL.Path)
	for _, k := range passkeys {
		data.Passkeys = append(data.Passkeys, ownPasskey{hex.EncodeToString(k.Key[:]), k.Name, k.Site, v.date(k.CreatedAt), v.dateOrNone(k.UsedAt)})
	}
	for _, s := range sessions {
		data.Sessions = append(data.Sessions, ownSession{hex.EncodeToString(s.Key[:]), s.Device, v.moment(s.SeenAt), v.date(s.ExpiresAt), s.Key == who.Key})
	}
	if data.CanAdd {
		v.Head.Scripts = append(v.Head.Scripts, "passkey.js")
	}
	v.Head.Title, v.Data = v.Say("door_own"), data
	return view{Template: "access_own.html"}, nil
}

func (w Words) dateOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.date(t)
}

// changeOwnAccess renames or removes one of the person's own passkeys, or ends
// one of their own sessions. What is not theirs is answered as if it were not
// there.
func (p *Pages) changeOwnAccess(_ context.Context, r *http.Request, _ *page, who access.Session) (view, error) {
	if err := r.ParseForm(); err != nil {
		return view{}, unreadableForm()
	}
	raw, err := hex.DecodeString(r.PostForm.Get("key"))
	if err != nil || len(raw) != len(access.ID{}) {
		return view{}, unreadableForm()
	}
	key := access.ID(raw)
	switch r.PostForm.Get("do") {
	case "rename":
		err = p.doors.Access.NamePasskey(who.Person.ID, key, r.PostForm.Get("name"))
	case "remove":
		err = p.doors.Access.RemovePasskey(who.Person.ID, key)
	case "end":
		err = p.endOwnSession(who, key)
	default:
		return view{}, unreadableForm()
	}
	if err != nil && !errors.Is(err, access.ErrNotFound) { // gone in the meantime: the page shows it
		return view{}, err
	}
	return view{Redirect: "/acces"}, nil
}

func (p *Pages) endOwnSession(who access.Session, key access.ID) error {
	own, err := p.doors.Access.Sessions(who.Person.ID)
	if err != nil {
		return err
	}
	for _, s := range own {
		if s.Key == key {
			return p.doors.Access.EndSession(key)
		}
	}
	return nil
}
