package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// Profile reads a person's card by its full id.
func (n *Node) Profile(_ context.Context, id string) (card.Profile, error) {
	raw, err := parseID("profile", id)
	if err != nil {
		return card.Profile{}, err
	}
	now := n.now()
	rec, body, err := n.shownRecord(protocol.KindProfile, raw, now)
	if err != nil {
		return card.Profile{}, err
	}
	return n.wholeProfile(rec, body.(*protocol.Profile), now)
}

func (n *Node) profileByID(id protocol.Identity, now time.Time) (card.Profile, error) {
	rec, body, err := n.recordOf(protocol.KindProfile, id, now)
	if err != nil {
		return card.Profile{}, err
	}
	return n.wholeProfile(rec, body.(*protocol.Profile), now)
}

func (n *Node) wholeProfile(rec *protocol.Record, body *protocol.Profile, now time.Time) (card.Profile, error) {
	ms, err := n.store.Memberships(rec, now)
	if err != nil {
		return card.Profile{}, fmt.Errorf("read memberships: %w", err)
	}
	return profileCard(rec, body, n.shownMemberships(ms), now), nil
}

// OwnProfiles lists the cards whose keys are here and those of members of
// this collective who hold their own, by name.
func (n *Node) OwnProfiles(ctx context.Context) ([]card.Profile, error) {
	now := n.now()
	found := map[string]card.Profile{}
	for _, id := range n.keys.Members() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := n.profileByID(id, now)
		if isProblem(err, card.NotFound) || isProblem(err, card.Gone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[p.ID] = p
	}
	if author, ok := n.keys.Collective(); ok {
		if err := n.addMembers(author.Identity(), found, now); err != nil {
			return nil, err
		}
	}
	out := make([]card.Profile, 0, len(found))
	for _, p := range found {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b card.Profile) int {
		return compareWords(a.Name, b.Name, a.ID, b.ID)
	})
	return out, nil
}

func (n *Node) addMembers(collective protocol.Identity, found map[string]card.Profile, now time.Time) error {
	var failed error
	err := n.store.Members(collective, now, func(rec protocol.Record) bool {
		id := publicIDString(rec.Key())
		if _, ok := found[id]; ok {
			return true
		}
		body, err := protocol.DecodeBody(n.cfg.Network, &rec)
		if err != nil {
			return true // nothing of it can be shown
		}
		p, err := n.wholeProfile(&rec, body.(*protocol.Profile), now)
		found[p.ID], failed = p, err
		return err == nil
	})
	return errors.Join(err, failed)
}

// compareWords orders by what a reader sees first: folded words, then ids.
func compareWords(a, b, idA, idB string) int {
	if fa, fb := store.FoldSkill(a), store.FoldSkill(b); fa != fb {
		if fa < fb {
			return -1
		}
		return 1
	}
	if idA < idB {
		return -1
	}
	return 1
}

// ReplaceProfile publishes a person's next version. It counts as the person's
// confirmation, because a coordinator edits with them.
func (n *Node) ReplaceProfile(ctx context.Context, id string, p card.Profile) (card.Profile, error) {
	return n.editProfile(ctx, id, func(rec *protocol.Record, old *protocol.Profile, now time.Time) (*protocol.Profile, error) {
		current := profileWords(rec, old)
		if p.Collectives != nil { // only then it matters what other records say
			var err error
			if current, err = n.wholeProfile(rec, old, now); err != nil {
				return nil, err
			}
		}
		if err := checkMeta(p.Meta, current.Meta); err != nil {
			return nil, err
		}
		if err := checkServerFields(p, current); err != nil {
			return nil, err
		}
		return n.profileBodyOf(p, old, now)
	})
}

// ConfirmProfile publishes the card as it is, confirmed today.
func (n *Node) ConfirmProfile(ctx context.Context, id string) (card.Profile, error) {
	return n.editProfile(withChange(ctx, card.StepConfirmed), id, func(_ *protocol.Record, old *protocol.Profile, now time.Time) (*protocol.Profile, error) {
		body := *old
		body.ConfirmedAtMillis = now.UnixMilli()
		return &body, nil
	})
}

func (n *Node) editProfile(ctx context.Context, id string, edit func(*protocol.Record, *protocol.Profile, time.Time) (*protocol.Profile, error)) (card.Profile, error) {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	now := n.now()
	if err := n.checkEditable(); err != nil {
		return card.Profile{}, err
	}
	raw, err := parseID("profile", id)
	if err != nil {
		return card.Profile{}, err
	}
	rec, oldBody, err := n.recordOf(protocol.KindProfile, raw, now)
	if err != nil {
		return card.Profile{}, err
	}
	collective, st, nameless := n.standing(raw, now)
	person, err := n.keptMember(raw, st.Signer, st.Known)
	if err = cmp.Or(err, nameless); err != nil {
		return card.Profile{}, err
	}
	body, err := edit(rec, oldBody.(*protocol.Profile), now)
	if err != nil {
		return card.Profile{}, err
	}
	sealed, err := n.sealStanding(collective, person, st, rec, body, now)
	if err != nil {
		return card.Profile{}, problemOf(err)
	}
	if err := publishProblem(n.publishVerified(ctx, []protocol.Verified{sealed})); err != nil {
		return card.Profile{}, err
	}
	if err := n.noteSigned(raw, sealed.Record().ID); err != nil {
		return card.Profile{}, err
	}
	n.noteMembers(ctx, card.StepChanged, raw)
	return n.profileByID(raw, now)
}

// heldMember is the author of a person whose key is here and still the
// person's: after a succession elsewhere the old key signs nothing.
func (n *Node) heldMember(id protocol.Identity) (protocol.Author, error) {
	current, known := n.store.CurrentSigner(id)
	return n.keptMember(id, current, known)
}

func (n *Node) keptMember(id protocol.Identity, current protocol.Generation, known bool) (protocol.Author, error) {
	person, ok := n.keys.Member(id)
	if !ok {
		return person, forbidden("the key of %s is not kept on this node, so only its person can change the card; import the key to edit it here", id.Fingerprint())
	}
	if known && current.Above(person.Signer.Generation()) {
		return protocol.Author{}, forbidden("%s has moved to a newer key, and the one kept on this node signs nothing any more; import the newer one to edit the card here", id.Fingerprint())
	}
	return person, nil
}

// checkMeta accepts what only the server sets when it comes back unchanged. A
// record_id of an earlier version is a conflict: somebody else wrote since.
func checkMeta(sent, current card.Meta) error {
	if sent.ID != "" && sent.ID != current.ID {
		return invalid("id", current.ID+" or none", "the id of a card never changes")
	}
	if sent.RecordID != "" && sent.RecordID != current.RecordID {
		p := conflict("the card was changed since you read it; read it again")
		p.Field, p.Expected = "record_id", current.RecordID
		return p
	}
	if sent.Fingerprint != "" && sent.Fingerprint != current.Fingerprint {
		return invalid("fingerprint", current.Fingerprint+" or none", "only the server sets it")
	}
	if err := checkTime("issued_at", sent.IssuedAt, current.IssuedAt); err != nil {
		return err
	}
	return checkTime("expires_at", sent.ExpiresAt, current.ExpiresAt)
}

func checkTime(field string, sent, current *time.Time) error {
	if sent != nil && (current == nil || !sent.Equal(*current)) {
		return invalid(field, "what was answered, or none", "only the server sets it")
	}
	return nil
}

// checkServerFields compares what the server sets beside Meta. Whether the
// availability still reads as confirmed follows from the clock, and a
// collective may be renamed meanwhile, so these are not compared.
func checkServerFields(sent, current card.Profile) error {
	if err := checkTime("confirmed_at", sent.ConfirmedAt, current.ConfirmedAt); err != nil {
		return err
	}
	same := func(a, b card.Membership) bool { return a.ID == b.ID && a.Custody == b.Custody }
	if sent.Collectives != nil && !slices.EqualFunc(sent.Collectives, current.Collectives, same) {
		return invalid("collectives", "what was answered, or none", "membership needs a grant, not a field")
	}
	return nil
}
