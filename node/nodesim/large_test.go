//go:build sim

package nodesim

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/protocol"
)

// Fifteen hostile nodes among fifty, of every kind, one of which strikes before
// each of thirty records is published: 99.9 % of what honest nodes are to get
// is there within ten seconds, and all of it after one round of catch-up.
func TestThirdOfTheNodesIsHostile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const seed, honest, hostile, records = Seed(1), 35, 15, 30
		r := &run{Network: New(t), seed: seed}
		r.model.hostile = map[protocol.RecordID]bool{}
		r.SetWeather(Weather{OneWay: 30 * time.Millisecond, Uneven: true, Jitter: 10 * time.Millisecond})
		defer r.Close()
		draw := seed.draw("hostile third")
		for i := range honest {
			r.honest = append(r.honest, r.Add(nil, someBefore(draw.IntN, i, 2)...))
		}
		r.Meshed(r.honest...)
		for i := range hostile {
			liar := r.Join(r.Skip(), someBefore(draw.IntN, honest, 8)...)
			r.adversaries = append(r.adversaries, adversaryKinds[i%len(adversaryKinds)].make(t, seed, liar))
		}
		strike := func(i int) {
			r.adversaries[i%hostile].Strike(&attack{
				t: t, at: time.Now().Add(time.Duration(i) * time.Millisecond), draw: draw, seed: seed, victims: r.honest, model: &r.model,
			})
		}
		for i := range hostile {
			strike(i)
		}
		r.Sleep(time.Minute)
		due, there := 0, 0
		var wires [][]byte
		for i := range records {
			strike(i)
			wire := profileAt(t, Person(t), "Camille Moreau", time.Now())
			from := r.honest[draw.IntN(honest)]
			publish(t, from, wire)
			r.model.acknowledge(wire)
			wires = append(wires, wire)
			r.Sleep(10 * time.Second)
			for _, n := range r.honest {
				if n == from {
					continue
				}
				if due++; n.Holds(wire) {
					there++
				}
			}
		}
		share := float64(there) / float64(due)
		t.Logf("%d of %d honest deliveries within 10 s: %.3f %%", there, due, 100*share)
		if share < 0.999 {
			t.Error("99.9 % expected")
		}
		took := r.Until("all of it everywhere", 400*time.Second, func() bool { // one period and a third of it
			return !slices.ContainsFunc(r.honest, func(n *Node) bool {
				return slices.ContainsFunc(wires, func(w []byte) bool { return !n.Holds(w) })
			})
		})
		t.Logf("all after further %s", took)
	})
}

// someBefore draws up to n different numbers below limit.
func someBefore(intN func(int) int, limit, n int) (out []int) {
	for len(out) < min(n, limit) {
		if k := intN(limit); !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// Two hundred nodes, each of which begins with two others: every record is at
// every node.
func TestTwoHundredNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count, records = 200, 20
		nw := New(t)
		defer nw.Close()
		draw := Seed(1).draw("two hundred")
		var nodes []*Node
		for i := range count {
			nodes = append(nodes, nw.Add(nil, someBefore(draw.IntN, i, 2)...))
		}
		nw.Meshed(nodes...)
		nw.Sleep(time.Minute)
		var took []time.Duration
		for range records {
			wire := ProfileOf(t, Person(t), "Camille Moreau")
			publish(t, nodes[draw.IntN(count)], wire)
			took = append(took, nw.Until("record at every node", 10*time.Minute, func() bool {
				return !slices.ContainsFunc(nodes, func(n *Node) bool { return !n.Holds(wire) })
			}))
		}
		slices.Sort(took)
		t.Logf("%d records at all of %d nodes: median %s, longest %s of simulated time", records, count, took[records/2], took[records-1])
		if !Same(nodes...) {
			t.Error("digests differ")
		}
	})
}
