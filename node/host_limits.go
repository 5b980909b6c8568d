package node

import (
	"math"
	"net/netip"

	"github.com/libp2p/go-libp2p/core/network"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
)

// privateNetworks are those where many nodes may share what looks like one
// address: a home or office network, carrier NAT, one machine.
var privateNetworks = []string{
	"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
	"::1/128", "fc00::/7", "fe80::/10",
}

// newResourceManager bounds what all peers together, and each of them, may
// take. libp2p's defaults allow 8 connections an IPv4 address, which several
// nodes behind one router, or on one machine, reach at once.
func newResourceManager() (network.ResourceManager, error) {
	limits := rcmgr.DefaultLimits
	limits.SystemBaseLimit = rcmgr.BaseLimit{
		Conns: maxConnections + 56, ConnsInbound: maxConnections, ConnsOutbound: maxConnections, FD: 512,
		Streams: 4096, StreamsInbound: 2048, StreamsOutbound: 4096, Memory: 256 << 20,
	}
	limits.SystemLimitIncrease = rcmgr.BaseLimitIncrease{}
	limits.TransientBaseLimit = rcmgr.BaseLimit{
		Conns: 64, ConnsInbound: 32, ConnsOutbound: 64, FD: 64,
		Streams: 256, StreamsInbound: 128, StreamsOutbound: 256, Memory: 32 << 20,
	}
	limits.TransientLimitIncrease = rcmgr.BaseLimitIncrease{}
	// Dials under way count as connections here, several addresses at once:
	// the bound of two that stay is held by dropExtraConnections.
	limits.PeerBaseLimit = rcmgr.BaseLimit{
		Conns: 8, ConnsInbound: 8, ConnsOutbound: 8, FD: 8,
		Streams: maxStreamsPerPeer, StreamsInbound: maxStreamsPerPeer, StreamsOutbound: maxStreamsPerPeer, Memory: 32 << 20,
	}
	limits.PeerLimitIncrease = rcmgr.BaseLimitIncrease{}

	v4 := []rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: maxConnsPerAddress}}
	v6 := []rcmgr.ConnLimitPerSubnet{{PrefixLength: 56, ConnCount: maxConnsPerAddress}, {PrefixLength: 48, ConnCount: 2 * maxConnsPerAddress}}
	var open4, open6 []rcmgr.NetworkPrefixLimit
	for _, s := range privateNetworks {
		p := rcmgr.NetworkPrefixLimit{Network: netip.MustParsePrefix(s), ConnCount: math.MaxInt}
		if p.Network.Addr().Is4() {
			open4 = append(open4, p)
		} else {
			open6 = append(open6, p)
		}
	}
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits.Scale(256<<20, 512)),
		rcmgr.WithLimitPerSubnet(v4, v6), rcmgr.WithNetworkPrefixLimit(open4, open6), rcmgr.WithMetricsDisabled())
}
