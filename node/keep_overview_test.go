package node

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node/card"
)

// countedBook counts how often it was counted.
func countedBook(takes time.Duration) (*overviewBook, *atomic.Int64) {
	times := &atomic.Int64{}
	return newOverviewBook(func(ctx context.Context, now time.Time) (card.Overview, error) {
		n := times.Add(1)
		time.Sleep(takes)
		return card.Overview{At: now, Profiles: int(n)}, ctx.Err()
	}, testLog()), times
}

// A reader gets what there is at once; changes show after the pause, counted
// by the node's own goroutine.
func TestOverviewIsRenewedInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, times := countedBook(0)
		go b.run(t.Context())
		want := func(n int64, when string) {
			t.Helper()
			synctest.Wait()
			if got := times.Load(); got != n {
				t.Errorf("%s: counted %d times, %d expected", when, got, n)
			}
		}
		b.noteChange()
		want(0, "before anybody asked")
		if o, err := b.read(t.Context()); err != nil || o.Profiles != 1 {
			t.Fatal(o, err)
		}
		b.noteChange()
		want(2, "at the first change")
		b.noteChange()
		b.noteChange()
		time.Sleep(overviewPause - time.Millisecond)
		want(2, "within the pause")
		time.Sleep(time.Millisecond)
		want(3, "after the pause, for both changes together")
		time.Sleep(time.Minute)
		want(3, "without a change")
		time.Sleep(time.Hour)
		want(4, "when an hour is over")
		if o, err := b.read(t.Context()); err != nil || o.Profiles != 4 {
			t.Error(o, err)
		}
	})
}

// Where counting takes long, it is done more seldom.
func TestOverviewTakesATwentieth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, times := countedBook(time.Second)
		if _, err := b.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		go b.run(t.Context())
		for range 100 * 10 {
			b.noteChange()
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if n := times.Load(); n < 4 || n > 7 {
			t.Errorf("counted %d times in 100 s at a second each", n)
		}
	})
}

// Those who come before the first count wait for one and the same; nobody
// waits later, and who goes away leaves the counting to the next.
func TestOverviewHeedsItsReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, times := countedBook(time.Second)
		hurried, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := b.read(hurried); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		for range 20 {
			go func() {
				if o, err := b.read(t.Context()); err != nil || o.Profiles != 2 {
					t.Error(o, err)
				}
			}()
		}
		synctest.Wait()
		if _, err := b.read(hurried); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waited on although its time was over: %v", err)
		}
		time.Sleep(2 * time.Second)
		if n := times.Load(); n != 2 {
			t.Errorf("counted %d times", n)
		}
		b.turn <- struct{}{} // a renewal is under way
		if _, err := b.read(hurried); err != nil {
			t.Errorf("a reader waited for a renewal: %v", err)
		}
	})
}
