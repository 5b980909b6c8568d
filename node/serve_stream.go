package node

import (
	"context"
	"sync"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// streamSlots bounds the streams that are answered at once, of one peer and
// of all together.
type streamSlots struct {
	maxOfPeer  int
	free       chan struct{}
	limits     *limitCounts
	all, ofOne bound // what is counted when a stream is refused

	mu     sync.Mutex
	ofPeer map[peer.ID]int
}

func (n *Node) streamSlots(maxAll, maxOfPeer int, all, ofOne bound) *streamSlots {
	return &streamSlots{
		maxOfPeer: maxOfPeer, free: make(chan struct{}, maxAll), ofPeer: map[peer.ID]int{},
		limits: n.metrics.limits, all: all, ofOne: ofOne,
	}
}

func (s *streamSlots) take(p peer.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ofPeer[p] >= s.maxOfPeer {
		s.limits.reached(s.ofOne)
		return false
	}
	select {
	case s.free <- struct{}{}:
		s.ofPeer[p]++
		return true
	default:
		s.limits.reached(s.all)
		return false
	}
}

func (s *streamSlots) give(p peer.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	<-s.free
	if s.ofPeer[p]--; s.ofPeer[p] == 0 {
		delete(s.ofPeer, p)
	}
}

// handleStream answers one stream inside the bounds, is awaited at the end of
// Run, and ends at once when ctx does. Whom there is no slot for is told by
// the reset and asks another peer.
func (n *Node) handleStream(ctx context.Context, s network.Stream, slots *streamSlots, name string, answer func(context.Context, network.Stream) error) {
	if !n.serving.Enter() {
		s.Reset()
		return
	}
	defer n.serving.Leave()
	p := s.Conn().RemotePeer()
	if !slots.take(p) {
		n.metrics.streamsRefused.WithLabelValues(name).Inc()
		s.Reset()
		return
	}
	defer slots.give(p)
	stop := context.AfterFunc(ctx, func() { s.Reset() })
	defer stop()
	n.metrics.streamsServed.WithLabelValues(name).Inc()
	if err := answer(ctx, s); err != nil {
		n.log.Debug("stream failed", "stream", name, "peer", p.String(), "error", err)
		s.Reset()
		return
	}
	s.Close()
}

// stopServing takes the handlers away; streams under way end with ctx.
func (n *Node) stopServing() {
	n.host.RemoveStreamHandler(n.syncProtocol())
	n.host.RemoveStreamHandler(n.peersProtocol())
}
