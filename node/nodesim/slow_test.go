package nodesim

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node"
)

// metric adds up the samples of a counter or gauge whose labels contain all
// the given values.
func metric(t *testing.T, n *Node, name string, labels ...string) float64 {
	t.Helper()
	families, err := n.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, f := range families {
		if f.GetName() != "courtcircuit_"+name {
			continue
		}
		for _, m := range f.GetMetric() {
			fits := 0
			for _, l := range m.GetLabel() {
				for _, want := range labels {
					if l.GetValue() == want {
						fits++
					}
				}
			}
			if fits == len(labels) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// Four peers that send one header at a time, each within the time of a frame,
// and hint all the while, keep all slots of a node that asks; an honest fifth
// still gets its turn within minutes.
func TestTricklingPeersHoldUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(func(c *node.Config) { c.TargetPeers = 8 })
		for range 4 {
			shelf := NewShelf(t, Profiles(t, 200)...)
			defer shelf.Close()
			shelf.OneEach, shelf.Wait = true, 25*time.Second
			liar := nw.Join(nw.Skip())
			defer liar.Close()
			liar.Answer(shelf.Serve)
			if err := Connect(context.Background(), liar.Host, 0); err != nil {
				t.Fatal(err)
			}
			ctx, end := context.WithCancel(context.Background())
			done := make(chan struct{})
			defer func() { end(); <-done }()
			go func() {
				defer close(done)
				for ctx.Err() == nil {
					_ = liar.Hint(a) // refused while the node is busy with others
					select {
					case <-ctx.Done():
					case <-time.After(5 * time.Second):
					}
				}
			}()
		}
		nw.Sleep(20 * time.Second)
		if running := metric(t, a, "catch_up_waiting"); running < 4 {
			t.Fatalf("%v sessions run with the slow peers, 4 expected", running)
		}
		b := nw.Add(func(c *node.Config) { c.CatchUpEvery = 1000 * time.Hour })
		wires := Profiles(t, 100) // more than are gossiped
		publish(t, b, wires...)
		if err := Connect(context.Background(), b.Host, 0); err != nil {
			t.Fatal(err)
		}
		took := nw.Until("records of the honest peer", 3*time.Minute, func() bool { return a.Holds(wires[0]) && a.Holds(wires[99]) })
		t.Logf("the honest peer's turn came after %s", took)
		nw.Sleep(time.Hour)
		// About 58 with the pauses after failures, whatever the jitter; 240 without.
		if asked := metric(t, a, "catch_up_total", "failed"); asked > 80 {
			t.Errorf("slow peers were asked %v times within an hour, at most 80 expected", asked)
		}
	})
}

// Whoever asks slowly keeps no stream of the sixteen that are answered.
func TestTricklingAskersLoseTheirStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(nil)
		publish(t, a, Profiles(t, 3)...)
		liar := nw.Join(nw.Skip(), 0)
		defer liar.Close()
		ended := liar.Trickle(a, 25*time.Second)
		start := time.Now()
		if err := <-ended; err == nil || time.Since(start) > 3*time.Minute {
			t.Errorf("a question every 25 s: %v after %s", err, time.Since(start))
		}
		if !a.Hears(liar) {
			t.Error("a slow asker was cut off")
		}
	})
}
