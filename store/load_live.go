package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store/idtree"
)

// The order of the records is stored as what is known of its leaves, beside
// counts by kind and hour, all of it written with every commit. Opening reads
// those: a hundredth of the records' keys. They are counted from the records'
// own keys once, by an upgrade, and whenever they do not add up to the root.

// itemIn reads a key made by expiryKey.
func itemIn(key []byte) (item reconcile.Item, ok bool) {
	if len(key) != 1+4+32 {
		return item, false
	}
	return reconcile.Item{ExpiryHour: binary.BigEndian.Uint32(key[1:]), ID: [32]byte(key[5:])}, true
}

func leafEntry(l idtree.Leaf) keyValue {
	return keyValue{leafKey(l.First), appendSum(binary.BigEndian.AppendUint32(nil, uint32(l.Count)), l.Sum)}
}

// parseLeaf reads an entry made by leafEntry.
func parseLeaf(key, value []byte) (l idtree.Leaf, ok bool) {
	if l.First, ok = itemIn(key); !ok || len(value) != 4+32 {
		return l, false
	}
	l.Count, l.Sum = int(binary.BigEndian.Uint32(value)), sumIn(value[4:])
	return l, l.Count > 0
}

func countEntry(of liveCount, n int) keyValue {
	return keyValue{countKey(of.kind, of.hour), binary.BigEndian.AppendUint32(nil, uint32(n))}
}

// parseCount reads an entry made by countEntry.
func parseCount(key, value []byte) (of liveCount, n int, ok bool) {
	if len(key) != 1+2+4 || len(value) != 4 {
		return of, 0, false
	}
	n = int(binary.BigEndian.Uint32(value))
	return liveCount{kindOf(key), binary.BigEndian.Uint32(key[3:])}, n, n > 0
}

// orderMark is written while leaves and counts are whole.
func orderMark(total int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(total)) }

// load reads what memory keeps of the order.
func (s *Store) load() error {
	var stored root
	err := s.db.View(func(txn *badger.Txn) error {
		b, err := get(txn, keyRoot)
		if err == nil {
			stored, err = parseRoot(b)
		}
		if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, errRoot) {
			return err // a damaged sum is as none: compareRoots says so
		}
		s.stats.purgeWaiting.Store(countKeys(txn, []byte{famPurge}))
		return nil
	})
	if err == nil {
		err = s.loadOrder(stored)
	}
	if err != nil {
		return fmt.Errorf("load the replica's order: %w", err)
	}
	sum, count := s.live.tree.Snapshot().Total()
	if err := s.recallDamage(stored.count == uint64(count) && stored.sum == sum); err != nil {
		return err
	}
	s.compareRoots(stored, sum, uint64(count))
	s.live.root = root{seq: stored.seq, count: uint64(count), sum: sum}
	return nil
}

// loadOrder reads leaves and counts, or has them counted.
func (s *Store) loadOrder(stored root) error {
	var fault string
	err := s.db.View(func(txn *badger.Txn) (err error) {
		mark, err := get(txn, keyOrder)
		if errors.Is(err, ErrNotFound) {
			fault = "they are not stored yet, or were cut short"
			return nil
		}
		if err != nil {
			return err
		}
		if s.live.tree, err = idtree.Open(s.orderConfig(), s.storedLeaves(txn, &fault)); err != nil {
			fault = err.Error()
		}
		s.live.counts = storedCounts(txn, &fault)
		s.live.total = s.live.counts.total()
		if !slices.Equal(mark, orderMark(s.live.total)) {
			fault = "their counts by kind do not add up"
		}
		return nil
	})
	if err != nil {
		return err
	}
	if fault == "" {
		if sum, count := s.live.tree.Snapshot().Total(); uint64(count) != stored.count || sum != stored.sum {
			fault = "they do not add up to the sum of all records"
		}
	}
	if fault == "" {
		return nil
	}
	return s.recount(fault, s.progressOf("counting the ranges of all records"))
}

func (s *Store) storedLeaves(txn *badger.Txn, fault *string) func(yield func(idtree.Leaf) bool) {
	return func(yield func(idtree.Leaf) bool) {
		err := each(context.Background(), txn, []byte{famLeaf}, true, func(item *badger.Item) error {
			return item.Value(func(v []byte) error {
				leaf, ok := parseLeaf(item.Key(), v)
				if !ok || !yield(leaf) {
					return errOrder
				}
				return nil
			})
		})
		if err != nil {
			*fault = err.Error()
		}
	}
}

var errOrder = errors.New("an entry that cannot be read")

func storedCounts(txn *badger.Txn, fault *string) liveCounts {
	counts := liveCounts{}
	err := each(context.Background(), txn, []byte{famCount}, true, func(item *badger.Item) error {
		return item.Value(func(v []byte) error {
			of, n, ok := parseCount(item.Key(), v)
			if !ok {
				return errOrder
			}
			counts.set(of.kind, of.hour, n)
			return nil
		})
	})
	if err != nil {
		*fault = err.Error()
	}
	return counts
}

// recount makes leaves and counts anew from the records' own keys, in memory
// and in the files. Only the writer calls it, or Open before there is one.
func (s *Store) recount(why string, progress func(done, total int)) error {
	var tree *idtree.Tree
	counts := liveCounts{}
	done := 0
	s.live.whole = false
	err := s.db.View(func(txn *badger.Txn) (err error) {
		tree, err = idtree.Build(s.orderConfig(), expiryItems(txn, counts, func() {
			if done++; done%50_000 == 0 {
				progress(done, max(done, int(s.live.root.count)))
			}
		}))
		return err
	})
	if err == nil && done > 0 {
		s.log.Warn("ranges of the replica counted anew", "why", why, "records", done)
	}
	if err == nil {
		err = s.storeOrder(tree.Snapshot(), counts)
	}
	if err != nil {
		return fmt.Errorf("count the ranges of all records: %w", err)
	}
	s.live.mu.Lock()
	s.live.tree, s.live.counts, s.live.total, s.live.whole = tree, counts, counts.total(), true
	s.live.mu.Unlock()
	return nil
}

// recountLive is recount while the replica runs. What memory knew of and the
// files have no longer is lost, and the sum of the next commit will not say so.
func (s *Store) recountLive(why string) error {
	knownSum, known := s.live.tree.Snapshot().Total()
	if err := s.recount(why, func(int, int) {}); err != nil {
		return err
	}
	if sum, count := s.live.tree.Snapshot().Total(); count != known || sum != knownSum {
		s.damage.note(itemsLost)
		s.log.Error("replica damaged while it runs", "records", count, "expected_records", known)
	}
	return nil
}

// storeOrder writes all leaves and counts. The mark that they are whole goes
// first and comes back last.
func (s *Store) storeOrder(view *idtree.View, counts liveCounts) error {
	if err := s.update(func(txn *badger.Txn) error { return txn.Delete(keyOrder) }); err != nil {
		return err
	}
	err := s.writeOrder(view, counts)
	s.commits.files.Again() // the batches may have begun several, also where one failed
	s.commits.waiting = s.commits.files != nil
	if err != nil {
		return err
	}
	return s.update(func(txn *badger.Txn) error { return txn.Set(keyOrder, orderMark(counts.total())) })
}

// writeOrder is storeOrder without the mark.
func (s *Store) writeOrder(view *idtree.View, counts liveCounts) error {
	batch := s.db.NewWriteBatch()
	defer batch.Cancel()
	err := s.db.View(func(txn *badger.Txn) error {
		for _, family := range []byte{famLeaf, famCount} {
			err := each(context.Background(), txn, []byte{family}, false, func(item *badger.Item) error {
				return batch.Delete(item.KeyCopy(nil))
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, batch.Flush()); err != nil {
		return err
	}
	fresh := s.db.NewWriteBatch() // a batch has no order between a deletion and a new value of one key
	defer fresh.Cancel()
	var failed error
	set := func(kv keyValue) {
		if failed == nil {
			failed = fresh.Set(kv.key, kv.value)
		}
	}
	view.Leaves(func(l idtree.Leaf) { set(leafEntry(l)) })
	for kind, hours := range counts {
		for hour, n := range hours {
			set(countEntry(liveCount{kind, hour}, n))
		}
	}
	return errors.Join(failed, fresh.Flush())
}

// expiryItems walks the 'e' keys in order and counts kinds on the way.
func expiryItems(txn *badger.Txn, counts liveCounts, step func()) func(yield func(reconcile.Item) bool) {
	return func(yield func(reconcile.Item) bool) {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = []byte{famExpiry}, false
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			item, ok := itemIn(it.Item().Key())
			if !ok {
				continue
			}
			_ = it.Item().Value(func(v []byte) error {
				if len(v) == 3 && v[2] == 1 {
					kind := protocol.Kind(binary.BigEndian.Uint16(v))
					counts.set(kind, item.ExpiryHour, counts[kind][item.ExpiryHour]+1)
				}
				return nil
			})
			step()
			if !yield(item) {
				return
			}
		}
	}
}
