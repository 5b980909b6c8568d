package node

import (
	"errors"
	"sync"
	"time"

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
		return well(name, "%d peers have the same hour, or the next one", len(c.ahead))
	case 2*apart >= len(c.ahead):
		return wrong(name, setClock, "%d of %d peers have another hour; the last one was ahead by %s", apart, len(c.ahead), time.Duration(hours)*time.Hour)
	}
	return well(name, "%d of %d peers have another hour: their clocks are wrong", apart, len(c.ahead))
}
