package nodesim

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// In two, three (a line where only the middle is known) and ten nodes, a
// record published at any node is found at every other.
func TestGossipReachesEverybody(t *testing.T) {
	for _, c := range []struct {
		name  string
		nodes int
		know  func(i int) []int
	}{
		{"two", 2, func(i int) []int { return []int{0}[:min(i, 1)] }},
		{"three in a line", 3, func(i int) []int {
			if i == 1 {
				return nil
			}
			return []int{1}
		}},
		{"ten", 10, func(i int) []int { return []int{0}[:min(i, 1)] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := New(t)
				defer nw.Close()
				var nodes []*Node
				for i := range c.nodes {
					nodes = append(nodes, nw.Add(nil, c.know(i)...))
				}
				nw.Meshed(nodes...)
				var delays []time.Duration
				for i, from := range nodes {
					wire := ProfileOf(t, Person(t), "Camille Moreau")
					if err := from.PublishRecords(context.Background(), [][]byte{wire}); err != nil {
						t.Fatalf("publish at %d: %v", i, err)
					}
					delays = append(delays, nw.Until("record everywhere", 5*time.Second, func() bool {
						return !slices.ContainsFunc(nodes, func(n *Node) bool { return !n.Holds(wire) })
					}))
				}
				slices.Sort(delays)
				t.Logf("simulated time until held everywhere: median %s, longest %s", delays[len(delays)/2], delays[len(delays)-1])
			})
		})
	}
}
