package nodesim

import (
	"testing"
	"time"

	"courtcircuit/protocol"
)

// erasedServer is a stale peer that never heard of an erasure, a tombstone or
// a succession: it serves what is gone, and gossips what expired.
type erasedServer struct {
	*Liar
	shelf *Shelf
	seen  int
}

func newErasedServer(t testing.TB, _ Seed, l *Liar) Adversary {
	e := &erasedServer{Liar: l, shelf: NewShelf(t)}
	l.Answer(e.shelf.Serve)
	return e
}

func (e *erasedServer) Strike(a *attack) {
	for i, rec := range a.model.records[e.seen:] {
		h := &rec.Header
		if !h.IsTombstone() && h.Kind != protocol.KindErasure && h.Kind != protocol.KindSuccession && h.Signer.Generation().N == 0 {
			e.shelf.Add(a.model.wires[e.seen+i])
		}
	}
	e.seen = len(a.model.records)
	e.reach(a)
	// Nobody acknowledged it and it is not among the hostile ones that a
	// replica may hold: one that takes it fails the comparison.
	e.Send(profileAt(a.t, a.author(0), "Expirée", a.at.Add(-protocol.KindProfile.Lifetime()-2*time.Hour)))
	for _, wire := range a.model.wires[max(0, len(a.model.wires)-10):] {
		e.Send(wire)
	}
}

func (e *erasedServer) Close() {
	e.Liar.Close()
	e.shelf.Close()
}
