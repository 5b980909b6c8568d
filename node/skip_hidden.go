package node

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// hiddenRecords are those that this node holds and passes on like any other,
// and shows to nobody. Each collective decides for its own pages: nothing of
// this leaves the node.
type hiddenRecords struct {
	mu  sync.Mutex // of writers; readers take the map as it is
	set atomic.Pointer[map[hiddenID]struct{}]
}

type hiddenID struct {
	kind protocol.Kind
	id   [32]byte
}

// holds is asked for each record that a search reads, so it costs one load
// where nothing is hidden.
func (h *hiddenRecords) holds(kind protocol.Kind, id [32]byte) bool {
	set := h.set.Load()
	if set == nil {
		return false
	}
	_, ok := (*set)[hiddenID{kind, id}]
	return ok
}

func (h *hiddenRecords) any() bool {
	set := h.set.Load()
	return set != nil && len(*set) > 0
}

// skips says whether a record is not shown: itself, or as a mission of a
// collective that is not.
func (h *hiddenRecords) skips(k protocol.RecordKey) bool {
	if !h.any() {
		return false // without the hash that makes a mission's public id
	}
	return h.holds(k.Kind, k.PublicID()) || (k.Kind == protocol.KindMission && h.holds(protocol.KindCollective, k.Identity))
}

// change replaces the map, so that nobody who reads it waits.
func (h *hiddenRecords) change(edit func(map[hiddenID]struct{})) {
	next := map[hiddenID]struct{}{}
	if set := h.set.Load(); set != nil {
		next = maps.Clone(*set)
	}
	edit(next)
	h.set.Store(&next)
}

// recallHidden reads the inbox at the start.
func (n *Node) recallHidden() error {
	list, err := n.inbox.Hidden()
	if err != nil {
		return err
	}
	n.hidden.change(func(set map[hiddenID]struct{}) {
		for _, h := range list {
			if kind, err := protocol.ParseKind(h.Kind); err == nil {
				set[hiddenID{kind, h.Subject}] = struct{}{}
			}
		}
	})
	return nil
}

// errHidden is Gone for readers; pages tell it from an erasure by the field.
func errHidden() error {
	return &card.Problem{
		Cause: card.Gone, Field: "hidden",
		Detail: "this is not shown here: the collective behind this page has hidden it",
	}
}

// shownRecord is recordOf for what is about to be shown.
func (n *Node) shownRecord(kind protocol.Kind, id [32]byte, now time.Time) (*protocol.Record, any, error) {
	rec, body, err := n.recordOf(kind, id, now)
	if err == nil && n.hidden.skips(rec.Key()) {
		return nil, nil, errHidden()
	}
	return rec, body, err
}

// shownMemberships leaves hidden collectives out: their name is not shown on
// the cards of their members either.
func (n *Node) shownMemberships(list []store.Membership) []store.Membership {
	if !n.hidden.any() {
		return list
	}
	var out []store.Membership
	for _, m := range list {
		if !n.hidden.holds(protocol.KindCollective, m.Collective) {
			out = append(out, m)
		}
	}
	return out
}
