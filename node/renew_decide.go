package node

import (
	"time"

	"courtcircuit/protocol"
)

// A record is renewed in the last third of its life: early enough to outlast
// a long holiday of the node, late enough to write little.
func renewAt(h *protocol.Header) time.Time {
	life := h.Kind.Lifetime()
	if h.Kind == protocol.KindSuccession {
		// Lives ten years, and is renewed yearly so that nodes which came late
		// do not depend on one old copy.
		return h.IssuedAt().Add(365 * 24 * time.Hour)
	}
	return h.IssuedAt().Add(life - life/3)
}

// renewal is what became of one record when the node looked whether to sign
// it anew.
type renewal string

const (
	renew            renewal = "renew"
	renewNotDue      renewal = "not due"
	renewEnded       renewal = "ended"         // a tombstone, a closed mission, a passed deadline
	renewElsewhere   renewal = "elsewhere"     // signed last with a key, or by a node, that is not this one
	renewUnconfirmed renewal = "not confirmed" // the person has not confirmed it for too long
)

// renewFacts is what the decision about one record rests on.
type renewFacts struct {
	header     *protocol.Header
	body       any  // as protocol.DecodeBody gives it
	signedHere bool // the key is here, and the last version is one that was signed here
	grantDue   bool // the collective's key changed, or the grant runs out before the record
}

// decideRenewal is the rule of the protocol's "Renewal", for a node that has
// caught up and is the one its collective names to renew.
func decideRenewal(f renewFacts, now time.Time) renewal {
	h := f.header
	switch {
	case h.IsTombstone():
		return renewEnded
	case !f.signedHere:
		return renewElsewhere
	case now.Before(renewAt(h)) && !f.grantDue:
		return renewNotDue
	}
	switch b := f.body.(type) {
	case *protocol.Profile:
		if now.Sub(time.UnixMilli(b.ConfirmedAtMillis)) > protocol.RenewalWindow {
			return renewUnconfirmed
		}
	case *protocol.Mission:
		// Without a last day nobody said that it still holds after a month.
		if b.State != protocol.MissionOpen || b.ApplyBy == nil || missionStatus(b, now) == statusExpired {
			return renewEnded
		}
	}
	return renew
}

// grantDue says whether a person's grant by the collective should be made
// anew by itself: it was not ended, but its key is no longer the current one
// or it runs out before a renewal would come.
func grantDue(g *protocol.Grant, collective protocol.Signer, endedMillis int64, now time.Time) bool {
	if g == nil || g.Collective.Identity() != collective.Identity() || g.IssuedAtMillis <= endedMillis {
		return false // no member of this collective, or no longer
	}
	const margin = 30 * 24 * time.Hour
	return g.Collective.Generation() != collective.Generation() || !g.LiveAt(now.Add(margin))
}
