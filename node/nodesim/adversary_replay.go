package nodesim

import "testing"

// replayer sends again whatever was ever acknowledged, the outdated included.
type replayer struct{ *Liar }

func newReplayer(_ testing.TB, _ Seed, l *Liar) Adversary { return replayer{l} }

func (r replayer) Strike(a *attack) {
	r.reach(a)
	for range min(30, len(a.model.wires)) {
		r.Send(pick(a.draw, a.model.wires))
	}
}
