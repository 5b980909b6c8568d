package node

import "sync"

// gate lets callbacks of libraries in while the node works, and at the end
// waits for those inside: libp2p and pubsub do not await their callbacks when
// they close, and one that still reads a closed store would crash.
type gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

// enter says whether the caller may go on; then it must call leave.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.inside.Add(1)
	return true
}

func (g *gate) leave() { g.inside.Done() }

// close refuses whoever comes later and waits for those inside.
func (g *gate) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.inside.Wait()
}
