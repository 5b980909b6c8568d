package node

import (
	"context"
	"fmt"
	"slices"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// RemoveProfile erases a person whose key is here, everywhere; of a member
// who holds their own key only the membership can be ended, by dismissal.
//
// The order is erasure, references, key: cut off anywhere, a second call, or
// the next start, does the rest. The key goes last, because without it an
// erasure that was not yet stored could never be signed.
func (n *Node) RemoveProfile(ctx context.Context, id string) error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	now := n.now()
	if err := n.checkEditable(); err != nil {
		return err
	}
	raw, err := parseID("profile", id)
	if err != nil {
		return err
	}
	if !n.keys.HasMember(raw) {
		return n.dismiss(ctx, raw, now)
	}
	if err := n.erase(ctx, raw, now); err != nil {
		return err
	}
	n.noteMembers(ctx, card.StepErased, raw)
	return n.forget(raw)
}

func (n *Node) erase(ctx context.Context, id protocol.Identity, now time.Time) error {
	rec, err := n.store.ByKey(protocol.RecordKey{Identity: id, Kind: protocol.KindProfile}, now)
	if isAbsent(&rec, err) {
		if _, erased := n.store.ErasedAt(id); erased {
			return nil // an earlier call came this far
		}
		rec.Header.Grant = nil
	} else if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	person, err := n.heldMember(id)
	if err != nil {
		return err
	}
	issued, err := n.nextIssue(id, 0, now)
	if err != nil {
		return problemOf(err)
	}
	wire, err := n.opener.Seal(person, protocol.ErasureDraft(rec.Header.Grant, issued))
	if err != nil {
		return err
	}
	return n.publishOwn(ctx, wire)
}

// forget drops what only this node knew of an erased person.
func (n *Node) forget(id protocol.Identity) error {
	if err := n.inbox.DeleteRefsOf(id); err != nil {
		return err
	}
	if err := n.unmarkShared(id); err != nil {
		return err
	}
	return n.keys.RemoveMember(id)
}

// resumeRemovals finishes what a crash cut off in RemoveProfile: a key whose
// person is erased and has published nothing since.
func (n *Node) resumeRemovals(now time.Time) error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	for _, id := range n.keys.Members() {
		if _, erased := n.store.ErasedAt(id); !erased {
			continue
		}
		rec, err := n.store.ByKey(protocol.RecordKey{Identity: id, Kind: protocol.KindProfile}, now)
		if err != nil && !isAbsent(&rec, err) {
			return fmt.Errorf("resume removals: %w", err)
		}
		if !isAbsent(&rec, err) {
			continue
		}
		if err := n.forget(id); err != nil {
			return fmt.Errorf("resume removal of %s: %w", id.Fingerprint(), err)
		}
		n.log.Info("removal finished", "identity", id.String())
	}
	return nil
}

func (n *Node) dismiss(ctx context.Context, person protocol.Identity, now time.Time) error {
	rec, _, err := n.recordOf(protocol.KindProfile, person, now)
	if isProblem(err, card.Gone) {
		return nil // removed already
	}
	if err != nil {
		return err
	}
	collective, _, _, err := n.collective(now)
	if err != nil {
		return err
	}
	ms, err := n.store.Memberships(rec, now)
	if err != nil {
		return fmt.Errorf("read memberships: %w", err)
	}
	own := collective.Identity()
	i := slices.IndexFunc(ms, func(m store.Membership) bool { return m.Collective == own })
	if i < 0 {
		return forbidden("the key of %s is not kept on this node and the person is no member of this collective: only the person can erase the card", person.Fingerprint())
	}
	if err := n.checkDismissalRoom(own, person, now); err != nil {
		return err
	}
	// After the grant, whose clock may have run ahead of this one.
	issued, err := n.nextIssue(own, grantIssued(rec, own, now), now)
	if err != nil {
		return problemOf(err)
	}
	wire, err := n.opener.Seal(collective, protocol.DismissalDraft(person, issued))
	if err != nil {
		return err
	}
	return n.publishOwn(ctx, wire)
}

// checkDismissalRoom refuses before the network's bound: over it the oldest
// dismissal would leave every replica, and its person be a member again.
func (n *Node) checkDismissalRoom(own, person protocol.Identity, now time.Time) error {
	rec, err := n.store.ByKey(protocol.RecordKey{Identity: own, Kind: protocol.KindDismissal, Slot: string(person[:])}, now)
	if !isAbsent(&rec, err) {
		return err // dismissed before: the new one takes the place of the old
	}
	_, most := protocol.KindDismissal.BoundClass()
	held, err := n.store.CountKeys(own, protocol.KindDismissal, now)
	if err != nil {
		return fmt.Errorf("count dismissals: %w", err)
	}
	if held >= most {
		return conflict("the collective has ended %d memberships within a year, as many as the network remembers of one collective; one more would make the first of these people a member again. The oldest leaves a year after it was made; until then this membership can only run out", held)
	}
	return nil
}

// grantIssued is when the collective's grant in a record was issued.
func grantIssued(rec *protocol.Record, collective protocol.Identity, now time.Time) int64 {
	if g := rec.Header.Grant; g != nil && g.Collective.Identity() == collective {
		return g.IssuedAtMillis
	}
	return now.UnixMilli() // one of the further memberships
}
