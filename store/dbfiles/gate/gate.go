// Package gate lets work in while something is open and, at its end, waits for
// the work that is inside.
package gate

import "sync"

// Gate is open from the start. Not a RWMutex: who is inside may enter again,
// which would wait for ever behind a closing that waits for the first.
type Gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

// Enter is false once Close was called; else Leave must follow.
func (g *Gate) Enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.inside.Add(1)
	return true
}

// Leave ends what Enter began.
func (g *Gate) Leave() { g.inside.Done() }

// Close lets nobody in any more and waits until all have left.
func (g *Gate) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.inside.Wait()
}
