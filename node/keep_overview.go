package node

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"courtcircuit/node/card"
)

// An overview is counted anew at most every overviewPause, and so seldom that
// counting takes at most a twentieth of the time, whatever the machine.
const (
	overviewPause = 5 * time.Second
	overviewShare = 20
)

// overviewBook holds the last overview. Readers take it as it is; only the
// very first wait for the counting.
type overviewBook struct {
	count   func(ctx context.Context, now time.Time) (card.Overview, error)
	log     *slog.Logger
	current atomic.Pointer[card.Overview]
	turn    chan struct{} // taken by whoever counts
	changed chan struct{} // has room for one signal
}

func newOverviewBook(count func(context.Context, time.Time) (card.Overview, error), log *slog.Logger) *overviewBook {
	return &overviewBook{count: count, log: log, turn: make(chan struct{}, 1), changed: make(chan struct{}, 1)}
}

// Overview counts what is held, by commune. It is shared, and not to be
// changed; At says how old it is.
func (n *Node) Overview(ctx context.Context) (card.Overview, error) { return n.overview.read(ctx) }

// noteChange says that the last overview is out of date. It never blocks.
func (b *overviewBook) noteChange() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// read counts itself when nobody has yet: pages are also asked for before the
// node runs, and one reader's patience must not decide for the next.
func (b *overviewBook) read(ctx context.Context) (card.Overview, error) {
	if o := b.current.Load(); o != nil {
		return *o, nil
	}
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return card.Overview{}, ctx.Err()
	}
	defer func() { <-b.turn }()
	if o := b.current.Load(); o != nil {
		return *o, nil
	}
	o, err := b.count(ctx, time.Now())
	if err != nil {
		return card.Overview{}, err
	}
	b.current.Store(&o)
	return o, nil
}

// run counts again when records changed, once anybody has asked, and every
// hour, in which records expire and missions end.
func (b *overviewBook) run(ctx context.Context) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
		hour := time.NewTimer(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)))
		select {
		case <-ctx.Done():
		case <-b.changed:
		case <-hour.C:
		}
		hour.Stop()
		pause.Reset(b.renew(ctx))
	}
}

// renew counts again, if it was ever counted, and says how long to leave it.
func (b *overviewBook) renew(ctx context.Context) (pause time.Duration) {
	// Behind a first count that is under way: what changed may have come too
	// late for it.
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	defer func() { <-b.turn }()
	if b.current.Load() == nil {
		return 0
	}
	began := time.Now()
	o, err := b.count(ctx, began)
	if err == nil {
		b.current.Store(&o)
	} else if ctx.Err() == nil {
		b.log.Warn("records not counted by place", "error", err)
	}
	return max(overviewPause, overviewShare*time.Since(began))
}
