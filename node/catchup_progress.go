package node

import (
	"sync"
	"time"

	"courtcircuit/node/httpapi/api"
)

// syncProgress sums up what the sessions under way have found missing and
// stored, for whoever waits for them.
type syncProgress struct {
	mu               sync.Mutex
	running          int
	since            time.Time // the first of those that run began
	needed, received int
}

func (p *syncProgress) begin(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == 0 {
		p.since, p.needed, p.received = now, 0, 0
	}
	p.running++
}

func (p *syncProgress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
}

func (p *syncProgress) add(needed, received int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.needed += needed
	p.received += received
}

// now is nil when no session runs.
func (p *syncProgress) now(now time.Time) *api.SyncProgress {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == 0 {
		return nil
	}
	out := &api.SyncProgress{Needed: p.needed, Received: p.received, Since: p.since.UTC()}
	if took := now.Sub(p.since); took > 0 {
		out.PerSecond = int(float64(p.received) / took.Seconds())
	}
	return out
}

// CatchUpProgress says how far the catch-up under way has come; nil when none
// is.
func (n *Node) CatchUpProgress() *api.SyncProgress { return n.progress.now(time.Now()) }
