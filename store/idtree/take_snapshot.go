package idtree

import (
	"sync"

	"courtcircuit/protocol/reconcile"
)

// Tree is the writable side. Its methods may be called from several goroutines at once; each holds a lock for
// O(log n) steps an item.
type Tree struct {
	mu         sync.RWMutex
	root       child // node is nil when the tree is empty
	generation uint64
	view       *View // of the present state, nil after a write
}

// New returns an empty tree.
func New() *Tree { return &Tree{} }

// Len returns the number of items.
func (t *Tree) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.root.count
}

// Has tells whether the tree holds item.
func (t *Tree) Has(item reconcile.Item) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return (&View{root: t.root}).Has(item)
}

// Snapshot returns the present state. It costs O(1) and needs no release; each node changed after it is copied once.
func (t *Tree) Snapshot() *View {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.view == nil {
		t.view = &View{root: t.root}
		t.generation++ // from here on every node is older than the tree, hence copied before it is changed
	}
	return t.view
}
