package idtree

import (
	"slices"
	"sync/atomic"

	"courtcircuit/protocol/reconcile"
)

const (
	// leafItems: larger leaves mean fewer to store and to open, smaller ones less to read and to copy at each change.
	leafItems = 128
	kidsMax   = 32
	// fillLeaf and fillKids leave an eighth of room in a tree built in bulk, else the first write to each leaf splits it.
	fillLeaf = leafItems * 7 / 8
	fillKids = kidsMax * 7 / 8
)

// node is a leaf or an inner node with kids. All leaves are equally deep.
type node struct {
	generation uint64 // of the edit that made it, the only one that may change it
	kids       []child
	block      atomic.Pointer[block] // of a leaf; nil: its items are in the source only

	// Of a leaf, guarded by the cache.
	slot   int  // its place in the cache, counted from 1; 0: none
	pinned bool // an edit has replaced it: its items are nowhere else, and must stay
}

// block is the items of a leaf, and the sums of the first sumEvery, twice sumEvery … of them: most of the cost of a
// fold is waiting for items that are in no cache of the processor, and the search for its bound has just read those
// around it.
type block struct {
	items []reconcile.Item
	sums  []reconcile.Sum // none while an edit changes the items
}

const sumEvery = 16

func newBlock(items []reconcile.Item) *block {
	b := &block{items: items}
	b.seal()
	return b
}

func (b *block) seal() {
	b.sums = make([]reconcile.Sum, 0, len(b.items)/sumEvery)
	var sum reconcile.Sum
	for i := range b.items {
		sum = sum.Add(reconcile.IDSum(&b.items[i].ID))
		if (i+1)%sumEvery == 0 {
			b.sums = append(b.sums, sum)
		}
	}
}

// sumOf returns the sum of the first k items.
func (b *block) sumOf(k int) (sum reconcile.Sum) {
	at := min((k+sumEvery/2)/sumEvery, len(b.sums))
	if at > 0 {
		sum = b.sums[at-1]
	}
	if at *= sumEvery; at < k {
		return sum.Add(sumItems(b.items[at:k]))
	}
	return sum.Sub(sumItems(b.items[k:at]))
}

// child is a subtree and what is known of it without looking inside. Nothing in it stands before first, nothing in
// the subtree to its left stands at or after it; first itself may have been deleted.
type child struct {
	first reconcile.Item
	sum   reconcile.Sum
	count int
	node  *node
}

func leafOf(items []reconcile.Item, n *node) child {
	return child{first: items[0], count: len(items), sum: sumItems(items), node: n}
}

// innerOf sums up an inner node.
func innerOf(n *node) child {
	c := child{node: n, first: n.kids[0].first}
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

// newLeaf makes a leaf of items, with room for more, for an edit.
func newLeaf(generation uint64, items []reconcile.Item) *node {
	n := &node{generation: generation}
	n.block.Store(&block{items: append(make([]reconcile.Item, 0, leafItems), items...)})
	return n
}

func newInner(generation uint64, kids ...child) *node {
	return &node{generation: generation, kids: append(make([]child, 0, kidsMax), kids...)}
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
