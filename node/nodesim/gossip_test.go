package nodesim

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node"
)

// Two nodes alone, and three in a line whose ends know only the middle, work
// as well as ten: the same is expected of each.
func TestEverySizeWorks(t *testing.T) {
	t.Parallel()
	toFirst := func(i int) []int { return []int{0}[:min(i, 1)] }
	for _, c := range []struct {
		name   string
		nodes  int
		know   func(i int) []int
		config func(*node.Config)
	}{
		{"two alone", 2, toFirst, nil},
		{"three in a line", 3, toFirst, func(c *node.Config) { c.TargetPeers = 1 }},
		{"ten", 10, toFirst, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := New(t)
				defer nw.Close()
				var nodes []*Node
				for i := range c.nodes {
					nodes = append(nodes, nw.Add(c.config, c.know(i)...))
				}
				nw.Meshed(nodes...)
				if c.name == "three in a line" && nodes[1].ConnectedTo(nodes[2]) {
					t.Fatal("the ends are neighbours")
				}
				gossipReachesAll(t, nw, nodes)
				bulkReachesAll(t, nw, nodes)
				lastComesBack(t, nw, nodes)
				for _, n := range nodes {
					if !n.CaughtUp() {
						t.Errorf("node %d never caught up", n.Index)
					}
				}
			})
		})
	}
}

// gossipReachesAll publishes at each node in turn.
func gossipReachesAll(t *testing.T, nw *Network, nodes []*Node) {
	t.Helper()
	var delays []time.Duration
	for _, from := range nodes {
		wire := ProfileOf(t, Person(t), "Camille Moreau")
		publish(t, from, wire)
		delays = append(delays, nw.Until("record everywhere", 5*time.Second, func() bool {
			return !slices.ContainsFunc(nodes, func(n *Node) bool { return !n.Holds(wire) })
		}))
	}
	slices.Sort(delays)
	t.Logf("simulated time until held everywhere: median %s, longest %s", delays[len(delays)/2], delays[len(delays)-1])
}

// bulkReachesAll publishes more than gossip carries, at the last node.
func bulkReachesAll(t *testing.T, nw *Network, nodes []*Node) {
	t.Helper()
	publish(t, nodes[len(nodes)-1], Profiles(t, 100)...)
	nw.Until("an import everywhere", time.Minute, func() bool { return Same(nodes...) })
}

// lastComesBack has the last node miss what gossip does not repeat.
func lastComesBack(t *testing.T, nw *Network, nodes []*Node) {
	t.Helper()
	last := nodes[len(nodes)-1]
	last.Stop()
	publish(t, nodes[0], Profiles(t, 10)...)
	nw.Sleep(10 * time.Minute)
	last.Start()
	nw.Until("equal digests again", 10*time.Minute, func() bool { return Same(nodes...) })
}
