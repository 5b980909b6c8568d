package idtree

import (
	"slices"

	"courtcircuit/protocol/reconcile"
)

// A node with fewer than these is merged into a neighbour if both fit into one. A quarter, not a half: a node that
// sits at the mark would otherwise be split and merged in turn. Where two do not fit, both together are more than
// full, so the tree is never emptier than about half over any two neighbours.
const (
	thinLeaf  = leafItems / 4
	thinInner = kidsMax / 4
)

// Delete removes items, in any order, and returns how many were there.
func (t *Tree) Delete(items ...reconcile.Item) (removed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, item := range items {
		if t.delete(item) {
			removed++
		}
	}
	return removed
}

func (t *Tree) delete(item reconcile.Item) bool {
	if !(&View{root: t.root}).Has(item) {
		return false
	}
	t.view = nil
	t.deleteFrom(&t.root, item)
	for t.root.node != nil && len(t.root.node.kids) == 1 {
		t.root = t.root.node.kids[0]
	}
	if t.root.count == 0 {
		t.root = child{}
	}
	return true
}

// deleteFrom removes an item that is there from a subtree, which may leave its node empty.
func (t *Tree) deleteFrom(c *child, item reconcile.Item) {
	c.node = t.writable(c.node)
	c.count--
	c.sum = c.sum.Sub(reconcile.IDSum(&item.ID))
	n := c.node
	if n.kids == nil {
		bound := item.Bound()
		at := itemIndex(n.items, &bound)
		n.items = slices.Delete(n.items, at, at+1)
		return
	}
	at := kidIndex(n.kids, item)
	t.deleteFrom(&n.kids[at], item)
	switch kid := &n.kids[at]; {
	case kid.count == 0:
		n.kids = slices.Delete(n.kids, at, at+1)
	case kid.node.kids == nil && kid.node.size() < thinLeaf, kid.node.kids != nil && kid.node.size() < thinInner:
		t.mergeKid(n, at)
	}
}

// mergeKid joins a thin child with the neighbour on its right or left, if one has the room.
func (t *Tree) mergeKid(n *node, at int) {
	for _, left := range []int{at, at - 1} {
		if left < 0 || left+1 >= len(n.kids) {
			continue
		}
		a, b := &n.kids[left], &n.kids[left+1]
		most := leafItems
		if a.node.kids != nil {
			most = kidsMax
		}
		if a.node.size()+b.node.size() > most {
			continue
		}
		a.node = t.writable(a.node)
		a.node.items = append(a.node.items, b.node.items...)
		a.node.kids = append(a.node.kids, b.node.kids...)
		a.count += b.count
		a.sum = a.sum.Add(b.sum)
		n.kids = slices.Delete(n.kids, left+1, left+2)
		return
	}
}
