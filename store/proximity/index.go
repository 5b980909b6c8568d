package proximity

import (
	"sync"
	"sync/atomic"
)

// Index holds the documents of one kind. Searches never wait: each reads one
// view, which does not change. Writers wait for one another.
type Index struct {
	view atomic.Pointer[view]

	write   sync.Mutex // guards the making of views and busy
	busy    map[*segment]bool
	merge   sync.Mutex // held by the one merge of large segments
	wake    chan struct{}
	unread  chan struct{}
	merges  atomic.Uint64
	written atomic.Uint64 // documents that merges wrote
}

// view is the index at one moment. Each document is alive in one segment at
// most.
type view struct{ segments []living }

// New makes an empty index.
func New() *Index {
	x := &Index{busy: map[*segment]bool{}, wake: make(chan struct{}, 1), unread: make(chan struct{}, 1)}
	x.view.Store(&view{})
	return x
}
