package node

import (
	"context"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node/delivery"
)

// messageDialer opens streams for messages over the node's host.
type messageDialer struct{ n *Node }

// Open is part of delivery.Dialer. A connection over a relay does: a message
// is small, and whom it is from and for is proved end to end.
func (d messageDialer) Open(ctx context.Context, to peer.AddrInfo) (delivery.Stream, error) {
	ctx = network.WithAllowLimitedConn(ctx, "message")
	if err := d.n.host.Connect(ctx, to); err != nil {
		return nil, err
	}
	return d.n.host.NewStream(ctx, to.ID, d.n.messageProtocol())
}
