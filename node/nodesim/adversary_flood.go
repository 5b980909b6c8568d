package nodesim

import (
	"fmt"
	"testing"
)

// flooder gossips junk and true records of fresh keys, as many as fit.
type flooder struct{ *Liar }

func newFlooder(_ testing.TB, _ Seed, l *Liar) Adversary { return flooder{l} }

func (f flooder) Strike(a *attack) {
	f.reach(a)
	for i := range 20 {
		wire := a.profile(i)
		a.model.sign(wire)
		f.Send(wire)
	}
	for i := range 5 {
		f.Send(fmt.Appendf(nil, "junk %d at %d", i, a.at.UnixMilli()))
	}
}
