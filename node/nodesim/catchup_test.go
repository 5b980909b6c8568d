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
	t.Parallel()
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
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		// Nothing but a hint can bring the records in time, and the ends never
		// find each other: one peer is all that each wants.
		alone := func(c *node.Config) { c.CatchUpEvery, c.TargetPeers = 1000*time.Hour, 1 }
		middle := nw.Add(alone)
		a, b := nw.Add(alone, 0), nw.Add(alone, 0)
		nw.Meshed(middle, a, b)
		nw.Sleep(time.Minute)
		if a.ConnectedTo(b) {
			t.Fatal("the ends are neighbours")
		}
		publish(t, a, Profiles(t, 500)...)
		nw.Until("equal digests", time.Minute, func() bool { return Same(a, middle, b) })
	})
}

// A hint makes a node come and ask, and many hints no more than one session
// every few seconds.
func TestHintIsFollowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(func(c *node.Config) { c.CatchUpEvery = 1000 * time.Hour })
		liar := nw.Join(nw.Skip())
		defer liar.Close()
		shelf := NewShelf(t)
		defer shelf.Close()
		liar.Answer(shelf.Serve)
		if err := Connect(context.Background(), liar.Host, 0); err != nil {
			t.Fatal(err)
		}
		nw.Sleep(time.Hour) // what the connection caused is over
		before := shelf.Streams.Load()
		if err := liar.Hint(a); err != nil {
			t.Fatal(err)
		}
		nw.Sleep(time.Second) // the session has begun: later hints are news
		for range 20 {
			if err := liar.Hint(a); err != nil {
				t.Fatal(err)
			}
		}
		nw.Sleep(3 * time.Second)
		if got := shelf.Streams.Load() - before; got != 1 {
			t.Errorf("asked %d times after 21 hints at once, 1 expected", got)
		}
		nw.Sleep(20 * time.Second)
		if got := shelf.Streams.Load() - before; got < 2 {
			t.Error("the hints that came too soon were dropped")
		}
	})
}

// Parts of the network that were cut off for a day agree soon after.
func TestPartitionHeals(t *testing.T) {
	t.Parallel()
	apart := 24 * time.Hour
	if testing.Short() {
		apart = 2 * time.Hour
	}
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
		nw.Sleep(apart)
		nw.Heal()
		took := nw.Until("equal digests", 2*(5*time.Minute+100*time.Second), func() bool { return Same(all...) }) // two rounds of catch-up, as late as they come
		t.Logf("equal %s after healing", took)
	})
}

// A record of a kind that nobody knows is no fault: its header takes its
// place in every replica, so that digests stay equal over versions.
func TestUnknownKindKeepsDigestsEqual(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(nil)
		liar := nw.Join(nw.Skip(), 0)
		defer liar.Close()
		nw.Sleep(5 * time.Second)
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

// A node whose clock is 50 minutes behind finds records of now early: it blames
// nobody and has them, by catch-up, once their time has come for it too.
func TestSlowClockCatchesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a, slow := nw.Add(nil), nw.Add(Ahead(-50*time.Minute), 0)
		nw.Meshed(a, slow)
		wire := ProfileOf(t, Person(t), "Camille Moreau")
		publish(t, a, wire)
		nw.Sleep(30 * time.Minute)
		if slow.Holds(wire) {
			t.Fatal("what is 20 minutes early was taken")
		}
		nw.Until("record taken when its time has come", 30*time.Minute, func() bool { return slow.Holds(wire) })
		if !a.ConnectedTo(slow) || metric(t, slow, "peer_faults_total") != 0 {
			t.Error("a clock that is behind was held against the peer")
		}
	})
}

// Writers whose clocks are a day off, both ways, freeze nothing: what is dated
// tomorrow is taken by nobody, blames nobody and beats nothing until its time
// has come; what is dated yesterday counts as what it says.
func TestClocksADayOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a, b := nw.Add(rare), nw.Add(rare, 0)
		fast := nw.Join(nw.Skip(), 0, 1)
		defer fast.Close()
		nw.Meshed(a, b)
		person, day := Person(t), 24*time.Hour
		ahead := profileAt(t, person, "Camille Moreau", time.Now().Add(day))
		behind := profileAt(t, person, "Camille Moreau", time.Now().Add(-day))
		fast.Send(ahead)
		if err := a.PublishRecords(context.Background(), [][]byte{ahead}); err == nil {
			t.Error("a node published what is dated tomorrow")
		}
		publish(t, a, behind)
		nw.Until("what is dated yesterday at both", time.Minute, func() bool { return a.Holds(behind) && b.Holds(behind) })
		now := ProfileOf(t, person, "Camille Moreau")
		publish(t, b, now)
		nw.Until("what is dated now in its place", time.Minute, func() bool { return a.Holds(now) && b.Holds(now) && !a.Holds(behind) })
		if a.Holds(ahead) || b.Holds(ahead) || !a.Hears(fast) || !b.Hears(fast) {
			t.Error("what is dated tomorrow was taken, or held against who sent it")
		}
		nw.Sleep(day)
		fast.Send(ahead)
		nw.Until("its time has come", time.Minute, func() bool { return a.Holds(ahead) && b.Holds(ahead) && Same(a, b) })
	})
}
