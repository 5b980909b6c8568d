package node

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// userAgent is what identify tells other nodes.
const userAgent = "courtcircuit/1"

// buildHost makes the libp2p host: TCP and QUIC, and what a node behind a home
// router needs to be reached. On TCP noise goes before TLS: its handshake knows
// no time, while the certificates of TLS and QUIC are not valid for whoever's
// clock is an hour behind, so that nobody could tell such nodes what is wrong.
func (n *Node) buildHost() (host.Host, error) {
	key, err := n.hostKey()
	if err != nil {
		return nil, err
	}
	listen, err := chooseListen(n.cfg.Home, n.cfg.Listen, n.log)
	if err != nil {
		return nil, err
	}
	resources, err := newResourceManager(n.cfg.Limits, n.metrics.limits)
	if err != nil {
		return nil, fmt.Errorf("limit resources: %w", err)
	}
	conns, err := connmgr.NewConnManager(n.cfg.Limits.lowConnections(), n.cfg.Limits.Connections, connmgr.WithGracePeriod(connectionGrace))
	if err != nil {
		return nil, fmt.Errorf("limit connections: %w", err)
	}
	opts := []libp2p.Option{
		libp2p.Identity(key),
		libp2p.ListenAddrStrings(listen.addrs...),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Transport(quic.NewTransport),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Security(tls.ID, tls.New),
		libp2p.UserAgent(userAgent),
		libp2p.ResourceManager(resources),
		libp2p.ConnectionManager(conns),
		libp2p.ConnectionGater(n.faults),
		libp2p.PrometheusRegisterer(n.metrics.registry),
		libp2p.WithDialTimeout(dialTimeout),
	}
	opts, err = n.addReachability(opts)
	if err != nil {
		return nil, err
	}
	n.guard, _ = resources.(*hostGuard)
	h, err := libp2p.New(opts...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %v: %w", listen.addrs, err), conns.Close(), resources.Close())
	}
	if err := checkListening(h.Network().ListenAddresses(), listen); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, listen.remember(n.cfg.Home)
}

func (n *Node) hostKey() (crypto.PrivKey, error) {
	own, err := n.keys.PeerKey()
	if err != nil {
		return nil, fmt.Errorf("peer key: %w", err)
	}
	seed, public := own.Seed(), own.Public()
	key, err := crypto.UnmarshalEd25519PrivateKey(append(seed[:], public[:]...))
	if err != nil {
		return nil, fmt.Errorf("peer key: %w", err)
	}
	return key, nil
}

// addReachability says how others get at the node. One that announces its
// address relays for those who have none, and tells those who ask whether they
// can be dialled: AutoNATv2 alone judges addresses that four peers have seen, so
// in a federation of three a node would never learn that it wants a relay. One
// that announces nothing asks the router for a port, and else is reached through
// a relay, from where hole punching leads to a direct connection.
func (n *Node) addReachability(opts []libp2p.Option) ([]libp2p.Option, error) {
	if len(n.cfg.Announce) > 0 {
		announced := make([]multiaddr.Multiaddr, 0, len(n.cfg.Announce))
		for _, s := range n.cfg.Announce {
			a, err := multiaddr.NewMultiaddr(s)
			if err != nil {
				return nil, fmt.Errorf("announce %q: %w", s, err)
			}
			announced = append(announced, a)
		}
		return append(opts,
			libp2p.AddrsFactory(func(found []multiaddr.Multiaddr) []multiaddr.Multiaddr { return announceAddrs(announced, found) }),
			libp2p.ForceReachabilityPublic(), libp2p.EnableRelayService(), libp2p.EnableNATService(), libp2p.EnableAutoNATv2(), libp2p.EnableHolePunching(holepunch.WithTracer(&n.outside)),
		), nil
	}
	if onlyLoopback(n.cfg.Listen) {
		// Nobody outside can reach it anyway: no talk with routers, no relays.
		return append(opts, libp2p.DisableRelay()), nil
	}
	return append(opts, libp2p.NATPortMap(), libp2p.EnableAutoNATv2(), n.relayed(), libp2p.EnableHolePunching(holepunch.WithTracer(&n.outside))), nil
}

// announceAddrs gives what the operator named, and beside it the private
// addresses, by which neighbours on one network find a shorter way.
func announceAddrs(announced, found []multiaddr.Multiaddr) []multiaddr.Multiaddr {
	out := append([]multiaddr.Multiaddr{}, announced...)
	for _, a := range found {
		if manet.IsPrivateAddr(a) && !manet.IsIPLoopback(a) {
			out = append(out, a)
		}
	}
	return out
}

func onlyLoopback(addrs []string) bool {
	for _, s := range addrs {
		a, err := multiaddr.NewMultiaddr(s)
		if err != nil {
			return false
		}
		ip, err := manet.ToIP(a)
		if err != nil {
			return false
		}
		if addr, ok := netip.AddrFromSlice(ip); !ok || !addr.Unmap().IsLoopback() {
			return false
		}
	}
	return true
}
