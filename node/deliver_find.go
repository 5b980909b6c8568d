package node

import (
	"fmt"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"courtcircuit/node/delivery"
	"courtcircuit/protocol"
)

// collectiveDirectory finds collectives in the replica.
type collectiveDirectory struct{ n *Node }

// Own is part of delivery.Directory.
func (d collectiveDirectory) Own() (protocol.Author, bool) { return d.n.keys.Collective() }

// SealingKey is part of delivery.Directory.
func (d collectiveDirectory) SealingKey() (*age.X25519Identity, error) { return d.n.keys.SealingKey() }

// Superseded is part of delivery.Directory.
func (d collectiveDirectory) Superseded(s protocol.Signer) bool {
	current, ok := d.n.store.CurrentSigner(s.Identity())
	return ok && current.Above(s.Generation())
}

// Blocked is part of delivery.Directory: what is hidden here writes nothing
// here either.
func (d collectiveDirectory) Blocked(id protocol.Identity) bool {
	return d.n.hidden.holds(protocol.KindCollective, id)
}

// Find is part of delivery.Directory. Nodes that are connected stand first.
func (d collectiveDirectory) Find(id protocol.Identity, now time.Time) (delivery.Collective, error) {
	_, body, err := d.n.recordOf(protocol.KindCollective, id, now)
	if err != nil {
		return delivery.Collective{}, fmt.Errorf("%s: %w", id.Fingerprint(), delivery.ErrUnknown)
	}
	c := body.(*protocol.Collective)
	out := delivery.Collective{SealingKey: c.SealingKey}
	own := d.n.host.ID()
	for _, l := range c.Nodes {
		p, err := peer.IDFromBytes(l.PeerID)
		if err != nil || p == own {
			continue
		}
		out.Nodes = append(out.Nodes, peer.AddrInfo{ID: p, Addrs: d.n.dialable(p, l.Addrs)})
	}
	slices.SortStableFunc(out.Nodes, func(a, b peer.AddrInfo) int { return d.distance(a.ID) - d.distance(b.ID) })
	return out, nil
}

func (d collectiveDirectory) distance(p peer.ID) int {
	if d.n.host.Network().Connectedness(p) == network.Connected {
		return 0
	}
	return 1
}

// dialable gathers the addresses of a peer: those its collective lists, and
// those remembered. A record comes from anywhere, so it may not make this node
// knock on its own machine or network from outside; peers of one private
// network know one another by other ways.
func (n *Node) dialable(p peer.ID, listed []string) []multiaddr.Multiaddr {
	var out []multiaddr.Multiaddr
	for _, s := range listed {
		a, err := multiaddr.NewMultiaddr(s)
		if err == nil && manet.IsPublicAddr(a) {
			out = append(out, a)
		}
	}
	for _, r := range n.peers.all() {
		if r.id == p {
			out = append(out, r.addrs...)
		}
	}
	return uniqueAddrs(out)
}
