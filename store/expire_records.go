package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
)

// purgeLagHours is how long a record is kept after it is hidden: peers whose
// clocks lag by up to an hour still compare it.
const purgeLagHours = 2

// expire removes the records that expired purgeLagHours ago.
func (s *Store) expire(ctx context.Context, now time.Time) error {
	hour := hourOf(now)
	if hour <= purgeLagHours {
		return nil
	}
	for {
		var due []reconcile.Item
		s.Set().Walk(reconcile.Bound{}, reconcile.After(hour-purgeLagHours), func(it reconcile.Item) bool {
			due = append(due, it)
			return len(due) < s.maxRemovals()
		})
		if len(due) == 0 {
			return s.exec(ctx, func() error { return s.expireProofs(now) })
		}
		if err := s.exec(ctx, func() error { return s.removeExpired(due, now) }); err != nil {
			return fmt.Errorf("purge %d expired records: %w", len(due), err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (s *Store) removeExpired(due []reconcile.Item, now time.Time) error {
	if err := s.CheckSpaceToErase(); err != nil {
		return err
	}
	b := s.newBatch(now)
	defer func() { b.txn.Discard() }()
	for _, it := range due {
		author, e, err := b.findDue(it)
		if errors.Is(err, errOrphan) {
			if err := b.dropOrphan(it, err); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		d, err := b.dossier(author)
		if err != nil {
			return err
		}
		old, err := b.remove(e, false)
		if err != nil {
			return err
		}
		b.setDossier(author, d.without([]entry{e}))
		b.noteRemoved(old, Expired)
	}
	return b.commit()
}

// errOrphan: an item whose record is not here, or cannot be read, or is another
// in its identity's dossier.
var errOrphan = errors.New("an item without its record")

// findDue gives the entry of a record that has run out.
func (b *batch) findDue(it reconcile.Item) (author protocol.Identity, e entry, err error) {
	id := protocol.RecordID(it.ID)
	rec, err := readHeader(b.txn, id)
	if errors.Is(err, ErrNotFound) || errors.Is(err, errHeader) {
		return author, e, fmt.Errorf("%w: %w", errOrphan, err)
	}
	if err != nil {
		return author, e, err
	}
	author = rec.Key().Identity
	d, err := b.dossier(author)
	if errors.Is(err, errDossier) {
		return author, e, fmt.Errorf("%w: %w", errOrphan, err)
	}
	if err != nil {
		return author, e, err
	}
	e, ok := d.find(rec.Key().StableID())
	if !ok || e.id != id || e.expiry != it.ExpiryHour {
		return author, e, fmt.Errorf("%w: its dossier has another", errOrphan)
	}
	return author, e, nil
}

// dropOrphan takes away an item whose record was replaced since, or is lost or
// damaged, and what is left of it. Left standing it would be due for ever, and
// hold up all that runs out after it.
func (b *batch) dropOrphan(it reconcile.Item, fault error) error {
	value, err := get(b.txn, expiryKey(it.ExpiryHour, it.ID))
	if errors.Is(err, ErrNotFound) {
		return nil // replaced since
	}
	if err == nil {
		b.s.log.Warn("a damaged record has run out; courtcircuit verify finds what else is wrong", "record", protocol.RecordID(it.ID).String(), "fault", fault)
		err = b.txn.Delete(headerKey(it.ID))
	}
	if err != nil {
		return err
	}
	if err := b.hideAnyText(it.ID, false); err != nil {
		return err
	}
	if err := b.txn.Delete(expiryKey(it.ExpiryHour, it.ID)); err != nil {
		return err
	}
	lost := liveItem{item: it}
	if len(value) == 3 {
		lost.kind, lost.counted = protocol.Kind(binary.BigEndian.Uint16(value)), value[2] == 1
	}
	b.steps = append(b.steps, step{lost, true})
	return nil
}

// expireProofs forgets equivocations whose losing version has expired, in
// commits of a bounded size.
func (s *Store) expireProofs(now time.Time) error {
	if err := s.CheckSpaceToErase(); err != nil {
		return err
	}
	for more := true; more; {
		err := s.update(func(txn *badger.Txn) error {
			due, err := dueProofs(txn, hourOf(now), s.maxRemovals())
			for i := 0; i < len(due) && err == nil; i++ {
				err = txn.Delete(due[i])
			}
			more = len(due) == s.maxRemovals()
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dueProofs gives the first keys, at most limit, of proofs that have expired or
// cannot be read.
func dueProofs(txn *badger.Txn, hour uint32, limit int) (keys [][]byte, err error) {
	opts := badger.DefaultIteratorOptions
	opts.Prefix = []byte{famProof}
	it := txn.NewIterator(opts)
	defer it.Close()
	for it.Rewind(); it.Valid() && len(keys) < limit; it.Next() {
		err := it.Item().Value(func(v []byte) error {
			if _, expiry, err := parseProof(v); err != nil || expiry <= hour {
				keys = append(keys, it.Item().KeyCopy(nil))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// maxRemovals is how many records one commit removes: each takes up to some
// twenty keys with it, and a commit is bounded by the size of the memtable.
func (s *Store) maxRemovals() int {
	return int(min(maxRemovals, s.db.MaxBatchCount()/64))
}
