package node

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"courtcircuit/store"
)

// guardOf is a resource manager that counts at the node, with limits low
// enough to be reached.
func guardOf(t *testing.T, n *Node, change func(*Limits)) *hostGuard {
	t.Helper()
	l := DefaultLimits()
	l.Connections, l.StreamsPerPeer, l.MemoryMiB = 16, 8, 32
	if change != nil {
		change(&l)
	}
	m, err := newResourceManager(l, n.metrics.limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m.(*hostGuard)
}

// openConnections has strangers connect, each from its own address or all
// from one, where two may stay open.
func openConnections(t *testing.T, n *Node, count int, apart bool) {
	t.Helper()
	g := guardOf(t, n, func(l *Limits) {
		if !apart {
			l.ConnectionsPerAddress, l.ConnectsPerMinute = 2, 6
		}
	})
	refused := 0
	for i := range count {
		at := "/ip4/203.0.113.1/tcp/1"
		if apart {
			at = fmt.Sprintf("/ip4/198.51.%d.1/tcp/1", i)
		}
		if _, err := g.OpenConnection(network.DirInbound, true, multiaddr.StringCast(at)); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("none was refused")
	}
}

func manyConnections(t *testing.T, n *Node) {
	g := guardOf(t, n, nil)
	for i := range 9 {
		scope, err := g.OpenConnection(network.DirInbound, true, multiaddr.StringCast(fmt.Sprintf("/ip4/198.51.%d.1/tcp/1", i)))
		if err != nil {
			t.Fatal(err)
		}
		if err := scope.SetPeer("p"); (err != nil) != (i == 8) {
			t.Errorf("connection %d of a peer: %v", i+1, err)
		}
	}
}

func openStreams(t *testing.T, n *Node, count, peers, perSecond int) {
	t.Helper()
	g := guardOf(t, n, func(l *Limits) { l.StreamsPerSecond = perSecond })
	refused := 0
	for i := range count {
		scope, err := g.OpenStream(peer.ID(fmt.Sprint(i%peers)), network.DirInbound)
		if err != nil {
			refused++
		} else if perSecond == 1 {
			scope.Done() // only how fast they are opened shall count
		}
	}
	if refused == 0 {
		t.Error("none was refused")
	}
}

func takeAll(s *streamSlots, count int) {
	for i := range count {
		s.take(peer.ID(fmt.Sprint(i)))
	}
}

// withStore is the node after a restart with another store: what its files
// take is known to Badger only then. It counts where the first one did.
func withStore(t *testing.T, n *Node, change func(*store.Config)) *Node {
	t.Helper()
	cfg := n.cfg
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	before := cfg.Store
	cfg.Store = func(c *store.Config) {
		if before != nil {
			before(c)
		}
		change(c)
	}
	again, err := New(cfg, testLog())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	n.metrics.limits.store = again.store.Stats
	return again
}

// storeForeign gives the store a record of somebody else, which it must
// refuse for want of room.
func storeForeign(t *testing.T, n *Node) {
	t.Helper()
	vs, errs := n.opener.OpenBatch([][]byte{profileWire(t, "test", newPerson(t), time.Now())}, time.Now())
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	if _, err := n.ingest(context.Background(), vs, sourceGossip); err == nil {
		t.Error("the record was stored")
	}
}

// slowStream is a peer that asks nothing within its time.
type slowStream struct {
	network.Stream
	n *Node
}

func (s slowStream) SetDeadline(time.Time) error { return nil }
func (s slowStream) Read([]byte) (int, error)    { return 0, os.ErrDeadlineExceeded }
func (s slowStream) Conn() network.Conn          { return slowConn{} }

type slowConn struct{ network.Conn }

func (slowConn) RemotePeer() peer.ID { return "p" }
