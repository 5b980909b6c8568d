package node

import (
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
)

// watchHost follows connections from when it returns on.
func (n *Node) watchHost(ctx context.Context, start func(string, func(context.Context) error)) error {
	sub, err := n.host.EventBus().Subscribe(
		[]any{new(event.EvtPeerConnectednessChanged), new(event.EvtPeerIdentificationCompleted), new(event.EvtPeerProtocolsUpdated), new(event.EvtLocalReachabilityChanged), new(event.EvtHostReachableAddrsChanged)},
		eventbus.BufSize(256), eventbus.Name("courtcircuit/node"))
	if err != nil {
		return fmt.Errorf("watch host: %w", err)
	}
	watch := &network.NotifyBundle{ConnectedF: n.dropExtraConnections}
	n.host.Network().Notify(watch)
	start("host watch", func(ctx context.Context) error {
		defer sub.Close()
		defer n.host.Network().StopNotify(watch)
		for {
			select {
			case <-ctx.Done():
				return nil
			case e := <-sub.Out():
				n.onHostEvent(e)
			}
		}
	})
	return nil
}

func (n *Node) onHostEvent(e any) {
	switch e := e.(type) {
	case event.EvtPeerConnectednessChanged:
		if e.Connectedness == network.NotConnected {
			n.dialler.wakeUp()
		}
	case event.EvtPeerIdentificationCompleted:
		n.keepPeerRecord(e)
		n.takeBack(e.Peer)
		if n.gossip.has(e.Peer) {
			n.remember(e.Peer) // its addresses came only now, after it joined the topic
		}
	case event.EvtPeerProtocolsUpdated:
		n.takeBack(e.Peer)
	case event.EvtHostReachableAddrsChanged:
		n.outside.probed(e)
	case event.EvtLocalReachabilityChanged:
		n.outside.judged(e.Reachability)
		n.metrics.reachable.Set(map[network.Reachability]float64{network.ReachabilityPublic: 1, network.ReachabilityPrivate: -1}[e.Reachability])
		n.log.Info("reachability", "from_outside", e.Reachability.String())
	}
}

// takeBack counts a peer again that was left out, once it says that it speaks
// catch-up: one that was asked while it stopped, for instance.
func (n *Node) takeBack(p peer.ID) {
	if n.speaksSync(p) && n.gossip.takeBack(p) && n.gossip.has(p) {
		n.welcome(p)
	}
}

// keepPeerRecord keeps what the peer signed about its own addresses, so that
// it can be passed on. identify itself lets go of it after use.
func (n *Node) keepPeerRecord(e event.EvtPeerIdentificationCompleted) {
	book, ok := peerstore.GetCertifiedAddrBook(n.host.Peerstore())
	if !ok || e.SignedPeerRecord == nil {
		return
	}
	// This life span is the one that libp2p shortens at disconnection.
	if _, err := book.ConsumePeerRecord(e.SignedPeerRecord, peerstore.ConnectedAddrTTL); err != nil {
		n.log.Debug("peer record not kept", "peer", e.Peer.String(), "error", err)
	}
}

// dropExtraConnections holds the bound of connections a peer. Both sides drop
// the newest, and two may cross, so the bound leaves room for a dial from
// each side.
func (n *Node) dropExtraConnections(net network.Network, c network.Conn) {
	if !n.serving.Enter() {
		return
	}
	if len(net.Conns()) > n.cfg.Limits.Connections {
		n.metrics.limits.reached(boundConnections) // the connection manager closes some
	}
	if n.faults.isBlocked(c.RemotePeer()) {
		n.closeSoon(c) // it was being made while the peer was cut off
		return
	}
	if len(net.ConnsToPeer(c.RemotePeer())) <= n.cfg.Limits.ConnectionsPerPeer {
		n.serving.Leave()
		return
	}
	n.metrics.extraConnections.Inc()
	n.metrics.limits.reached(boundPeerConnections)
	n.closeSoon(c)
}

// closeSoon closes a connection out of the notification about it, for which
// closing waits, and leaves n.serving then.
func (n *Node) closeSoon(c network.Conn) {
	go func() {
		defer n.serving.Leave()
		if err := c.Close(); err != nil {
			n.log.Debug("close connection", "peer", c.RemotePeer().String(), "error", err)
		}
	}()
}

// cutOff ends all dealings with a peer for an hour, and forgets its address:
// it should have to come by itself afterwards.
func (n *Node) cutOff(p peer.ID, why string) {
	n.faults.block(p, time.Now())
	n.peers.forget(p)
	n.metrics.cutOff.WithLabelValues(why).Inc()
	n.log.Debug("peer cut off", "peer", p.String(), "why", why)
	if err := n.host.Network().ClosePeer(p); err != nil {
		n.log.Debug("close peer", "peer", p.String(), "error", err)
	}
}
