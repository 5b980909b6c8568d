package nodesim

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node"
	"courtcircuit/protocol"
)

func publish(t *testing.T, n *Node, wires ...[]byte) {
	t.Helper()
	if err := n.PublishRecords(context.Background(), wires); err != nil {
		t.Fatalf("publish at node %d: %v", n.Index, err)
	}
}

// A node that was off while a thousand records were published reaches the
// same digest when it is back, and nobody publishes anything again.
func TestCatchUpAfterAbsence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a, b := nw.Add(nil), nw.Add(nil, 0)
		nw.Meshed(a, b)
		b.Stop()
		nw.Sleep(7 * 24 * time.Hour)
		publish(t, a, Profiles(t, 1000)...)
		b.Start()
		took := nw.Until("equal digests", time.Minute, func() bool { return Same(a, b) })
		t.Logf("1,000 records after %s of simulated time", took)
		nw.Until("catch-up noted", time.Minute, b.CaughtUp)
	})
}

// Thousands published at once go by hints and not by messages, also to a
// node that is no neighbour of the publisher.
func TestBulkGoesByHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		never := func(c *node.Config) { c.CatchUpEvery = 24 * time.Hour }
		middle := nw.Add(never)
		a, b := nw.Add(never, 0), nw.Add(never, 0)
		nw.Meshed(middle, a, b)
		nw.Until("everybody caught up", time.Minute, func() bool { return a.CaughtUp() && b.CaughtUp() && middle.CaughtUp() })
		nw.Part(a, middle) // then b hears of it from middle only
		nw.Heal()
		publish(t, a, Profiles(t, 500)...)
		nw.Until("equal digests", 2*time.Minute, func() bool { return Same(a, middle, b) })
	})
}

// Whoever lacks something is told at the end of a session that it began
// nothing of: the peer with less is hinted and comes for it.
func TestHintAfterSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(nil)
		publish(t, a, Profiles(t, 30)...) // before anybody is there
		b := nw.Add(func(c *node.Config) { c.CatchUpEvery = 1000 * time.Hour }, 0)
		nw.Until("equal digests", time.Minute, func() bool { return Same(a, b) })
	})
}

// Parts of the network that were cut off for hours agree soon after.
func TestPartitionHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(nil)
		b, c, d := nw.Add(nil, 0), nw.Add(nil, 0), nw.Add(nil, 0)
		all := []*Node{a, b, c, d}
		nw.Meshed(all...)
		nw.Part(c, d)
		for _, n := range all {
			publish(t, n, Profiles(t, 3)...)
		}
		nw.Sleep(time.Minute)
		if Same(a, c) {
			t.Fatal("the partition does not part")
		}
		nw.Sleep(4 * time.Hour)
		nw.Heal()
		nw.Until("equal digests", 20*time.Minute, func() bool { return Same(all...) })
	})
}

// A record of a kind that nobody knows is no fault: its header takes its
// place in every replica, so that digests stay equal over versions.
func TestUnknownKindKeepsDigestsEqual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a, b := nw.Add(nil), nw.Add(nil, 0)
		liar := nw.Join(nw.Skip(), 0, 1)
		defer liar.Close()
		nw.Meshed(a, b)
		person := Person(t)
		liar.Send(UnknownKind(t, person))
		nw.Until("header at both", time.Minute, func() bool { return Same(a, b) && a.ReplicaDigest() != emptyDigest() })
		nw.Sleep(time.Minute)
		if !a.Hears(liar) {
			t.Error("a sender of an unknown kind was cut off")
		}
	})
}

// Clocks decide nothing: a record from the future waits and is taken later.
func TestEarlyRecordWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(nil)
		liar := nw.Join(nw.Skip(), 0)
		defer liar.Close()
		nw.Meshed(a)
		person := Person(t)
		early := seal(t, person, protocol.ErasureDraft(nil, time.Now().Add(30*time.Minute).UnixMilli()))
		liar.Send(early)
		nw.Sleep(time.Minute)
		if a.Holds(early) || !a.Hears(liar) {
			t.Fatal("an early record was stored, or its sender blamed")
		}
		nw.Sleep(25 * time.Minute)
		liar.Send(early)
		nw.Until("record taken", time.Minute, func() bool { return a.Holds(early) })
	})
}
