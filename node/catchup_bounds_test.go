package node

import (
	"fmt"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
)

// Waiting is paid with bytes: whoever brings more than the least rate goes on
// for ever, whoever brings less ends, and nobody saves up for later.
func TestPace(t *testing.T) {
	rounds := func(each time.Duration, useful int) int {
		p, now := newPace(), time.Now()
		for i := range 1000 {
			if wait := p.deadline(now).Sub(now); wait < each {
				return i
			}
			p.spend(each)
			p.earn(useful)
		}
		return 1000
	}
	second := minSyncBytesPerSecond
	for _, c := range []struct {
		each   time.Duration
		useful int
		want   int
	}{
		{20 * time.Second, 0, 3}, {20 * time.Second, 21 * second, 1000}, {20 * time.Second, 10 * second, 5},
		{time.Second, 0, 60}, {31 * time.Second, 1000 * second, 0},
	} {
		if got := rounds(c.each, c.useful); got != c.want {
			t.Errorf("%s and %d bytes each: ended after %d rounds, want %d", c.each, c.useful, got, c.want)
		}
	}
	p := newPace()
	p.earn(1 << 30)
	if p.left != syncPatience {
		t.Errorf("%s saved up", p.left)
	}
}

// A peer that fails is put off for longer each time, its own hints included,
// and what must succeed goes to another.
func TestSyncQueuePutsFailingPeersOff(t *testing.T) {
	q := newSyncQueue()
	now := time.Now()
	var last time.Duration
	for i := range 20 {
		count, again := q.failed("bad", now)
		if count != i+1 || again.Sub(now) > maxSyncBackoff*4/3+time.Second {
			t.Fatalf("failure %d put off for %s", count, again.Sub(now))
		}
		last = again.Sub(now)
	}
	if last < maxSyncBackoff/2 {
		t.Errorf("after 20 failures put off for %s only", last)
	}
	q.addHinted("bad", now)
	if tasks, _, next := q.due(now, nil); len(tasks) != 0 || next.Sub(now) < time.Minute {
		t.Errorf("its hint: %v, next in %s", tasks, next.Sub(now))
	}
	for range 1000 {
		q.addHinted("bad", now)
	}
	if ahead := q.lastHint["bad"].Sub(now); ahead > maxSyncBackoff*4/3+hintEvery {
		t.Errorf("its hints put its next session off by %s", ahead)
	}
	q.wantAny()
	tasks, _, _ := q.due(now, []peer.ID{"bad", "good"})
	if len(tasks) != 1 || tasks[0].peer != "good" || tasks[0].reason != syncAny {
		t.Errorf("any peer: %v", tasks)
	}
	q.succeeded("bad")
	delete(q.tasks, "bad")
	q.add("bad", syncPeriodic)
	if tasks, _, _ := q.due(time.Now(), nil); len(tasks) != 1 {
		t.Error("put off after a success")
	}
	for i := range 3 * maxPendingSyncs {
		q.failed(peer.ID(fmt.Sprint(i)), now)
	}
	if len(q.failures) > maxPendingSyncs {
		t.Errorf("%d failing peers remembered", len(q.failures))
	}
}

// What must succeed is not lost in a session with the same peer that waits
// already and would be given up.
func TestSyncQueueKeepsWhatMustSucceed(t *testing.T) {
	now := time.Now()
	for _, first := range []syncReason{syncAny, syncOnConnect} {
		q := newSyncQueue()
		second := syncOnConnect
		if first == syncOnConnect {
			second = syncAny
		}
		q.addTask(syncTask{peer: "p", reason: first, at: now.Add(time.Second)})
		q.addTask(syncTask{peer: "p", reason: second, at: now})
		if tasks, _, _ := q.due(now, nil); len(tasks) != 1 || tasks[0].reason != syncAny {
			t.Errorf("%s after %s: %v", second, first, tasks)
		}
	}
}

// Missing bodies are bounded in number and in how many peers are asked.
func TestMissingBodiesAreBounded(t *testing.T) {
	m := newMissingBodies()
	for i := range 2 * maxMissingBodies {
		m.add(protocol.RecordID{byte(i), byte(i >> 8)}, "p")
	}
	if len(m.ids) != maxMissingBodies || len(m.of("p", 10)) != 0 || len(m.of("q", 10)) != 10 {
		t.Errorf("%d bodies, %d and %d to ask for", len(m.ids), len(m.of("p", 10)), len(m.of("q", 10)))
	}
	id := m.of("q", 1)[0]
	for i := range maxBodyAskers {
		m.add(id, peer.ID(fmt.Sprint(i)))
	}
	if _, here := m.ids[id]; here {
		t.Errorf("a body that %d peers lack is looked for still", maxBodyAskers+1)
	}
}
