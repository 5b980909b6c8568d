package node

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// Briefs lists what clients ask of this collective, newest first.
func (n *Node) Briefs(context.Context) ([]card.Brief, error) {
	now := time.Now()
	out := []card.Brief{}
	err := n.briefShelf().Each(func(key inbox.ID, b brief) error {
		if !b.Deleted {
			out = append(out, n.briefView(key, b, now))
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b card.Brief) int { return b.ReceivedAt.Compare(a.ReceivedAt) })
	return out, err
}

// Brief reads one brief; nobody is told of it.
func (n *Node) Brief(_ context.Context, id string) (card.Brief, error) {
	key, err := parseID("brief", id)
	if err != nil {
		return card.Brief{}, err
	}
	b, err := n.briefShelf().Get(key)
	if errors.Is(err, inbox.ErrNotFound) || (err == nil && b.Deleted) {
		return card.Brief{}, notFound("brief", id)
	}
	if err != nil {
		return card.Brief{}, err
	}
	return n.briefView(key, b, time.Now()), nil
}

func (n *Node) briefView(key inbox.ID, b brief, now time.Time) card.Brief {
	v := card.Brief{
		ID: protocol.StableID(key).String(), BriefForm: b.Form, State: b.State, ReceivedAt: b.ReceivedAt, ToName: b.ToName,
		Change: b.Change, MissionID: b.MissionID, Steps: b.Steps, DeleteAt: b.DeleteAt,
	}
	if b.From != n.ownIdentity() {
		v.From = n.missionCollective(b.From, now)
	}
	if b.Text != nil {
		v.Text = b.Text.card(n.cfg.Network)
	}
	return v
}

// ReadBrief reads a brief and, the first time, tells the client who did.
func (n *Node) ReadBrief(ctx context.Context, by access.Person, id string) (card.Brief, error) {
	return n.changeBrief(ctx, by, id, "brief-read", func(tx *inbox.Tx, key inbox.ID, b *brief, now time.Time) (bool, error) {
		return b.take(actRead, now, byName(by), "")
	})
}

// ProposeBrief sends the client the exact public text of a mission, checked as
// a draft is: what could not be published must not be accepted.
func (n *Node) ProposeBrief(ctx context.Context, by access.Person, id string, m card.Mission, audience string) (card.Brief, error) {
	audience, err := checkAudience(audience)
	if err != nil {
		return card.Brief{}, err
	}
	return n.changeBrief(ctx, by, id, "brief-proposed", func(tx *inbox.Tx, key inbox.ID, b *brief, now time.Time) (bool, error) {
		text, err := n.writeText(m, audience, b, now)
		if err != nil {
			return false, err
		}
		if done, err := b.take(actPropose, now, byName(by), ""); !done || err != nil {
			return false, err
		}
		b.Text, b.Change = text, ""
		return true, n.cancelNoticesIn(tx, key)
	})
}

func (n *Node) writeText(m card.Mission, audience string, b *brief, now time.Time) (*briefText, error) {
	author, ok := n.keys.Collective()
	if !ok {
		return nil, errNameless()
	}
	body, err := n.missionBodyOf(m, nil)
	if err != nil {
		return nil, err
	}
	if missionStatus(body, now) == statusExpired {
		return nil, invalid("apply_by", "today or later", "the last day to apply has passed")
	}
	if field := namesContact(body, b.Form.Contact); field != "" {
		return nil, invalid(field, "a text without them: applicants write to the collective", "the client's contact details stand in the public text")
	}
	draft, err := body.Draft(b.Slot, now.UnixMilli())
	if err == nil {
		_, err = n.opener.Seal(author, draft) // signed and thrown away: sealing checks every field
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return &briefText{Audience: audience, Zone: draft.Zone, Body: draft.Body}, nil
}

// A telephone number is known by its last digits, because what stands before
// them depends on where one calls from. Fewer could be a year and a budget.
const (
	leastShownDigits = 8
	mostShownDigits  = 9
)

// namesContact names the field of a text in which a client's address or
// number stands.
func namesContact(m *protocol.Mission, c card.BriefContact) string {
	fields := []struct{ name, text string }{{"title", m.Title}, {"description", m.Description}}
	for _, need := range m.Needs {
		fields = append(fields, struct{ name, text string }{"needs.skill", need.Skill})
	}
	phone := digitsOf(c.Phone)
	phone = phone[max(0, len(phone)-mostShownDigits):]
	for _, f := range fields {
		if c.Email != "" && strings.Contains(strings.ToLower(f.text), strings.ToLower(c.Email)) {
			return f.name
		}
		if len(phone) >= leastShownDigits && strings.Contains(digitsOf(f.text), phone) {
			return f.name
		}
	}
	return ""
}

// DeclineBrief tells the client that the collective cannot take the brief, and
// why, if it says so.
func (n *Node) DeclineBrief(ctx context.Context, by access.Person, id, reason string) (card.Brief, error) {
	reason, err := checkReason("reason", reason, 0)
	if err != nil {
		return card.Brief{}, err
	}
	return n.changeBrief(ctx, by, id, "brief-declined", func(tx *inbox.Tx, key inbox.ID, b *brief, now time.Time) (bool, error) {
		if done, err := b.take(actDecline, now, byName(by), reason); !done || err != nil {
			return false, err
		}
		return true, n.cancelNoticesIn(tx, key)
	})
}

// DeleteBrief deletes a brief with the client's contact details. A client who
// still waits is told that it was declined. A mission that came of it stays.
func (n *Node) DeleteBrief(ctx context.Context, by access.Person, id string) error {
	key, err := parseID("brief", id)
	if err != nil {
		return err
	}
	now := time.Now()
	err = n.inbox.Discard(func(tx *inbox.Tx) error {
		b, err := n.heldBriefIn(tx, key)
		if err != nil {
			return err
		}
		if b.State == card.BriefAccepted {
			return illegalStep(b.State)
		}
		if !isOver(b.State) {
			if _, err := b.take(actDecline, now, byName(by), ""); err != nil {
				return err
			}
			if err := n.tellClientIn(tx, &b, now); err != nil {
				return err
			}
		}
		return n.dropBriefIn(tx, key, now)
	})
	if err != nil {
		return problemOf(err)
	}
	n.afterBrief()
	n.settleBriefs(ctx)
	n.audit(by, "brief-deleted", id)
	n.wakeRetention() // the text leaves the files within a minute
	return nil
}

func (n *Node) heldBriefIn(tx *inbox.Tx, key inbox.ID) (brief, error) {
	b, err := n.briefShelf().GetIn(tx, key)
	if errors.Is(err, inbox.ErrNotFound) || (err == nil && b.Deleted) {
		return b, notFound("brief", protocol.StableID(key).String())
	}
	return b, err
}

// changeBrief lets change do one act, and tells the client when it did, all in
// one step.
func (n *Node) changeBrief(ctx context.Context, by access.Person, id, action string, change func(*inbox.Tx, inbox.ID, *brief, time.Time) (bool, error)) (card.Brief, error) {
	key, err := parseID("brief", id)
	if err != nil {
		return card.Brief{}, err
	}
	var b brief
	var done bool
	now := time.Now()
	err = n.inbox.Update(func(tx *inbox.Tx) error {
		if b, err = n.heldBriefIn(tx, key); err != nil {
			return err
		}
		if done, err = change(tx, key, &b, now); err != nil || !done {
			return err
		}
		if err := n.tellClientIn(tx, &b, now); err != nil {
			return err
		}
		n.briefs.note(key, b.State)
		return n.briefShelf().PutIn(tx, key, b)
	})
	if err != nil {
		return card.Brief{}, problemOf(err)
	}
	if done {
		n.afterBrief()
		n.settleBriefs(ctx)
		n.audit(by, action, id)
	}
	return n.briefView(key, b, now), nil
}

// tellClientIn tells the client how the brief stands: in the same step when
// they deposited it here.
func (n *Node) tellClientIn(tx *inbox.Tx, b *brief, now time.Time) error {
	r := b.report(now)
	if b.From != n.ownIdentity() {
		if n.briefs.post == nil {
			return nil // opened without a network: the next report says it all
		}
		// One that still waits says less: else whoever is off and answers often
		// would fill the outbox of everybody.
		if b.Told != (inbox.ID{}) {
			if err := n.briefs.post.WithdrawIn(tx, b.Told); err != nil {
				return err
			}
		}
		var err error
		b.Told, err = n.sendIn(tx, b.From, kindBriefState, r)
		return err
	}
	t, err := n.trackShelf().GetIn(tx, b.Ref)
	if errors.Is(err, inbox.ErrNotFound) {
		return nil // the client erased it
	}
	if err != nil || !t.hear(r, now) {
		return err
	}
	if err := n.noticeStateIn(tx, b.Ref, t.state(), now); err != nil {
		return err
	}
	return n.trackShelf().PutIn(tx, b.Ref, t)
}

func byName(by access.Person) string {
	name := cleanLine(by.Name)
	if utf8.RuneCountInString(name) > maxBriefName {
		name = string([]rune(name)[:maxBriefName])
	}
	return cleanLine(name)
}
