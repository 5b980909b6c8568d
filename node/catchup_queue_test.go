package node

import (
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// A long import hints at every transaction. The session after the last hint
// is due within hintEvery of it, however many there were before.
func TestHintsOfALongImportDoNotPile(t *testing.T) {
	q, now, p := newSyncQueue(), time.Now(), peer.ID("p")
	sessions, last := 0, now
	run := func() {
		tasks, _, _ := q.due(now, nil)
		for range tasks {
			sessions++
			last = now
			q.finished(p)
		}
	}
	for range 100 {
		q.addHinted(p, now)
		run()
		now = now.Add(300 * time.Millisecond)
	}
	end := now
	for range 100 {
		run()
		now = now.Add(100 * time.Millisecond)
	}
	if last.Sub(end) > hintEvery || !last.After(end.Add(-300*time.Millisecond)) {
		t.Errorf("the last session was %s after the last hint", last.Sub(end))
	}
	if q.waiting() != 0 {
		t.Error("a session still waits")
	}
	if most := int(30*time.Second/hintEvery) + 2; sessions > most {
		t.Errorf("%d sessions, at most %d expected", sessions, most)
	}
}
