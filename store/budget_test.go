package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"courtcircuit/protocol"
)

// Over its budget a replica refuses records of others, and takes those of its
// own collective and what ends records, also when they come together.
func TestBudgetRefusesOnlyOthers(t *testing.T) {
	o := testOpener(t)
	var used atomic.Int64
	cfg := diskConfig(t.TempDir())
	cfg.MaxBytes, cfg.fileBytes = 100<<20, used.Load
	s := openStore(t, cfg, o)
	own, other := newActor(t, 1), newActor(t, 2)
	s.SetOwn(own.Identity())
	held := other.profile(t, o, protocol.Profile{}, nil, t0)
	expect(t, s, held, t0, Stored)
	used.Store(100 << 20)
	if err := s.CheckBudget(); !errors.Is(err, ErrDiskFull) {
		t.Errorf("over the budget: %v", err)
	}
	var writers sync.WaitGroup
	for i := range uint64(8) { // some share a commit
		theirs := newActor(t, 10+i).profile(t, o, protocol.Profile{}, nil, t0)
		member := newActor(t, 20+i)
		ours := member.profile(t, o, protocol.Profile{}, own.grant(t, member.Identity(), t0), t0)
		writers.Go(func() {
			if _, err := s.Put(context.Background(), theirs, t0); !errors.Is(err, ErrDiskFull) {
				t.Errorf("a stranger's: %v", err)
			}
		})
		writers.Go(func() {
			if _, err := s.Put(context.Background(), ours, t0); err != nil {
				t.Errorf("a member's: %v", err)
			}
		})
	}
	writers.Wait()
	later := t0.Add(time.Second)
	expect(t, s, other.tombstone(t, o, held, later), later, Stored)
	if got := s.Counts(later)[protocol.KindProfile]; got != 8 {
		t.Errorf("%d profiles, 8 expected", got)
	}
	if s.Stats().RefusedOver == 0 {
		t.Error("no refusal was counted")
	}
	used.Store(0)
	expect(t, s, newActor(t, 3).profile(t, o, protocol.Profile{}, nil, later), later, Stored)
}
