package delivery

import (
	"fmt"
	"time"

	"courtcircuit/node/inbox"
)

// sweep gives up what waited too long and forgets marks that nothing can need
// any more.
func (c *Courier) sweep(now time.Time) {
	var failed error
	for _, w := range c.overdue(now) {
		reason := fmt.Sprintf("not acknowledged within %d days", int(c.cfg.GiveUpAfter.Hours()/24))
		if w.lastErr != "" {
			reason += ": " + w.lastErr
		}
		if err := c.settle(w.lane, w.id, Outcome{Reason: reason, At: now.UTC()}, "gave-up"); err != nil {
			failed = err // the others go all the same
		}
	}
	if failed != nil {
		c.log.Warn("overdue messages not taken out", "error", failed)
	}
	if err := c.forgetSeen(now); err != nil {
		c.log.Warn("old marks of messages not deleted", "error", err)
	}
}

type overdueLetter struct {
	lane    *lane
	id      [32]byte
	lastErr string
}

func (c *Courier) overdue(now time.Time) (out []overdueLetter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lanes {
		if l.busy { // perhaps on its way at this moment
			continue
		}
		for _, w := range l.waiting {
			if now.Sub(w.at) >= c.cfg.GiveUpAfter {
				out = append(out, overdueLetter{l, w.id, l.lastErr})
			}
		}
	}
	return out
}

// sweepBatch bounds one step.
const sweepBatch = 500

func (c *Courier) forgetSeen(now time.Time) error {
	var old []inbox.ID
	err := c.seen.Each(func(id inbox.ID, s seenMark) error {
		if now.Sub(s.At) > c.cfg.KeepSeen {
			old = append(old, id)
		}
		return nil
	})
	for len(old) > 0 && err == nil {
		n := min(len(old), sweepBatch)
		err = c.seen.Delete(old[:n]...)
		old = old[n:]
	}
	return err
}
