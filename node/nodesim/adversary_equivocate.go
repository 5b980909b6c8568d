package nodesim

import (
	"testing"

	"courtcircuit/protocol"
)

// equivocator signs two cards for one moment and tells one by gossip, the
// other to those who come and ask. Which of them wins is chance.
type equivocator struct {
	*Liar
	shelf *Shelf
}

func newEquivocator(t testing.TB, _ Seed, l *Liar) Adversary {
	e := &equivocator{Liar: l, shelf: NewShelf(t)}
	l.Answer(e.shelf.Serve)
	return e
}

func (e *equivocator) Strike(a *attack) {
	author := a.author(0)
	one, two := profileAt(a.t, author, "Janus", a.at), profileAt(a.t, author, "Janus Bifrons", a.at)
	a.model.rivals = append(a.model.rivals, [2]*protocol.Record{a.model.sign(one), a.model.sign(two)})
	e.shelf.Add(two)
	e.reach(a)
	e.Send(one)
}

func (e *equivocator) Close() {
	e.Liar.Close()
	e.shelf.Close()
}
