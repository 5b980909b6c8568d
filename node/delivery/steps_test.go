package delivery

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// A message that its receiver puts off lets those behind it pass.
func TestLaterLetsOthersPass(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		ready := false
		b.handle = func(_ *inbox.Tx, m Received) error {
			if string(m.Body) == "deux" && !ready {
				return &Later{After: time.Hour, Words: "un d'abord"}
			}
			return nil
		}
		a.queue(b, "deux")
		id := a.queue(b, "un")
		until(t, "the second delivered", time.Minute, func() bool { _, ok := a.outcome(id); return ok })
		if b.count("deux") != 0 {
			t.Fatal("the first was taken")
		}
		ready = true
		time.Sleep(50 * time.Minute)
		if b.count("deux") != 0 {
			t.Error("it came before the time that was named")
		}
		until(t, "the first delivered", 2*time.Hour, func() bool { return b.count("deux") == 1 })
	})
}

// An error of the step leaves nothing of it, on either side.
func TestFailedSteps(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		failing := 3
		b.handle = func(tx *inbox.Tx, m Received) error {
			if failing--; failing >= 0 {
				if err := b.counts.PutIn(tx, inbox.ID{42}, 1); err != nil {
					return err
				}
				return errors.New("no room")
			}
			return nil
		}
		ending := 3
		a.done = func(*inbox.Tx, Outcome) error {
			if ending--; ending >= 0 {
				return errors.New("no room")
			}
			return nil
		}
		id := a.queue(b, "bonjour")
		err := a.box.Update(func(tx *inbox.Tx) error {
			if _, err := a.courier.QueueIn(tx, b.id(), "brief", []byte("never")); err != nil {
				return err
			}
			return errors.New("changed my mind")
		})
		if err == nil {
			t.Fatal("the step did not fail")
		}
		a.courier.Wake()
		until(t, "delivered", 9*time.Hour, func() bool { _, ok := a.outcome(id); return ok })
		if b.count("bonjour") != 1 || b.count("never") != 0 || b.courier.bounds.of[a.id()] != 1 {
			t.Errorf("taken %d and %d times, counted %d", b.count("bonjour"), b.count("never"), b.courier.bounds.of[a.id()])
		}
		if _, err := b.counts.Get(inbox.ID{42}); !errors.Is(err, inbox.ErrNotFound) {
			t.Errorf("a failed step left something: %v", err)
		}
	})
}

func TestQueueRefuses(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		for name, c := range map[string]struct {
			to   protocol.Identity
			kind string
			body []byte
		}{
			"to itself":  {a.id(), "brief", nil},
			"a bad kind": {b.id(), "Brief", nil},
			"too large":  {b.id(), "brief", make([]byte, protocol.MaxMessageBody+1)},
		} {
			err := a.box.Update(func(tx *inbox.Tx) error {
				_, err := a.courier.QueueIn(tx, c.to, c.kind, c.body)
				return err
			})
			if !errors.Is(err, protocol.ErrMessageForm) {
				t.Errorf("%s: %v", name, err)
			}
		}
		large := strings.Repeat("x", protocol.MaxMessageBody)
		id := a.queue(b, large)
		until(t, "the largest delivered", time.Minute, func() bool { o, ok := a.outcome(id); return ok && o.Delivered })
	})
}

func TestMarksAreForgotten(t *testing.T) {
	inWorld(t, func(c *Config) { c.KeepSeen = 2 * protocol.MaxMessageAge }, func(t *testing.T, w *world, a, b *station) {
		a.queue(b, "bonjour")
		time.Sleep(61 * 24 * time.Hour)
		if b.courier.seen.Len() != 1 {
			t.Fatal("forgotten too early")
		}
		time.Sleep(3 * 24 * time.Hour)
		if b.courier.seen.Len() != 0 {
			t.Error("not forgotten")
		}
	})
}

// What is taken back is not sent, and not listed; in a step that fails it
// stays.
func TestWithdraw(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		b.switchOff(true)
		kept, gone := a.queue(b, "kept"), a.queue(b, "gone")
		time.Sleep(time.Hour)
		withdraw := func(id [32]byte, end error) {
			err := a.box.Update(func(tx *inbox.Tx) error { return errors.Join(a.courier.WithdrawIn(tx, id), end) })
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
			a.courier.Wake()
		}
		withdraw(kept, errLost)
		withdraw(gone, nil)
		withdraw(gone, nil)
		time.Sleep(time.Second)
		if s := a.courier.Status(); s.Waiting != 1 {
			t.Errorf("status %+v", s)
		}
		b.switchOff(false)
		until(t, "the other one delivered", 9*time.Hour, func() bool { _, ok := a.outcome(kept); return ok })
		if _, ended := a.outcome(gone); ended || b.count("gone") > 0 || b.count("kept") != 1 {
			t.Errorf("ended %v, taken %d and %d times", ended, b.count("gone"), b.count("kept"))
		}
	})
}

// Two streams that bring one message at the same moment: the second one passes
// the look at the marks while the first one's step is under way.
func TestCopiesAtOnce(t *testing.T) {
	w := newWorld(t)
	a, b := w.add(nil), w.add(nil)
	b.start()
	defer func() { b.end(); a.box.Close(); b.box.Close() }()
	both := make(chan struct{}, 2)
	looked := func() { both <- struct{}{} }
	b.courier.dir = watchedDirectory{b, looked}
	await := sync.OnceFunc(func() { <-both; <-both })
	b.handle = func(*inbox.Tx, Received) error { await(); return nil }
	own, _ := a.Own()
	wire := wireOf(t, own, b, [32]byte{1}, "bonjour")
	answers := make(chan protocol.MessageAnswer, 2)
	for range 2 {
		go func() {
			answer, _ := b.courier.take(wire, time.Now())
			answers <- answer
		}()
	}
	for range 2 {
		if answer := <-answers; answer.Code != protocol.AnswerAccepted {
			t.Errorf("%+v", answer)
		}
	}
	if n := b.count("bonjour"); n != 1 {
		t.Errorf("taken %d times", n)
	}
}

// watchedDirectory tells when the sender is looked up, which is after the look
// at the marks.
type watchedDirectory struct {
	Directory
	looked func()
}

func (d watchedDirectory) Find(id protocol.Identity, now time.Time) (Collective, error) {
	d.looked()
	return d.Directory.Find(id, now)
}
