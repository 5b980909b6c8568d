package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"

	"courtcircuit/node/delivery"
	"courtcircuit/protocol"
)

// A peer has one message on its way to here at a time, and a second stream for
// the moment in which one ends and the next begins. There is a place for every
// peer: whoever keeps its own open for as long as it may holds up nobody.
const maxMessageStreamsOfPeer = 2

// newCourier makes the courier. Whoever sends or takes messages names its
// kinds to it before Run.
func (n *Node) newCourier() (*delivery.Courier, error) {
	c := delivery.DefaultConfig(n.cfg.Network)
	c.GiveUpAfter, c.KeepSeen = outboxKept, seenKept
	if n.cfg.Delivery != nil {
		n.cfg.Delivery(&c)
	}
	courier, err := delivery.New(c, collectiveDirectory{n}, messageDialer{n}, n.inbox, n.metrics.registry, n.log)
	if err != nil {
		return nil, fmt.Errorf("open courier: %w", err)
	}
	return courier, nil
}

// Courier carries private messages between collectives; nil offline.
func (n *Node) Courier() *delivery.Courier { return n.courier }

func (n *Node) messageProtocol() libp2pprotocol.ID {
	return libp2pprotocol.ID(n.cfg.Network.StreamID("message"))
}

func (n *Node) serveMessages(ctx context.Context) {
	slots := n.streamSlots(maxMessageStreamsOfPeer*n.cfg.Limits.allConnections(), maxMessageStreamsOfPeer, boundMessageStreams, boundMessageStreams)
	n.host.SetStreamHandler(n.messageProtocol(), func(s network.Stream) {
		n.handleStream(ctx, s, slots, "message", n.answerMessage)
	})
}

// answerMessage lets the courier answer. The stream of a peer at fault ends
// like any other, so that the answer still reaches it.
func (n *Node) answerMessage(_ context.Context, s network.Stream) error {
	err := n.courier.Answer(s)
	if errors.Is(err, delivery.ErrFault) {
		n.blame(s.Conn().RemotePeer(), "message", err)
		return nil
	}
	return err
}

// runCourier sends, and tells the courier of what makes a try worth while.
func (n *Node) runCourier(ctx context.Context) error {
	defer n.host.RemoveStreamHandler(n.messageProtocol())
	events, err := n.Events("")
	if err != nil {
		return err
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		for e := range events.Events {
			n.tellCourier(e)
		}
	}()
	err = n.courier.Run(ctx)
	events.Close()
	<-told
	return err
}

// tellCourier may miss events of a burst; the courier's own tries follow.
func (n *Node) tellCourier(e Event) {
	switch {
	case e.Type == EventPeerConnected:
		if p, err := peer.Decode(e.Peer); err == nil {
			n.courier.PeerConnected(p)
		}
	case e.Type == EventRecordStored && e.Kind == protocol.KindCollective.String():
		if id, err := protocol.ParseIdentity(e.PublicID); err == nil {
			n.courier.RecordStored(id)
		}
	}
}
