package node

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

const (
	dialEvery      = 30 * time.Second // ± a third, when nothing wakes it
	firstBackoff   = 5 * time.Second
	maxBackoff     = 15 * time.Minute
	maxBootBackoff = 2 * time.Minute // a bootstrap peer is somebody's only way in
	askPeersEvery  = 15 * time.Minute
	askPeersHungry = time.Minute // while there are fewer peers than wanted
	savePeersEvery = time.Minute
)

// dialler keeps a small number of connections. Half of those it wants it
// makes itself: whoever only waits to be dialled can be surrounded by one
// attacker's nodes.
type dialler struct {
	n    *Node
	wake chan struct{}
	ask  chan struct{} // one slot: somebody is in toAsk

	mu      sync.Mutex
	wanted  map[peer.ID]peer.AddrInfo // asked for by hand, mDNS or a bootstrap edit: dialled at once
	toAsk   map[peer.ID]bool          // who just came: asked for others at once
	backoff map[peer.ID]dialBackoff
}

type dialBackoff struct {
	failures int
	until    time.Time
}

func newDialler(n *Node) *dialler {
	return &dialler{n: n, wake: make(chan struct{}, 1), ask: make(chan struct{}, 1), wanted: map[peer.ID]peer.AddrInfo{}, toAsk: map[peer.ID]bool{}, backoff: map[peer.ID]dialBackoff{}}
}

func (d *dialler) wakeUp() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// want has a peer dialled at the next moment, whatever the number of peers.
func (d *dialler) want(info peer.AddrInfo) {
	d.mu.Lock()
	if len(d.wanted) < maxDialsWaiting {
		d.wanted[info.ID] = info
		delete(d.backoff, info.ID)
	} else {
		d.n.metrics.limits.reached(boundWanted)
	}
	d.mu.Unlock()
	d.wakeUp()
}

// came has a new peer asked for others.
func (d *dialler) came(p peer.ID) {
	d.mu.Lock()
	if len(d.toAsk) < d.n.cfg.Limits.Connections {
		d.toAsk[p] = true
	}
	d.mu.Unlock()
	select {
	case d.ask <- struct{}{}:
	default:
	}
}

// runPeers dials and keeps the file of peers.
func (n *Node) runPeers(ctx context.Context) error {
	dial := time.NewTimer(0)
	save := time.NewTicker(savePeersEvery)
	defer dial.Stop()
	defer save.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.dialler.wake:
			n.dialler.round(ctx)
		case <-dial.C:
			n.dialler.round(ctx)
			dial.Reset(jitter(dialEvery))
		case <-save.C:
			n.refreshPeers()
			if err := n.peers.save(time.Now()); err != nil {
				n.log.Warn("peers not saved", "error", err)
			}
		}
	}
}

// runAskPeers asks for further peers: beside the dials, because peers that
// come in crowds and answer slowly would else hold them up.
func (n *Node) runAskPeers(ctx context.Context) error {
	timer := time.NewTimer(askPeersHungry)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.dialler.ask:
			n.askPeersOf(ctx, n.dialler.newcomers())
		case <-timer.C:
			all := n.gossip.peers()
			rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			n.askPeersOf(ctx, all[:min(len(all), 3)])
			if n.peerCount() < n.cfg.TargetPeers {
				timer.Reset(jitter(askPeersHungry))
			} else {
				timer.Reset(jitter(askPeersEvery))
			}
		}
	}
}

// askPeersOf asks each of them, a few at a time.
func (n *Node) askPeersOf(ctx context.Context, ps []peer.ID) {
	inParallel(ps, func(p peer.ID) {
		if err := n.askPeers(ctx, p); err != nil {
			n.log.Debug("ask for peers", "peer", p.String(), "error", err)
		}
	})
}

// inParallel does it for all, maxParallelDials at a time, and waits.
func inParallel[T any](all []T, do func(T)) {
	slots := make(chan struct{}, maxParallelDials)
	var work sync.WaitGroup
	for _, one := range all {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			do(one)
		})
	}
	work.Wait()
}

// refreshPeers notes that connected peers are still there.
func (n *Node) refreshPeers() {
	for _, p := range n.gossip.peers() {
		n.remember(p)
	}
}

// jitter spreads d by a third to either side, so that nodes started together
// do not act together.
func jitter(d time.Duration) time.Duration {
	return d - d/3 + rand.N(2*d/3+1)
}

// round dials whoever is due, a few at a time.
func (d *dialler) round(ctx context.Context) {
	inParallel(d.due(time.Now()), func(info peer.AddrInfo) { d.dial(ctx, info) })
}

func (d *dialler) newcomers() []peer.ID {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []peer.ID
	for p := range d.toAsk {
		out = append(out, p)
	}
	clear(d.toAsk)
	return out
}

func (d *dialler) dial(ctx context.Context, info peer.AddrInfo) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	err := d.n.host.Connect(ctx, info)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		delete(d.backoff, info.ID)
		d.n.metrics.dials.WithLabelValues("connected").Inc()
		return
	}
	d.n.metrics.dials.WithLabelValues("failed").Inc()
	d.n.log.Debug("dial failed", "peer", info.ID.String(), "error", err)
	b := d.backoff[info.ID]
	longest := maxBackoff
	if d.n.bootstrap.has(info.ID) {
		longest = maxBootBackoff
	}
	wait := min(firstBackoff<<min(b.failures, 10), longest)
	if len(d.backoff) >= maxBackoffPeers {
		d.n.metrics.limits.reached(boundBackoffs)
		clear(d.backoff)
	}
	d.backoff[info.ID] = dialBackoff{failures: b.failures + 1, until: time.Now().Add(jitter(wait))}
}

// due chooses whom to dial now: those asked for, then, while there are too
// few peers or too few dialled ones, bootstrap and remembered peers, from
// networks that are not represented yet first.
func (d *dialler) due(now time.Time) []peer.AddrInfo {
	n := d.n
	connected, outbound, groups := n.connections()
	missing := max(n.cfg.TargetPeers-connected, (n.cfg.TargetPeers+1)/2-outbound)
	candidates := n.bootstrap.infos()
	for _, p := range n.peers.all() {
		candidates = append(candidates, peer.AddrInfo{ID: p.id, Addrs: p.addrs})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []peer.AddrInfo
	chosen := map[peer.ID]bool{}
	take := func(info peer.AddrInfo) bool {
		if chosen[info.ID] || info.ID == n.host.ID() || n.faults.isBlocked(info.ID) || now.Before(d.backoff[info.ID].until) ||
			n.host.Network().Connectedness(info.ID) == network.Connected {
			return false
		}
		chosen[info.ID] = true
		out = append(out, info)
		return true
	}
	for _, info := range d.wanted {
		take(info)
	}
	clear(d.wanted)
	rand.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
	for _, fresh := range []bool{true, false} {
		for _, info := range candidates {
			if missing <= 0 {
				return out
			}
			if g := groupOf(info.Addrs); groups[g] != fresh && take(info) {
				groups[g] = true
				missing--
			}
		}
	}
	return out
}

// connections counts the peers of this network, those that this node dialled,
// and notes the address groups they are in.
func (n *Node) connections() (all, outbound int, groups map[string]bool) {
	groups = map[string]bool{}
	for _, p := range n.gossip.peers() {
		all++
		dialled := false
		for _, c := range n.host.Network().ConnsToPeer(p) {
			groups[groupOf([]multiaddr.Multiaddr{c.RemoteMultiaddr()})] = true
			dialled = dialled || c.Stat().Direction == network.DirOutbound
		}
		if dialled {
			outbound++
		}
	}
	return all, outbound, groups
}

// groupOf names the part of the internet of the first address that has an IP:
// the /16 of IPv4, the /32 of IPv6, about one provider.
func groupOf(addrs []multiaddr.Multiaddr) string {
	for _, a := range addrs {
		ip, err := manet.ToIP(a)
		if err != nil {
			continue
		}
		addr, ok := netip.AddrFromSlice(ip)
		if !ok {
			continue
		}
		addr = addr.Unmap()
		bits := 32
		if addr.Is4() {
			bits = 16
		}
		if p, err := addr.Prefix(bits); err == nil {
			return p.String()
		}
	}
	return ""
}
