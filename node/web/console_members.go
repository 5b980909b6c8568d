package web

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// memberList is everybody who was invited or has a card.
type memberList struct {
	Invite  []consoleField
	Members []memberRow
}

type memberRow struct {
	memberEntry
	State, Link, Seen, Confirmed string
	LinkTo                       string // what makes a link: the entry, else the card
	Away                         string // what takes them away
	Card                         string
}

// memberEntry is an entry with what it is called here.
type memberEntry struct {
	card.Member
	Title string // the name, and behind it what tells it from others of that name
}

// memberEntries tells those of one name apart: whoever makes a link, names or
// erases somebody has to know whom.
func (p *Pages) memberEntries(ctx context.Context, v *page) ([]memberEntry, error) {
	entries, err := p.doors.Console.MemberEntries(ctx)
	if err != nil {
		return nil, err
	}
	alike := map[string]int{}
	for _, m := range entries {
		alike[asRead(m.Name)]++
	}
	out := make([]memberEntry, 0, len(entries))
	for _, m := range entries {
		e := memberEntry{m, m.Name}
		if alike[asRead(m.Name)] > 1 {
			e.Title += " (" + v.memberFacts(m) + ")"
		}
		out = append(out, e)
	}
	return out, nil
}

func (w Words) memberFacts(m card.Member) string {
	switch {
	case m.Fingerprint != "":
		return joinSaid(", ", m.Headline, w.Say("fingerprint_is", m.Fingerprint))
	case m.InvitedAt != nil:
		return w.Say("console_member_invited_at", w.moment(*m.InvitedAt))
	}
	return w.Say("console_member_" + m.State)
}

func (p *Pages) showMembers(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	return p.memberView(ctx, r, v, "")
}

func (p *Pages) memberView(ctx context.Context, r *http.Request, v *page, name string) (view, error) {
	entries, err := p.memberEntries(ctx, v)
	if err != nil {
		return view{}, err
	}
	now := time.Now()
	data := &memberList{Invite: []consoleField{v.field("name", name, required, upTo(120))}}
	for _, m := range entries {
		row := memberRow{memberEntry: m, State: v.Say("console_member_" + m.State)}
		row.LinkTo, row.Away = m.ID, consolePath+"membres/"+m.ID+"/retirer"
		if m.LinkExpiresAt != nil {
			row.Link = v.Say("console_member_link_until", v.date(*m.LinkExpiresAt))
		}
		if m.SeenAt != nil {
			row.Seen = v.ago(now, *m.SeenAt)
		}
		if m.ConfirmedAt != nil {
			row.Confirmed = v.date(*m.ConfirmedAt)
		}
		if m.Profile != "" {
			row.Card = "/p/" + m.Profile
		}
		if m.ID == "" {
			row.LinkTo = m.Profile
		}
		if m.Profile != "" && m.State != card.MemberEnded {
			row.Away = consolePath + "membres/" + m.Profile + "/effacer"
		}
		data.Members = append(data.Members, row)
	}
	return p.consoleView(v, r, "console_members", "console_members.html", data), nil
}

// inviteMember makes an entry and shows its link, which is seen this once.
func (p *Pages) inviteMember(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := posted(r); err != nil {
		return view{}, err
	}
	name := typedLine(r.PostForm.Get("name"))
	made, err := p.doors.Console.InviteMember(ctx, who.Person, name)
	if err != nil {
		answer, fault := p.memberView(ctx, r, v, name)
		if fault != nil {
			return view{}, fault
		}
		answer.Status, err = v.refusedAt(err, v.Data.(*consolePage).Body.(*memberList).Invite)
		return answer, err
	}
	return p.linkView(v, r, made.Member.Name, made.URL, made.ExpiresAt, consolePath+"membres")
}

func (p *Pages) askMemberLink(ctx context.Context, r *http.Request, v *page) (*question, error) {
	m, err := p.memberOf(ctx, v, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	q := v.question("member_link", m.Title, consolePath+"membres")
	q.Mild = true
	return q, nil
}

func (p *Pages) linkMember(ctx context.Context, r *http.Request, v *page, by access.Person) (view, error) {
	made, err := p.doors.Console.LinkMember(ctx, by, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	return p.linkView(v, r, made.Member.Name, made.URL, made.ExpiresAt, consolePath+"membres")
}

func (p *Pages) askEndMember(ctx context.Context, r *http.Request, v *page) (*question, error) {
	m, err := p.memberOf(ctx, v, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return v.question("member_end", m.Title, consolePath+"membres"), nil
}

func (p *Pages) endMember(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	if err := p.doors.Console.EndMemberSessions(ctx, by, r.PathValue("id")); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"membres", "member_ended"), nil
}

func (p *Pages) askRemoveMember(ctx context.Context, r *http.Request, v *page) (*question, error) {
	m, err := p.memberOf(ctx, v, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return v.question("member_remove", m.Title, consolePath+"membres"), nil
}

func (p *Pages) removeMember(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	if err := p.doors.Console.RemoveMember(ctx, by, r.PathValue("id")); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"membres", "member_removed"), nil
}

func (p *Pages) askRemoveCard(ctx context.Context, r *http.Request, v *page) (*question, error) {
	m, err := p.memberOf(ctx, v, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	key := "card_remove"
	if m.State == card.MemberMoved {
		key = "card_dismiss"
	}
	return v.question(key, m.Title, consolePath+"membres"), nil
}

func (p *Pages) removeCard(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	if err := p.doors.Console.RemoveCard(ctx, by, r.PathValue("id")); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"membres", "card_removed"), nil
}

// memberOf finds somebody by the entry or the card.
func (p *Pages) memberOf(ctx context.Context, v *page, id string) (memberEntry, error) {
	entries, err := p.memberEntries(ctx, v)
	if err != nil {
		return memberEntry{}, err
	}
	for _, m := range entries {
		if id != "" && (m.ID == id || m.Profile == id) {
			return m, nil
		}
	}
	return memberEntry{}, &card.Problem{Cause: card.NotFound, Field: "id", Detail: "no such member is known here"}
}

// shownLink is a link that is seen once, with its picture for a phone.
type shownLink struct {
	Name, URL, Until, Back string
	Size                   int
	Modules                string // path of the dark modules
	Here                   bool   // leads to this machine only: no phone opens it
}

func (p *Pages) linkView(v *page, r *http.Request, name, address string, expires time.Time, back string) (view, error) {
	modules, size, err := drawQR(address)
	if err != nil {
		return view{}, err
	}
	data := &shownLink{Name: name, URL: address, Until: v.moment(expires), Back: back, Size: size, Modules: modules, Here: onThisMachine(address)}
	return p.consoleView(v, r, "console_link", "console_link.html", data), nil
}

// onThisMachine: the address is of no use on any other machine.
func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// drawQR gives the dark modules of a code as a path in a square of size, with
// the quiet zone that readers need around it. A picture of our own elements
// needs no image format and prints sharp.
func drawQR(text string) (path string, size int, err error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return "", 0, err
	}
	bitmap := code.Bitmap()
	var b strings.Builder
	for y, row := range bitmap {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				writeRun(&b, start, y, x-start)
			}
		}
	}
	return b.String(), len(bitmap), nil
}

func writeRun(b *strings.Builder, x, y, width int) {
	for _, part := range []struct {
		letter string
		value  int
	}{{"M", x}, {" ", y}, {"h", width}} {
		b.WriteString(part.letter + strconv.Itoa(part.value))
	}
	b.WriteString("v1h-" + strconv.Itoa(width) + "z")
}
