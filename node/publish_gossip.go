package node

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// publishWires stores sealed records and tells the network. They are durable
// when it returns; telling is best effort, because catch-up brings them to
// whoever is not reached. A record that readers would refuse, or that a newer
// one here beats, is an error that names it, and then nothing is stored.
func (n *Node) publishWires(ctx context.Context, wires [][]byte) error {
	vs, err := n.openOwn(wires)
	if err != nil {
		return err
	}
	return n.publishVerified(ctx, vs)
}

// publishVerified is publishWires for records that were sealed here just now.
func (n *Node) publishVerified(ctx context.Context, vs []protocol.Verified) error {
	outcomes, err := n.ingest(ctx, vs, sourceLocal)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		if o != store.Stored && o != store.Held {
			return fmt.Errorf("publish %s %s: the replica says %s: %w", vs[i].Record().Header.Kind, vs[i].Record().ID, outcomeName(o), protocol.ErrStale)
		}
	}
	wires := make([][]byte, len(vs))
	for i, v := range vs {
		wires[i] = v.Record().Wire()
	}
	n.tell(ctx, wires)
	return nil
}

func (n *Node) openOwn(wires [][]byte) ([]protocol.Verified, error) {
	vs, errs := n.opener.OpenBatch(wires, n.now())
	for i, err := range errs {
		if err == nil {
			err = vs[i].BodyFault()
		}
		if err != nil {
			return nil, fmt.Errorf("publish record %d of %d: %w", i+1, len(wires), err)
		}
	}
	return vs, nil
}

// tell gossips a few records, and for many asks the peers to come and fetch:
// thousands of messages would fill every queue between here and the far end,
// and catch-up carries them in batches at a tenth of the cost.
func (n *Node) tell(ctx context.Context, wires [][]byte) {
	topic := n.gossip.joined()
	if topic == nil {
		return // not running yet: the catch-up at the first connection tells
	}
	if len(wires) > maxMessagesPerPublish {
		n.metrics.limits.reached(boundGossipBulk)
		n.syncs.hintAll(n.gossip.peers())
		return
	}
	for _, w := range wires {
		if err := topic.Publish(ctx, w); err != nil {
			n.log.Warn("record not gossiped", "error", err)
			n.metrics.publishErrors.Inc()
			return
		}
		n.metrics.gossipPublished.Inc()
	}
	letOthersRun()
}

// yieldAtMost is longer than a message takes to the network's card.
const yieldAtMost = 500 * time.Microsecond

// letOthersRun has what was made ready run first: the goroutine that sends would
// wait until this one does, or until another processor has woken up, 100 µs and
// more on a virtual one. To yield by itself would not do: where all processors are
// busy this goroutine would stand behind everybody, for many milliseconds. So
// another one does, which is over when it has; nothing is to be awaited of it.
func letOthersRun() {
	done := make(chan struct{})
	go func() {
		runtime.Gosched()
		close(done)
	}()
	enough := time.NewTimer(yieldAtMost)
	defer enough.Stop()
	select {
	case <-done:
	case <-enough.C:
	}
}
