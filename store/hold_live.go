package store

import (
	"errors"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store/idtree"
)

// liveSet is what memory holds of all records, and its sum. All of it but the
// items is stored with every commit, so that a start reads no item.
type liveSet struct {
	mu     sync.Mutex // held over a commit's changes, so that no digest sees half of them
	tree   *idtree.Tree
	root   root
	counts liveCounts
	total  int  // of all counts
	whole  bool // all leaves and counts are in the files, too; the writer's

	mend chan struct{} // one slot: ranges are to be counted anew
}

// liveCounts is how many counted records of a kind expire at an hour.
type liveCounts map[protocol.Kind]map[uint32]int

func (c liveCounts) set(kind protocol.Kind, hour uint32, n int) {
	hours := c[kind]
	if hours == nil {
		hours = map[uint32]int{}
		c[kind] = hours
	}
	if hours[hour] = n; n == 0 {
		delete(hours, hour)
	}
}

// total is stored beside the counts: lost ones are found by it.
func (c liveCounts) total() (n int) {
	for _, hours := range c {
		for _, m := range hours {
			n += m
		}
	}
	return n
}

func (s *Store) newLiveSet() liveSet {
	return liveSet{tree: idtree.New(s.orderConfig()), counts: liveCounts{}, whole: true, mend: make(chan struct{}, 1)}
}

func (s *Store) orderConfig() idtree.Config {
	return idtree.Config{Source: s.readItems, CacheBytes: int(s.cfg.OrderCacheBytes), OnFault: s.liveFault}
}

// readItems reads count items of the order from first on.
func (s *Store) readItems(first reconcile.Item, count int) (items []reconcile.Item, err error) {
	err = s.view(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = []byte{famExpiry}, false
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Seek(expiryKey(first.ExpiryHour, first.ID)); it.Valid() && len(items) < count; it.Next() {
			if item, ok := itemIn(it.Item().Key()); ok {
				items = append(items, item)
			}
		}
		return nil
	})
	return items, err
}

// liveFault has the ranges counted anew, soon: the view that met the fault is
// no longer used.
func (s *Store) liveFault(err error) {
	if errors.Is(err, ErrClosed) {
		return
	}
	s.log.Error("the replica's order cannot be read; its ranges are counted anew", "error", err)
	select {
	case s.live.mend <- struct{}{}:
	default: // one is enough
	}
}

// nextLive is the live set as a commit will leave it.
type nextLive struct {
	edit   *idtree.Edit
	root   root
	counts map[liveCount]int // those that change
	total  int               // of all counts
	whole  bool              // a recount that failed has left nothing to add to
}

type liveCount struct {
	kind protocol.Kind
	hour uint32
}

// planLive works out what a batch makes of the live set. Only the writer asks,
// and only it changes the live set. Leaves that do not fit their items are
// counted anew first.
func (s *Store) planLive(b *batch) (*nextLive, error) {
	next, err := s.live.plan(b)
	if !errors.Is(err, idtree.ErrDamaged) {
		return next, err
	}
	if err := s.recountLive(err.Error()); err != nil {
		return nil, err
	}
	return s.live.plan(b)
}

func (l *liveSet) plan(b *batch) (*nextLive, error) {
	next := &nextLive{edit: l.tree.Edit(), counts: map[liveCount]int{}, total: l.total, whole: l.whole}
	net := map[reconcile.Item]int{}
	for _, st := range b.steps {
		delta := 1
		if st.leaves {
			delta = -1
		}
		net[st.item] += delta
		if st.counted {
			next.count(l, liveCount{st.kind, st.item.ExpiryHour}, delta)
		}
	}
	var in, out []reconcile.Item
	for item, n := range net {
		if n > 0 {
			in = append(in, item)
		} else if n < 0 {
			out = append(out, item)
		}
	}
	for item, here := range b.fixes {
		if here {
			in = append(in, item)
		} else {
			out = append(out, item)
		}
	}
	_, err := next.edit.Delete(out...)
	if err == nil {
		_, err = next.edit.Insert(in...)
	}
	if err != nil {
		next.edit.Discard()
		return nil, err
	}
	sum, count := next.edit.Total()
	next.root = root{seq: l.root.seq + 1, count: uint64(count), sum: sum}
	return next, nil
}

func (n *nextLive) count(l *liveSet, of liveCount, delta int) {
	now, changed := n.counts[of]
	if !changed {
		now = l.counts[of.kind][of.hour]
	}
	n.counts[of] = now + delta
	n.total += delta
}

// write puts it into the transaction of the batch.
func (n *nextLive) write(txn *badger.Txn) error {
	if err := txn.Set(keyRoot, n.root.bytes()); err != nil {
		return err
	}
	for leaf := range n.edit.Changes() {
		if err := put1(txn, leafEntry(leaf), leaf.Count == 0); err != nil {
			return err
		}
	}
	for of, count := range n.counts {
		if err := put1(txn, countEntry(of, count), count == 0); err != nil {
			return err
		}
	}
	return put1(txn, keyValue{keyOrder, orderMark(n.total)}, !n.whole)
}

func put1(txn *badger.Txn, kv keyValue, gone bool) error {
	if gone {
		return txn.Delete(kv.key)
	}
	return txn.Set(kv.key, kv.value)
}

// follow brings a commit's changes into memory.
func (l *liveSet) follow(n *nextLive) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.root = n.root
	n.edit.Publish()
	for of, count := range n.counts {
		l.counts.set(of.kind, of.hour, count)
	}
	l.total = n.total
}
