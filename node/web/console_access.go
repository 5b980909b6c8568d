package web

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// accessList is who may come in here, and who is in.
type accessList struct {
	Invite       []consoleField
	Coordinators []coordinatorRow
	Sessions     []sessionRow
}

type coordinatorRow struct {
	Name, Invited, Seen, Link, Passkeys string
	Self                                bool
	Renew, Rename, Remove               string
}

type sessionRow struct {
	Name, Device, Door, Since, Seen, Until string
	Self                                   bool
	End                                    string
}

func (p *Pages) showAccess(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	return p.accessView(ctx, r, v, who, "")
}

func (p *Pages) accessView(ctx context.Context, r *http.Request, v *page, who access.Session, name string) (view, error) {
	coordinators, err := p.doors.Console.Coordinators(ctx)
	if err != nil {
		return view{}, err
	}
	sessions, err := p.doors.Console.Sessions(ctx)
	if err != nil {
		return view{}, err
	}
	now := time.Now()
	data := &accessList{Invite: []consoleField{v.field("name", name, required, upTo(80))}}
	for _, c := range coordinators {
		row := coordinatorRow{
			Name: v.personName(c.Person), Invited: v.date(c.CreatedAt), Self: c.Person.ID == who.Person.ID, Passkeys: v.count("console_passkeys", c.Passkeys),
			Renew: consolePath + "acces/" + c.ID + "/lien", Rename: consolePath + "acces/" + c.ID + "/nom", Remove: consolePath + "acces/" + c.ID + "/retirer",
		}
		if c.SeenAt != nil {
			row.Seen = v.ago(now, *c.SeenAt)
		}
		if c.LinkExpiresAt != nil {
			row.Link = v.Say("console_member_link_until", v.moment(*c.LinkExpiresAt))
		}
		data.Coordinators = append(data.Coordinators, row)
	}
	for _, s := range sessions {
		data.Sessions = append(data.Sessions, sessionRow{
			Name: v.personName(s.Person), Device: s.Device, Door: v.Say("console_door_" + string(s.Door)), Since: v.moment(s.CreatedAt),
			Seen: v.ago(now, s.SeenAt), Until: v.moment(s.ExpiresAt), Self: s.Key == who.Key,
			End: consolePath + "sessions/" + hex.EncodeToString(s.Key[:]),
		})
	}
	return p.consoleView(v, r, "console_access", "console_access.html", data), nil
}

// personName: the first coordinator came in by the link of the command line
// and may have no name yet.
func (w Words) personName(who access.Person) string {
	if who.Name == "" {
		return w.Say("console_unnamed")
	}
	return who.Name
}

func (p *Pages) inviteCoordinator(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := posted(r); err != nil {
		return view{}, err
	}
	name := typedLine(r.PostForm.Get("name"))
	made, refusal := p.doors.Console.InviteCoordinator(ctx, who.Person, name)
	if refusal != nil {
		answer, err := p.accessView(ctx, r, v, who, name)
		if err != nil {
			return view{}, err
		}
		answer.Status, err = v.refusedAt(refusal, v.Data.(*consolePage).Body.(*accessList).Invite)
		return answer, err
	}
	return p.linkView(v, r, made.Name, made.URL, made.ExpiresAt, consolePath+"acces")
}

func (p *Pages) coordinatorOf(ctx context.Context, id string) (Coordinator, error) {
	list, err := p.doors.Console.Coordinators(ctx)
	if err != nil {
		return Coordinator{}, err
	}
	for _, c := range list {
		if c.ID == id {
			return c, nil
		}
	}
	return Coordinator{}, &card.Problem{Cause: card.NotFound, Field: "id", Detail: "no such coordinator is known here"}
}

// askCoordinator asks before something is done to a coordinator.
func (p *Pages) askCoordinator(key string, mild bool) func(context.Context, *http.Request, *page) (*question, error) {
	return func(ctx context.Context, r *http.Request, v *page) (*question, error) {
		c, err := p.coordinatorOf(ctx, r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		q := v.question(key, v.personName(c.Person), consolePath+"acces")
		q.Mild = mild
		return q, nil
	}
}

func (p *Pages) askName(ctx context.Context, r *http.Request, v *page) (*question, error) {
	c, err := p.coordinatorOf(ctx, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	name := c.Person.Name
	if r.Method == http.MethodPost {
		name = typedLine(r.PostForm.Get("name"))
	}
	q := v.question("coordinator_name", "", consolePath+"acces")
	q.Mild, q.Fields = true, []consoleField{v.field("name", name, required, upTo(80))}
	return q, nil
}

func (p *Pages) nameCoordinator(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	if err := p.doors.Console.NameCoordinator(ctx, by, r.PathValue("id"), typedLine(r.PostForm.Get("name"))); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"acces", "saved"), nil
}

func (p *Pages) linkCoordinator(ctx context.Context, r *http.Request, v *page, by access.Person) (view, error) {
	made, err := p.doors.Console.LinkCoordinator(ctx, by, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	return p.linkView(v, r, made.Name, made.URL, made.ExpiresAt, consolePath+"acces")
}

func (p *Pages) removeCoordinator(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	if err := p.doors.Console.RemoveCoordinator(ctx, by, r.PathValue("id")); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"acces", "coordinator_removed"), nil
}

// sessionKey reads the name of a session in an address: the hash of its
// cookie, which lets nobody in.
func sessionKey(text string) (key access.ID, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(key) {
		return key, &card.Problem{Cause: card.NotFound, Field: "key", Expected: "64 characters of 0-9 and a-f", Detail: "no such session is kept here"}
	}
	return access.ID(raw), nil
}

func (p *Pages) askEndSession(ctx context.Context, r *http.Request, v *page) (*question, error) {
	key, err := sessionKey(r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	sessions, err := p.doors.Console.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		if s.Key == key {
			return v.question("session_end", joinSaid(", ", v.personName(s.Person), s.Device), consolePath+"acces"), nil
		}
	}
	return nil, &card.Problem{Cause: card.NotFound, Field: "key", Detail: "no such session is kept here"}
}

func (p *Pages) endSession(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	key, err := sessionKey(r.PathValue("key"))
	if err != nil {
		return view{}, err
	}
	if err := p.doors.Console.EndSession(ctx, by, key); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"acces", "session_ended"), nil
}
