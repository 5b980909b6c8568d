package node

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"courtcircuit/node/httpapi/api"
)

// reachBook remembers what other nodes found out about how this one is
// reached: AutoNAT for all of it, AutoNATv2 for each address.
type reachBook struct {
	mu          sync.Mutex
	whole       network.Reachability
	reachable   []multiaddr.Multiaddr
	unreachable []multiaddr.Multiaddr
	punched     int // direct connections made through routers on both sides
	notPunched  int
}

func (r *reachBook) judged(whole network.Reachability) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.whole = whole
}

func (r *reachBook) probed(e event.EvtHostReachableAddrsChanged) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reachable, r.unreachable = slices.Clone(e.Reachable), slices.Clone(e.Unreachable)
}

// Trace counts hole punching; libp2p calls it.
func (r *reachBook) Trace(e *holepunch.Event) {
	end, ok := e.Evt.(*holepunch.EndHolePunchEvt)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if end.Success {
		r.punched++
	} else {
		r.notPunched++
	}
}

// checkReach says how others reach this node, in the words of who has to open
// a port.
func (n *Node) checkReach() api.Check {
	var addrs []multiaddr.Multiaddr
	if n.host != nil {
		addrs = n.host.Addrs()
	}
	n.outside.mu.Lock()
	defer n.outside.mu.Unlock()
	return n.outside.check(addrs, len(n.cfg.Announce) > 0, onlyLoopback(n.cfg.Listen))
}

func (r *reachBook) check(addrs []multiaddr.Multiaddr, announced, loopback bool) api.Check {
	const name = "reachability"
	relays := relaysIn(addrs)
	opened := r.public()
	switch {
	case loopback:
		return well(name, "from this machine only, as listen says")
	case announced && len(opened) == 0 && len(r.closed()) > 0:
		return wrong(name, "open the port in the firewall, forward it in the router, and check that announce leads to this machine",
			"announced, but other nodes could not dial %s", joinAddrs(r.closed()))
	case len(opened) > 0:
		return well(name, "public: other nodes could dial %s", joinAddrs(opened))
	case announced:
		return well(name, "announced; no other node has tried yet")
	case r.whole == network.ReachabilityPublic:
		return well(name, "public")
	case len(relays) > 0:
		return well(name, "relayed by %s; connections that became direct by hole punching: %d of %d", strings.Join(relays, ", "), r.punched, r.punched+r.notPunched)
	case r.whole == network.ReachabilityPrivate || len(r.closed()) > 0:
		return warned(name, fmt.Sprintf("forward port %s, TCP and UDP, in the router to this machine, or join a node that announces its address: it relays", portsOf(addrs)),
			"unreachable from outside: this node reaches others, they do not reach it first")
	}
	return well(name, "not known: no node outside has tried to dial this one yet")
}

// public are the addresses that a node elsewhere has dialled.
func (r *reachBook) public() []multiaddr.Multiaddr { return publicOf(r.reachable) }
func (r *reachBook) closed() []multiaddr.Multiaddr { return publicOf(r.unreachable) }

func publicOf(addrs []multiaddr.Multiaddr) []multiaddr.Multiaddr {
	return slices.DeleteFunc(slices.Clone(addrs), func(a multiaddr.Multiaddr) bool { return isRelayed(a) || !manet.IsPublicAddr(a) })
}

func joinAddrs(addrs []multiaddr.Multiaddr) string {
	var out []string
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}

// relaysIn names the peers through which addresses lead.
func relaysIn(addrs []multiaddr.Multiaddr) (ids []string) {
	for _, a := range addrs {
		if !isRelayed(a) {
			continue
		}
		if id, err := a.ValueForProtocol(multiaddr.P_P2P); err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func portsOf(addrs []multiaddr.Multiaddr) string {
	var ports []string
	for _, a := range addrs {
		if p := portOf(a); p != "" && !isRelayed(a) && !slices.Contains(ports, p) {
			ports = append(ports, p)
		}
	}
	return strings.Join(ports, ", ")
}
