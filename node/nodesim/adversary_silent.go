package nodesim

import (
	"io"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"
)

// silent promises news all the time, takes every question and answers none.
type silent struct{ *Liar }

func newSilent(_ testing.TB, _ Seed, l *Liar) Adversary {
	l.Answer(func(s network.Stream) { io.Copy(io.Discard, s) })
	return silent{l}
}

func (s silent) Strike(a *attack) { s.reach(a) }
