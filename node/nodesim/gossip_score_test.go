package nodesim

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/protocol"
)

// after seals a profile that was issued that much later than now.
func after(t *testing.T, a protocol.Author, d time.Duration) []byte {
	t.Helper()
	at := time.Now().Add(d).UnixMilli()
	p := &protocol.Profile{
		Name: "Camille Moreau", Place: protocol.PlaceAt(43.6, 1.44), Skills: []string{"graphisme"}, Languages: []string{"fr"}, ConfirmedAtMillis: at,
	}
	draft, err := p.Draft(nil, at)
	if err != nil {
		t.Fatal(err)
	}
	return seal(t, a, draft)
}

// Four messages that the bytes themselves prove wrong end the dealings with a
// peer, whichever fault it is; it stays out for an hour, whatever it tries, and
// may come back then.
func TestJunkEndsWithinFourMessages(t *testing.T) {
	t.Parallel()
	for name, junk := range map[string]func(t *testing.T, i int) []byte{
		"no record":         func(_ *testing.T, i int) []byte { return fmt.Appendf(nil, "junk %d", i) },
		"a false signature": func(t *testing.T, _ int) []byte { return forged(t, ProfileOf(t, Person(t), "Camille Moreau")) },
		"another network": func(t *testing.T, _ int) []byte {
			p := &protocol.Profile{Name: "Camille Moreau", Place: protocol.PlaceAt(43.6, 1.44), Skills: []string{"graphisme"}, Languages: []string{"fr"}, ConfirmedAtMillis: time.Now().UnixMilli()}
			d, err := p.Draft(nil, time.Now().UnixMilli())
			if err != nil {
				t.Fatal(err)
			}
			wire, err := protocol.Seal("elsewhere", Person(t), d)
			if err != nil {
				t.Fatal(err)
			}
			return wire
		},
		"too large": func(_ *testing.T, i int) []byte { return append(make([]byte, protocol.MaxRecordBytes+1), byte(i)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := New(t)
				defer nw.Close()
				a, b := nw.Add(rare), nw.Add(rare, 0)
				liar := nw.Join(nw.Skip(), 0)
				defer liar.Close()
				nw.Meshed(a, b)
				for i := range 3 {
					liar.Send(junk(t, i))
					nw.Sleep(30 * time.Second) // scores are looked at each 15 s
				}
				if !a.Hears(liar) {
					t.Fatal("cut off after three messages: one bad build would be")
				}
				liar.Send(junk(t, 3))
				took := nw.Until("cut off", 16*time.Second, func() bool { return !a.Hears(liar) })
				t.Logf("out %s after the fourth", took)
				for start := time.Now(); time.Since(start) < 58*time.Minute; nw.Sleep(7 * time.Minute) {
					_ = Connect(context.Background(), liar.Host, 0)
					nw.Sleep(100 * time.Millisecond)
					if a.Hears(liar) {
						t.Fatalf("let in again after %s", time.Since(start))
					}
				}
				nw.Sleep(5 * time.Minute)
				_ = Connect(context.Background(), liar.Host, 0)
				nw.Sleep(100 * time.Millisecond) // who is kept out believes to be in for a moment
				if !a.Hears(liar) {
					t.Error("not let in after an hour")
				}
				if got := metric(t, a, "gossip_rejected_total"); got != 4 {
					t.Errorf("%v messages rejected, 4 expected", got)
				}
				if got := metric(t, a, "peers_cut_off_total", "score"); got != 1 || !a.ConnectedTo(b) {
					t.Errorf("%v cut off, the honest one connected %t", got, a.ConnectedTo(b))
				}
			})
		})
	}
}

// A day in the topic and 600 good records earn nobody the right to send
// junk: four such messages end the dealings all the same.
func TestMeritBuysNoJunk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(rare)
		liar := nw.Join(nw.Skip(), 0)
		defer liar.Close()
		nw.Sleep(24 * time.Hour)
		wires := Profiles(t, 600)
		for i, wire := range wires {
			liar.Send(wire)
			if i%20 == 0 {
				nw.Sleep(100 * time.Millisecond) // more at once would not leave the liar
			}
		}
		nw.Until("all taken", time.Second, func() bool { return missing([]*Node{a}, wires) == 0 })
		for i := range 4 {
			liar.Send(fmt.Appendf(nil, "junk %d", i))
		}
		nw.Until("cut off", 16*time.Second, func() bool { return !a.Hears(liar) })
	})
}

// For a day a peer sends nothing but what this node does not want: kinds that
// it does not know, what is older than it has, what is ahead of its clock.
// Builds, clocks and policies differ: no score falls below 0.
func TestOtherPoliciesKeepTheirScore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(rare)
		known := Person(t)
		old := ProfileOf(t, known, "Camille Moreau")
		nw.Sleep(time.Second)
		publish(t, a, ProfileOf(t, known, "Camille Moreau"))
		senders := map[string]func(i int) []byte{
			"unknown kinds": func(int) []byte { return UnknownKind(t, Person(t)) },
			"stale":         func(int) []byte { return old },
			"early":         func(i int) []byte { return after(t, Person(t), 2*time.Hour) },
			"expired":       func(i int) []byte { return after(t, Person(t), -100*24*time.Hour) },
		}
		other := nw.Join(nw.Skip(), 0)
		defer other.Close()
		lowest := 0.0
		for i := range 24 * 4 {
			for _, of := range senders {
				other.Send(of(i))
				other.Send(of(i))
			}
			nw.Sleep(15 * time.Minute)
			lowest = min(lowest, a.GossipScore(other.Host.ID()))
		}
		if !a.Hears(other) || lowest < 0 {
			t.Errorf("connected %t, score as low as %v", a.Hears(other), lowest)
		}
		if got := metric(t, a, "gossip_ignored_total"); got < 24*4*3 {
			t.Errorf("%v messages ignored, more expected", got)
		}
		if got := metric(t, a, "gossip_rejected_total") + metric(t, a, "peers_cut_off_total"); got != 0 {
			t.Errorf("%v rejected and cut off", got)
		}
	})
}

// Honest peers behind one address are as good as any, also when a sender of
// junk is among them.
func TestHonestPeersBehindOneAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(rare)
		var neighbours []*Liar // of whom only one lies
		for i := range 12 {
			neighbours = append(neighbours, nw.Join(sharedFrom+i, 0))
			defer neighbours[i].Close()
		}
		junk := nw.Join(sharedFrom+12, 0)
		defer junk.Close()
		for i := range 6 {
			junk.Send(fmt.Appendf(nil, "junk %d", i))
		}
		for range 10 {
			for _, n := range neighbours {
				n.Send(ProfileOf(t, Person(t), "Camille Moreau"))
			}
			nw.Sleep(10 * time.Minute)
			for i, n := range neighbours {
				if score := a.GossipScore(n.Host.ID()); !a.Hears(n) || score < 0 {
					t.Fatalf("neighbour %d: connected %t, score %v", i, a.Hears(n), score)
				}
			}
		}
		if got := metric(t, a, "peers_cut_off_total"); got != 1 {
			t.Errorf("%v cut off, the sender of junk alone expected", got)
		}
	})
}
