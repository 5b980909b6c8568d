package node

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Scores. Only what bytes prove lowers one: messages that validateRecord
// rejects, and faults in catch-up. An ignored message never does, because
// honest nodes ignore what other honest nodes forward (clocks, builds and
// policies differ), and silence never does either: a small network is silent
// for hours.
//
// An invalid message weighs -10 times the square of their number, so the
// fourth reaches graylistBelow, from where nothing of the peer is processed.
// What stands on the other side is at most 5 for long membership and first
// deliveries, so that nobody can earn the right to send junk.
const (
	gossipBelow    = -30.0
	publishBelow   = -60.0
	graylistBelow  = -120.0
	invalidWeight  = -10.0
	invalidMemory  = time.Hour // until an invalid message weighs next to nothing
	bootstrapScore = 30.0      // only peers from a bootstrap list reach acceptPXAbove
	acceptPXAbove  = 20.0
	faultScore     = -40.0 // for each proven fault in catch-up

	scoreDecayEvery   = 10 * time.Second
	scoreInspectEvery = 15 * time.Second
)

func scoreThresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold: gossipBelow, PublishThreshold: publishBelow, GraylistThreshold: graylistBelow,
		AcceptPXThreshold: acceptPXAbove, OpportunisticGraftThreshold: 0.5,
	}
}

func (n *Node) scoreParams(topic string) *pubsub.PeerScoreParams {
	decay := func(over time.Duration) float64 {
		return pubsub.ScoreParameterDecayWithBase(over, scoreDecayEvery, 0.01)
	}
	return &pubsub.PeerScoreParams{
		Topics: map[string]*pubsub.TopicScoreParams{topic: {
			SkipAtomicValidation: true,
			TopicWeight:          1,
			TimeInMeshWeight:     0.001, TimeInMeshQuantum: time.Second, TimeInMeshCap: 1000,
			FirstMessageDeliveriesWeight: 0.1, FirstMessageDeliveriesDecay: decay(time.Hour), FirstMessageDeliveriesCap: 40,
			InvalidMessageDeliveriesWeight: invalidWeight, InvalidMessageDeliveriesDecay: decay(invalidMemory),
		}},
		TopicScoreCap:     5,
		AppSpecificScore:  n.appScore,
		AppSpecificWeight: 1,
		// No penalty for sharing an address: several nodes behind one router
		// are the normal case here, not a sign of an attack.
		IPColocationFactorWeight: 0,
		BehaviourPenaltyWeight:   -1, BehaviourPenaltyThreshold: 6, BehaviourPenaltyDecay: decay(10 * time.Minute),
		DecayInterval: scoreDecayEvery, DecayToZero: 0.01,
		// Kept for a little less than a peer is kept out: what is kept does not
		// decay, and one that may come back would be cut off for what is past.
		RetainScore: blockedFor - time.Minute,
	}
}

// appScore lifts bootstrap peers over the bound for peer exchange and holds
// faults in catch-up against everybody.
func (n *Node) appScore(p peer.ID) float64 {
	score := faultScore * float64(n.faults.count(p, time.Now()))
	if n.bootstrap.has(p) {
		score += bootstrapScore
	}
	return score
}

// inspectScores closes connections to peers that are not listened to any
// more: else each keeps its place among the 200 and its traffic.
func (n *Node) inspectScores(scores map[peer.ID]float64) {
	n.gossip.mu.Lock()
	n.gossip.scores = scores
	n.gossip.mu.Unlock()
	for p, score := range scores {
		if score < graylistBelow && !n.faults.isBlocked(p) && n.serving.Enter() {
			n.cutOff(p, "score")
			n.serving.Leave()
		}
	}
}

// GossipScore is what a peer's score was when scores were last looked at, at
// most 15 seconds ago; 0 for who is not known.
func (n *Node) GossipScore(p peer.ID) float64 {
	n.gossip.mu.Lock()
	defer n.gossip.mu.Unlock()
	return n.gossip.scores[p]
}

// lowestScore is that of the worst peer, for a metric.
func (n *Node) lowestScore() (lowest float64) {
	n.gossip.mu.Lock()
	defer n.gossip.mu.Unlock()
	for _, score := range n.gossip.scores {
		lowest = min(lowest, score)
	}
	return lowest
}

// gossipTracer counts what pubsub drops without a word.
type gossipTracer struct{ n *Node }

// DropRPC is of what found no room on its way to a peer. Nothing tells the
// peer that it missed a record, so a hint does.
func (t *gossipTracer) DropRPC(rpc *pubsub.RPC, p peer.ID) {
	t.n.metrics.gossipSendDropped.Inc()
	if len(rpc.GetPublish()) > 0 {
		t.n.metrics.limits.reached(boundGossipQueue)
		t.n.syncs.hintAt([]peer.ID{p}, time.Now().Add(lossSettles))
	}
}

func (t *gossipTracer) RejectMessage(m *pubsub.Message, reason string) {
	if reason == pubsub.RejectValidationQueueFull {
		t.n.metrics.gossipOverflow.Inc()
		t.n.metrics.limits.reached(boundGossipQueue)
		t.n.syncs.wantFrom(m.ReceivedFrom, time.Now())
	}
}

// The rest of pubsub's tracer is of no interest here.
func (*gossipTracer) OnNewOutboundStream(peer.ID, protocol.ID)             {}
func (*gossipTracer) OnClosedOutboundStream(peer.ID)                       {}
func (*gossipTracer) Join(string)                                          {}
func (*gossipTracer) Leave(string)                                         {}
func (*gossipTracer) Graft(peer.ID, string)                                {}
func (*gossipTracer) Prune(peer.ID, string)                                {}
func (*gossipTracer) ValidateMessage(*pubsub.Message)                      {}
func (*gossipTracer) DeliverMessage(*pubsub.Message)                       {}
func (*gossipTracer) DuplicateMessage(*pubsub.Message)                     {}
func (*gossipTracer) ThrottlePeer(peer.ID)                                 {}
func (*gossipTracer) RecvRPC(*pubsub.RPC)                                  {}
func (*gossipTracer) SendRPC(*pubsub.RPC, peer.ID)                         {}
func (*gossipTracer) SendRPCCompleted(*pubsub.RPC, peer.ID, time.Duration) {}
func (*gossipTracer) UndeliverableMessage(*pubsub.Message)                 {}
