package nodesim

import (
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"
)

// Two nodes that only know a third find one another through it, and stay
// together and useful when it is gone for good, also over a restart of both.
func TestPeersOutliveTheirBootstrapPeer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		middle := nw.Add(nil)
		a, b := nw.Add(nil, 0), nw.Add(nil, 0)
		nw.Until("the ends connected", 5*time.Minute, func() bool { return a.ConnectedTo(b) })
		middle.Stop()
		nw.Sleep(time.Hour)
		a.Stop()
		b.Stop()
		nw.Sleep(24 * time.Hour)
		b.Start()
		nw.Sleep(time.Hour)
		a.Start()
		nw.Until("connected again", 20*time.Minute, func() bool { return a.ConnectedTo(b) && b.ConnectedTo(a) })
		wire := ProfileOf(t, Person(t), "Camille Moreau")
		publish(t, a, wire)
		nw.Until("record there", time.Minute, func() bool { return b.Holds(wire) })
	})
}

// A node that was off when another came, and returns when the one that both
// know is dead, is found by the other, which remembers it from hearsay.
func TestPeersMetThroughADeadThird(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		middle := nw.Add(nil)
		a := nw.Add(nil, 0)
		nw.Until("a met the middle", time.Minute, func() bool { return middle.ConnectedTo(a) })
		nw.Sleep(2 * time.Minute)
		a.Stop()
		nw.Sleep(12 * time.Hour)
		b := nw.Add(nil, 0)
		nw.Until("b met the middle", time.Minute, func() bool { return b.ConnectedTo(middle) })
		nw.Sleep(2 * time.Minute)
		middle.Stop()
		a.Start()
		nw.Until("found", time.Hour, func() bool { return a.ConnectedTo(b) })
	})
}

// Senders of junk are cut off after a few messages; whoever sends what is
// only stale, early or not understood is not.
func TestJunkSendersAreCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a, b := nw.Add(nil), nw.Add(nil, 0)
		junk, stale := nw.Join(nw.Skip(), 0), nw.Join(nw.Skip(), 0)
		defer junk.Close()
		defer stale.Close()
		nw.Meshed(a, b)
		person := Person(t)
		old := ProfileOf(t, person, "Camille Moreau")
		nw.Sleep(time.Second)
		publish(t, a, ProfileOf(t, person, "Camille Moreau"))
		for i := range 10 {
			junk.Send(fmt.Appendf(nil, "junk %d", i))
		}
		for range 15 {
			stale.Send(old)
			nw.Sleep(3 * time.Minute) // longer than pubsub remembers a message
		}
		if a.Hears(junk) {
			t.Error("the sender of junk is still connected")
		}
		if !a.Hears(stale) {
			t.Error("the sender of stale records was cut off")
		}
		if !a.ConnectedTo(b) {
			t.Error("an honest node was cut off")
		}
	})
}

// Who asks nonsense in catch-up is heard less in gossip from the first time on
// and is cut off after the fourth, whichever it is; who asks for what is not
// here is not.
func TestNonsenseAskersAreCutOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		question []byte
		stays    bool
	}{
		"no known type":      {question: frameOf(9, nil)},
		"an answer":          {question: frameOf(2, nil)},
		"no reconciliation":  {question: frameOf(1, []byte("nonsense"))},
		"half an id":         {question: frameOf(3, make([]byte, 16))},
		"too many ids":       {question: frameOf(5, make([]byte, 32*257))},
		"an absent record":   {question: frameOf(3, make([]byte, 32)), stays: true},
		"a body not held":    {question: frameOf(5, make([]byte, 32)), stays: true},
		"a hint for nothing": {question: frameOf(7, make([]byte, 8)), stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := New(t)
				defer nw.Close()
				a := nw.Add(rare)
				liar := nw.Join(nw.Skip(), 0)
				defer liar.Close()
				for i := range 4 {
					if score := a.GossipScore(liar.Host.ID()); !a.Hears(liar) || (score < 0) != (i > 0 && !c.stays) {
						t.Fatalf("before question %d: connected %t, score %v", i+1, a.Hears(liar), score)
					}
					s, err := liar.Host.NewStream(context.Background(), a.ID(), libp2pprotocol.ID(NetworkName.StreamID("sync")))
					if err == nil {
						_, err = s.Write(c.question)
					}
					if err != nil {
						t.Fatal(err)
					}
					nw.Sleep(time.Second)
					s.Reset()
					nw.Sleep(16 * time.Second) // scores are looked at each 15 s
				}
				if a.Hears(liar) != c.stays {
					t.Errorf("connected after four questions: %t", !c.stays)
				}
			})
		})
	}
}

// Peers that answer catch-up with nonsense, or not at all, hold up nobody.
func TestLyingCatchUpPeers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(nil)
		publish(t, a, Profiles(t, 100)...)
		silent, mad := nw.Join(nw.Skip()), nw.Join(nw.Skip())
		defer silent.Close()
		defer mad.Close()
		swallow := func(s network.Stream) { io.Copy(io.Discard, s) }
		silent.Answer(swallow)
		mad.Answer(func(s network.Stream) {
			s.Write([]byte{2, 0xff, 0xff, 0xff, 0xff, 1, 2, 3})
			swallow(s)
		})
		b := nw.Add(nil, 1, 2, 0)
		nw.Until("equal digests", time.Minute, func() bool { return Same(a, b) })
		nw.Sleep(10 * time.Minute)
		if b.Hears(mad) {
			t.Error("the peer that sends broken frames is still connected")
		}
	})
}
