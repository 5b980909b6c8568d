package store

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/protocol"
)

// Somebody who erases all the time must not keep everybody's text in the files.
func TestErasuresDoNotPutThePurgeOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memoryConfig()
		c.Simulated, c.PurgeDelay = true, time.Second
		o := testOpener(t)
		s, err := Open(c, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		synctest.Wait()
		time.Sleep(5 * time.Second)
		victim := newActor(t, 1)
		now := time.Now()
		v := victim.profile(t, o, protocol.Profile{Name: "CANARY"}, nil, now)
		put(t, s, v, now)
		put(t, s, victim.seal(t, o, protocol.ErasureDraft(nil, now.UnixMilli())), now)
		for i := range 200 { // somebody erases twice a second
			time.Sleep(500 * time.Millisecond)
			a := newActor(t, uint64(100+i))
			now = time.Now()
			put(t, s, a.profile(t, o, protocol.Profile{Name: "x"}, nil, now), now)
			put(t, s, a.seal(t, o, protocol.ErasureDraft(nil, now.UnixMilli())), now)
		}
		synctest.Wait()
		if st := s.Stats(); st.PurgeWaiting > 50 {
			t.Errorf("after 100 s the erased text still waits: %d texts, last purge %v ago", st.PurgeWaiting, time.Since(st.LastPurge))
		}
		cancel()
		<-done
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// DropPrefix merges whole levels: on a disk without the room for that a text
// waits, hidden as it is, and leaves when there is.
func TestPurgeWaitsForRoom(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	var free atomic.Int64
	free.Store(1 << 40)
	cfg.MinFreeBytes, cfg.MemTableBytes = 4, 1<<20
	cfg.freeBytes = func(string) (int64, error) { return free.Load(), nil }
	s := openStore(t, cfg, o)
	t.Cleanup(func() { free.Store(1 << 40) }) // closing wants room too
	long := strings.Repeat("un long texte", 200)
	var cards []protocol.Verified
	for i := range uint64(600) {
		cards = append(cards, newActor(t, 2+i).profile(t, o, protocol.Profile{About: long}, nil, t0))
	}
	putAll(t, s, cards, t0)
	anna := newActor(t, 1)
	expect(t, s, anna.profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	expect(t, s, anna.seal(t, o, protocol.ErasureDraft(nil, t0.Add(time.Minute).UnixMilli())), t0.Add(time.Minute), Stored)
	merged := s.droppedBytes()
	if merged == 0 {
		t.Fatal("no table was written")
	}
	free.Store(merged)
	if err := s.purgeText(t.Context()); !errors.Is(err, ErrDiskFull) {
		t.Fatalf("%d bytes free: %v", merged, err)
	}
	free.Store(2 * merged)
	if err := s.purgeText(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.Stats().PurgeWaiting; n != 0 {
		t.Errorf("%d texts wait", n)
	}
}
