package delivery

import (
	"sync/atomic"
	"testing"
	"time"

	"courtcircuit/node/inbox"
)

// An overdue message that cannot be taken out holds up neither the others nor
// the forgetting of marks.
func TestSweepGoesOn(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		b.switchOff(true)
		var refused atomic.Value // the courier asks while this test goes on
		refused.Store([32]byte{})
		a.done = func(_ *inbox.Tx, o Outcome) error {
			if o.ID == refused.Load() {
				return errLost
			}
			return nil
		}
		first := a.queue(b, "first")
		refused.Store(first)
		time.Sleep(time.Minute)
		second := a.queue(b, "second")
		time.Sleep(31 * 24 * time.Hour)
		if _, ended := a.outcome(second); !ended {
			t.Error("the second message waits for ever")
		}
		refused.Store([32]byte{})
		time.Sleep(2 * time.Hour)
	})
}
