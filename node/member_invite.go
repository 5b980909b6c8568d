package node

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// InviteMember makes an entry for somebody new, and a link that lets them in
// once. by is who invites; its zero value is the command line.
func (n *Node) InviteMember(ctx context.Context, by access.Person, name string) (card.MemberLink, error) {
	name = cleanLine(name)
	if runes := utf8.RuneCountInString(name); runes == 0 || runes > protocol.MaxNameRunes {
		return card.MemberLink{}, invalid("name", fmt.Sprintf("1 to %d characters", protocol.MaxNameRunes), "the name of the person is needed")
	}
	now := time.Now()
	e := memberEntry{Name: name, InvitedBy: firstRunes(by.Name, protocol.MaxNameRunes), InvitedAt: now.UTC()}
	e.add(stepBy(withActor(ctx, by), card.StepInvited, now))
	key, err := n.newMember(e)
	if err != nil {
		return card.MemberLink{}, err
	}
	link, err := n.linkMember(ctx, key, &e, now)
	if err != nil {
		return card.MemberLink{}, err
	}
	n.audit(by, "member-invited", name)
	return link, nil
}

// LinkMember makes a fresh link for somebody: id is that of an entry, or of a
// card whose key is here; the latter gets an entry first. The link before it
// ends.
func (n *Node) LinkMember(ctx context.Context, by access.Person, id string) (card.MemberLink, error) {
	raw, err := parseID("member", id)
	if err != nil {
		return card.MemberLink{}, err
	}
	now := time.Now()
	key, e, err := n.entryFor(ctx, by, raw, now)
	if err != nil {
		return card.MemberLink{}, err
	}
	link, err := n.linkMember(ctx, key, &e, now)
	if err != nil {
		return card.MemberLink{}, err
	}
	n.audit(by, "member-link", link.Member.Name)
	return link, nil
}

// entryFor finds an entry by its own id or by that of its card, and makes one
// for a card that has none.
func (n *Node) entryFor(ctx context.Context, by access.Person, id [32]byte, now time.Time) (inbox.ID, memberEntry, error) {
	e, err := n.memberShelf().Get(id)
	if err == nil {
		return id, e, nil
	}
	if problem := memberProblem(err); !isProblem(problem, card.NotFound) {
		return id, e, problem
	}
	key, ok, err := n.entryOf(id)
	if err != nil {
		return key, e, err
	}
	if ok {
		e, err = n.memberShelf().Get(key)
		return key, e, memberProblem(err)
	}
	_, body, err := n.recordOf(protocol.KindProfile, id, now)
	if err != nil {
		return key, e, err
	}
	if _, err := n.heldMember(id); err != nil {
		return key, e, err
	}
	name := body.(*protocol.Profile).Name
	e = memberEntry{Name: name, Identity: protocol.Identity(id).String(), InvitedBy: firstRunes(by.Name, protocol.MaxNameRunes), InvitedAt: now.UTC()}
	e.add(stepBy(withActor(ctx, by), card.StepInvited, now))
	key, err = n.newMember(e)
	return key, e, err
}

// RemoveMember deletes what is kept here of somebody beside the card: the
// entry with its draft, and every way in. A card that is published stays.
func (n *Node) RemoveMember(_ context.Context, by access.Person, id string) error {
	raw, err := parseID("member", id)
	if err != nil {
		return err
	}
	e, err := n.memberShelf().Get(raw)
	if err != nil {
		return memberProblem(err)
	}
	if err := n.dropMember(raw); err != nil {
		return err
	}
	n.wakeRetention()
	n.audit(by, "member-removed", e.Name)
	return nil
}

// EndMemberSessions sends somebody out everywhere: a phone was lost. Links
// that wait end too.
func (n *Node) EndMemberSessions(_ context.Context, by access.Person, id string) error {
	raw, err := parseID("member", id)
	if err != nil {
		return err
	}
	e, err := n.memberShelf().Get(raw)
	if err != nil {
		return memberProblem(err)
	}
	if err := n.endSessions(raw); err != nil {
		return err
	}
	n.audit(by, "member-sessions-ended", e.Name)
	return nil
}

// MemberEntries lists the invited and the members for coordinators, by name:
// those with an entry, and the cards of the collective that have none yet.
func (n *Node) MemberEntries(ctx context.Context) ([]card.Member, error) {
	now := time.Now()
	seen, waits, err := n.visits(now)
	if err != nil {
		return nil, err
	}
	out := []card.Member{}
	carded := map[string]bool{}
	err = n.memberShelf().Each(func(key inbox.ID, e memberEntry) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, err := n.memberCard(key, &e, now)
		if err != nil {
			return err
		}
		if at, ok := seen[key]; ok {
			m.SeenAt = &at
		}
		if at, ok := waits[key]; ok {
			m.LinkExpiresAt = &at
		}
		carded[m.Profile] = true
		out = append(out, m)
		return nil
	})
	if err != nil {
		return nil, memberProblem(err)
	}
	own, err := n.OwnProfiles(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range own {
		if carded[p.ID] {
			continue
		}
		m := card.Member{Name: p.Name, Profile: p.ID, Headline: p.Headline, Fingerprint: p.Fingerprint, State: card.MemberPublished, ConfirmedAt: p.ConfirmedAt}
		m.ToConfirm = p.AvailabilityConfirmed != nil && !*p.AvailabilityConfirmed
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b card.Member) int { return compareWords(a.Name, b.Name, a.ID+a.Profile, b.ID+b.Profile) })
	return out, nil
}

// memberCard is an entry as coordinators and the person see it.
func (n *Node) memberCard(key inbox.ID, e *memberEntry, now time.Time) (card.Member, error) {
	invited := e.InvitedAt
	m := card.Member{
		ID: protocol.Identity(key).String(), Name: e.Name, Profile: e.Identity, State: card.MemberInvited,
		InvitedBy: e.InvitedBy, InvitedAt: &invited, SecretKept: e.SecretKeptAt != nil, HasDraft: e.Draft != nil,
	}
	id, ok := e.identity()
	if !ok {
		return m, nil
	}
	m.Fingerprint = id.Fingerprint()
	_, body, err := n.recordOf(protocol.KindProfile, id, now)
	switch {
	case isProblem(err, card.NotFound), isProblem(err, card.Gone):
		m.State = card.MemberEnded
		return m, nil
	case err != nil:
		return m, err
	}
	p := body.(*protocol.Profile)
	confirmed := time.UnixMilli(p.ConfirmedAtMillis).UTC()
	m.Name, m.Headline, m.State, m.ConfirmedAt, m.ToConfirm = p.Name, p.Headline, card.MemberPublished, &confirmed, !availabilityConfirmed(p, now)
	if _, err := n.heldMember(id); err != nil {
		m.State = card.MemberMoved
	}
	return m, nil
}
