package nodesim

import (
	"maps"
	"slices"
	"time"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
)

// model is what was acknowledged, and what honest replicas have to make of it.
// It is the plain set of all records ever taken, judged in one go: no order of
// arrival, no index, no dossier.
type model struct {
	wires   [][]byte // acknowledged, in order
	records []*protocol.Record
	// hostile are valid records that adversaries signed in their own name.
	// Replicas may hold them; no other unacknowledged record.
	hostile map[protocol.RecordID]bool
	rivals  [][2]*protocol.Record // pairs of them for one key and moment
}

func (m *model) acknowledge(wire []byte) {
	rec, err := protocol.Parse(wire)
	if err != nil {
		panic(err) // a node has just taken it
	}
	m.wires = append(m.wires, wire)
	m.records = append(m.records, &rec)
}

func (m *model) sign(wire []byte) *protocol.Record {
	rec, err := protocol.Parse(wire)
	if err != nil {
		panic(err) // we have just sealed it
	}
	m.hostile[rec.ID] = true
	return &rec
}

// mayLack says that a live record was once erased, by a key that has since been
// succeeded. The succession ends the erasure, and what it had taken comes back
// only where somebody still offers it (see Weaknesses in store/DESIGN.md), so
// replicas must agree about it, not with the model; nor does it beat anything
// there.
func (m *model) mayLack(rec *protocol.Record) bool {
	return slices.ContainsFunc(m.records, func(e *protocol.Record) bool {
		return e.Header.Kind == protocol.KindErasure && e.Header.Erases(&rec.Header)
	})
}

// liveOf is the live set of all the records in the words of SPEC.md: floors,
// then erasures, then winners, then bounds.
func liveOf(all []*protocol.Record, now time.Time) map[protocol.RecordID]*protocol.Record {
	recs := slices.DeleteFunc(slices.Clone(all), func(r *protocol.Record) bool {
		return !now.Truncate(time.Hour).Before(r.Header.ExpiresAt())
	})
	floors := map[protocol.Identity]protocol.Generation{}
	for _, r := range recs {
		id, g := r.Key().Identity, r.Header.Signer.Generation()
		if f, ok := floors[id]; !ok || g.Above(f) {
			floors[id] = g
		}
	}
	recs = slices.DeleteFunc(recs, func(r *protocol.Record) bool { return r.Header.Signer.Generation() != floors[r.Key().Identity] })
	erasures := slices.DeleteFunc(slices.Clone(recs), func(r *protocol.Record) bool { return r.Header.Kind != protocol.KindErasure })
	best := map[protocol.RecordKey]*protocol.Record{}
	for _, r := range recs {
		if slices.ContainsFunc(erasures, func(e *protocol.Record) bool { return e.Header.Erases(&r.Header) }) {
			continue
		}
		if b, ok := best[r.Key()]; !ok || r.Beats(b) {
			best[r.Key()] = r
		}
	}
	return bounded(slices.Collect(maps.Values(best)))
}

func bounded(recs []*protocol.Record) map[protocol.RecordID]*protocol.Record {
	type class struct {
		of   protocol.Identity
		kind protocol.Kind
	}
	classes := map[class][]*protocol.Record{}
	for _, r := range recs {
		k, _ := r.Header.Kind.BoundClass()
		c := class{r.Key().Identity, k}
		classes[c] = append(classes[c], r)
	}
	live := map[protocol.RecordID]*protocol.Record{}
	for _, list := range classes {
		_, most := list[0].Header.Kind.BoundClass()
		slices.SortFunc(list, func(a, b *protocol.Record) int {
			if a.OutlivesBound(b) {
				return -1
			}
			return 1
		})
		for _, r := range list[:min(len(list), most)] {
			live[r.ID] = r
		}
	}
	return live
}

func digestOf(live map[protocol.RecordID]*protocol.Record) [32]byte {
	var sum reconcile.Sum
	for id := range live {
		sum = sum.Add(reconcile.IDSum((*[32]byte)(&id)))
	}
	return reconcile.Digest(sum, len(live))
}
