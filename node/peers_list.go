package node

import (
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"

	"courtcircuit/node/card"
)

// PeerInfo is one peer as `peer list` shows it.
type PeerInfo struct {
	ID           string     `json:"id"`
	Name         string     `json:"name,omitempty"` // from a bootstrap list
	Addrs        []string   `json:"addrs"`
	Connected    bool       `json:"connected"`
	Direction    string     `json:"direction,omitempty"` // in, out
	Relayed      bool       `json:"relayed,omitempty"`
	AgentVersion string     `json:"agent_version,omitempty"`
	LatencyMS    float64    `json:"latency_ms,omitempty"`
	LastSeen     *time.Time `json:"last_seen,omitempty"`
	LastCatchUp  *time.Time `json:"last_catch_up,omitempty"`
	Bootstrap    bool       `json:"bootstrap"`
}

// Peers lists the connected peers of this network, then the remembered ones
// and those of the bootstrap lists.
func (n *Node) Peers() []PeerInfo {
	remembered := n.peers.all()
	known := map[peer.ID]rememberedPeer{}
	for _, r := range remembered {
		known[r.id] = r
	}
	names := map[peer.ID]BootstrapPeer{}
	for _, b := range n.bootstrap.list() {
		names[b.info.ID] = b
	}
	var out []PeerInfo
	done := map[peer.ID]bool{}
	add := func(p peer.ID) {
		if done[p] {
			return
		}
		done[p] = true
		out = append(out, n.peerInfo(p, known[p], names[p]))
	}
	for _, p := range n.gossip.peers() {
		add(p)
	}
	for _, r := range remembered {
		add(r.id)
	}
	for _, b := range n.bootstrap.list() {
		add(b.info.ID)
	}
	return out
}

func (n *Node) peerInfo(p peer.ID, r rememberedPeer, b BootstrapPeer) PeerInfo {
	info := PeerInfo{ID: p.String(), Name: b.Name, Addrs: []string{}, Connected: n.gossip.has(p), Bootstrap: b.info.ID != ""}
	addrs := r.addrs
	if len(addrs) == 0 {
		addrs = b.info.Addrs
	}
	for _, a := range addrs {
		info.Addrs = append(info.Addrs, a.String())
	}
	for i, c := range n.host.Network().ConnsToPeer(p) {
		if i == 0 {
			info.Relayed = c.Stat().Limited
			info.Direction = map[network.Direction]string{network.DirInbound: "in", network.DirOutbound: "out"}[c.Stat().Direction]
		}
	}
	if v, err := n.host.Peerstore().Get(p, "AgentVersion"); err == nil {
		// The peer chooses it and people read it.
		info.AgentVersion = fmt.Sprintf("%.64q", v)
		info.AgentVersion = info.AgentVersion[1 : len(info.AgentVersion)-1]
	}
	info.LatencyMS = float64(n.host.Peerstore().LatencyEWMA(p).Microseconds()) / 1000
	if t := r.LastSeen; !t.IsZero() {
		info.LastSeen = &t
	}
	if t := r.LastSync; !t.IsZero() {
		info.LastCatchUp = &t
	}
	return info
}

// AddPeer connects to a peer named by a multiaddr that ends in /p2p/…, and
// remembers it once it proves to be of this network. Problems are
// *card.Problem.
func (n *Node) AddPeer(ctx context.Context, addr string) (PeerInfo, error) {
	info, err := parsePeerAddr(addr)
	if err != nil {
		return PeerInfo{}, &card.Problem{Cause: card.Invalid, Field: "address", Detail: err.Error()}
	}
	if info.ID == n.host.ID() {
		return PeerInfo{}, &card.Problem{Cause: card.Invalid, Field: "address", Detail: "this is the node itself", Expected: "another node's address"}
	}
	return n.connectPeer(ctx, info)
}

// connectPeer dials a peer that somebody named.
func (n *Node) connectPeer(ctx context.Context, info peer.AddrInfo) (PeerInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	// Somebody is asking now: that an attempt a moment ago failed, when the
	// peer was perhaps still starting, is no reason not to try.
	if s, ok := n.host.Network().(interface{ Backoff() *swarm.DialBackoff }); ok {
		s.Backoff().Clear(info.ID)
	}
	if err := n.host.Connect(ctx, info); err != nil {
		return PeerInfo{}, &card.Problem{Cause: card.Unavailable, Field: "address", Detail: fmt.Sprintf("no connection: %v", err)}
	}
	protocols, err := n.host.Peerstore().SupportsProtocols(info.ID, n.syncProtocol())
	if err == nil && len(protocols) == 0 {
		return PeerInfo{}, &card.Problem{
			Cause: card.Conflict, Field: "address", Detail: "the peer answers, but is not on this network",
			Expected: fmt.Sprintf("a node of network %q", n.cfg.Network),
		}
	}
	n.peers.update(info.ID, func(r *rememberedPeer) {
		r.addrs = uniqueAddrs(append(info.Addrs, r.addrs...))
		r.Heard = time.Now().UTC()
	})
	for _, r := range n.peers.all() {
		if r.id == info.ID {
			return n.peerInfo(info.ID, r, BootstrapPeer{}), nil
		}
	}
	return PeerInfo{ID: info.ID.String()}, nil
}
