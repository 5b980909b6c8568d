package node

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
)

// receive hands a judged record to consumeRecords without ever waiting: it is
// called on pubsub's validation workers, of which there are few. What finds
// no room is lost to gossip, so it is fetched from the peer that sent it.
func (n *Node) receive(v protocol.Verified, from peer.ID) {
	select {
	case n.gossip.received <- v:
	default:
		n.metrics.gossipOverflow.Inc()
		n.metrics.limits.reached(boundGossipWaiting)
		n.syncs.wantFrom(from, time.Now())
	}
}

// consumeRecords stores what gossip brought: whatever is waiting goes into
// one commit, so a burst costs one sync of the disk and not one each.
func (n *Node) consumeRecords(ctx context.Context) error {
	batch := make([]protocol.Verified, 0, ingestBatchRecords)
	for {
		select {
		case <-ctx.Done():
			return nil
		case v := <-n.gossip.received:
			batch = n.drainReceived(append(batch[:0], v))
		}
		if _, err := n.ingest(ctx, batch, sourceGossip); err != nil && ctx.Err() == nil {
			// Not fatal and nobody's fault: a full disk, for instance. The
			// next catch-up brings what was lost.
			n.log.Warn("gossiped records not stored", "records", len(batch), "error", err)
			n.syncs.wantAny()
		}
		clear(batch)
	}
}

func (n *Node) drainReceived(batch []protocol.Verified) []protocol.Verified {
	for len(batch) < cap(batch) {
		select {
		case v := <-n.gossip.received:
			batch = append(batch, v)
		default:
			return batch
		}
	}
	return batch
}
