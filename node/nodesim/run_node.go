package nodesim

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node"
	"courtcircuit/node/inbox"
	"courtcircuit/store"
)

// Node is a real node on the simulated network, with a home that outlives
// Stop and Start.
type Node struct {
	*node.Node
	Index int
	Host  host.Host
	Home  string

	nw     *Network
	config func(*node.Config)
	stop   context.CancelFunc
	ended  chan error
}

// Add makes and starts a node; know lists the indexes of the nodes it starts
// from. config may change its configuration.
func (nw *Network) Add(config func(*node.Config), know ...int) *Node {
	nw.t.Helper()
	n := &Node{Index: len(nw.nodes), Home: nw.t.TempDir(), nw: nw}
	n.config = func(c *node.Config) {
		for _, k := range know {
			c.Bootstrap = append(c.Bootstrap, Addr(k))
		}
		if config != nil {
			config(c)
		}
	}
	nw.nodes = append(nw.nodes, n)
	n.Start()
	return n
}

// Ahead gives a node a clock that is wrong by so much, for Add.
func Ahead(by time.Duration) func(*node.Config) {
	return func(c *node.Config) { c.Clock = func() time.Time { return time.Now().Add(by) } }
}

// Skip leaves an index free, for a host that is no node.
func (nw *Network) Skip() int {
	nw.nodes = append(nw.nodes, &Node{Index: len(nw.nodes), nw: nw})
	return len(nw.nodes) - 1
}

// Start runs the node and waits until it is ready.
func (n *Node) Start() {
	t := n.nw.t
	t.Helper()
	gaz, err := gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	n.Host = n.nw.NewHost(n.Index)
	c := node.DefaultConfig(n.Home)
	c.Network, c.Host, c.Places, c.MDNS, c.MinFreeBytes, c.HTTP = NetworkName, n.Host, gaz, false, -1, ""
	c.Store = func(s *store.Config) {
		s.Simulated, s.BallastBytes = true, 0
	}
	c.Inbox = func(i *inbox.Config) { i.Simulated = true }
	n.config(&c)
	if n.Node, err = node.New(c, n.nw.Log.With("node", n.Index)); err != nil {
		t.Fatalf("node %d: %v", n.Index, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	n.stop, n.ended = stop, make(chan error, 1)
	go func() { n.ended <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case err := <-n.ended:
		stop()
		n.stop = nil // or Close would wait for it once more
		t.Fatalf("node %d: %v", n.Index, err)
	}
}

func (n *Node) running() bool { return n.stop != nil }

// Stop ends the node and waits for it.
func (n *Node) Stop() {
	n.nw.t.Helper()
	if !n.running() {
		return
	}
	n.stop()
	if err := <-n.ended; err != nil {
		n.nw.t.Errorf("node %d: %v", n.Index, err)
	}
	n.stop = nil
}

// ID is the node's peer id.
func (n *Node) ID() peer.ID { return n.Host.ID() }

// ConnectedTo says whether the other node is a connected peer of the network.
func (n *Node) ConnectedTo(other *Node) bool {
	for _, p := range n.Peers() {
		if p.ID == other.ID().String() {
			return p.Connected
		}
	}
	return false
}

// Same says whether the nodes hold the same records.
func Same(nodes ...*Node) bool {
	first := nodes[0].ReplicaDigest()
	for _, n := range nodes[1:] {
		if n.ReplicaDigest() != first {
			return false
		}
	}
	return true
}

// Meshed waits until the nodes are connected in the network's topic and its
// mesh has formed.
func (nw *Network) Meshed(nodes ...*Node) {
	nw.t.Helper()
	nw.Until("nodes connected", time.Minute, func() bool {
		for _, n := range nodes {
			connected := 0
			for _, p := range n.Peers() {
				if p.Connected {
					connected++
				}
			}
			if connected == 0 {
				return false
			}
		}
		return true
	})
	nw.Sleep(5 * time.Second)
}
