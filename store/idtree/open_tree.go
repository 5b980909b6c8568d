package idtree

import (
	"fmt"
	"iter"

	"courtcircuit/protocol/reconcile"
)

// Open returns the tree that has these leaves, which come in strictly ascending order. It reads no item. It names the
// position of the first leaf that cannot be.
func Open(cfg Config, leaves iter.Seq[Leaf]) (*Tree, error) {
	var level []child
	for l := range leaves {
		n := len(level)
		if l.Count < 1 || l.Count > leafItems || n > 0 && l.First.Compare(level[n-1].first) <= 0 {
			return nil, fmt.Errorf("idtree: opening: leaf %d of %d items is out of order or of a wrong size", n, l.Count)
		}
		level = append(level, child{first: l.First, count: l.Count, sum: l.Sum, node: &node{}})
	}
	t := New(cfg)
	t.grow(level)
	return t, nil
}

// Build returns a tree of items that come in strictly ascending order, in one pass. It names the position of the
// first item out of order.
func Build(cfg Config, items iter.Seq[reconcile.Item]) (*Tree, error) {
	t := New(cfg)
	var level []child
	pending := make([]reconcile.Item, 0, fillLeaf)
	flush := func() {
		n := &node{}
		level = append(level, leafOf(pending, n))
		t.cache.add(n, newBlock(append([]reconcile.Item(nil), pending...)))
		pending = pending[:0]
	}
	var last reconcile.Item
	n := 0
	for item := range items {
		if n > 0 && item.Compare(last) <= 0 {
			return nil, fmt.Errorf("idtree: building: item %d is not after the one before it", n)
		}
		if len(pending) == fillLeaf {
			flush()
		}
		pending = append(pending, item)
		last = item
		n++
	}
	if len(pending) > 0 {
		flush()
	}
	t.grow(level)
	return t, nil
}

// grow puts inner nodes over leaves and publishes the whole.
func (t *Tree) grow(level []child) {
	for len(level) > 1 {
		below := level
		level = nil
		for len(below) > 0 {
			take := min(fillKids, len(below))
			level = append(level, innerOf(newInner(0, below[:take]...)))
			below = below[take:]
		}
	}
	if len(level) == 1 {
		t.view.Store(&View{root: level[0], tree: t})
	}
}
