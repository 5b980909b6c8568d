package node

import (
	"context"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
)

// validateRecord judges one gossiped message. It is an inline validator: what
// an asynchronous one has no room for is dropped after it was marked as seen,
// and so is lost until the next catch-up.
func (n *Node) validateRecord(_ context.Context, from peer.ID, msg *pubsub.Message) pubsub.ValidationResult {
	if !n.serving.Enter() {
		return pubsub.ValidationIgnore
	}
	defer n.serving.Leave()
	if from == n.host.ID() {
		// Pubsub validates our own messages too. publishWires has opened and
		// stored this one, so the stale check would refuse every publication.
		return pubsub.ValidationAccept
	}
	v, err := n.judge(msg.Data, n.now())
	verdict := n.verdictOf(err)
	if verdict == pubsub.ValidationAccept || protocol.IsBodyFault(err) {
		// A header whose body is at fault has its place in every replica, or
		// digests would differ between builds; only the forwarding ends here.
		n.receive(v, from)
	}
	return verdict
}

// judge opens a record and says why it should not be forwarded.
func (n *Node) judge(wire []byte, now time.Time) (protocol.Verified, error) {
	v, err := n.opener.Open(wire, now)
	if err != nil {
		return protocol.Verified{}, err
	}
	rec := v.Record()
	stale, err := n.store.IsStale(&rec.Header)
	if err != nil {
		return protocol.Verified{}, err
	}
	if stale {
		return protocol.Verified{}, protocol.ErrStale
	}
	if err := n.admit(v, now); err != nil {
		return protocol.Verified{}, err
	}
	return v, v.BodyFault()
}

// admit is where quotas and block lists decide. So far there are only our own
// records and unknown ones, and neither has a quota.
func (n *Node) admit(protocol.Verified, time.Time) error { return nil }

// verdictOf is the only place that turns an error into pubsub's verdict; the
// rule itself is protocol.VerdictOf.
func (n *Node) verdictOf(err error) pubsub.ValidationResult {
	switch protocol.VerdictOf(err) {
	case protocol.Accept:
		n.metrics.gossipAccepted.Inc()
		return pubsub.ValidationAccept
	case protocol.Reject:
		n.metrics.gossipRejected.Inc()
		return pubsub.ValidationReject
	default:
		n.metrics.gossipIgnored.WithLabelValues(ignoreReason(err)).Inc()
		return pubsub.ValidationIgnore
	}
}
