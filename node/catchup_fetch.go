package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store"
)

// fetch brings over the records of the items: headers first, whose signatures
// are checked in batches, then the bodies of those that would be shown.
func (c *catchUp) fetch(ctx context.Context, items []reconcile.Item) error {
	for len(items) > 0 {
		batch := items[:min(len(items), headersPerRequest)]
		vs, answered, err := c.fetchHeaders(batch)
		if err != nil {
			return err
		}
		items = items[answered:]
		// What is complete is stored, whatever broke off: on a link that never holds for long the next session must
		// begin further on.
		vs, err = c.fetchBodies(vs)
		if err := errors.Join(err, c.stores.put(ctx, vs)); err != nil {
			return err
		}
	}
	return nil
}

// fetchHeaders gives the headers that hold, and how many of the items were
// answered: the other side stops when its frame is full.
func (c *catchUp) fetchHeaders(items []reconcile.Item) (vs []protocol.Verified, answered int, err error) {
	ids := make([]protocol.RecordID, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	answer, err := c.ask(frameWantHeaders, encodeIDs(ids), frameHeaders)
	if err != nil {
		return nil, 0, fmt.Errorf("fetch headers: %w", err)
	}
	headers, err := decodeHeaders(answer, len(ids))
	if err != nil {
		return nil, 0, fmt.Errorf("fetch headers: %w", err)
	}
	var here []protocol.HeaderOnly
	var whose []int
	for i, h := range headers {
		if len(h.Header) > 0 {
			here = append(here, h)
			whose = append(whose, i)
		}
	}
	opened, errs := c.n.opener.OpenHeaders(here, c.n.now())
	for k, v := range opened {
		item := items[whose[k]]
		if err := c.n.judgeHeader(v, errs[k], item); err != nil {
			if protocol.VerdictOf(err) == protocol.Reject || errors.Is(err, errSyncFrame) {
				return nil, 0, fmt.Errorf("header of %s: %w", protocol.RecordID(item.ID), err)
			}
			c.n.metrics.syncRefused.WithLabelValues(ignoreReason(err)).Inc()
			continue
		}
		c.pace.earn(len(here[k].Header) + len(here[k].Signature))
		vs = append(vs, v)
	}
	return vs, len(headers), nil
}

// judgeHeader says why a header is not taken. That it is the one asked for,
// and expires when its place in the order says, is what reconciliation leaves
// to whoever fetches.
func (n *Node) judgeHeader(v protocol.Verified, err error, asked reconcile.Item) error {
	if err != nil {
		return err
	}
	rec := v.Record()
	if rec.ID != asked.ID || rec.Header.ExpiryHour() != asked.ExpiryHour {
		return fmt.Errorf("%w: another record than the one listed", errSyncFrame)
	}
	if err := n.admit(v, n.now()); err != nil {
		n.refused.add(rec.ID) // by policy: not asked for again until that changes
		return err
	}
	return nil
}

// fetchBodies completes the headers whose bodies are wanted here. A body that
// the other side lacks too leaves the header alone; askOthersForBodies has
// other peers asked. With an error it gives those that are complete.
func (c *catchUp) fetchBodies(vs []protocol.Verified) ([]protocol.Verified, error) {
	now := c.n.now()
	var want []int
	for i := range vs {
		if !vs[i].Record().HasBody && c.n.store.WantsBody(vs[i], now) {
			want = append(want, i)
		}
	}
	for len(want) > 0 {
		batch := want[:min(len(want), bodiesPerRequest)]
		ids := make([]protocol.RecordID, len(batch))
		for k, i := range batch {
			ids[k] = vs[i].Record().ID
		}
		bodies, err := c.askBodies(ids)
		if err != nil {
			return without(vs, want), err
		}
		for k, body := range bodies {
			if body == nil {
				c.result.Absent++
				c.n.missing.add(ids[k], c.peer)
				continue
			}
			v, err := vs[batch[k]].WithBody(body)
			if err != nil {
				return without(vs, want[k:]), fmt.Errorf("body of %s: %w", ids[k], err)
			}
			c.pace.earn(len(body))
			c.n.missing.forget(ids[k])
			vs[batch[k]] = v
		}
		want = want[len(bodies):]
	}
	return vs, nil
}

// without leaves out the records at some places, which ascend.
func without(vs []protocol.Verified, places []int) (out []protocol.Verified) {
	for i := range vs {
		if len(places) > 0 && places[0] == i {
			places = places[1:]
			continue
		}
		out = append(out, vs[i])
	}
	return out
}

func (c *catchUp) askBodies(ids []protocol.RecordID) ([][]byte, error) {
	answer, err := c.ask(frameWantBodies, encodeIDs(ids), frameBodies)
	if err != nil {
		return nil, fmt.Errorf("fetch bodies: %w", err)
	}
	bodies, err := decodeBodies(answer, len(ids))
	if err != nil {
		return nil, fmt.Errorf("fetch bodies: %w", err)
	}
	return bodies, nil
}

// sendHint tells the other side that it lacks something.
func (c *catchUp) sendHint(count int) error {
	if err := c.stream.SetDeadline(time.Now().Add(syncFrameTimeout)); err != nil {
		return err
	}
	return writeFrame(c.stream, frameHint, binary.BigEndian.AppendUint64(nil, uint64(count)))
}

// storeStage stores batches beside the session, at most one waiting: when the
// disk is slower than the network, asking waits.
type storeStage struct {
	n       *Node
	peer    peer.ID
	batches chan []protocol.Verified
	failed  chan struct{} // closed when storing failed, so that asking stops
	done    chan struct{}
	stored  int
	err     error
}

func newStoreStage(ctx context.Context, n *Node, p peer.ID) *storeStage {
	s := &storeStage{n: n, peer: p, batches: make(chan []protocol.Verified, 1), failed: make(chan struct{}), done: make(chan struct{})}
	go s.run(ctx)
	return s
}

func (s *storeStage) run(ctx context.Context) {
	defer close(s.done)
	for vs := range s.batches {
		if s.err != nil {
			continue
		}
		outcomes, err := s.n.ingest(ctx, vs, sourceCatchUp)
		if err != nil {
			s.err = err
			close(s.failed)
			continue
		}
		for _, o := range outcomes {
			if o == store.Stored {
				s.stored++
			}
		}
		s.n.events.emit(Event{Type: EventCatchUpProgress, Peer: s.peer.String(), Received: s.stored})
	}
}

func (s *storeStage) put(ctx context.Context, vs []protocol.Verified) error {
	if len(vs) == 0 {
		return nil
	}
	select {
	case s.batches <- vs:
		return nil
	case <-s.failed:
		return errors.New("storing failed")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// finish waits until all is stored.
func (s *storeStage) finish() (stored int, err error) {
	close(s.batches)
	<-s.done
	return s.stored, s.err
}
