package nodesim

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"courtcircuit/node"
	"courtcircuit/protocol/reconcile"
)

// rare switches the periodic catch-up off, so that only what is tested brings
// anything.
func rare(c *node.Config) { c.CatchUpEvery = 1000 * time.Hour }

// shelfAt joins a liar that serves the records, known to nobody yet.
func shelfAt(t *testing.T, nw *Network, set func(*Shelf), wires ...[]byte) (*Liar, *Shelf) {
	t.Helper()
	shelf := NewShelf(t, wires...)
	set(shelf)
	liar := nw.Join(nw.Skip())
	liar.Answer(shelf.Serve)
	return liar, shelf
}

func connect(t *testing.T, l *Liar, n *Node) {
	t.Helper()
	if err := Connect(context.Background(), l.Host, n.Index); err != nil {
		t.Fatal(err)
	}
}

// A peer whose clock is hours off is not caught up with, which is said;
// nobody is blamed, and an hour off is no fault at all.
func TestClockSkewEndsTheSession(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		off  int32
		ends bool
	}{{"two hours ahead", 2, true}, {"two hours behind", -2, true}, {"a day ahead", 24, true}, {"a day behind", -24, true}, {"an hour ahead", 1, false}, {"an hour behind", -1, false}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := New(t)
				defer nw.Close()
				a := nw.Add(rare)
				liar, shelf := shelfAt(t, nw, func(s *Shelf) { s.HoursOff = c.off }, Profiles(t, 3)...)
				defer shelf.Close()
				defer liar.Close()
				said, err := a.Events("")
				if err != nil {
					t.Fatal(err)
				}
				defer said.Close()
				connect(t, liar, a)
				nw.Sleep(10 * time.Minute)
				if err := shelf.Ask(liar, a); errors.Is(err, reconcile.ErrClockSkew) != c.ends || !c.ends && err != nil {
					t.Errorf("asking the node: %v", err)
				}
				if got := metric(t, a, "catch_up_clock_skew_total") > 0; got != c.ends {
					t.Errorf("skew noted: %t", got)
				}
				if c.ends == a.CaughtUp() || c.ends == (a.ReplicaDigest() == shelf.Digest()) {
					t.Errorf("caught up: %t", a.CaughtUp())
				}
				if c.ends && shelf.Streams.Load() != 1 {
					t.Errorf("asked %d times, 1 expected", shelf.Streams.Load())
				}
				if !a.Hears(liar) || metric(t, a, "peer_faults_total") != 0 {
					t.Error("a wrong clock was held against the peer")
				}
				want := map[bool]node.EventType{true: node.EventCatchUpFailed, false: node.EventCatchUpDone}[c.ends]
				for {
					select {
					case e := <-said.Events:
						if e.Type == want {
							return
						}
						continue
					default:
						t.Fatalf("no event %s", want)
					}
				}
			})
		})
	}
}

// A body that one peer does not hold comes from another, although the digests
// are equal by then: from one that comes later, and from one that was there.
func TestAbsentBodyComesFromAnotherPeer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ later, restart bool }{{true, false}, {true, true}, {false, false}} {
		later := c.later
		synctest.Test(t, func(t *testing.T) {
			nw := New(t)
			defer nw.Close()
			a := nw.Add(rare)
			wires := Profiles(t, 3)
			liar, bodiless := shelfAt(t, nw, func(s *Shelf) { s.NoBodies = true }, wires...)
			defer bodiless.Close()
			defer liar.Close()
			honest, whole := shelfAt(t, nw, func(*Shelf) {})
			defer whole.Close()
			defer honest.Close()
			if !later {
				connect(t, honest, a)
				nw.Sleep(time.Minute)
			}
			whole.Add(wires...)
			connect(t, liar, a)
			nw.Until("headers here", time.Minute, func() bool { return a.ReplicaDigest() == bodiless.Digest() })
			if later {
				nw.Sleep(time.Minute)
				if got := metric(t, a, "records", "profile"); got != 0 {
					t.Fatalf("%v profiles with a body", got)
				}
				if c.restart { // what is missing is known after it, too
					a.Stop()
					a.Start()
				}
				connect(t, honest, a)
			}
			nw.Until("bodies here", 5*time.Minute, func() bool { return metric(t, a, "records", "profile") == 3 })
			if !c.restart && !a.Hears(liar) {
				t.Error("whoever lacks a body was cut off")
			}
		})
	}
}

// A peer of the topic that does not speak catch-up is not counted, not asked
// again and not waited for; one that begins to speak it is taken in.
func TestPeerWithoutCatchUpIsLeftOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(nil)
		mute := nw.Join(nw.Skip(), 0)
		defer mute.Close()
		nw.Sleep(30 * time.Minute)
		if got := metric(t, a, "catch_up_total"); got < 1 || got > 2 {
			t.Errorf("asked %v times in half an hour, 1 or 2 expected", got)
		}
		if metric(t, a, "peers") != 0 || !a.CaughtUp() {
			t.Errorf("%v peers counted, caught up %t", metric(t, a, "peers"), a.CaughtUp())
		}
		if !a.Hears(mute) {
			t.Error("it was cut off")
		}
		shelf := NewShelf(t, Profiles(t, 3)...)
		defer shelf.Close()
		defer mute.Close()
		mute.Answer(shelf.Serve)
		nw.Until("taken in", time.Minute, func() bool { return a.ReplicaDigest() == shelf.Digest() })
	})
}

// A replica that lost records keeps looking for a peer to mend it from, also
// when the only one fails for longer than a session is tried.
func TestDamagedReplicaIsMended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		wires := Profiles(t, 6)
		liar, shelf := shelfAt(t, nw, func(*Shelf) {}, wires...)
		defer shelf.Close()
		defer liar.Close()
		shelf.Refuse.Store(true)
		a := nw.Add(rare)
		publish(t, a, wires[:3]...)
		a.Stop()
		// The database as it was before the second half, under the root that
		// was noted after it: what a damaged file leaves.
		database := filepath.Join(a.Home, "store", "badger")
		old := filepath.Join(t.TempDir(), "badger")
		if err := os.CopyFS(old, os.DirFS(database)); err != nil {
			t.Fatal(err)
		}
		a.Start()
		publish(t, a, wires[3:]...)
		a.Stop()
		if err := os.RemoveAll(database); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(old, database); err != nil {
			t.Fatal(err)
		}
		a.Start()
		connect(t, liar, a)
		nw.Sleep(2 * time.Hour)
		if a.ReplicaDigest() == shelf.Digest() {
			t.Fatal("nothing was lost")
		}
		shelf.Refuse.Store(false)
		nw.Until("mended", 30*time.Minute, func() bool { return a.ReplicaDigest() == shelf.Digest() })
		nw.Until("said so", time.Minute, func() bool { return metric(t, a, "catch_up_total", "lost", "done") == 1 })
		asked := shelf.Streams.Load()
		nw.Sleep(2 * time.Hour)
		if shelf.Streams.Load() != asked {
			t.Error("it is mended again and again")
		}
	})
}

// Peer exchange of gossipsub counts only from peers of the bootstrap list.
func TestPeerExchangeOnlyFromBootstrap(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			nw := New(t)
			defer nw.Close()
			var know []int
			if trusted {
				know = []int{1}
			}
			a := nw.Add(rare, know...)
			liar := nw.Join(nw.Skip(), 0)
			defer liar.Close()
			told := nw.NewHost(nw.Skip())
			defer told.Close()
			nw.Sleep(time.Minute)
			if err := liar.PruneTo(a, told); err != nil {
				t.Fatal(err)
			}
			nw.Sleep(time.Minute)
			if got := a.Host.Network().Connectedness(told.ID()) == network.Connected; got != trusted {
				t.Errorf("from a bootstrap peer %t: dialled %t", trusted, got)
			}
		})
	}
}
