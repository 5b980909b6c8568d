package delivery

import (
	"sync"
	"time"

	"courtcircuit/protocol"
)

// boundWindow is the time over which messages are counted.
const boundWindow = 24 * time.Hour

// senderBounds counts what was taken in the last 24 hours, of each sender, of
// all that are unknown here, and of everybody. Only what was taken counts, so
// it holds at most MaxPerDay entries.
type senderBounds struct {
	cfg Config

	mu      sync.Mutex
	taken   []taken // in the order of time
	of      map[protocol.Identity]int
	unknown int
}

type taken struct {
	from  protocol.Identity
	known bool
	at    time.Time
}

func newSenderBounds(cfg Config) *senderBounds {
	return &senderBounds{cfg: cfg, of: map[protocol.Identity]int{}}
}

// reserve counts one message of a sender when the bounds allow it; else it
// says how long to wait until room comes free, more than zero. give takes it
// back.
func (b *senderBounds) reserve(from protocol.Identity, known bool, now time.Time) (wait time.Duration, give func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(now)
	own, most := b.of[from], b.cfg.MaxPerSender
	if !known {
		most = b.cfg.MaxPerUnknown
	}
	var holds func(taken) bool
	switch {
	case own >= most:
		holds = func(t taken) bool { return t.from == from }
	case !known && b.unknown >= b.cfg.MaxUnknown:
		holds = func(t taken) bool { return !t.known }
	case len(b.taken) >= b.cfg.MaxPerDay:
		holds = func(taken) bool { return true }
	default:
		b.add(taken{from, known, now})
		return 0, func() { b.takeBack(taken{from, known, now}) }
	}
	wait = boundWindow
	for _, t := range b.taken {
		if holds(t) {
			wait = max(t.at.Add(boundWindow).Sub(now), time.Second)
			break
		}
	}
	return wait, nil
}

// count notes what an earlier run took.
func (b *senderBounds) count(from protocol.Identity, known bool, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.taken) < b.cfg.MaxPerDay {
		b.add(taken{from, known, at})
	}
}

func (b *senderBounds) add(t taken) {
	b.taken = append(b.taken, t)
	b.of[t.from]++
	if !t.known {
		b.unknown++
	}
}

func (b *senderBounds) drop(i int) {
	t := b.taken[i]
	b.taken = append(b.taken[:i], b.taken[i+1:]...)
	if b.of[t.from]--; b.of[t.from] == 0 {
		delete(b.of, t.from)
	}
	if !t.known {
		b.unknown--
	}
}

func (b *senderBounds) takeBack(gone taken) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, t := range b.taken {
		if t == gone {
			b.drop(i)
			return
		}
	}
}

func (b *senderBounds) forget(now time.Time) {
	for len(b.taken) > 0 && now.Sub(b.taken[0].at) >= boundWindow {
		b.drop(0)
	}
}
