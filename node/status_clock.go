package node

import (
	"errors"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol/reconcile"
)

// maxRememberedClocks bounds whose hour is remembered.
const maxRememberedClocks = 64

// clockBook remembers of each peer that this node caught up with lately how
// many hours its clock was ahead: sessions name whole hours, and end when the
// two are more than one apart.
type clockBook struct {
	mu    sync.Mutex
	ahead map[peer.ID]int
}

func (c *clockBook) note(p peer.ID, err error) {
	var skew *reconcile.ClockSkewError
	hours := 0
	if errors.As(err, &skew) {
		hours = int(int64(skew.PeerHour) - int64(skew.MyHour))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ahead == nil {
		c.ahead = map[peer.ID]int{}
	}
	if _, known := c.ahead[p]; !known && len(c.ahead) >= maxRememberedClocks {
		for other := range c.ahead { // any
			delete(c.ahead, other)
			break
		}
	}
	c.ahead[p] = hours
}

// check blames this machine only when at least half of the peers disagree with
// it: one alone may be wrong itself.
func (c *clockBook) check() api.Check {
	const name = "peer-clocks"
	c.mu.Lock()
	defer c.mu.Unlock()
	apart, hours := 0, 0
	for _, h := range c.ahead {
		if h != 0 {
			apart, hours = apart+1, h
		}
	}
	switch {
	case len(c.ahead) == 0:
		return well(name, "no peer has told its time yet")
	case apart == 0:
		return well(name, "%s", counted(len(c.ahead), "1 peer has the same hour, or the next one", "%d peers have the same hour, or the next one"))
	case 2*apart >= len(c.ahead):
		return wrong(name, setClock, "peers with another hour: %d of %d; the last one differed by %+d h", apart, len(c.ahead), hours)
	}
	return well(name, "peers with another hour, whose clocks are wrong: %d of %d", apart, len(c.ahead))
}
