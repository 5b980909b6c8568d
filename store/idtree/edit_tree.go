package idtree

import (
	"iter"

	"courtcircuit/protocol/reconcile"
)

// Edit is the next state of a tree while it is made. It is for one goroutine, and there is one at a time. It ends
// with Publish or Discard.
type Edit struct {
	tree       *Tree
	root       child
	generation uint64
	touched    map[reconcile.Item]struct{} // first items that leaves had or have
	replaced   []*node                     // leaves that it holds copies of
}

// Edit begins one from the present state.
func (t *Tree) Edit() *Edit {
	t.generation++
	return &Edit{tree: t, root: t.Snapshot().root, generation: t.generation, touched: map[reconcile.Item]struct{}{}}
}

// Total returns the sum of all ids and how many they are, as they will be.
func (e *Edit) Total() (sum reconcile.Sum, count int) { return e.root.sum, e.root.count }

// Changes gives every leaf that is to be stored or no longer stored (of count 0), each once, in no order.
func (e *Edit) Changes() iter.Seq[Leaf] {
	return func(yield func(Leaf) bool) {
		for first := range e.touched {
			leaf := Leaf{First: first}
			if c := e.find(first); c != nil && c.first == first {
				leaf.Count, leaf.Sum = c.count, c.sum
			}
			if !yield(leaf) {
				return
			}
		}
	}
}

// find returns the leaf that item belongs into, nil in an empty tree.
func (e *Edit) find(item reconcile.Item) *child {
	if e.root.node == nil {
		return nil
	}
	c := &e.root
	for c.node.kids != nil {
		c = &c.node.kids[kidIndex(c.node.kids, item)]
	}
	return c
}

// has reads the leaf of an item.
func (e *Edit) has(item reconcile.Item) (bool, error) {
	c := e.find(item)
	if c == nil {
		return false, nil
	}
	b, err := e.tree.block(c)
	if err != nil {
		return false, err
	}
	bound := item.Bound()
	at := itemIndex(b.items, &bound)
	return at < len(b.items) && b.items[at] == item, nil
}

// Publish makes the edit the present state. What Changes gave must be durable.
func (e *Edit) Publish() {
	var made []*node
	for first := range e.touched {
		if c := e.find(first); c != nil && c.first == first && c.node.generation == e.generation {
			c.node.block.Load().seal()
			made = append(made, c.node)
		}
	}
	e.tree.view.Store(&View{root: e.root, tree: e.tree})
	for _, n := range made {
		e.tree.cache.add(n, n.block.Load())
	}
}

// Discard forgets the edit.
func (e *Edit) Discard() {
	for _, n := range e.replaced {
		e.tree.cache.unpin(n)
	}
}

func (e *Edit) touch(c *child) { e.touched[c.first] = struct{}{} }

// writable makes c's node one that the edit may change: itself, or a copy. It returns a leaf's block.
func (e *Edit) writable(c *child) (*block, error) {
	old := c.node
	if old.generation == e.generation {
		return old.block.Load(), nil
	}
	if old.kids != nil {
		c.node = newInner(e.generation, old.kids...)
		return nil, nil
	}
	b, err := e.tree.block(c)
	if err != nil {
		return nil, err
	}
	e.tree.cache.pin(old, b)
	e.replaced = append(e.replaced, old)
	c.node = newLeaf(e.generation, b.items)
	return c.node.block.Load(), nil
}
