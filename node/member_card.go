package node

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// memberDoor does what members ask for on their own pages. Whose card it is
// follows from the entry of the session; nobody ever names one.
type memberDoor struct{ *Node }

// Me is everything that the person's own page shows.
func (d memberDoor) Me(_ context.Context, who access.Person) (card.Me, error) {
	e, err := d.ownEntry(who)
	if err != nil {
		return card.Me{}, err
	}
	now := time.Now()
	m, err := d.memberCard(who.ID, &e, now)
	if err != nil {
		return card.Me{}, err
	}
	me := card.Me{Member: m, Draft: e.Draft, Consents: e.Consents, History: slices.Clone(e.History)}
	slices.Reverse(me.History)
	if id, ok := e.identity(); ok && m.State != card.MemberEnded {
		p, err := d.profileByID(id, now)
		if err != nil {
			return card.Me{}, err
		}
		me.Card = &p
	}
	return me, nil
}

// memberRef names a member's card by the entry, so that a card whose
// publication was cut off before the entry knew of it is found again.
func memberRef(key inbox.ID) string { return "member-entry/" + protocol.Identity(key).String() }

// ownEntry is memberOf, and finishes what a crash cut off in PublishCard.
func (d memberDoor) ownEntry(who access.Person) (memberEntry, error) {
	e, err := d.memberOf(who)
	if err != nil || e.Identity != "" {
		return e, err
	}
	id, ok, err := d.inbox.Ref(memberRef(who.ID))
	if err != nil || !ok || !d.keys.HasMember(id) {
		return e, err
	}
	if _, _, err := d.recordOf(protocol.KindProfile, id, time.Now()); err != nil {
		if isProblem(err, card.NotFound) || isProblem(err, card.Gone) {
			return e, nil
		}
		return e, err
	}
	return d.changeMember(who.ID, func(e *memberEntry) error {
		e.Identity = protocol.Identity(id).String()
		return nil
	})
}

// CheckCard is the card as it would be published, with its place resolved.
func (d memberDoor) CheckCard(_ context.Context, who access.Person, p card.Profile) (card.Profile, error) {
	e, err := d.ownEntry(who)
	if err != nil {
		return card.Profile{}, err
	}
	now := time.Now()
	out, err := d.checkedCard(p, now)
	if err != nil {
		return card.Profile{}, err
	}
	if id, ok := e.identity(); ok {
		if current, err := d.profileByID(id, now); err == nil {
			out.Meta, out.Collectives = current.Meta, current.Collectives
			return out, nil
		}
	}
	if author, rec, body, err := d.collective(now); err == nil && rec != nil {
		out.Collectives = []card.Membership{{ID: author.Identity().String(), Name: body.Name, Verified: true, Custody: protocol.CustodyNode.String()}}
	}
	return out, nil
}

func (d memberDoor) checkedCard(p card.Profile, now time.Time) (card.Profile, error) {
	place, err := d.resolvePlace("place", p.Place)
	if err != nil {
		return card.Profile{}, err
	}
	body, err := p.Body(place, now)
	if err != nil {
		return card.Profile{}, err
	}
	return card.ProfileOf(body), nil
}

// KeepDraft keeps what was written without publishing it.
func (d memberDoor) KeepDraft(_ context.Context, who access.Person, p card.Profile) error {
	if _, err := d.memberOf(who); err != nil {
		return err
	}
	p.Meta, p.Collectives, p.ConfirmedAt, p.AvailabilityConfirmed = card.Meta{}, nil, nil, nil
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	if len(data) > maxMemberDraft {
		return invalid("about", fmt.Sprintf("at most %d characters", protocol.MaxAboutRunes), "the card is too long: shorten its longest text")
	}
	_, err = d.changeMember(who.ID, func(e *memberEntry) error {
		e.Draft, e.ChangedAt = &p, time.Now().UTC()
		return nil
	})
	return err
}

// PublishCard publishes the person's card for the first time, or its next
// version. The recovery secret is in the first answer and nowhere else. What
// the person agreed to is on the disk before anything is published.
func (d memberDoor) PublishCard(ctx context.Context, who access.Person, p card.Profile, consents []card.Consent) (api.Published, error) {
	if _, err := d.ownEntry(who); err != nil {
		return api.Published{}, err
	}
	e, err := d.agree(who, consents)
	if err != nil {
		return api.Published{}, err
	}
	ctx = withActor(ctx, who)
	m, err := d.memberCard(who.ID, &e, time.Now())
	if err != nil {
		return api.Published{}, err
	}
	if m.State == card.MemberPublished || m.State == card.MemberMoved {
		edited, err := d.ReplaceProfile(ctx, e.Identity, p)
		if err != nil {
			return api.Published{}, err
		}
		return api.Published{Profile: edited}, d.dropDraft(who)
	}
	p.Meta = card.Meta{}
	done, err := d.PublishProfile(ctx, p, memberRef(who.ID))
	if err != nil {
		return api.Published{}, err
	}
	_, err = d.changeMember(who.ID, func(e *memberEntry) error {
		e.Identity, e.Draft, e.SecretKeptAt = done.ID, nil, nil
		e.add(stepBy(ctx, card.StepPublished, time.Now()))
		return nil
	})
	d.audit(who, "profile-published", done.ID)
	return done, err
}

// agree notes consents, and refuses to go on without both.
func (d memberDoor) agree(who access.Person, consents []card.Consent) (memberEntry, error) {
	e, err := d.memberOf(who)
	if err != nil {
		return e, err
	}
	all := append(slices.Clone(e.Consents), consents...)
	for _, needed := range []string{card.ConsentMembership, card.ConsentPublication} {
		if !slices.ContainsFunc(all, func(c card.Consent) bool { return c.What == needed }) {
			return e, invalid("consent_"+needed, "the person's agreement", "a card is published only when its person agrees")
		}
	}
	if len(consents) == 0 {
		return e, nil
	}
	return d.changeMember(who.ID, func(e *memberEntry) error {
		e.consent(consents, time.Now().UTC())
		return nil
	})
}

func (d memberDoor) dropDraft(who access.Person) error {
	_, err := d.changeMember(who.ID, func(e *memberEntry) error { e.Draft = nil; return nil })
	return err
}

// SetAvailability changes nothing else of the card, and says with it that the
// rest still holds.
func (d memberDoor) SetAvailability(ctx context.Context, who access.Person, a card.Availability) (card.Profile, error) {
	id, err := d.ownCard(who)
	if err != nil {
		return card.Profile{}, err
	}
	from, err := parseDate("available_from", a.From)
	if err != nil {
		return card.Profile{}, err
	}
	ctx = withChange(withActor(ctx, who), card.StepAvailability)
	return d.editProfile(ctx, id, func(_ *protocol.Record, old *protocol.Profile, now time.Time) (*protocol.Profile, error) {
		body := *old
		body.AvailableFrom, body.DaysPerWeek, body.ConfirmedAtMillis = from, a.DaysPerWeek, now.UnixMilli()
		return &body, nil
	})
}

// ConfirmCard says that everything on the card still holds.
func (d memberDoor) ConfirmCard(ctx context.Context, who access.Person) (card.Profile, error) {
	id, err := d.ownCard(who)
	if err != nil {
		return card.Profile{}, err
	}
	return d.ConfirmProfile(withActor(ctx, who), id)
}

// ownCard is the id of the person's card.
func (d memberDoor) ownCard(who access.Person) (string, error) {
	e, err := d.ownEntry(who)
	if err == nil && e.Identity == "" {
		err = conflict("there is no card yet: publish one first")
	}
	return e.Identity, err
}

// KeepSecret notes that the person has put the recovery secret in a safe place.
func (d memberDoor) KeepSecret(ctx context.Context, who access.Person) error {
	if _, err := d.ownCard(who); err != nil {
		return err
	}
	_, err := d.changeMember(who.ID, func(e *memberEntry) error {
		if e.SecretKeptAt != nil {
			return nil
		}
		now := time.Now().UTC()
		e.SecretKeptAt = &now
		e.add(stepBy(withActor(ctx, who), card.StepSecretKept, now))
		return nil
	})
	return err
}
