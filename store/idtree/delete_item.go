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

// Delete removes items, in any order, and returns how many were there. After an error the edit is to be discarded.
func (e *Edit) Delete(items ...reconcile.Item) (removed int, err error) {
	for _, item := range items {
		has, err := e.has(item)
		if err != nil {
			return removed, err
		}
		if !has {
			continue
		}
		if err := e.deleteFrom(&e.root, item); err != nil {
			return removed, err
		}
		removed++
		for len(e.root.node.kids) == 1 {
			e.root = e.root.node.kids[0]
		}
		if e.root.count == 0 {
			e.root = child{}
		}
	}
	return removed, nil
}

// deleteFrom removes an item that is there from a subtree, which may leave its node empty.
func (e *Edit) deleteFrom(c *child, item reconcile.Item) error {
	b, err := e.writable(c)
	if err != nil {
		return err
	}
	c.count--
	c.sum = c.sum.Sub(reconcile.IDSum(&item.ID))
	n := c.node
	if n.kids == nil {
		e.touch(c)
		bound := item.Bound()
		at := itemIndex(b.items, &bound)
		b.items = slices.Delete(b.items, at, at+1)
		return nil
	}
	at := kidIndex(n.kids, item)
	if err := e.deleteFrom(&n.kids[at], item); err != nil {
		return err
	}
	switch kid := &n.kids[at]; {
	case kid.count == 0:
		n.kids = slices.Delete(n.kids, at, at+1)
	case kid.node.kids == nil && kid.count < thinLeaf, kid.node.kids != nil && len(kid.node.kids) < thinInner:
		return e.mergeKid(n, at)
	}
	return nil
}

// mergeKid joins a thin child with the neighbour on its right or left, if one has the room.
func (e *Edit) mergeKid(n *node, at int) error {
	for _, left := range []int{at, at - 1} {
		if left < 0 || left+1 >= len(n.kids) {
			continue
		}
		a, b := &n.kids[left], &n.kids[left+1]
		if a.node.kids == nil {
			if a.count+b.count > leafItems {
				continue
			}
			if err := e.mergeLeaves(a, b); err != nil {
				return err
			}
		} else {
			if len(a.node.kids)+len(b.node.kids) > kidsMax {
				continue
			}
			if _, err := e.writable(a); err != nil {
				return err
			}
			a.node.kids = append(a.node.kids, b.node.kids...)
		}
		a.count += b.count
		a.sum = a.sum.Add(b.sum)
		n.kids = slices.Delete(n.kids, left+1, left+2)
		return nil
	}
	return nil
}

func (e *Edit) mergeLeaves(a, b *child) error {
	into, err := e.writable(a)
	if err != nil {
		return err
	}
	from, err := e.writable(b) // also so that views that have it keep its items
	if err != nil {
		return err
	}
	e.touch(a)
	e.touch(b)
	into.items = append(into.items, from.items...)
	return nil
}
