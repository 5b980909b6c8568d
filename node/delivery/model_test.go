package delivery

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"courtcircuit/node/inbox"
)

// sentLetter is what the model knows of one message.
type sentLetter struct {
	from, to int
	body     string
	id       [32]byte
}

// model drives stations and remembers what ought to come of it.
type model struct {
	w        *world
	stations []*station
	sent     []sentLetter
	undone   []sentLetter // their step failed
	mu       sync.Mutex
	dice     *rand.Rand
	rough    bool // faults happen
}

func (m *model) roll(n int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dice.IntN(n)
}

func (m *model) trouble() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rough
}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{w: newWorld(t), dice: rand.New(rand.NewPCG(seed, 7)), rough: true}
	m.w.fault = func(*station) fault {
		if m.trouble() && m.roll(3) > 0 {
			return fault(m.roll(int(faultCount)))
		}
		return works
	}
	for range 3 {
		s := m.w.add(nil)
		s.handle = func(_ *inbox.Tx, r Received) error {
			switch {
			case strings.HasPrefix(string(r.Body), "refuse"):
				return &Refusal{Words: "non"}
			case m.trouble() && m.roll(4) == 0:
				return &Later{After: time.Duration(m.roll(100)) * time.Minute}
			case m.trouble() && m.roll(6) == 0:
				return errors.New("no room")
			}
			return nil
		}
		s.done = func(*inbox.Tx, Outcome) error {
			if m.trouble() && m.roll(5) == 0 {
				return errors.New("no room")
			}
			return nil
		}
		s.start()
		m.stations = append(m.stations, s)
	}
	return m
}

// action is one step of a script.
type action struct {
	what    string
	station int
	to      int
	words   []string // of the bodies
	fails   bool     // the step that queues
	also    bool     // it wakes, or publishes
	wait    time.Duration
}

func drawAction(t *rapid.T) action {
	return action{
		what:    rapid.SampledFrom([]string{"queue", "queue", "queue", "off", "on", "restart", "key", "wait", "connect"}).Draw(t, "what"),
		station: rapid.IntRange(0, 2).Draw(t, "station"),
		to:      rapid.IntRange(1, 2).Draw(t, "to"),
		words:   rapid.SliceOfN(rapid.SampledFrom([]string{"take", "take", "take", "refuse"}), 1, 3).Draw(t, "words"),
		fails:   rapid.IntRange(0, 4).Draw(t, "fails") == 0,
		also:    rapid.Bool().Draw(t, "also"),
		wait:    time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms")) * time.Millisecond,
	}
}

// queue sends some messages in one step, which fails now and then.
func (m *model) queue(a action) error {
	from, to := a.station, (a.station+a.to)%3
	s := m.stations[from]
	var letters []sentLetter
	err := s.box.Update(func(tx *inbox.Tx) error {
		for _, word := range a.words {
			body := fmt.Sprintf("%s %d-%d %d", word, from, to, len(m.sent)+len(m.undone)+len(letters))
			id, err := s.courier.QueueIn(tx, m.stations[to].id(), "brief", []byte(body))
			if err != nil {
				return err
			}
			letters = append(letters, sentLetter{from, to, body, id})
		}
		if a.fails {
			return errLost
		}
		return nil
	})
	if (err != nil) != a.fails || (err != nil && !errors.Is(err, errLost)) {
		return fmt.Errorf("queue: %w", err)
	}
	if a.fails {
		m.undone = append(m.undone, letters...)
	} else {
		m.sent = append(m.sent, letters...)
	}
	if a.also {
		s.courier.Wake()
	}
	return nil
}

func (m *model) do(a action) error {
	s := m.stations[a.station]
	switch a.what {
	case "queue":
		return m.queue(a)
	case "off", "on":
		s.switchOff(a.what == "off")
	case "restart":
		s.end()
		s.start()
	case "key":
		s.newSealingKey()
		if a.also {
			s.publish()
		}
	case "connect":
		for _, other := range m.stations {
			other.courier.PeerConnected(s.peer)
			other.courier.RecordStored(s.id())
		}
	case "wait":
		time.Sleep(a.wait * 6000) // up to about seven hours
	}
	time.Sleep(a.wait)
	return nil
}

// check compares what the stations kept with what they ought to.
func (m *model) check() error {
	for _, l := range m.sent {
		o, ended := m.stations[l.from].outcome(l.id)
		want := 1
		if strings.HasPrefix(l.body, "refuse") {
			want = 0
		}
		if n := m.stations[l.to].count(l.body); n != want {
			return fmt.Errorf("%q was taken %d times, %d expected", l.body, n, want)
		}
		if !ended || o.Delivered != (want == 1) {
			return fmt.Errorf("%q ended: %v, %+v", l.body, ended, o)
		}
	}
	for _, l := range m.undone {
		if _, ended := m.stations[l.from].outcome(l.id); ended || m.stations[l.to].count(l.body) > 0 {
			return fmt.Errorf("%q was never queued and came", l.body)
		}
	}
	for i, s := range m.stations {
		if n := s.courier.outbox.Len(); n != 0 {
			return fmt.Errorf("%d messages lie in the outbox of %d", n, i)
		}
	}
	return nil
}

// play runs a script, then lets three quiet days pass.
func play(t *testing.T, seed uint64, script []action) (err error) {
	m := newModel(t, seed)
	defer m.w.close()
	for _, a := range script {
		if err := m.do(a); err != nil {
			return err
		}
	}
	m.mu.Lock()
	m.rough = false
	m.mu.Unlock()
	for _, s := range m.stations {
		s.switchOff(false)
		s.publish()
	}
	time.Sleep(3 * 24 * time.Hour)
	return m.check()
}

// Whatever is lost, repeated, late, refused or restarted in whatever order:
// every message is taken exactly once, and its sender hears so exactly once.
func TestExactlyOnceAgainstModel(t *testing.T) {
	messages, scripts := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		script := rapid.SliceOfN(rapid.Custom(drawAction), 1, 25).Draw(rt, "script")
		var err error
		synctest.Test(t, func(t *testing.T) { err = play(t, seed, script) })
		if err != nil {
			rt.Fatal(err)
		}
		scripts++
		for _, a := range script {
			if a.what == "queue" && !a.fails {
				messages += len(a.words)
			}
		}
	})
	if messages < scripts {
		t.Errorf("%d messages in %d scripts decide nothing", messages, scripts)
	}
}
