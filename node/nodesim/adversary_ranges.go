package nodesim

import (
	"sync/atomic"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"

	"courtcircuit/protocol/reconcile"
)

// rangeLiar answers reconciliation with one lie after the other: a set that is
// not what it serves, bytes flipped, records other than those it listed.
type rangeLiar struct {
	*Liar
	shelf, other *Shelf
	lies         atomic.Uint32
}

func newRangeLiar(t testing.TB, s Seed, l *Liar) Adversary {
	r := &rangeLiar{Liar: l, shelf: NewShelf(t), other: NewShelf(t)}
	l.Answer(r.serve)
	return r
}

// Strike puts a record on one of two shelves: which one is asked about, and
// which one serves, changes with each answer.
func (r *rangeLiar) Strike(a *attack) {
	for i, shelf := range []*Shelf{r.shelf, r.other} {
		wire := a.profile(i)
		a.model.sign(wire)
		shelf.Add(wire)
	}
	r.reach(a)
}

func (r *rangeLiar) serve(stream network.Stream) {
	for {
		kind, question, err := readFrame(stream)
		if err != nil {
			return
		}
		lie := r.lies.Add(1)
		listed, served := r.shelf, r.other
		if lie%2 == 0 {
			listed, served = served, listed
		}
		var answer []byte
		switch kind {
		case 1:
			answer, err = reconcile.Respond(listed.store.Set(), listed.hour(), question, reconcile.DefaultConfig())
			if lie%3 == 0 && len(answer) > 4 {
				answer[len(answer)/2] ^= 0x55
			}
		case 3:
			if answer, err = served.headers(question); lie%5 == 0 && len(answer) > 100 {
				answer[90] ^= 1
			}
		case 5:
			answer = served.bodies(question)
		default:
			continue
		}
		if err != nil {
			return
		}
		if _, err := stream.Write(frameOf(kind+1, answer)); err != nil {
			return
		}
	}
}

func (r *rangeLiar) Close() {
	r.Liar.Close()
	r.shelf.Close()
	r.other.Close()
}
