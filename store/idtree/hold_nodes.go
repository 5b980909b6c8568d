package idtree

import (
	"slices"

	"courtcircuit/protocol/reconcile"
)

const (
	// leafItems makes a leaf of 64 items of 36 bytes fill one size class (2304 bytes) of the Go allocator.
	leafItems = 64
	kidsMax   = 32
	// fillLeaf and fillKids leave an eighth of room in a tree built in bulk, else the first write to each leaf splits it.
	fillLeaf = leafItems * 7 / 8
	fillKids = kidsMax * 7 / 8
)

// node is a leaf with items or an inner node with kids. All leaves are equally deep.
type node struct {
	generation uint64 // of the tree when it was made or copied; older than the tree's = shared with a view
	items      []reconcile.Item
	kids       []child
}

// child is a subtree and what is known of it without looking inside. Nothing in it stands before first, nothing in
// the subtree to its left stands at or after it; first itself may have been deleted.
type child struct {
	first reconcile.Item
	sum   reconcile.Sum
	count int
	node  *node
}

// childOf sums up a node that holds something.
func childOf(n *node) child {
	c := child{node: n}
	if n.kids == nil {
		c.first = n.items[0]
		c.count = len(n.items)
		c.sum = sumItems(n.items)
		return c
	}
	c.first = n.kids[0].first
	for i := range n.kids {
		c.count += n.kids[i].count
		c.sum = c.sum.Add(n.kids[i].sum)
	}
	return c
}

func sumItems(items []reconcile.Item) (sum reconcile.Sum) {
	for i := range items {
		sum = sum.Add(reconcile.IDSum(&items[i].ID))
	}
	return sum
}

func newLeaf(generation uint64) *node {
	return &node{generation: generation, items: make([]reconcile.Item, 0, leafItems)}
}

func newInner(generation uint64) *node {
	return &node{generation: generation, kids: make([]child, 0, kidsMax)}
}

func (n *node) size() int { return len(n.items) + len(n.kids) }

// writable returns n, or a copy of it when a view shares it.
func (t *Tree) writable(n *node) *node {
	if n.generation == t.generation {
		return n
	}
	var c *node
	if n.kids == nil {
		c = newLeaf(t.generation)
		c.items = append(c.items, n.items...)
	} else {
		c = newInner(t.generation)
		c.kids = append(c.kids, n.kids...)
	}
	return c
}

// itemIndex returns how many items of a leaf stand before bound.
func itemIndex(items []reconcile.Item, bound *reconcile.Bound) int {
	lo, hi := 0, len(items)
	for lo < hi {
		if mid := (lo + hi) / 2; before(&items[mid], bound) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// kidIndex returns which child item belongs into.
func kidIndex(kids []child, item reconcile.Item) int {
	i, found := slices.BinarySearchFunc(kids, item, func(c child, item reconcile.Item) int { return c.first.Compare(item) })
	if found || i == 0 {
		return i
	}
	return i - 1
}
