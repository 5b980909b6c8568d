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
		rec, err := readHeader(b.txn, it.ID)
		if errors.Is(err, ErrNotFound) {
			if err := b.dropOrphan(it); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		author := rec.Key().Identity
		d, err := b.dossier(author)
		if err != nil {
			return err
		}
		e, ok := d.find(rec.Key().StableID())
		if !ok || e.id != rec.ID {
			continue
		}
		old, err := b.remove(e, false)
		if err != nil {
			return err
		}
		b.setDossier(author, d.without([]entry{e}))
		b.changes = append(b.changes, Change{Record: old, Removed: true, Outcome: Expired})
	}
	return b.commit()
}

// dropOrphan takes away an item whose record is not here: it was replaced
// since, or the files lost it. Left standing it would be due for ever.
func (b *batch) dropOrphan(it reconcile.Item) error {
	value, err := get(b.txn, expiryKey(it.ExpiryHour, it.ID))
	if errors.Is(err, ErrNotFound) {
		return nil // replaced since
	}
	if err != nil {
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

// expireProofs forgets equivocations whose losing version has expired.
func (s *Store) expireProofs(now time.Time) error {
	if err := s.CheckSpaceToErase(); err != nil {
		return err
	}
	return s.db.Update(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix = []byte{famProof}
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			var expiry uint32
			err := it.Item().Value(func(v []byte) (err error) {
				_, expiry, err = parseProof(v)
				return err
			})
			if err != nil || expiry <= hourOf(now) {
				if err := txn.Delete(it.Item().KeyCopy(nil)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// maxRemovals is how many records one commit removes: each takes up to some
// twenty keys with it, and a commit is bounded by the size of the memtable.
func (s *Store) maxRemovals() int {
	return int(min(maxRemovals, s.db.MaxBatchCount()/64))
}
