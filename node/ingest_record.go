package node

import (
	"context"
	"fmt"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// source says by which way a record came; it changes nothing about what is
// stored, only what is counted, and whether somebody waits for the disk.
type source string

const (
	sourceLocal   source = "local"
	sourceGossip  source = "gossip"
	sourceCatchUp source = "catch-up"
	sourceRestore source = "restore"
)

// ingest is the one door through which records are stored. They are durable
// when it returns; those of gossip and catch-up are found then, and durable a
// moment later: they are acknowledged to nobody, and catch-up compares what is
// really held. (That a session was completed is noted durably, behind them.)
// Outcomes stand in the order of vs; on an error, records of
// earlier batches may be stored already, which does no harm: storing again is
// Held.
func (n *Node) ingest(ctx context.Context, vs []protocol.Verified, src source) ([]store.Outcome, error) {
	put := n.store.PutBatch
	if src == sourceGossip || src == sourceCatchUp {
		put = n.store.PutVisible
	}
	outcomes := make([]store.Outcome, 0, len(vs))
	for len(vs) > 0 {
		batch := vs[:min(len(vs), ingestBatchRecords)]
		vs = vs[len(batch):]
		got, err := put(ctx, batch, n.now())
		if err != nil {
			n.metrics.ingestErrors.WithLabelValues(string(src)).Inc()
			return nil, fmt.Errorf("store %d records: %w", len(batch), err)
		}
		became := map[store.Outcome]int{}
		for _, o := range got {
			became[o]++
		}
		for o, count := range became {
			n.metrics.ingested.WithLabelValues(string(src), outcomeName(o)).Add(float64(count))
		}
		outcomes = append(outcomes, got...)
	}
	return outcomes, nil
}

func outcomeName(o store.Outcome) string {
	switch o {
	case store.Stored:
		return "stored"
	case store.Held:
		return "held"
	case store.Stale:
		return "stale"
	case store.Void:
		return "void"
	case store.Expired:
		return "expired"
	default:
		return "other"
	}
}

// onStoreChange turns what the store committed, in its order, into events. The
// store's writer calls it, so it must not block.
func (n *Node) onStoreChange(changes []store.Change) {
	n.overview.noteChange()
	n.skillBook.noteChange()
	n.sums.noteChange()
	for i := range changes {
		c := &changes[i]
		key := c.Record.Key()
		e := Event{
			Type: EventRecordStored, Kind: key.Kind.String(),
			PublicID: publicIDString(key), RecordID: c.Record.ID.String(),
		}
		if c.Removed {
			e.Type = EventRecordRemoved
		} else if key.Kind == protocol.KindErasure {
			n.service.noteErasure()
		}
		if c.Replaced != nil {
			e.Replaces = c.Replaced.String()
		}
		n.events.emit(e)
	}
}

func publicIDString(k protocol.RecordKey) string { return protocol.StableID(k.PublicID()).String() }
