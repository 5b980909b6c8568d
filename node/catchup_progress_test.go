package node

import (
	"context"
	"testing"
	"time"

	"courtcircuit/store"
)

// What sessions found and stored is summed up while one of them runs, by the
// second since the first of them began, and begins anew with the next.
func TestSyncProgressSumsUp(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	var p syncProgress
	if p.now(at(0)) != nil {
		t.Error("progress of nothing")
	}
	p.begin(at(0))
	p.add(500, 0)
	p.begin(at(5))
	p.add(100, 300)
	if got := p.now(at(10)); got == nil || got.Needed != 600 || got.Received != 300 || got.PerSecond != 30 || !got.Since.Equal(at(0)) {
		t.Errorf("two sessions: %+v", got)
	}
	p.end()
	if got := p.now(at(20)); got == nil || got.Needed != 600 || got.Received != 300 || got.PerSecond != 15 {
		t.Errorf("one of them goes on: %+v", got)
	}
	p.end()
	if got := p.now(at(20)); got != nil {
		t.Errorf("after the end: %+v", got)
	}
	p.begin(at(30))
	if got := p.now(at(30)); got == nil || got.Needed != 0 || got.Received != 0 || got.PerSecond != 0 || !got.Since.Equal(at(30)) {
		t.Errorf("anew: %+v", got)
	}
}

// running starts a node; what it gives ends it.
func running(t *testing.T, n *Node) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// While a catch-up runs, its counts in /info and in events are those of the
// records found missing and committed, and at its end they are all of them.
func TestCatchUpSaysHowFarItIs(t *testing.T) {
	const missing = 2*headersPerRequest + 300
	a := stopped(t)
	wires := make([][]byte, missing)
	for i := range wires {
		wires[i] = profileWire(t, "test", newPerson(t), time.Now())
	}
	feed(t, a, wires...)

	quiet := stopped(t)
	quiet.progress.begin(time.Now())
	if err := asking(t, quiet, a).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := quiet.CatchUpProgress(); p == nil || p.Needed != missing || p.Received != missing {
		t.Errorf("summed up: %+v, %d expected", p, missing)
	}

	defer running(t, a)()
	<-a.Ready()

	commits, goOn := make(chan int), make(chan struct{})
	cfg := loopConfig(t, t.TempDir(), a.Addresses()...)
	before := cfg.Store
	cfg.Store = func(c *store.Config) {
		before(c)
		c.OnChange = func(changes []store.Change) { // in place of the node's own, whose events would fill the queue
			commits <- len(changes)
			<-goOn
		}
	}
	b, err := New(cfg, testLog())
	if err != nil {
		t.Fatal(err)
	}
	got := subscribed(t, b)
	stop := running(t, b)
	committed := 0
	for hold := 0; committed < missing; hold++ {
		var now int
		select {
		case now = <-commits:
		case <-time.After(time.Minute):
			t.Fatalf("%d of %d committed, and nothing for a minute", committed, missing)
		}
		// The first batch is brought alone, so until the second commit it is known
		// which of them the session has been told of.
		if hold < 2 {
			info, err := b.Info(t.Context())
			p := info.Sync.Progress
			switch {
			case err != nil || p == nil || info.Sync.State != "running":
				t.Errorf("commit %d: no progress: %v, %+v", hold, err, info.Sync)
			case p.Received != committed || p.Needed < committed+now || p.Needed > missing:
				t.Errorf("commit %d: %d received, %d needed; %d and %d to %d expected", hold, p.Received, p.Needed, committed, committed+now, missing)
			}
		}
		committed += now
		goOn <- struct{}{}
	}
	most := 0
	awaitEvent(t, got, "end of the catch-up", func(e Event) bool {
		if e.Type == EventCatchUpProgress {
			if e.Received <= most || e.Received > e.Needed || e.Needed > missing {
				t.Errorf("%d received after %d, of %d needed", e.Received, most, e.Needed)
			}
			most = e.Received
		}
		if e.Type == EventCatchUpDone && (e.Received != missing || e.Needed != missing || most != missing) {
			t.Errorf("at the end %d received, %d needed, %d said before; %d expected", e.Received, e.Needed, most, missing)
		}
		return e.Type == EventCatchUpDone
	})
	stop()
	if p := b.CatchUpProgress(); p != nil {
		t.Errorf("after the end: %+v", p)
	}
}
