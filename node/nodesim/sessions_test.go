package nodesim

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node"
	"courtcircuit/protocol"
)

// A session that breaks off after any number of answers goes on at the next
// try: what had been stored is not asked for again, and nothing is missing.
func TestBrokenSessionGoesOn(t *testing.T) {
	t.Parallel()
	for _, cut := range []int{4, 5, 7} {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := New(t)
				defer nw.Close()
				a := nw.Add(func(c *node.Config) { c.CatchUpEvery = time.Hour })
				liar := nw.Join(nw.Skip())
				defer liar.Close()
				shelf := NewShelf(t, Profiles(t, 1200)...)
				defer shelf.Close()
				shelf.CutAfter = cut
				var mu sync.Mutex
				again := 0
				stored := map[protocol.RecordID]bool{} // as the streams began
				shelf.Asked = func(kind byte, before int, _ []byte, ids []protocol.RecordID) {
					mu.Lock()
					defer mu.Unlock()
					if kind == 1 && before == 0 {
						for _, id := range shelf.IDs() {
							stored[id] = a.HoldsRecord(id)
						}
					}
					for _, id := range ids {
						if kind != 1 && stored[id] {
							again++
						}
					}
				}
				liar.Answer(shelf.Serve)
				if err := Connect(context.Background(), liar.Host, 0); err != nil {
					t.Fatal(err)
				}
				nw.Until("equal digests", 12*time.Hour, func() bool { return a.ReplicaDigest() == shelf.Digest() })
				mu.Lock()
				defer mu.Unlock()
				if shelf.Streams.Load() < 2 || again > 0 {
					t.Errorf("%d streams; %d records asked for that were held", shelf.Streams.Load(), again)
				}
			})
		})
	}
}

// Every eighth periodic session starts from cuts that nobody can foresee: it
// asks about more ranges than the sixteen that any other starts from.
func TestPeriodicAudits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(func(c *node.Config) { c.CatchUpEvery = time.Minute })
		liar := nw.Join(nw.Skip())
		defer liar.Close()
		shelf := NewShelf(t, Profiles(t, 200)...)
		defer shelf.Close()
		var mu sync.Mutex
		var openings []int // bytes of the first question of each stream
		shelf.Asked = func(kind byte, before int, question []byte, _ []protocol.RecordID) {
			mu.Lock()
			defer mu.Unlock()
			if kind == 1 && before == 0 && a.ReplicaDigest() == shelf.Digest() {
				openings = append(openings, len(question))
			}
		}
		liar.Answer(shelf.Serve)
		if err := Connect(context.Background(), liar.Host, 0); err != nil {
			t.Fatal(err)
		}
		nw.Until("equal digests", time.Minute, func() bool { return a.ReplicaDigest() == shelf.Digest() })
		nw.Sleep(34 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		audits := 0
		for _, bytes := range openings {
			if bytes > 1000 {
				audits++
			}
		}
		if audits < 2 || audits > len(openings)/4 {
			t.Errorf("%d of %d sessions were audits: %v bytes", audits, len(openings), openings)
		}
	})
}
