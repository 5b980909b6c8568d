package nodesim

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node"
)

const (
	loadNodes   = 10
	loadWriters = 8
	loadRecords = 256
)

// burst publishes 256 records at once, from eight of the ten nodes, and gives
// them back.
func burst(t *testing.T, nodes []*Node) [][]byte {
	t.Helper()
	wires := Profiles(t, loadRecords)
	var writers sync.WaitGroup
	each := loadRecords / loadWriters
	for w := range loadWriters {
		writers.Go(func() {
			if err := nodes[w].PublishRecords(context.Background(), wires[w*each:(w+1)*each]); err != nil {
				t.Errorf("node %d: %v", w, err)
			}
		})
	}
	writers.Wait()
	return wires
}

// missing counts the records that some node lacks, over all nodes.
func missing(nodes []*Node, wires [][]byte) (count int) {
	for _, n := range nodes {
		for _, w := range wires {
			if !n.Holds(w) {
				count++
			}
		}
	}
	return count
}

func sumOf(t *testing.T, nodes []*Node, name string, labels ...string) (sum float64) {
	t.Helper()
	for _, n := range nodes {
		sum += metric(t, n, name, labels...)
	}
	return sum
}

// 256 records in flight among ten nodes: with the queues as they are, gossip
// alone brings all of them everywhere; with queues that are far too short,
// what is lost is counted and is there within a minute, and nobody is blamed.
func TestGossipUnderLoad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		limits func(*node.Limits)
		lost   string // the bound that bites, "" for none
	}{
		{"queues of the defaults", func(*node.Limits) {}, ""},
		{"short queues to peers and for judging", func(l *node.Limits) { l.GossipQueue = 2 }, "gossip_queue"},
		{"a short queue to the disk", func(l *node.Limits) { l.GossipWaiting = 1 }, "gossip_waiting"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := New(t)
				defer nw.Close()
				var nodes []*Node
				for i := range loadNodes {
					nodes = append(nodes, nw.Add(func(cfg *node.Config) { rare(cfg); c.limits(&cfg.Limits) }, []int{0}[:min(i, 1)]...))
				}
				nw.Meshed(nodes...)
				nw.Sleep(time.Minute) // the catch-ups of connecting are over
				before := sumOf(t, nodes, "catch_up_total")
				wires := burst(t, nodes)
				nw.Sleep(900 * time.Millisecond)
				t.Logf("after 0.9 s simulated %d of %d deliveries are missing", missing(nodes, wires), (loadNodes-1)*loadRecords)
				took := nw.Until("all records everywhere", time.Minute, func() bool { return missing(nodes, wires) == 0 })
				dropped := sumOf(t, nodes, "limit_reached_total", "gossip_queue") + sumOf(t, nodes, "limit_reached_total", "gossip_waiting")
				t.Logf("all there %s later; %v drops counted, %v catch-ups", took, dropped, sumOf(t, nodes, "catch_up_total")-before)
				if !Same(nodes...) {
					t.Error("digests differ")
				}
				if counted := c.lost != "" && sumOf(t, nodes, "limit_reached_total", c.lost) > 0; counted != (c.lost != "") {
					t.Errorf("no drop was counted as %s", c.lost)
				}
				if c.lost == "" && (dropped != 0 || sumOf(t, nodes, "catch_up_total") != before) {
					t.Errorf("%v drops, %v catch-ups: gossip alone was expected to do", dropped, sumOf(t, nodes, "catch_up_total")-before)
				}
				if faults := sumOf(t, nodes, "peer_faults_total") + sumOf(t, nodes, "peers_cut_off_total"); faults != 0 {
					t.Errorf("%v faults and cuts among honest nodes", faults)
				}
			})
		})
	}
}

// What the sender had no room for the receiver cannot know of: a hint has it
// come and fetch.
func TestDropsOnTheWayOutAreHinted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(func(c *node.Config) { rare(c); c.Limits.GossipQueue = 1 })
		b := nw.Add(rare, 0)
		nw.Meshed(a, b)
		nw.Sleep(time.Minute)
		wires := Profiles(t, 64) // as many as are gossiped one by one
		publish(t, a, wires...)
		nw.Sleep(900 * time.Millisecond)
		lost := missing([]*Node{b}, wires)
		nw.Until("what was dropped fetched", time.Minute, func() bool { return missing([]*Node{b}, wires) == 0 })
		if counted := metric(t, a, "limit_reached_total", "gossip_queue"); lost == 0 || counted < float64(lost) {
			t.Errorf("%d records lost, %v drops counted", lost, counted)
		}
		if got := metric(t, b, "limit_reached_total", "gossip_queue"); got != 0 {
			t.Errorf("%v drops at the receiver", got)
		}
	})
}

// What comes in one packet waits to be judged all at once. Nothing of it is lost
// with the queue as it is; what finds no room in one that is far too short is
// counted, and fetched from the peer that sent it, which tells nobody again.
func TestPacketOfManyRecords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		queue int
	}{{"queue of the defaults", node.DefaultLimits().GossipQueue}, {"a short queue", 1}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := New(t)
				defer nw.Close()
				a := nw.Add(func(cfg *node.Config) { rare(cfg); cfg.Limits.GossipQueue = c.queue })
				sender, shelf := shelfAt(t, nw, func(*Shelf) {})
				defer shelf.Close()
				defer sender.Close()
				connect(t, sender, a)
				nw.Sleep(time.Minute) // the catch-up of connecting is over
				wires := Profiles(t, 64)
				shelf.Add(wires...)
				if err := sender.SendTogether(a, wires...); err != nil {
					t.Fatal(err)
				}
				nw.Until("all records there", time.Minute, func() bool { return missing([]*Node{a}, wires) == 0 })
				nw.Sleep(time.Second) // the session that brought the last is noted
				lost, repaired := metric(t, a, "limit_reached_total", "gossip_queue"), metric(t, a, "catch_up_total", "lost", "done")
				if short := c.queue == 1; (lost > 0) != short || (repaired > 0) != short {
					t.Errorf("%v messages found no room, %v sessions for that", lost, repaired)
				}
			})
		})
	}
}
