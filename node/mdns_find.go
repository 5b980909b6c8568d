package node

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
)

// runMDNS finds nodes on the local network. The service is named after the
// network: a demo in the same office stays by itself.
func (n *Node) runMDNS(ctx context.Context) error {
	service := mdns.NewMdnsService(n.host, "_courtcircuit-"+string(n.cfg.Network)+"._udp", (*localPeers)(n))
	if err := service.Start(); err != nil {
		// Containers often have no multicast; every other way still works.
		n.log.Info("no discovery on the local network", "error", err)
		return nil
	}
	<-ctx.Done()
	return service.Close()
}

type localPeers Node

// HandlePeerFound is called for every node that answers.
func (l *localPeers) HandlePeerFound(info peer.AddrInfo) {
	if n := (*Node)(l); info.ID != n.host.ID() && !n.gossip.has(info.ID) {
		n.dialler.want(info)
	}
}
