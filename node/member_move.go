package node

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// MoveIn brings a card that lived at another collective: its recovery secret
// moves the identity to a key made here, and this collective grants it. The
// copy that the former one holds signs nothing any more.
func (d memberDoor) MoveIn(ctx context.Context, who access.Person, id, secret string, consents []card.Consent) (card.Profile, error) {
	e, err := d.ownEntry(who)
	if err != nil {
		return card.Profile{}, err
	}
	raw, err := d.movable(e, id)
	if err != nil {
		return card.Profile{}, err
	}
	if _, err := protocol.ParseRecoverySecret(secret); err != nil {
		return card.Profile{}, invalid("recovery_secret", "the secret that was handed out with the key", "%v", err)
	}
	if _, err := d.agree(who, consents); err != nil {
		return card.Profile{}, err
	}
	ctx = withActor(ctx, who)
	if _, err := d.KeyRecover(ctx, id, secret); err != nil {
		return card.Profile{}, err
	}
	_, err = d.changeMember(who.ID, func(e *memberEntry) error {
		now := time.Now()
		kept := now.UTC()
		// Who could type the secret has it.
		e.Identity, e.Draft, e.SecretKeptAt = id, nil, &kept
		e.add(stepBy(ctx, card.StepMovedIn, now))
		return nil
	})
	if err != nil {
		return card.Profile{}, err
	}
	d.audit(who, "member-moved-in", id)
	return d.profileByID(raw, time.Now())
}

// movable finds what stands against bringing an identity in, before a key is
// made: the same secret would move a collective as well.
func (d memberDoor) movable(e memberEntry, id string) (protocol.Identity, error) {
	raw, err := parseID("profile", id)
	if err != nil {
		return raw, err
	}
	now := time.Now()
	if held, ok := e.identity(); ok && held != raw {
		if _, _, err := d.recordOf(protocol.KindProfile, held, now); err == nil {
			return raw, conflict("this page has a card already: erase it before another one moves in")
		}
	}
	if _, taken, err := d.entryOf(raw); err != nil {
		return raw, err
	} else if taken && e.Identity != id {
		return raw, conflict("this card has a page of its own here already: ask the collective for a link to it")
	}
	if own, has := d.keys.Collective(); has && own.Identity() == raw {
		return raw, notFound("profile", id)
	}
	if _, _, _, err := d.collective(now); err != nil {
		return raw, err
	}
	_, _, err = d.recordOf(protocol.KindProfile, raw, now)
	return raw, err
}

const (
	// minPassphraseRunes is for a text that may lie anywhere: whoever finds it
	// has all the time to guess.
	minPassphraseRunes = 12
	// Sealing takes a second and a quarter of a gigabyte of memory.
	exportPause = time.Minute
)

// ExportKey seals the person's key with a passphrase, to be kept or to be
// taken along.
func (d memberDoor) ExportKey(ctx context.Context, who access.Person, passphrase string) ([]byte, error) {
	if utf8.RuneCountInString(passphrase) < minPassphraseRunes {
		return nil, invalid("passphrase", fmt.Sprintf("at least %d characters", minPassphraseRunes), "the key is sealed with more than that")
	}
	e, err := d.ownEntry(who)
	if err != nil {
		return nil, err
	}
	for _, s := range e.History {
		if s.What == card.StepExported && time.Since(s.At) < exportPause {
			return nil, unavailable("the key was sealed just now: try again in a minute")
		}
	}
	id, err := d.ownCard(who)
	if err != nil {
		return nil, err
	}
	sealed, err := d.KeyExport(ctx, id, passphrase)
	if err != nil {
		return nil, err
	}
	raw, err := parseID("profile", id)
	if err != nil {
		return nil, err
	}
	d.noteMembers(withActor(ctx, who), card.StepExported, raw)
	return sealed, nil
}

// EraseMember erases the card everywhere, then everything that is kept of the
// person here: draft, history, sessions, passkeys and links. Cut off, the
// same call does the rest.
func (d memberDoor) EraseMember(ctx context.Context, who access.Person) error {
	e, err := d.ownEntry(who)
	if err != nil {
		return err
	}
	nobody := access.Person{Role: access.Member, ID: who.ID} // the journal outlives the name
	if id, ok := e.identity(); ok {
		if err := d.leaveWorks(ctx, nobody, e.Identity); err != nil {
			return err
		}
		if err := d.eraseCard(withActor(ctx, who), id); err != nil {
			return err
		}
	}
	if err := d.dropMember(who.ID); err != nil {
		return err
	}
	d.wakeRetention()
	d.audit(nobody, "member-erased", e.Identity)
	return nil
}

// leaveWorks takes the person's name off what the collective shows of its
// works.
func (d memberDoor) leaveWorks(ctx context.Context, who access.Person, profileID string) error {
	works, err := d.WorksNaming(ctx, profileID)
	if err != nil {
		return err
	}
	for _, w := range works {
		if err := d.Node.AgreeWork(ctx, who, profileID, w.ID, false); err != nil {
			return err
		}
	}
	return nil
}

// eraseCard erases a card whose key is here; of one that has moved it only
// drops the key, which signs nothing any more.
func (d memberDoor) eraseCard(ctx context.Context, id protocol.Identity) error {
	if !d.keys.HasMember(id) {
		return nil // erased already, or the person holds the key
	}
	if current, ok := d.store.CurrentSigner(id); ok {
		held, _ := d.keys.Member(id)
		if current.Above(held.Signer.Generation()) {
			d.service.edits.Lock()
			defer d.service.edits.Unlock()
			return d.forget(id)
		}
	}
	return d.RemoveProfile(ctx, id.String())
}
