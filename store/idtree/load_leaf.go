package idtree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"courtcircuit/protocol/reconcile"
)

// Source reads the first count items at or after first, ascending, as they are committed when it is called. Fewer are
// no error. It is called from several goroutines.
type Source func(first reconcile.Item, count int) ([]reconcile.Item, error)

// ErrDamaged is wrapped when a leaf's items are not those that its count and sum are of.
var ErrDamaged = errors.New("idtree: items and their sum differ")

// block returns the items of a leaf, which must not be changed.
//
// A source that was asked after an edit's commit has other items. But an edit puts those of before into the leaf
// first, so they are looked for there once more, after the reading.
func (t *Tree) block(c *child) (*block, error) {
	if b := c.node.block.Load(); b != nil {
		return b, nil
	}
	items, err := t.source(c.first, c.count)
	if b := c.node.block.Load(); b != nil {
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %d items: %w", c.count, err)
	}
	if len(items) != c.count || sumItems(items) != c.sum {
		return nil, fmt.Errorf("%w: %d items from hour %d on, %d expected", ErrDamaged, len(items), c.first.ExpiryHour, c.count)
	}
	b := newBlock(items)
	t.cache.add(c.node, b)
	return b, nil
}

// cache bounds what leaves keep in memory that the source has, too.
type cache struct {
	mu       sync.Mutex
	maxBytes int
	bytes    int
	leaves   []*node
}

func blockBytes(b *block) int { return 96 + cap(b.items)*36 + cap(b.sums)*32 }

// add gives a leaf its items, and takes those of others away, drawn at random: any rule about which of them was read
// last would cost every reader a write.
func (c *cache) add(n *node, b *block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addLocked(n, b)
}

func (c *cache) addLocked(n *node, b *block) {
	if n.pinned || n.slot > 0 {
		return
	}
	n.block.Store(b)
	c.leaves = append(c.leaves, n)
	n.slot = len(c.leaves)
	c.bytes += blockBytes(b)
	for c.bytes > c.maxBytes && len(c.leaves) > 0 {
		out := c.leaves[rand.IntN(len(c.leaves))]
		c.remove(out)
		out.block.Store(nil)
	}
}

func (c *cache) remove(n *node) {
	if n.slot == 0 {
		return
	}
	c.bytes -= blockBytes(n.block.Load())
	last := c.leaves[len(c.leaves)-1]
	c.leaves[n.slot-1], last.slot = last, n.slot
	c.leaves[len(c.leaves)-1] = nil
	c.leaves = c.leaves[:len(c.leaves)-1]
	n.slot = 0
}

// pin keeps a leaf's items for as long as a view has it.
func (c *cache) pin(n *node, b *block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(n)
	n.pinned = true
	if n.block.Load() == nil {
		n.block.Store(b)
	}
}

func (c *cache) unpin(n *node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n.pinned = false
	c.addLocked(n, n.block.Load()) // under one lock: a reader's add in between could have taken the block away again
}
