package node

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
)

// missingBodies remembers, bounded, which records are held here as headers
// because the peer asked did not hold their bodies either, and who was asked.
// Reconciliation does not find them again: it counts headers.
type missingBodies struct {
	limits *limitCounts

	mu  sync.Mutex
	ids map[protocol.RecordID]map[peer.ID]bool
}

func newMissingBodies() *missingBodies {
	return &missingBodies{ids: map[protocol.RecordID]map[peer.ID]bool{}}
}

// add notes that the peer does not hold the body. After maxBodyAskers peers
// nobody else is asked: some bodies are nowhere.
func (m *missingBodies) add(id protocol.RecordID, p peer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	asked, known := m.ids[id]
	switch {
	case !known && len(m.ids) >= maxMissingBodies:
		m.limits.reached(boundMissingBodies)
	case !known:
		m.ids[id] = map[peer.ID]bool{p: true}
	case len(asked) >= maxBodyAskers:
		m.limits.reached(boundBodyAskers)
		delete(m.ids, id)
	default:
		asked[p] = true
	}
}

// recallMissing takes up, at the start, what an earlier run left without
// bodies: one peer that kept them back must not hide records here for good.
func (n *Node) recallMissing() error {
	ids, err := n.store.LackingBodies(protocol.RecordID{}, maxMissingBodies)
	if err != nil {
		return fmt.Errorf("list headers without body: %w", err)
	}
	n.missing.mu.Lock()
	defer n.missing.mu.Unlock()
	for _, id := range ids {
		n.missing.ids[id] = map[peer.ID]bool{}
	}
	return nil
}

func (m *missingBodies) forget(id protocol.RecordID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.ids, id)
}

// of lists at most limit bodies that the peer was not asked for yet.
func (m *missingBodies) of(p peer.ID, limit int) []protocol.RecordID {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []protocol.RecordID
	for id, asked := range m.ids {
		if len(out) == limit {
			break
		}
		if !asked[p] {
			out = append(out, id)
		}
	}
	return out
}

// fetchMissing asks this peer for bodies that others did not hold.
func (c *catchUp) fetchMissing(ctx context.Context) error {
	for {
		ids := c.n.missing.of(c.peer, bodiesPerRequest)
		if len(ids) == 0 {
			return nil
		}
		wanted, err := c.n.stillMissing(ids)
		if err != nil {
			return err
		}
		got, err := c.fetchBodies(wanted)
		if err := errors.Join(err, c.store(ctx, got)); err != nil {
			return err
		}
	}
}

// stillMissing opens the headers held of these records again and forgets
// those that are gone, or whose body came another way.
func (n *Node) stillMissing(ids []protocol.RecordID) ([]protocol.Verified, error) {
	headers, err := n.store.HeadersOf(ids)
	if err != nil {
		return nil, fmt.Errorf("read headers without body: %w", err)
	}
	now := n.now()
	opened, errs := n.opener.OpenHeaders(headers, now)
	var wanted []protocol.Verified
	for i, v := range opened {
		if errs[i] != nil || !n.store.WantsBody(v, now) {
			n.missing.forget(ids[i])
			continue
		}
		wanted = append(wanted, v)
	}
	return wanted, nil
}

// askOthersForBodies has a few peers asked for what is missing still.
func (n *Node) askOthersForBodies() {
	asked := 0
	for _, p := range n.gossip.peers() {
		if asked < n.cfg.Limits.CatchUpSessions && len(n.missing.of(p, 1)) > 0 {
			n.syncs.add(p, syncBodies)
			asked++
		}
	}
}
