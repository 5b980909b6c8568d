//go:build torture

package main

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// ways are the two that each fault happens in. With a peer records come from
// two sides, and both replicas must become equal; but the peer also gives back
// what the node lost, so what a node keeps by itself shows only alone.
var ways = map[string]bool{"alone": false, "with a peer": true}

// stage is where faults happen: a victim, and its peer or nil.
type stage struct {
	v, peer *victim
	l       *ledger
}

func newStage(t *testing.T, dir string, withPeer bool) *stage {
	s := &stage{l: newLedger()}
	network := networkName(t)
	var before []*victim
	if withPeer {
		s.peer = newVictim(t, scratchDir(t), "paire", network)
		s.peer.start(t)
		before = append(before, s.peer)
	}
	s.v = newVictim(t, dir, "victime", network, before...)
	return s
}

// play makes a fault in each of n rounds, and looks each time at what was
// acknowledged before.
func (s *stage) play(t *testing.T, n int, fault func()) {
	t.Helper()
	slowest := time.Duration(0)
	for round := range n {
		slowest = max(slowest, s.v.start(t))
		if round > 0 {
			s.undamaged(t)
			s.look(t, round%20 == 19)
		}
		s.strike(t, fault)
	}
	slowest = max(slowest, s.v.start(t))
	s.undamaged(t)
	s.look(t, true)
	t.Logf("%d faults: %d acknowledged, %d refused or cut off, 0 lost; slowest start %s",
		n, s.l.acknowledged.Load(), s.l.refused.Load(), slowest.Round(time.Millisecond))
}

// undamaged: what ends a process or a machine leaves the files as they were at
// some moment, and no start may call that damage.
func (s *stage) undamaged(t *testing.T) {
	t.Helper()
	status, err := s.v.client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range status.Checks {
		if c.Name == "replica" {
			t.Fatalf("a fault that loses nothing is called damage: %s\n%s", c.Detail, s.v.said())
		}
	}
}

func (s *stage) look(t *testing.T, everything bool) {
	t.Helper()
	s.l.check(t, s.v, everything, s.peer == nil)
	if s.peer != nil {
		s.v.same(t, s.peer)
		s.l.check(t, s.v, everything, true)
	}
}

// strike makes a fault while records are coming in.
func (s *stage) strike(t *testing.T, fault func()) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waits := []func(){s.l.load(ctx, s.v, true)}
	if s.peer != nil {
		waits = append(waits, s.l.load(ctx, s.peer, false))
	}
	// When the fault comes is the one thing that has to be left to the clock.
	time.Sleep(time.Duration(50+rand.IntN(500)) * time.Millisecond)
	fault()
	cancel()
	for _, wait := range waits {
		wait()
	}
	s.l.darken(false)
}

// A node is killed again and again while records come by HTTP and from a peer:
// everything that it acknowledged is there when it is back.
func TestTortureKill(t *testing.T) {
	n := rounds(t, "TORTURE_KILLS", 10)
	for name, withPeer := range ways {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, scratchDir(t), withPeer)
			s.play(t, (n+1)/2, func() {
				s.l.darken(true)
				s.v.kill()
			})
		})
	}
}
