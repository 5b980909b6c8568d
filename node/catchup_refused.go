package node

import (
	"sync"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
)

// refusedIDs remembers, bounded, which records the policy of this node turned
// down, so that they are not fetched at every session. It holds two
// generations; when the young one is full the old one goes.
type refusedIDs struct {
	limits     *limitCounts
	mu         sync.Mutex
	max        int
	young, old map[protocol.RecordID]struct{}
}

func newRefusedIDs(maxIDs int) *refusedIDs {
	return &refusedIDs{max: max(maxIDs/2, 1), young: map[protocol.RecordID]struct{}{}}
}

func (r *refusedIDs) add(id protocol.RecordID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.young) >= r.max {
		if len(r.old) > 0 {
			r.limits.reached(boundRefused)
		}
		r.old, r.young = r.young, map[protocol.RecordID]struct{}{}
	}
	r.young[id] = struct{}{}
}

// without leaves out what was refused.
func (r *refusedIDs) without(items []reconcile.Item) []reconcile.Item {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.young)+len(r.old) == 0 {
		return items
	}
	out := make([]reconcile.Item, 0, len(items))
	for _, item := range items {
		_, young := r.young[item.ID]
		_, old := r.old[item.ID]
		if !young && !old {
			out = append(out, item)
		}
	}
	return out
}
