package idtree

import (
	"fmt"
	"iter"

	"courtcircuit/protocol/reconcile"
)

// Build returns a tree of items that come in strictly ascending order, in one pass and without a search an item.
// It names the position of the first item out of order.
func Build(items iter.Seq[reconcile.Item]) (*Tree, error) {
	t := New()
	var level []child
	var last reconcile.Item
	leaf, n := newLeaf(t.generation), 0
	for item := range items {
		if n > 0 && item.Compare(last) <= 0 {
			return nil, fmt.Errorf("idtree: building: item %d is not after the one before it", n)
		}
		if len(leaf.items) == fillLeaf {
			level = append(level, childOf(leaf))
			leaf = newLeaf(t.generation)
		}
		leaf.items = append(leaf.items, item)
		last = item
		n++
	}
	if n == 0 {
		return t, nil
	}
	level = append(level, childOf(leaf))
	for len(level) > 1 {
		level = t.buildLevel(level)
	}
	t.root = level[0]
	return t, nil
}

// buildLevel puts inner nodes over a level of subtrees.
func (t *Tree) buildLevel(below []child) (level []child) {
	for len(below) > 0 {
		take := min(fillKids, len(below))
		inner := newInner(t.generation)
		inner.kids = append(inner.kids, below[:take]...)
		level = append(level, childOf(inner))
		below = below[take:]
	}
	return level
}
