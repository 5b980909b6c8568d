package idtree

import (
	"sync/atomic"

	"courtcircuit/protocol/reconcile"
)

// Config is what a tree needs of its owner.
type Config struct {
	Source     Source
	CacheBytes int // for items in memory that the source has, too
	// OnFault is told that a view could not read a leaf, whose items it then passes over. It must not block.
	OnFault func(error)
}

// Tree gives views of the present state and takes edits. Views may be taken from several goroutines at once; edits
// follow one another.
type Tree struct {
	source     Source
	onFault    func(error)
	cache      cache
	view       atomic.Pointer[View]
	generation uint64
}

// Leaf is what is known of a leaf without its items, and all that has to be stored of the tree. First is unique.
type Leaf struct {
	First reconcile.Item
	Count int
	Sum   reconcile.Sum
}

// New returns an empty tree.
func New(cfg Config) *Tree {
	t := &Tree{source: cfg.Source, onFault: cfg.OnFault, cache: cache{maxBytes: cfg.CacheBytes}}
	t.view.Store(&View{tree: t})
	return t
}

// Snapshot returns the present state, at no cost and for as long as it is held.
func (t *Tree) Snapshot() *View { return t.view.Load() }

// View is the state of a tree at one moment. It never changes and needs no lock. It is a reconcile.Set.
type View struct {
	root  child // node is nil when it is empty
	tree  *Tree
	fault atomic.Pointer[error]
}

var _ reconcile.Set = (*View)(nil)

// block passes over a leaf that cannot be read: Err and its owner say so.
func (v *View) block(c *child) *block {
	b, err := v.tree.block(c)
	if err == nil {
		return b
	}
	if v.fault.CompareAndSwap(nil, &err) {
		v.tree.onFault(err)
	}
	return &block{}
}

// Err says why a leaf could not be read; what the view gave since is not to be used.
func (v *View) Err() error {
	if err := v.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// Len returns the number of items.
func (v *View) Len() int { return v.root.count }

// Total returns the sum of all ids and how many they are.
func (v *View) Total() (sum reconcile.Sum, count int) { return v.root.sum, v.root.count }

// Leaves calls fn for every leaf, in order.
func (v *View) Leaves(fn func(Leaf)) {
	if v.root.node != nil {
		leaves(&v.root, fn)
	}
}

func leaves(c *child, fn func(Leaf)) {
	if c.node.kids == nil {
		fn(Leaf{c.first, c.count, c.sum})
		return
	}
	for i := range c.node.kids {
		leaves(&c.node.kids[i], fn)
	}
}
