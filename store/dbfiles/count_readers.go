package dbfiles

import "sync"

// Readers counts who reads a database, so that closing it waits for them:
// Badger unmaps its files. Not a RWMutex: a reader's callback may read again,
// which would wait for ever behind a writer that waits for the first.
type Readers struct {
	mu     sync.Mutex
	closed bool
	active sync.WaitGroup
}

// Enter is false once Close was called; else Leave must follow.
func (r *Readers) Enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.active.Add(1)
	return true
}

// Leave ends what Enter began.
func (r *Readers) Leave() { r.active.Done() }

// Close lets nobody in any more and waits until all have left.
func (r *Readers) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.active.Wait()
}
