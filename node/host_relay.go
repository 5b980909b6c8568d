package node

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/host/autorelay"
)

const (
	relaysWanted = 2
	// relayBackoff is for who refused to relay: full today, perhaps not later.
	relayBackoff = 10 * time.Minute
)

// relayed has the node ask others to relay for it as long as nobody outside can
// dial it. Who they are is asked anew each time: a list made at the start knows
// nothing of whom the operator joins after it.
func (n *Node) relayed() libp2p.Option {
	return libp2p.EnableAutoRelayWithPeerSource(n.relayCandidates,
		autorelay.WithNumRelays(relaysWanted), autorelay.WithMinCandidates(1), autorelay.WithBackoff(relayBackoff))
}

// relayCandidates gives peers of this network in random order, so that one of
// them does not bear all. Whether they relay they say themselves.
func (n *Node) relayCandidates(_ context.Context, most int) <-chan peer.AddrInfo {
	known := n.bootstrap.infos()
	for _, p := range n.gossip.peers() {
		if !n.bootstrap.has(p) {
			known = append(known, peer.AddrInfo{ID: p}) // connected: its addresses are known
		}
	}
	rand.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
	known = known[:min(len(known), most)]
	out := make(chan peer.AddrInfo, len(known))
	for _, p := range known {
		out <- p
	}
	close(out)
	return out
}
