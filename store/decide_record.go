package store

import "courtcircuit/protocol"

// Outcome is what became of a record that was offered.
type Outcome int

// Everything but Stored leaves the replica as it was.
const (
	Stored  Outcome = iota // it is live now, or its missing body was added
	Held                   // exactly this version is here already
	Stale                  // a version that beats it is here
	Void                   // erased, below its identity's floor, or over a bound
	Expired                // its time is over
)

var outcomeNames = []string{"stored", "held", "stale", "void", "expired"}

func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// ruling is what follows from offering a record to a dossier.
type ruling struct {
	outcome Outcome
	gone    []entry // entries of the same identity that go when it is stored
	erased  []entry // those of gone that an erasure or a tombstone ended
	held    entry   // with Held, the version that is here
	loser   *entry  // the losing version of an equivocation seen here
}

// decide is the whole of what is live of one identity: floor, erasure,
// winner, bound, in this order. in is offered at hour; aboutErased says that
// the person it speaks of erased it.
//
// The order matters. A thief's erasure must not outlive a succession, so the
// floor comes first; an erasure below the floor is gone, and what it covered
// may be offered again.
func (d dossier) decide(in entry, aboutErased bool, hour uint32) ruling {
	if in.expiry <= hour {
		return ruling{outcome: Expired}
	}
	live := d.live(hour)
	floor, known := live.floor()
	if known && floor.Above(in.gen) {
		return ruling{outcome: Void}
	}
	raises := known && in.gen.Above(floor)
	if aboutErased {
		return ruling{outcome: Void}
	}
	if e, ok := live.erasure(); ok && !raises && e.covers(&in) {
		return ruling{outcome: Void}
	}
	var r ruling
	held, has := d.find(in.stable)
	if has && held.expiry > hour && !raises {
		if held.id == in.id {
			return ruling{outcome: Held}
		}
		if held.equivocates(&in) {
			r.loser = &in
		}
		if held.beats(&in) {
			r.outcome = Stale
			return r
		}
		if r.loser != nil {
			r.loser = &held
		}
	}
	for _, e := range live {
		replaced := e.stable == in.stable
		if replaced || raises || in.covers(&e) {
			r.drop(e, in.covers(&e) || (replaced && in.flags&flagTombstone != 0))
		}
	}
	if has && held.expiry <= hour { // expired, not purged yet, under the same key
		r.drop(held, false)
	}
	victim, over := overBound(live.without(r.gone), in)
	if over && victim.id == in.id {
		return ruling{outcome: Void, loser: r.loser}
	}
	if over {
		r.drop(victim, false)
	}
	return r
}

func (r *ruling) drop(e entry, erased bool) {
	r.gone = append(r.gone, e)
	if erased {
		r.erased = append(r.erased, e)
	}
}

// overBound finds which record leaves when in joins the others of its class.
// Before it joined they were within the bound, so at most one does.
func overBound(others dossier, in entry) (victim entry, over bool) {
	class, most := in.kind.BoundClass()
	victim = in
	count := 1
	for i := range others {
		if c, _ := others[i].kind.BoundClass(); c != class {
			continue
		}
		count++
		if victim.outlivesBound(&others[i]) {
			victim = others[i]
		}
	}
	return victim, count > most
}

// isOwnAuthor says whether a record's tier is that of this node's collective:
// it signed it, or granted it.
func isOwnAuthor(h *protocol.Header, own *protocol.Identity) bool {
	if own == nil {
		return false
	}
	return h.Signer.Identity() == *own || (h.Grant != nil && h.Grant.Collective.Identity() == *own)
}
