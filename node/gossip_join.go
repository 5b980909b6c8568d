package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
)

// gossip is the node's place in the topic, nil inside until joinGossip.
type gossip struct {
	received chan protocol.Verified // from validateRecord to consumeRecords
	limits   *limitCounts

	mu      sync.Mutex
	scores  map[peer.ID]float64 // when last looked at
	topic   *pubsub.Topic
	present map[peer.ID]time.Time // peers in the topic, and since when
	unfit   map[peer.ID]time.Time // those that do not speak catch-up, and until when that is believed
}

func newGossip(waiting int) *gossip {
	return &gossip{received: make(chan protocol.Verified, waiting), present: map[peer.ID]time.Time{}, unfit: map[peer.ID]time.Time{}}
}

func (g *gossip) joined() *pubsub.Topic {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.topic
}

// peers lists the connected peers of this network: those in its topic.
func (g *gossip) peers() []peer.ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]peer.ID, 0, len(g.present))
	now := time.Now()
	for p := range g.present {
		if !g.unfit[p].After(now) {
			out = append(out, p)
		}
	}
	return out
}

// leaveOut has a peer not counted until then.
func (g *gossip) leaveOut(p peer.ID, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for other := range g.unfit {
		if len(g.unfit) < maxUnfitPeers {
			break
		}
		delete(g.unfit, other)
		g.limits.reached(boundUnfit)
	}
	g.unfit[p] = until
}

// takeBack counts a peer again, and says whether it had been left out.
func (g *gossip) takeBack(p peer.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, was := g.unfit[p]
	delete(g.unfit, p)
	return was
}

func (g *gossip) has(p peer.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.present[p]
	return ok && !g.unfit[p].After(time.Now())
}

// joinGossip enters the topic of the network. The validator is registered
// before anything can arrive; else the first messages pass unjudged.
func (n *Node) joinGossip(ctx context.Context) error {
	name := n.cfg.Network.Topic()
	ps, err := pubsub.NewGossipSub(ctx, n.host, n.gossipOptions(name)...)
	if err != nil {
		return fmt.Errorf("start gossip: %w", err)
	}
	if err := ps.RegisterTopicValidator(name, n.validateRecord, pubsub.WithValidatorInline(true)); err != nil {
		return fmt.Errorf("register validator: %w", err)
	}
	topic, err := ps.Join(name)
	if err != nil {
		return fmt.Errorf("join topic: %w", err)
	}
	n.gossip.mu.Lock()
	n.gossip.topic = topic
	n.gossip.mu.Unlock()
	return nil
}

// enterTopic announces the topic to all peers. A relay and not a
// subscription: the validator has already handed each record over, and a
// subscription would only add a queue that drops.
func (n *Node) enterTopic() error {
	if _, err := n.gossip.joined().Relay(); err != nil {
		return fmt.Errorf("relay topic: %w", err)
	}
	return nil
}

func (n *Node) gossipOptions(topic string) []pubsub.Option {
	quiet := slog.New(slog.DiscardHandler) // it logs peers' faults as warnings; we count them
	return []pubsub.Option{
		// Records carry their own signature. Pubsub's costs most of the
		// processor time of a delivery and would name who published first.
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(messageID),
		pubsub.WithPeerOutboundQueueSize(n.cfg.Limits.GossipQueue),
		pubsub.WithValidateQueueSize(n.cfg.Limits.GossipQueue),
		pubsub.WithMaxMessageSize(maxGossipMessageBytes),
		pubsub.WithMaxControlMessageSize(maxGossipControlBytes),
		pubsub.WithSubscriptionFilter(pubsub.WrapLimitSubscriptionFilter(pubsub.NewAllowlistSubscriptionFilter(topic), 16)),
		pubsub.WithFloodPublish(true),
		pubsub.WithPeerExchange(true),
		pubsub.WithPeerScore(n.scoreParams(topic), scoreThresholds()),
		pubsub.WithPeerScoreInspect(n.inspectScores, scoreInspectEvery),
		pubsub.WithRawTracer(&gossipTracer{n: n}),
		pubsub.WithLogger(quiet),
		pubsub.WithRPCLogger(quiet),
	}
}

// messageID is SHA-256 of all wire bytes. Over less, such as the header, a
// copy with a forged signature would mark the real record as seen.
func messageID(m *pb.Message) string {
	sum := sha256.Sum256(m.GetData())
	return string(sum[:])
}

// watchTopicPeers follows who comes and goes. Whoever comes is caught up
// with: from here on gossip reaches it, so nothing falls between the two.
func (n *Node) watchTopicPeers(ctx context.Context) error {
	events, err := n.gossip.joined().EventHandler()
	if err != nil {
		return fmt.Errorf("watch topic: %w", err)
	}
	defer events.Cancel()
	for {
		e, err := events.NextPeerEvent(ctx)
		if err != nil {
			return nil // only when ctx ended
		}
		if e.Type == pubsub.PeerJoin {
			n.peerCame(e.Peer)
		} else {
			n.peerWent(e.Peer)
		}
	}
}

func (n *Node) peerCame(p peer.ID) {
	n.gossip.mu.Lock()
	n.gossip.present[p] = time.Now()
	n.gossip.mu.Unlock()
	if n.gossip.has(p) {
		n.welcome(p)
	}
}

// welcome begins to deal with a peer of this network.
func (n *Node) welcome(p peer.ID) {
	n.host.ConnManager().TagPeer(p, "network", 50)
	n.remember(p)
	n.syncs.add(p, syncOnConnect)
	n.dialler.came(p)
	n.log.Info("peer connected", "peer", p.String())
	n.events.emit(Event{Type: EventPeerConnected, Peer: p.String()})
}

func (n *Node) peerWent(p peer.ID) {
	counted := n.gossip.has(p)
	n.gossip.mu.Lock()
	delete(n.gossip.present, p)
	n.gossip.mu.Unlock()
	if !counted {
		return
	}
	n.dialler.wakeUp()
	n.log.Info("peer disconnected", "peer", p.String())
	n.events.emit(Event{Type: EventPeerDisconnected, Peer: p.String()})
}
