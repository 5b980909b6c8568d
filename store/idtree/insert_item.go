package idtree

import (
	"slices"

	"courtcircuit/protocol/reconcile"
)

// Insert adds items, in any order, and returns how many were new. After an error the edit is to be discarded.
func (e *Edit) Insert(items ...reconcile.Item) (added int, err error) {
	for _, item := range items {
		switch has, err := e.has(item); {
		case err != nil:
			return added, err
		case has:
			continue // found out first: copying the path for nothing would cost more than this
		}
		if err := e.insert(item); err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

func (e *Edit) insert(item reconcile.Item) error {
	if e.root.node == nil {
		items := []reconcile.Item{item}
		e.root = leafOf(items, newLeaf(e.generation, items))
		e.touch(&e.root)
		return nil
	}
	right, err := e.insertInto(&e.root, item)
	if err == nil && right.node != nil {
		e.root = innerOf(newInner(e.generation, e.root, right))
	}
	return err
}

// insertInto adds an absent item to a subtree. When its node had to be split, c is the left part and the right one
// is returned.
func (e *Edit) insertInto(c *child, item reconcile.Item) (right child, err error) {
	b, err := e.writable(c)
	if err != nil {
		return child{}, err
	}
	leaf := c.node.kids == nil
	if leaf {
		e.touch(c)
	}
	c.count++
	c.sum = c.sum.Add(reconcile.IDSum(&item.ID))
	if item.Compare(c.first) < 0 {
		c.first = item
	}
	if leaf {
		e.touch(c)
		bound := item.Bound()
		at := itemIndex(b.items, &bound)
		if len(b.items) < leafItems {
			b.items = slices.Insert(b.items, at, item)
			return child{}, nil
		}
		return e.splitLeaf(c, at, item), nil
	}
	n := c.node
	at := kidIndex(n.kids, item)
	grown, err := e.insertInto(&n.kids[at], item)
	if err != nil || grown.node == nil {
		return child{}, err
	}
	if len(n.kids) < kidsMax {
		n.kids = slices.Insert(n.kids, at+1, grown)
		return child{}, nil
	}
	return e.splitInner(c, at+1, grown), nil
}

// splitAt returns where to cut a full node in two when something comes in at the position at. In the middle, except
// at the end: there the left part stays full, so that items arriving in order do not leave half-empty leaves behind.
func splitAt(at, size int) int {
	if at == size {
		return size
	}
	return size / 2
}

func (e *Edit) splitLeaf(c *child, at int, item reconcile.Item) child {
	left := c.node.block.Load()
	cut := splitAt(at, len(left.items))
	n := newLeaf(e.generation, left.items[cut:])
	right := n.block.Load()
	left.items = left.items[:cut]
	if at > cut || cut == leafItems {
		right.items = slices.Insert(right.items, at-cut, item)
	} else {
		left.items = slices.Insert(left.items, at, item)
	}
	r := divide(c, leafOf(right.items, n))
	e.touch(&r)
	return r
}

func (e *Edit) splitInner(c *child, at int, grown child) child {
	left := c.node
	cut := splitAt(at, len(left.kids))
	right := newInner(e.generation, left.kids[cut:]...)
	clear(left.kids[cut:]) // else they keep alive what the right part lets go of later
	left.kids = left.kids[:cut]
	if at > cut || cut == kidsMax {
		right.kids = slices.Insert(right.kids, at-cut, grown)
	} else {
		left.kids = slices.Insert(left.kids, at, grown)
	}
	return divide(c, innerOf(right))
}

// divide takes what went into right off c.
func divide(c *child, right child) child {
	c.sum = c.sum.Sub(right.sum)
	c.count -= right.count
	return right
}
