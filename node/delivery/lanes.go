package delivery

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
)

// lane is what waits for one recipient. One message of it is on its way at a
// time, the oldest first; one that its receiver put off lets the next pass.
type lane struct {
	to       protocol.Identity
	waiting  []*letter // by the time they were queued
	busy     bool
	failures int       // tries in a row in which the recipient was not reached
	next     time.Time // no try before, unless something happens
	held     time.Time // no try before: the recipient said so
	hurried  time.Time // when something happened that makes a try worth while
	tried    time.Time
	lastErr  string
	peers    []peer.ID // of the recipient's record, when it was last read
}

// letter is one waiting message.
type letter struct {
	queued
	failures int
	next     time.Time
}

// hurryEvery bounds how often what others do (connecting, publishing) can
// bring a try forward.
const hurryEvery = 10 * time.Second

func (c *Courier) addWaiting(q queued) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lanes[q.to]
	if l == nil {
		l = &lane{to: q.to}
		c.lanes[q.to] = l
	}
	l.waiting = append(l.waiting, &letter{queued: q})
	slices.SortStableFunc(l.waiting, func(a, b *letter) int { return a.at.Compare(b.at) })
}

func (c *Courier) dropWaiting(l *lane, id [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.waiting = slices.DeleteFunc(l.waiting, func(w *letter) bool { return w.id == id })
	if len(l.waiting) == 0 && !l.busy {
		delete(c.lanes, l.to)
	}
}

// forgetWaiting is dropWaiting for a message whose lane is not at hand.
func (c *Courier) forgetWaiting(id [32]byte) {
	c.mu.Lock()
	all := slices.Collect(maps.Values(c.lanes))
	c.mu.Unlock()
	for _, l := range all {
		c.dropWaiting(l, id)
	}
}

// dueAt is when the lane's next try is.
func (l *lane) dueAt() time.Time {
	first := time.Time{}
	for i, w := range l.waiting {
		if i == 0 || w.next.Before(first) {
			first = w.next
		}
	}
	return latest(first, l.next, l.held)
}

// due is the oldest message that may go now, nil for none.
func (l *lane) due(now time.Time) *letter {
	if latest(l.next, l.held).After(now) {
		return nil
	}
	for _, w := range l.waiting {
		if !w.next.After(now) {
			return w
		}
	}
	return nil
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}

// hurry brings the next try forward, once in hurryEvery.
func (l *lane) hurry(now time.Time) {
	l.hurried = now
	if soon := latest(l.tried.Add(hurryEvery), now); soon.Before(l.next) {
		l.next = soon
	}
}

// PeerConnected tells that a peer can be reached: what waits for a collective
// that it serves is tried at once.
func (c *Courier) PeerConnected(p peer.ID) {
	c.hurryWhere(func(l *lane) bool { return slices.Contains(l.peers, p) })
}

// RecordStored tells that a collective's record came: its address, its sealing
// key or its nodes may be new.
func (c *Courier) RecordStored(id protocol.Identity) {
	c.hurryWhere(func(l *lane) bool { return l.to == id })
}

func (c *Courier) hurryWhere(fits func(*lane) bool) {
	c.mu.Lock()
	now, any := time.Now(), false
	for _, l := range c.lanes {
		if fits(l) {
			l.hurry(now)
			any = true
		}
	}
	c.mu.Unlock()
	if any {
		c.Wake()
	}
}

// takeDue marks the lanes to serve now as busy and says when the next one is
// due, zero for never. Those that failed last get half of the places: however
// many recipients are out of reach, the others do not wait for them.
func (c *Courier) takeDue(now time.Time) (due []*lane, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	busy, failing := 0, 0
	var idle []*lane
	for _, l := range c.lanes {
		switch {
		case l.busy:
			busy++
			if l.failures > 0 {
				failing++
			}
		case l.due(now) != nil:
			idle = append(idle, l)
		default:
			if at := l.dueAt(); next.IsZero() || at.Before(next) {
				next = at
			}
		}
	}
	slices.SortFunc(idle, func(a, b *lane) int {
		return cmp.Or(cmp.Compare(min(a.failures, 1), min(b.failures, 1)), a.next.Compare(b.next))
	})
	for _, l := range idle {
		if busy == c.cfg.Parallel || (l.failures > 0 && failing >= c.cfg.Parallel/2) {
			break // the end of one that is under way wakes the courier
		}
		if l.failures > 0 {
			failing++
		}
		busy++
		l.busy, l.tried = true, now
		due = append(due, l)
	}
	return due, next
}

// backoff doubles from FirstBackoff to MaxBackoff and spreads by a third.
func (c Config) backoff(failures int) time.Duration {
	d := min(c.FirstBackoff<<min(max(failures-1, 0), 20), c.MaxBackoff)
	if d <= 0 {
		d = c.MaxBackoff
	}
	return d - d/3 + rand.N(2*d/3+1)
}
