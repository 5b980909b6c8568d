package node

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store"
)

// fetchers is how many batches of records are on their way at once: while one
// is answered another is checked and a third is committed. Each holds up to
// headersPerRequest records in memory.
const fetchers = 3

// fetchStage brings over what the comparing of ranges finds missing, in
// batches beside it and beside each other.
type fetchStage struct {
	*catchUp
	batches chan []reconcile.Item
	failed  chan struct{} // closed at the first failure, so that comparing stops
	working sync.WaitGroup

	mu  sync.Mutex
	err error
}

func (c *catchUp) startFetching(ctx context.Context) *fetchStage {
	f := &fetchStage{catchUp: c, batches: make(chan []reconcile.Item), failed: make(chan struct{})}
	for range fetchers {
		f.working.Go(func() {
			for batch := range f.batches {
				f.fetchBatch(ctx, batch)
			}
		})
	}
	return f
}

// fetch hands the items out; it waits while all fetchers are busy.
func (f *fetchStage) fetch(ctx context.Context, items []reconcile.Item) error {
	for len(items) > 0 {
		batch := items[:min(len(items), headersPerRequest)]
		items = items[len(batch):]
		if f.first {
			// Alone: on a link that never holds for long each session must end further on than the one before, so the bodies
			// of the first batch are asked for before the headers of the second.
			f.first = false
			f.fetchBatch(ctx, batch)
			continue
		}
		select {
		case f.batches <- batch:
		case <-f.failed:
			return f.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// finish waits until all that was handed out is stored.
func (f *fetchStage) finish() error {
	close(f.batches)
	f.working.Wait()
	return f.err
}

func (f *fetchStage) fetchBatch(ctx context.Context, items []reconcile.Item) {
	err := f.bring(ctx, items)
	if err == nil {
		return
	}
	f.questions.fail(err)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
		close(f.failed)
	}
}

// bring brings over the records of the items: headers first, whose signatures
// are checked in batches, then the bodies of those that would be shown.
func (c *catchUp) bring(ctx context.Context, items []reconcile.Item) error {
	for len(items) > 0 {
		vs, answered, err := c.fetchHeaders(items)
		if err != nil {
			return err
		}
		items = items[answered:]
		// What is complete is stored, whatever broke off: on a link that never holds for long the next session must
		// begin further on.
		vs, err = c.fetchBodies(vs)
		if err := errors.Join(err, c.store(ctx, vs)); err != nil {
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
	answer, err := c.questions.ask(frameWantHeaders, encodeIDs(ids), frameHeaders)
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
		c.questions.earn(len(here[k].Header) + len(here[k].Signature))
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
	for i, wanted := range c.n.store.WantBodies(vs, now) {
		if wanted && !vs[i].Record().HasBody {
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
				c.addAbsent()
				c.n.missing.add(ids[k], c.peer)
				continue
			}
			v, err := vs[batch[k]].WithBody(body)
			if err != nil {
				return without(vs, want[k:]), fmt.Errorf("body of %s: %w", ids[k], err)
			}
			c.questions.earn(len(body))
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
	answer, err := c.questions.ask(frameWantBodies, encodeIDs(ids), frameBodies)
	if err != nil {
		return nil, fmt.Errorf("fetch bodies: %w", err)
	}
	bodies, err := decodeBodies(answer, len(ids))
	if err != nil {
		return nil, fmt.Errorf("fetch bodies: %w", err)
	}
	return bodies, nil
}

// store stores what is complete and tells how far the session has come. A body
// is missing until it is stored: on a full disk it would else be looked for no
// more.
func (c *catchUp) store(ctx context.Context, vs []protocol.Verified) error {
	if len(vs) == 0 {
		return nil
	}
	outcomes, err := c.n.ingest(ctx, vs, sourceCatchUp)
	if err != nil {
		return err
	}
	for i := range vs {
		if vs[i].Record().HasBody {
			c.n.missing.forget(vs[i].Record().ID)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.result.Received
	for _, o := range outcomes {
		if o == store.Stored {
			c.result.Received++
		}
	}
	c.n.progress.add(0, c.result.Received-before)
	c.n.events.emit(Event{Type: EventCatchUpProgress, Peer: c.peer.String(), Received: c.result.Received, Needed: c.result.Needed})
	return nil
}
