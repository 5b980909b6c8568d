package idtree

import (
	"slices"

	"courtcircuit/protocol/reconcile"
)

// Insert adds items, in any order, and returns how many were new. A view taken meanwhile has all of them or none,
// so keep batches to what may hold the lock: a thousand items are about a millisecond.
func (t *Tree) Insert(items ...reconcile.Item) (added int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, item := range items {
		if t.insert(item) {
			added++
		}
	}
	return added
}

func (t *Tree) insert(item reconcile.Item) bool {
	if (&View{root: t.root}).Has(item) {
		return false // found out first: copying the path for nothing would cost more than this
	}
	t.view = nil
	if t.root.node == nil {
		leaf := newLeaf(t.generation)
		leaf.items = append(leaf.items, item)
		t.root = childOf(leaf)
		return true
	}
	if right := t.insertInto(&t.root, item); right.node != nil {
		top := newInner(t.generation)
		top.kids = append(top.kids, t.root, right)
		t.root = childOf(top)
	}
	return true
}

// insertInto adds an absent item to a subtree. When its node had to be split, c is the left part and the right one
// is returned.
func (t *Tree) insertInto(c *child, item reconcile.Item) (right child) {
	c.node = t.writable(c.node)
	c.count++
	c.sum = c.sum.Add(reconcile.IDSum(&item.ID))
	if item.Compare(c.first) < 0 {
		c.first = item
	}
	n := c.node
	if n.kids == nil {
		bound := item.Bound()
		at := itemIndex(n.items, &bound)
		if len(n.items) < leafItems {
			n.items = slices.Insert(n.items, at, item)
			return child{}
		}
		return t.splitLeaf(c, at, item)
	}
	at := kidIndex(n.kids, item)
	grown := t.insertInto(&n.kids[at], item)
	if grown.node == nil {
		return child{}
	}
	if len(n.kids) < kidsMax {
		n.kids = slices.Insert(n.kids, at+1, grown)
		return child{}
	}
	return t.splitInner(c, at+1, grown)
}

// splitAt returns where to cut a full node in two when something comes in at the position at. In the middle, except
// at the end: there the left part stays full, so that items arriving in order do not leave half-empty leaves behind.
func splitAt(at, size int) int {
	if at == size {
		return size
	}
	return size / 2
}

func (t *Tree) splitLeaf(c *child, at int, item reconcile.Item) child {
	left, right := c.node, newLeaf(t.generation)
	cut := splitAt(at, len(left.items))
	right.items = append(right.items, left.items[cut:]...)
	left.items = left.items[:cut]
	if at > cut || cut == leafItems {
		right.items = slices.Insert(right.items, at-cut, item)
	} else {
		left.items = slices.Insert(left.items, at, item)
	}
	return divide(c, right)
}

func (t *Tree) splitInner(c *child, at int, grown child) child {
	left, right := c.node, newInner(t.generation)
	cut := splitAt(at, len(left.kids))
	right.kids = append(right.kids, left.kids[cut:]...)
	clear(left.kids[cut:]) // else they keep alive what the right part lets go of later
	left.kids = left.kids[:cut]
	if at > cut || cut == kidsMax {
		right.kids = slices.Insert(right.kids, at-cut, grown)
	} else {
		left.kids = slices.Insert(left.kids, at, grown)
	}
	return divide(c, right)
}

// divide takes what went into right off c.
func divide(c *child, right *node) child {
	r := childOf(right)
	c.sum = c.sum.Sub(r.sum)
	c.count -= r.count
	return r
}
