package nodesim

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// Adversary is a hostile peer: a Liar with a plan. What it answers it answers
// from the start to its end; what it does by itself it does in Strike, so that
// the schedule of a seed stays the same. Each kind has a file of its own.
type Adversary interface {
	Strike(a *attack)
	Close()
}

// attack is what an adversary can see and use.
type attack struct {
	t       testing.TB
	at      time.Time
	draw    *rand.Rand
	seed    Seed
	victims []*Node // those that run
	model   *model
}

// adversaryKinds are all there are; a seed takes them in turn.
var adversaryKinds = []struct {
	name string
	make func(t testing.TB, s Seed, l *Liar) Adversary
}{
	{"silent", newSilent},
	{"lying about ranges", newRangeLiar},
	{"flooding", newFlooder},
	{"replaying", newReplayer},
	{"equivocating", newEquivocator},
	{"serving erased and expired", newErasedServer},
	{"slow and half-open", newSlow},
}

// reach connects to one victim that is not connected, if it still lets us in,
// and says to all that there is something to fetch.
func (l *Liar) reach(a *attack) {
	for _, v := range a.victims {
		if l.Host.Network().Connectedness(v.ID()) != network.Connected {
			ctx, end := context.WithTimeout(context.Background(), 2*time.Second)
			_ = Connect(ctx, l.Host, v.Index) // it may have cut us off, or be parted
			end()
			break
		}
	}
	for _, v := range a.victims {
		if l.Host.Network().Connectedness(v.ID()) == network.Connected {
			_ = l.Hint(v) // refused while it is busy with others
		}
	}
}
