package node

import (
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

// faultBook remembers, bounded, which peers were proved at fault, and keeps
// the blocked ones out as libp2p's connection gater.
type faultBook struct {
	limits *limitCounts

	mu      sync.Mutex
	faults  map[peer.ID][]time.Time // of the last hour, at most faultsUntilCutOff
	blocked map[peer.ID]time.Time   // until when
}

func newFaultBook() *faultBook {
	return &faultBook{faults: map[peer.ID][]time.Time{}, blocked: map[peer.ID]time.Time{}}
}

// add notes a proven fault and says whether the peer has used up its hour's.
func (b *faultBook) add(p peer.ID, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	recent := recentTimes(b.faults[p], now)
	if len(recent) < faultsUntilCutOff {
		recent = append(recent, now)
	}
	if _, known := b.faults[p]; !known && len(b.faults) >= maxRememberedFaulty {
		b.forgetOldFaults(now)
	}
	b.faults[p] = recent
	return len(recent) >= faultsUntilCutOff
}

// forgetOldFaults makes room: first what is over an hour old, else anybody.
func (b *faultBook) forgetOldFaults(now time.Time) {
	for p, times := range b.faults {
		if len(recentTimes(times, now)) == 0 {
			delete(b.faults, p)
		}
	}
	for p := range b.faults {
		if len(b.faults) < maxRememberedFaulty {
			return
		}
		b.limits.reached(boundFaulty)
		delete(b.faults, p)
	}
}

func recentTimes(times []time.Time, now time.Time) []time.Time {
	var out []time.Time
	for _, t := range times {
		if now.Sub(t) < time.Hour {
			out = append(out, t)
		}
	}
	return out
}

// count is how many faults of the last hour the peer has.
func (b *faultBook) count(p peer.ID, now time.Time) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) == 0 {
		return 0
	}
	return len(recentTimes(b.faults[p], now))
}

func (b *faultBook) block(p peer.ID, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for other, until := range b.blocked {
		if len(b.blocked) < maxBlockedPeers && until.After(now) {
			continue
		}
		if until.After(now) {
			b.limits.reached(boundBlocked)
		}
		delete(b.blocked, other)
	}
	b.blocked[p] = now.Add(blockedFor)
}

func (b *faultBook) isBlocked(p peer.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	until, ok := b.blocked[p]
	return ok && until.After(time.Now())
}

// The connection gater: blocked peers neither dial nor are dialled.
func (b *faultBook) InterceptPeerDial(p peer.ID) bool { return !b.isBlocked(p) }

// InterceptAddrDial allows every address of a peer that may be dialled.
func (b *faultBook) InterceptAddrDial(peer.ID, multiaddr.Multiaddr) bool { return true }

// InterceptAccept knows no peer id yet.
func (b *faultBook) InterceptAccept(network.ConnMultiaddrs) bool { return true }

// InterceptSecured refuses blocked peers once their id is proved.
func (b *faultBook) InterceptSecured(_ network.Direction, p peer.ID, _ network.ConnMultiaddrs) bool {
	return !b.isBlocked(p)
}

// InterceptUpgraded allows what got this far.
func (b *faultBook) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }

// blame notes what a peer's own bytes prove, outside gossip, and cuts it off
// when it goes on.
func (n *Node) blame(p peer.ID, what string, err error) {
	n.metrics.peerFaults.WithLabelValues(what).Inc()
	n.log.Debug("peer at fault", "peer", p.String(), "what", what, "error", err)
	if n.faults.add(p, time.Now()) {
		n.cutOff(p, what)
	}
}
