package nodesim

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	corenet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"
	"github.com/multiformats/go-multiaddr"

	"courtcircuit/node/places"
	"courtcircuit/protocol"
)

// NetworkName is the federation of all simulated nodes.
const NetworkName protocol.Network = "sim"

const (
	linkBitsPerSecond = 100 * simlibp2p.OneMbps
	oneWayLatency     = 10 * time.Millisecond
)

// Network is a simulated internet. Make it inside synctest.Test.
type Network struct {
	t       testing.TB
	sim     *simnet.Simnet
	nodes   []*Node
	links   linkRules
	weather linkWeather

	// Log receives what the nodes log; by default nothing.
	Log *slog.Logger
}

var nilLog = slog.New(slog.DiscardHandler)

// New starts an internet that ends, with all its nodes, before the test does.
func New(t testing.TB) *Network {
	nw := &Network{t: t, sim: &simnet.Simnet{}, Log: nilLog}
	nw.weather.now, nw.weather.draw = calm, Seed(0).draw("weather")
	nw.sim.LatencyFunc = nw.weather.delay
	nw.sim.Logger = nilLog // packets to stopped nodes are no mistake
	nw.sim.Start()
	nw.links.parted = map[peer.ID]int{}
	return nw
}

// Close stops every node, then the internet. Call it at the end of the
// synctest bubble: everything in it has to end there.
func (nw *Network) Close() {
	for _, n := range nw.nodes {
		n.Stop()
	}
	nw.sim.Close()
}

// Key is the peer key of the index-th host, the same in every run.
func Key(index int) crypto.PrivKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "courtcircuit nodesim host %d", index))
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		panic(err) // a seed of the right length always works
	}
	return key
}

// Addr is where the index-th host listens, with its peer id.
func Addr(index int) string {
	id, err := peer.IDFromPrivateKey(Key(index))
	if err != nil {
		panic(err)
	}
	return listenAddr(index) + "/p2p/" + id.String()
}

// sharedFrom is the index from which on hosts are behind one address.
const sharedFrom = 1000

// listenAddr puts every host into a /16 of its own, but those that share one.
func listenAddr(index int) string {
	if index >= sharedFrom {
		return fmt.Sprintf("/ip4/20.250.0.1/udp/%d/quic-v1", 8000+index)
	}
	return fmt.Sprintf("/ip4/%d.%d.0.1/udp/8000/quic-v1", 20+index/250, index%250)
}

// NewHost makes a bare host, as a lying peer uses one.
func (nw *Network) NewHost(index int) host.Host {
	nw.t.Helper()
	link := simnet.LinkSettings{BitsPerSecond: linkBitsPerSecond}
	h, err := libp2p.New(
		libp2p.Identity(Key(index)),
		libp2p.ListenAddrStrings(listenAddr(index)),
		simlibp2p.QUICSimnet(nw.sim, simnet.NodeBiDiLinkSettings{Downlink: link, Uplink: link}),
		libp2p.DisableIdentifyAddressDiscovery(), // it stalls synctest
		libp2p.ResourceManager(&corenet.NullResourceManager{}),
		libp2p.ConnectionGater(&gater{self: index, rules: &nw.links}),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
	)
	if err != nil {
		nw.t.Fatalf("simulated host %d: %v", index, err)
	}
	return h
}

// linkRules says who can reach whom: hosts of one part.
type linkRules struct {
	mu     sync.Mutex
	parted map[peer.ID]int
}

func (r *linkRules) apart(a, b peer.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.parted[a] != r.parted[b]
}

// Part cuts the network: the named nodes reach one another and nobody else.
// Heal ends it.
func (nw *Network) Part(nodes ...*Node) {
	nw.links.mu.Lock()
	for _, n := range nodes {
		nw.links.parted[n.Host.ID()] = 1
	}
	nw.links.mu.Unlock()
	for _, n := range nw.nodes {
		if !n.running() {
			continue
		}
		for _, p := range n.Host.Network().Peers() {
			if nw.links.apart(n.Host.ID(), p) {
				n.Host.Network().ClosePeer(p)
			}
		}
	}
}

// Heal joins what Part cut.
func (nw *Network) Heal() {
	nw.links.mu.Lock()
	clear(nw.links.parted)
	nw.links.mu.Unlock()
}

type gater struct {
	self  int
	rules *linkRules
}

func (g *gater) allows(p peer.ID) bool {
	id, err := peer.IDFromPrivateKey(Key(g.self))
	return err == nil && !g.rules.apart(id, p)
}

func (g *gater) InterceptPeerDial(p peer.ID) bool                                { return g.allows(p) }
func (g *gater) InterceptAddrDial(p peer.ID, _ multiaddr.Multiaddr) bool         { return g.allows(p) }
func (g *gater) InterceptAccept(corenet.ConnMultiaddrs) bool                     { return true }
func (g *gater) InterceptUpgraded(corenet.Conn) (bool, control.DisconnectReason) { return true, 0 }
func (g *gater) InterceptSecured(_ corenet.Direction, p peer.ID, _ corenet.ConnMultiaddrs) bool {
	return g.allows(p)
}

// gazetteer is loaded once: it is large and never changes.
var gazetteer = sync.OnceValues(places.Load)

// Sleep lets simulated time pass.
func (nw *Network) Sleep(d time.Duration) { time.Sleep(d) }

// Until lets simulated time pass until cond holds, and fails the test when it
// does not within limit, which costs no real time.
func (nw *Network) Until(what string, limit time.Duration, cond func() bool) time.Duration {
	nw.t.Helper()
	start := time.Now()
	for !cond() {
		if time.Since(start) > limit {
			nw.t.Fatalf("%s: not within %s", what, limit)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(start)
}

// Connect has one host dial another.
func Connect(ctx context.Context, from host.Host, index int) error {
	info, err := peer.AddrInfoFromString(Addr(index))
	if err != nil {
		return err
	}
	return from.Connect(ctx, *info)
}
