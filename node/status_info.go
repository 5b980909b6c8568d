package node

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

// Info says who this node is and what it holds.
func (n *Node) Info(context.Context) (api.Info, error) {
	now := time.Now()
	digest := n.store.Digest(now)
	info := api.Info{
		Version: Version(), Network: string(n.cfg.Network), PeerID: n.host.ID().String(), Addresses: n.Addresses(),
		Peers: n.peerCount(), Counts: map[string]int{}, Digest: hex.EncodeToString(digest[:]),
		Sync: api.Sync{State: n.syncState(), Progress: n.CatchUpProgress()}, StartedAt: n.started.UTC(),
	}
	if info.Addresses == nil {
		info.Addresses = []string{}
	}
	for kind, count := range n.store.Counts(now) {
		if kind.Known() {
			info.Counts[kind.String()] += count
		} else {
			info.Counts["other"] += count
		}
	}
	if last := n.lastCatchUp(); !last.IsZero() {
		last = last.UTC()
		info.Sync.Last = &last
	}
	if author, _, body, err := n.collective(now); err == nil {
		info.Collective = &api.CollectiveRef{ID: author.Identity().String(), Name: body.Name}
	}
	return info, nil
}

// syncState is idle, running, or waiting for a first peer to catch up with.
func (n *Node) syncState() string {
	switch {
	case n.syncs.waiting() > 0:
		return "running"
	case !n.caughtUp():
		return "waiting"
	default:
		return "idle"
	}
}

// Live is an error only when a restart is the one cure; a full disk or
// missing peers are not.
func (n *Node) Live() error {
	if _, err := n.store.NewestIssue(protocol.Identity{}); err != nil {
		return err
	}
	return nil
}

// CheckReady is nil when the node answers queries and takes records.
func (n *Node) CheckReady() error {
	select {
	case <-n.ready:
	default:
		return errors.New("the node is starting")
	}
	if s := n.store.Stats(); n.cfg.MinFreeBytes > 0 && s.FreeBytes > 0 && s.FreeBytes < n.cfg.MinFreeBytes {
		return errors.New("the disk is nearly full, so no records are taken")
	}
	return n.Live()
}
