package node

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol/reconcile"
	"courtcircuit/store"
)

const (
	metaLastCatchUp = "catch-up/last" // Unix milliseconds, 8 bytes
	auditEach       = 8               // every so many periodic sessions start from random cuts
	maxSyncAttempts = 6
	syncRetryAfter  = 5 * time.Second // doubled each time
)

// runCatchUp starts sessions as they come due, a few at once, and awaits them.
func (n *Node) runCatchUp(ctx context.Context) error {
	var sessions sync.WaitGroup
	defer sessions.Wait()
	var losses uint64 // of the replica that sessions were asked for
	periodic := time.Now().Add(jitter(n.cfg.CatchUpEvery))
	timer := time.NewTimer(time.Until(periodic))
	defer timer.Stop()
	for rounds := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-n.syncs.wake:
		case <-timer.C:
		}
		now := time.Now()
		if l := n.store.Losses(); l != losses {
			losses = l // wantAny lasts until a session has succeeded
			n.log.Warn("the replica lost records; fetching them from peers")
			n.syncs.wantAny()
		}
		if !now.Before(periodic) {
			rounds++
			n.addPeriodic()
			periodic = now.Add(jitter(n.cfg.CatchUpEvery))
		}
		tasks, hints, next := n.syncs.due(now, n.gossip.peers())
		for _, t := range tasks {
			salt := auditSalt(t.reason, rounds)
			sessions.Go(func() { n.runSession(ctx, t, salt) })
		}
		for _, p := range hints {
			sessions.Go(func() { n.sendHint(ctx, p) })
		}
		if next.IsZero() || periodic.Before(next) {
			next = periodic
		}
		timer.Reset(max(time.Until(next), 0))
	}
}

// auditSalt is new for each session that starts from random cuts, and nil for
// the others.
func auditSalt(reason syncReason, rounds int) []byte {
	if reason != syncAny && (reason != syncPeriodic || rounds%auditEach != 0) {
		return nil
	}
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	return salt
}

// addPeriodic picks a random peer: whoever wants to keep something from this
// node would have to be all of its peers.
func (n *Node) addPeriodic() {
	if all := n.gossip.peers(); len(all) > 0 {
		n.syncs.add(all[mathrand.IntN(len(all))], syncPeriodic)
	}
}

func (n *Node) runSession(ctx context.Context, t syncTask, salt []byte) {
	defer n.syncs.finished(t.peer)
	if !n.gossip.has(t.peer) {
		if t.reason == syncAny {
			n.syncs.wantAny()
		}
		return // it will come again, and be caught up with then
	}
	if err := errors.Join(n.store.CheckSpace(), n.store.CheckBudget()); err != nil {
		n.sessionFailed(t, syncResult{}, err) // nothing need be fetched to find that out
		return
	}
	// Two sides that hint each other at what neither can take would never
	// rest, so a session that a hint began gives none.
	losses := n.store.Losses()
	result, err := n.syncWith(ctx, t.peer, salt, t.reason != syncHinted)
	if ctx.Err() != nil {
		return
	}
	if result.Received > 0 {
		// Gossip does not carry what came this way; the others come for it.
		n.hintOthers(t.peer)
	}
	if err != nil {
		n.sessionFailed(t, result, err)
		return
	}
	n.store.MadeUp(losses)
	n.sessionDone(t, result)
}

func (n *Node) hintOthers(from peer.ID) {
	var others []peer.ID
	for _, p := range n.gossip.peers() {
		if p != from {
			others = append(others, p)
		}
	}
	n.syncs.hintAll(others)
}

func (n *Node) sessionDone(t syncTask, r syncResult) {
	now := time.Now()
	n.metrics.syncs.WithLabelValues(string(t.reason), "done").Inc()
	n.metrics.syncRounds.Observe(float64(r.Rounds))
	n.metrics.lastCatchUp.Set(float64(now.Unix()))
	n.syncs.succeeded(t.peer)
	n.clocks.note(t.peer, nil)
	n.askOthersForBodies()
	n.caughtUpSince.CompareAndSwap(0, now.UnixMilli())
	if err := n.store.SetMeta(metaLastCatchUp, binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli()))); err != nil {
		n.log.Warn("time of catch-up not kept", "error", err)
	}
	n.peers.update(t.peer, func(p *rememberedPeer) { p.LastSync = now.UTC() })
	n.log.Log(context.Background(), levelOf(r), "caught up", "peer", t.peer.String(), "reason", string(t.reason),
		"received", r.Received, "needed", r.Needed, "absent_bodies", r.Absent, "only_here", r.Have, "rounds", r.Rounds)
	n.events.emit(Event{Type: EventCatchUpDone, Peer: t.peer.String(), Received: r.Received, Needed: r.Needed})
}

func (n *Node) sessionFailed(t syncTask, r syncResult, err error) {
	now := time.Now()
	n.metrics.syncs.WithLabelValues(string(t.reason), "failed").Inc()
	n.events.emit(Event{Type: EventCatchUpFailed, Peer: t.peer.String(), Received: r.Received, Needed: r.Needed, Detail: err.Error()})
	switch {
	case errors.Is(err, reconcile.ErrClockSkew):
		n.metrics.clockSkew.Inc()
		n.clocks.note(t.peer, err)
		n.log.Warn("no catch-up: the clocks are more than an hour apart; check the clock of this machine", "peer", t.peer.String(), "error", err)
		n.syncs.failed(t.peer, now)
	case errors.Is(err, errNoSync):
		n.leaveOut(t.peer)
	case errors.Is(err, reconcile.ErrBounds) && r.Received > 0:
		// What was fetched stays; the rest is for a new session. A session
		// that brought nothing is a failure, or a list without end of records
		// that do not exist would be asked for without end.
		n.syncs.addTask(syncTask{peer: t.peer, reason: t.reason, at: now})
		return
	case errors.Is(err, store.ErrDiskFull):
		wait := jitter(min(diskRetryAfter<<min(t.diskFull, 10), maxDiskRetry))
		n.log.Warn("no catch-up: the disk is full", "again_in", wait.String(), "error", err)
		n.syncs.addTask(syncTask{peer: t.peer, reason: t.reason, diskFull: t.diskFull + 1, at: now.Add(wait)})
		return
	default:
		count, again := n.syncs.failed(t.peer, now)
		n.log.Debug("catch-up failed", "peer", t.peer.String(), "failures", count, "error", err)
		if count < maxSyncAttempts && t.reason != syncAny {
			n.syncs.addTask(syncTask{peer: t.peer, reason: t.reason, at: again})
		}
	}
	if t.reason == syncAny {
		n.syncs.wantAny() // with another peer, if there is one
	}
}

// leaveOut stops counting a peer of the topic that does not speak catch-up:
// what it holds cannot be known, so the node must not wait for it either.
func (n *Node) leaveOut(p peer.ID) {
	n.log.Info("peer left out: it does not speak catch-up", "peer", p.String())
	n.gossip.leaveOut(p, time.Now().Add(unfitFor))
	n.peers.forget(p)
}

// sendHint opens a stream for nothing but a hint.
func (n *Node) sendHint(ctx context.Context, p peer.ID) {
	ctx, cancel := context.WithTimeout(ctx, syncFrameTimeout)
	defer cancel()
	s, err := n.host.NewStream(network.WithNoDial(ctx, "hint"), p, n.syncProtocol())
	if err != nil {
		n.log.Debug("hint not sent", "peer", p.String(), "error", err)
		return
	}
	defer s.Close()
	if err := s.SetDeadline(time.Now().Add(syncFrameTimeout)); err != nil {
		return
	}
	if err := writeFrame(s, frameHint, make([]byte, 8)); err != nil {
		n.log.Debug("hint not sent", "peer", p.String(), "error", err)
		s.Reset()
	}
}

// caughtUp says that what this node holds is not older than what its peers
// hold: a catch-up was completed since the start, or there was never a peer
// to catch up with. Only then does a node renew profiles.
func (n *Node) caughtUp() bool {
	if n.caughtUpSince.Load() != 0 {
		return true
	}
	return n.peers.isEmpty() && len(n.bootstrap.list()) == 0 && n.peerCount() == 0
}

// CaughtUp says that what this node holds is not older than what its peers
// hold.
func (n *Node) CaughtUp() bool { return n.caughtUp() }

// lastCatchUp is when a catch-up was completed last, also before this start;
// zero for never.
func (n *Node) lastCatchUp() time.Time {
	b, err := n.store.Meta(metaLastCatchUp)
	if err != nil || len(b) != 8 {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
}

// levelOf keeps the log quiet about sessions that brought nothing.
func levelOf(r syncResult) slog.Level {
	if r.Received > 0 {
		return slog.LevelInfo
	}
	return slog.LevelDebug
}
