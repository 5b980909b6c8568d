package node

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// syncReason says why a peer is caught up with.
type syncReason string

const (
	syncOnConnect syncReason = "connect"
	syncHinted    syncReason = "hint"
	syncPeriodic  syncReason = "periodic"
	syncAny       syncReason = "lost" // gossip lost something, or the replica is damaged; asked until it succeeds
	syncBodies    syncReason = "bodies"
)

// syncTask is one session that is due.
type syncTask struct {
	peer     peer.ID
	reason   syncReason
	diskFull int // how often there was no room
	at       time.Time
}

// syncQueue holds, bounded, whom to catch up with and whom to hint, at most
// one of each for a peer. Adding never blocks.
type syncQueue struct {
	wake   chan struct{} // one slot
	most   int           // sessions at once
	limits *limitCounts

	mu       sync.Mutex
	tasks    map[peer.ID]syncTask
	running  map[peer.ID]bool
	any      bool                  // with whomever
	lastHint map[peer.ID]time.Time // received
	hints    map[peer.ID]time.Time // to send, and when
	failures map[peer.ID]syncFailures
	dropped  int
	waited   bool // for a slot, since one was free
}

// syncFailures holds back everything with a peer whose sessions fail, its own
// hints above all: it would else take a slot again as soon as it lost it.
type syncFailures struct {
	count int
	until time.Time
}

func newSyncQueue() *syncQueue {
	return &syncQueue{
		wake: make(chan struct{}, 1), most: DefaultLimits().CatchUpSessions, tasks: map[peer.ID]syncTask{}, running: map[peer.ID]bool{},
		lastHint: map[peer.ID]time.Time{}, hints: map[peer.ID]time.Time{},
		failures: map[peer.ID]syncFailures{},
	}
}

func (q *syncQueue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// add puts a peer in the queue; one that waits already keeps the earlier time.
func (q *syncQueue) add(p peer.ID, reason syncReason) {
	q.addTask(syncTask{peer: p, reason: reason, at: time.Now()})
}

func (q *syncQueue) addTask(t syncTask) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.addLocked(t)
	q.wakeUp()
}

func (q *syncQueue) addLocked(t syncTask) {
	if until := q.failures[t.peer].until; until.After(t.at) {
		t.at = until
	}
	have, waits := q.tasks[t.peer]
	switch {
	case !waits && len(q.tasks) >= maxPendingSyncs:
		q.dropped++
		q.limits.reached(boundPendingSyncs)
	case !waits:
		q.tasks[t.peer] = t
	default:
		// One session answers both; what must succeed must not be lost in
		// what may be given up.
		if have.at.Before(t.at) {
			t, have = have, t
		}
		if have.reason == syncAny {
			t.reason = syncAny
		}
		q.tasks[t.peer] = t
	}
}

// addHinted is a peer's word that it holds what we lack. From one peer it
// counts at most every hintEvery; what comes in between is put off, not
// dropped, or the end of a long import would be missed.
func (q *syncQueue) addHinted(p peer.ID, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := now
	if next := q.lastHint[p].Add(hintEvery); next.After(now) {
		at = next
	}
	if t, waits := q.tasks[p]; waits && !t.at.After(at) {
		// That session starts after this hint and finds what it tells of. To
		// move lastHint on all the same would put off the next one by hintEvery
		// for every hint of a long import, by minutes in the end.
		return
	}
	if _, known := q.lastHint[p]; !known && len(q.lastHint) >= maxPendingSyncs {
		clear(q.lastHint)
	}
	q.lastHint[p] = at
	q.addLocked(syncTask{peer: p, reason: syncHinted, at: at})
	q.wakeUp()
}

// failed notes a failure that is the peer's, or the connection's, and says
// how many there were in a row and when the peer may be asked again.
func (q *syncQueue) failed(p peer.ID, now time.Time) (count int, again time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f, known := q.failures[p]
	if !known && len(q.failures) >= maxPendingSyncs {
		for other, f := range q.failures {
			if !f.until.After(now) || len(q.failures) >= maxPendingSyncs {
				delete(q.failures, other)
			}
		}
	}
	f.until = now.Add(jitter(min(syncRetryAfter<<min(f.count, 10), maxSyncBackoff)))
	f.count++
	q.failures[p] = f
	return f.count, f.until
}

func (q *syncQueue) succeeded(p peer.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.failures, p)
}

// wantAny asks for a session with any peer.
func (q *syncQueue) wantAny() {
	q.mu.Lock()
	q.any = true
	q.mu.Unlock()
	q.wakeUp()
}

// lossSettles is how long after a loss the catch-up that repairs it begins: in
// the middle of a burst there would soon be more to repair.
const lossSettles = time.Second

// wantFrom asks for a session with the peer whose record was lost here: it has
// it, and others may have lost it too. If that peer has gone, any is asked.
func (q *syncQueue) wantFrom(p peer.ID, now time.Time) {
	q.addTask(syncTask{peer: p, reason: syncAny, at: now.Add(lossSettles)})
}

// hintAll has the peers told that there is something to fetch here.
func (q *syncQueue) hintAll(peers []peer.ID) { q.hintAt(peers, time.Now()) }

// hintAt has them told at that time, or before if they are told anyway.
func (q *syncQueue) hintAt(peers []peer.ID, at time.Time) {
	q.mu.Lock()
	for _, p := range peers {
		have, waits := q.hints[p]
		switch {
		case !waits && len(q.hints) >= maxPendingSyncs:
			q.limits.reached(boundPendingSyncs)
		case !waits || at.Before(have):
			q.hints[p] = at
		}
	}
	q.mu.Unlock()
	q.wakeUp()
}

// due takes out what may start now: sessions, as far as slots are free, and
// hints; and says when the next one is due.
func (q *syncQueue) due(now time.Time, present []peer.ID) (tasks []syncTask, hints []peer.ID, next time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.any && len(present) > 0 {
		q.any = false
		q.addLocked(syncTask{peer: q.pickLocked(present, now), reason: syncAny, at: now})
	}
	for p, t := range q.tasks {
		switch {
		case q.running[p]: // goes on when that one has ended
		case t.at.After(now):
			if next.IsZero() || t.at.Before(next) {
				next = t.at
			}
		case len(q.running) < q.most:
			q.running[p], q.waited = true, false
			delete(q.tasks, p)
			tasks = append(tasks, t)
		case !q.waited:
			q.waited = true
			q.limits.reached(boundSessions)
		}
	}
	for p, at := range q.hints {
		if !at.After(now) {
			hints = append(hints, p)
			delete(q.hints, p)
		} else if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return tasks, hints, next
}

// pickLocked picks a random peer, of those whose sessions do not fail if
// there are any.
func (q *syncQueue) pickLocked(present []peer.ID, now time.Time) peer.ID {
	start := rand.IntN(len(present))
	for i := range present {
		if p := present[(start+i)%len(present)]; !q.failures[p].until.After(now) {
			return p
		}
	}
	return present[start]
}

func (q *syncQueue) finished(p peer.ID) {
	q.mu.Lock()
	delete(q.running, p)
	q.mu.Unlock()
	q.wakeUp()
}

func (q *syncQueue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.tasks) + len(q.running)
}
