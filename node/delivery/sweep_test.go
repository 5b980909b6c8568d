package delivery

import (
	"testing"
	"time"

	"courtcircuit/node/inbox"
)

// An overdue message that cannot be taken out holds up neither the others nor
// the forgetting of marks.
func TestSweepGoesOn(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		b.switchOff(true)
		first := a.queue(b, "first")
		time.Sleep(time.Minute)
		second := a.queue(b, "second")
		a.done = func(_ *inbox.Tx, o Outcome) error {
			if o.ID == first {
				return errLost
			}
			return nil
		}
		time.Sleep(31 * 24 * time.Hour)
		if _, ended := a.outcome(second); !ended {
			t.Error("the second message waits for ever")
		}
		a.done = nil
		time.Sleep(2 * time.Hour)
	})
}
