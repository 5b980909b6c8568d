package node

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	xrate "github.com/libp2p/go-libp2p/x/rate"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/time/rate"
)

// hostGuard stands before libp2p's resource manager, which bounds what is open
// at once, and bounds how fast it is opened: a handshake and the negotiation of
// a stream cost this side about as much as the other, and are over before any
// handler of ours could refuse. It counts what either of them refuses.
type hostGuard struct {
	network.ResourceManager
	limits   Limits
	counts   *limitCounts
	connects *xrate.Limiter // by address

	mu      sync.Mutex
	streams map[peer.ID]*streamRate
	cutOff  func(p peer.ID, why string) // nil until the node runs
}

// streamRate has two buckets: what is beyond the first is refused, what is
// beyond the second, four times as much, is no haste but an attack.
type streamRate struct{ opened, abused *rate.Limiter }

const (
	streamBurstSeconds = 10
	streamAbuseFactor  = 4
)

func newHostGuard(inner network.ResourceManager, l Limits, counts *limitCounts) *hostGuard {
	perSecond := float64(l.ConnectsPerMinute) / 60
	an := func(prefix, times int) xrate.SubnetLimit {
		return xrate.SubnetLimit{PrefixLength: prefix, Limit: xrate.Limit{RPS: float64(times) * perSecond, Burst: times * l.ConnectsPerMinute}}
	}
	return &hostGuard{
		ResourceManager: inner, limits: l, counts: counts, streams: map[peer.ID]*streamRate{},
		connects: &xrate.Limiter{
			// This machine is exempt, or demos and tests could not run here.
			NetworkPrefixLimits: []xrate.PrefixLimit{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")}},
			SubnetRateLimiter: xrate.SubnetLimiter{
				IPv4SubnetLimits: []xrate.SubnetLimit{an(32, 1)}, IPv6SubnetLimits: []xrate.SubnetLimit{an(56, 1), an(48, 4)}, GracePeriod: time.Minute,
			},
		},
	}
}

// OpenConnection is asked before the handshake.
func (g *hostGuard) OpenConnection(dir network.Direction, usefd bool, at multiaddr.Multiaddr) (network.ConnManagementScope, error) {
	if ip, err := manet.ToIP(at); err == nil && dir == network.DirInbound {
		if addr, ok := netip.AddrFromSlice(ip); ok && !g.connects.Allow(addr.Unmap()) {
			g.counts.reached(boundConnects)
			return nil, fmt.Errorf("%w: %s connects more than %d times a minute", network.ErrResourceLimitExceeded, addr, g.limits.ConnectsPerMinute)
		}
	}
	scope, err := g.ResourceManager.OpenConnection(dir, usefd, at)
	if err != nil && !errors.Is(err, network.ErrResourceLimitExceeded) {
		g.counts.reached(boundAddress) // the one refusal that is of another kind
	}
	return scope, err
}

// OpenStream is asked before the protocol is negotiated.
func (g *hostGuard) OpenStream(p peer.ID, dir network.Direction) (network.StreamManagementScope, error) {
	if dir == network.DirInbound && !g.mayOpen(p, time.Now()) {
		return nil, fmt.Errorf("%w: more than %d streams a second", network.ErrResourceLimitExceeded, g.limits.StreamsPerSecond)
	}
	scope, err := g.ResourceManager.OpenStream(p, dir)
	if err != nil {
		g.counts.reached(g.fullScope(p, dir))
	}
	return scope, err
}

func (g *hostGuard) mayOpen(p peer.ID, now time.Time) bool {
	g.mu.Lock()
	r := g.streams[p]
	if r == nil {
		g.forgetIdle(now)
		perSecond := g.limits.StreamsPerSecond
		r = &streamRate{
			opened: rate.NewLimiter(rate.Limit(perSecond), streamBurstSeconds*perSecond),
			abused: rate.NewLimiter(rate.Limit(streamAbuseFactor*perSecond), streamAbuseFactor*streamBurstSeconds*perSecond),
		}
		g.streams[p] = r
	}
	cutOff := g.cutOff
	g.mu.Unlock()
	bears := r.abused.AllowN(now, 1)
	if bears && r.opened.AllowN(now, 1) {
		return true
	}
	g.counts.reached(boundStreamRate)
	if !bears && cutOff != nil {
		cutOff(p, "streams")
	}
	return false
}

// forgetIdle makes room for another peer: who opened nothing for a while has
// full buckets, and so nothing to be remembered.
func (g *hostGuard) forgetIdle(now time.Time) {
	if len(g.streams) < 2*g.limits.allConnections() {
		return
	}
	for p, r := range g.streams {
		if r.opened.TokensAt(now) >= float64(r.opened.Burst()) {
			delete(g.streams, p)
		}
	}
	for p := range g.streams {
		if len(g.streams) < 2*g.limits.allConnections() {
			return
		}
		delete(g.streams, p)
	}
}

// fullScope says which bound of streams it was: the peer's, or that of all.
func (g *hostGuard) fullScope(p peer.ID, dir network.Direction) bound {
	full := boundStreamsAll
	_ = g.ViewPeer(p, func(s network.PeerScope) error {
		stat := s.Stat()
		if dir == network.DirInbound && stat.NumStreamsInbound >= g.limits.StreamsPerPeer || dir == network.DirOutbound && stat.NumStreamsOutbound >= g.limits.StreamsPerPeer {
			full = boundStreams
		}
		return nil
	})
	return full
}

// guardStreams has who opens streams without end cut off, as long as the node
// works.
func (n *Node) guardStreams() {
	if n.guard == nil {
		return // a host made elsewhere (tests)
	}
	n.guard.mu.Lock()
	defer n.guard.mu.Unlock()
	n.guard.cutOff = func(p peer.ID, why string) {
		if n.faults.isBlocked(p) || !n.serving.Enter() {
			return
		}
		n.faults.block(p, time.Now()) // at once: more streams are under way
		go func() {                   // the connection waits for the answer about its stream
			defer n.serving.Leave()
			n.cutOff(p, why)
		}()
	}
}

// blockedResources counts what libp2p's resource manager refuses where
// hostGuard does not see it.
type blockedResources struct{ counts *limitCounts }

// BlockConn counts a connection beyond all that are allowed.
func (b blockedResources) BlockConn(network.Direction, bool) { b.counts.reached(boundConnections) }

// BlockPeer counts a connection beyond those of one peer.
func (b blockedResources) BlockPeer(peer.ID) { b.counts.reached(boundPeerConnections) }

// BlockMemory counts a reservation beyond the bound.
func (b blockedResources) BlockMemory(int) { b.counts.reached(boundMemory) }

// The rest of the reporter is of no interest here.
func (blockedResources) AllowConn(network.Direction, bool)      {}
func (blockedResources) AllowStream(peer.ID, network.Direction) {}
func (blockedResources) BlockStream(peer.ID, network.Direction) {}
func (blockedResources) AllowPeer(peer.ID)                      {}
func (blockedResources) AllowProtocol(protocol.ID)              {}
func (blockedResources) BlockProtocol(protocol.ID)              {}
func (blockedResources) BlockProtocolPeer(protocol.ID, peer.ID) {}
func (blockedResources) AllowService(string)                    {}
func (blockedResources) BlockService(string)                    {}
func (blockedResources) BlockServicePeer(string, peer.ID)       {}
func (blockedResources) AllowMemory(int)                        {}
