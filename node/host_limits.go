package node

import (
	"math"
	"net/netip"

	"github.com/libp2p/go-libp2p/core/network"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	xrate "github.com/libp2p/go-libp2p/x/rate"
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
func newResourceManager(l Limits, counts *limitCounts) (network.ResourceManager, error) {
	memory := int64(l.MemoryMiB) << 20
	limits := rcmgr.DefaultLimits
	limits.SystemBaseLimit = rcmgr.BaseLimit{
		Conns: l.allConnections(), ConnsInbound: l.Connections, ConnsOutbound: l.Connections, FD: l.allConnections() + 256,
		Streams: maxStreams, StreamsInbound: maxStreams / 2, StreamsOutbound: maxStreams, Memory: memory,
	}
	limits.SystemLimitIncrease = rcmgr.BaseLimitIncrease{}
	limits.TransientBaseLimit = rcmgr.BaseLimit{
		Conns: 64, ConnsInbound: 32, ConnsOutbound: 64, FD: 64,
		Streams: 256, StreamsInbound: 128, StreamsOutbound: 256, Memory: memory / 8,
	}
	limits.TransientLimitIncrease = rcmgr.BaseLimitIncrease{}
	// Dials under way count as connections here, several addresses at once:
	// the bound of two that stay is held by dropExtraConnections.
	conns := 6 + l.ConnectionsPerPeer
	limits.PeerBaseLimit = rcmgr.BaseLimit{
		Conns: conns, ConnsInbound: conns, ConnsOutbound: conns, FD: conns,
		Streams: 2 * l.StreamsPerPeer, StreamsInbound: l.StreamsPerPeer, StreamsOutbound: l.StreamsPerPeer, Memory: memory / 8,
	}
	limits.PeerLimitIncrease = rcmgr.BaseLimitIncrease{}

	v4 := []rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: l.ConnectionsPerAddress}}
	v6 := []rcmgr.ConnLimitPerSubnet{{PrefixLength: 56, ConnCount: l.ConnectionsPerAddress}, {PrefixLength: 48, ConnCount: 2 * l.ConnectionsPerAddress}}
	var open4, open6 []rcmgr.NetworkPrefixLimit
	for _, s := range privateNetworks {
		p := rcmgr.NetworkPrefixLimit{Network: netip.MustParsePrefix(s), ConnCount: math.MaxInt}
		if p.Network.Addr().Is4() {
			open4 = append(open4, p)
		} else {
			open6 = append(open6, p)
		}
	}
	inner, err := rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits.Scale(memory, l.allConnections()+256)),
		rcmgr.WithLimitPerSubnet(v4, v6), rcmgr.WithNetworkPrefixLimit(open4, open6), rcmgr.WithMetricsDisabled(),
		rcmgr.WithConnRateLimiters(&xrate.Limiter{}), // hostGuard has them, where they are counted
		rcmgr.WithMetrics(blockedResources{counts: counts}))
	if err != nil {
		return nil, err
	}
	return newHostGuard(inner, l, counts), nil
}
