package delivery

import (
	"context"
	"sync"
	"time"
)

const (
	sweepEvery = time.Hour
	// lookEvery has what was queued found also when nobody called Wake.
	lookEvery = 10 * time.Minute
)

// Run sends until ctx ends, and returns when everything it started has ended.
func (c *Courier) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	sweep := time.NewTimer(0)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.wake:
		case <-timer.C:
		case <-sweep.C:
			c.sweep(time.Now())
			sweep.Reset(sweepEvery)
		}
		if err := c.adopt(); err != nil {
			c.log.Warn("queued messages not read", "error", err)
		}
		now := time.Now()
		due, next := c.takeDue(now)
		for _, l := range due {
			work.Go(func() { c.serve(ctx, l) })
		}
		timer.Reset(untilNext(now, next))
	}
}

func untilNext(now, next time.Time) time.Duration {
	if next.IsZero() {
		return lookEvery
	}
	return min(max(next.Sub(now), time.Millisecond), lookEvery)
}

// serve sends what is due on a lane, one after another, until there is none or
// the recipient cannot be reached.
func (c *Courier) serve(ctx context.Context, l *lane) {
	for ctx.Err() == nil {
		c.mu.Lock()
		w := l.due(time.Now())
		c.mu.Unlock()
		if w == nil || !c.sendOne(ctx, l, w) {
			break
		}
	}
	c.mu.Lock()
	l.busy = false
	if len(l.waiting) == 0 {
		delete(c.lanes, l.to)
	}
	c.mu.Unlock()
	if ctx.Err() == nil {
		c.Wake()
	}
}
