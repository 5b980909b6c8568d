package store

import (
	"context"
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
