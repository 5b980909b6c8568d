package node

import (
	"fmt"
	"time"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// sealProfile signs a version of a profile whose key is here, under a grant
// of the collective: the one it has while that lasts, else a new one.
func (n *Node) sealProfile(collective, person protocol.Author, old *protocol.Record, body *protocol.Profile, now time.Time) (protocol.Verified, error) {
	st, err := n.store.Standing(collective.Identity(), person.Identity(), now)
	if err != nil {
		return protocol.Verified{}, fmt.Errorf("find what is held of %s: %w", person.Identity().Fingerprint(), err)
	}
	return n.sealStanding(collective, person, st, old, body, now)
}

// sealStanding is sealProfile for whom what is held of the person was read already.
func (n *Node) sealStanding(collective, person protocol.Author, st store.Standing, old *protocol.Record, body *protocol.Profile, now time.Time) (protocol.Verified, error) {
	ended := st.EndedMillis
	// Later than the end of the last membership, so that a new grant counts.
	issued, err := protocol.NextIssue(now, max(st.NewestMillis, ended))
	if err != nil {
		return protocol.Verified{}, err
	}
	var held *protocol.Grant
	if old != nil {
		held = old.Header.Grant
	}
	if held != nil {
		over := ended
		if other := held.Collective.Identity(); other != collective.Identity() {
			if over, err = n.endedAt(other, person.Identity(), now); err != nil {
				return protocol.Verified{}, err
			}
		}
		if held.IssuedAtMillis <= over {
			held = nil // carried on, it would keep a dismissed person without any collective
		}
	}
	grant, err := n.grantFor(collective, person.Identity(), held, issued, ended)
	if err != nil {
		return protocol.Verified{}, err
	}
	draft, err := body.Draft(grant, issued)
	if err != nil {
		return protocol.Verified{}, err
	}
	return n.opener.SealVerified(person, draft, now)
}

func (n *Node) grantFor(collective protocol.Author, person protocol.Identity, held *protocol.Grant, issuedMillis, endedMillis int64) (*protocol.Grant, error) {
	if held != nil && held.Collective.Identity() != collective.Identity() && held.ExpiresAtMillis > issuedMillis {
		return held, nil // a member of another collective whose key is here: not ours to move
	}
	if held != nil && held.Collective.Identity() == collective.Identity() && !needsGrant(held, collective.Signer, issuedMillis, endedMillis) {
		return held, nil
	}
	grant, err := n.opener.NewGrant(collective, person, time.UnixMilli(issuedMillis), protocol.MaxGrant, protocol.CustodyNode)
	if err != nil {
		return nil, fmt.Errorf("grant membership to %s: %w", person.Fingerprint(), err)
	}
	return &grant, nil
}

// needsGrant says that a grant would not carry a record issued now through
// its whole life: it was ended, its key is no longer the collective's, or it
// runs out before the profile would.
func needsGrant(held *protocol.Grant, collective protocol.Signer, issuedMillis, endedMillis int64) bool {
	return held.IssuedAtMillis <= endedMillis ||
		held.Collective.Generation() != collective.Generation() ||
		held.IssuedAtMillis > issuedMillis ||
		held.ExpiresAtMillis < issuedMillis+protocol.KindProfile.Lifetime().Milliseconds()
}
