package delivery

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"filippo.io/age"
	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

// flood sends messages of fresh senders, count of each, and says how many were
// taken.
func flood(t *testing.T, w *world, to *station, senders, count int, known bool) (takenHere int) {
	t.Helper()
	for range senders {
		from, _, err := protocol.NewAuthor(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if known {
			w.put(from.Identity(), Collective{})
		}
		takenHere += floodOf(t, to, from, count)
	}
	return takenHere
}

func floodOf(t *testing.T, to *station, from protocol.Author, count int) (takenHere int) {
	t.Helper()
	for range count {
		var id [32]byte
		rand.Read(id[:])
		answer, fault := to.courier.take(wireOf(t, from, to, id, fmt.Sprintf("%x", id[:16])), time.Now())
		switch {
		case fault != nil:
			t.Fatal(fault)
		case answer.Code == protocol.AnswerAccepted:
			takenHere++
		case answer.Code != protocol.AnswerBusy || answer.After == 0 || answer.Wait() > boundWindow:
			t.Fatalf("answer %+v", answer)
		}
	}
	return takenHere
}

func TestFloodIsBounded(t *testing.T) {
	small := func(c *Config) { c.MaxPerSender, c.MaxPerUnknown, c.MaxUnknown, c.MaxPerDay = 10, 2, 6, 40 }
	inWorld(t, small, func(t *testing.T, w *world, a, b *station) {
		if n := flood(t, w, b, 1, 20, true); n != 10 {
			t.Errorf("%d taken of one known sender, 10 expected", n)
		}
		if n := flood(t, w, b, 1, 20, false); n != 2 {
			t.Errorf("%d taken of one unknown sender, 2 expected", n)
		}
		if n := flood(t, w, b, 10, 5, false); n != 4 {
			t.Errorf("%d taken of further unknown senders, 4 expected", n)
		}
		honest := a.queue(b, "honest")
		until(t, "an honest message in the flood", time.Minute, func() bool { _, ok := a.outcome(honest); return ok })
		b.end() // a restart does not open the gates again
		b.start()
		if n := flood(t, w, b, 4, 20, true); n != 40-17 {
			t.Errorf("%d taken of all, %d expected", n, 40-17)
		}
		late := a.queue(b, "late")
		time.Sleep(2 * time.Hour)
		if _, ok := a.outcome(late); ok {
			t.Error("more than MaxPerDay taken")
		}
		until(t, "delivered on the next day", 50*time.Hour, func() bool { _, ok := a.outcome(late); return ok })
		if b.count("late") != 1 || b.count("honest") != 1 {
			t.Errorf("taken %d and %d times", b.count("late"), b.count("honest"))
		}
	})
}

// What is acknowledged again, put off or sealed to another key costs nobody
// their day.
func TestOnlyWhatIsTakenCounts(t *testing.T) {
	inWorld(t, func(c *Config) { c.MaxPerSender = 2 }, func(t *testing.T, w *world, a, b *station) {
		own, _ := a.Own()
		wire := wireOf(t, own, b, [32]byte{1}, "un")
		for range 5 {
			if answer, _ := b.courier.take(wire, time.Now()); answer.Code != protocol.AnswerAccepted {
				t.Fatalf("%+v", answer)
			}
		}
		stale := wireOf(t, own, b, [32]byte{2}, "deux")
		b.newSealingKey()
		for range 5 {
			if answer, _ := b.courier.take(stale, time.Now()); answer.Code != protocol.AnswerWrongKey {
				t.Fatalf("%+v", answer)
			}
		}
		if answer, _ := b.courier.take(wireOf(t, own, b, [32]byte{2}, "deux"), time.Now()); answer.Code != protocol.AnswerAccepted {
			t.Errorf("%+v", answer)
		}
		if n := len(b.courier.bounds.taken); n != 2 {
			t.Errorf("%d counted, 2 expected", n)
		}
	})
}

// Random senders at random times, against a plain list.
func TestBoundsAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := DefaultConfig(testNet)
		cfg.MaxPerSender, cfg.MaxPerUnknown, cfg.MaxUnknown, cfg.MaxPerDay = 4, 2, 5, 12
		b := newSenderBounds(cfg)
		now := time.Unix(1e9, 0)
		var model []taken
		for range rapid.IntRange(1, 80).Draw(t, "messages") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5*3600).Draw(t, "seconds")) * time.Second)
			n := rapid.IntRange(0, 7).Draw(t, "sender")
			from, known := protocol.Identity{byte(n)}, n < 4
			own, unknown, all := 0, 0, 0
			for _, m := range model {
				if now.Sub(m.at) >= boundWindow {
					continue
				}
				all++
				if m.from == from {
					own++
				}
				if !m.known {
					unknown++
				}
			}
			fits := all < 12 && ((known && own < 4) || (!known && own < 2 && unknown < 5))
			wait, give := b.reserve(from, known, now)
			if (wait == 0) != fits || (give != nil) != fits {
				t.Fatalf("wait %s with %d of %v, %d unknown, %d in all", wait, own, from[0], unknown, all)
			}
			if fits && rapid.Bool().Draw(t, "gives back") {
				give()
			} else if fits {
				model = append(model, taken{from, known, now})
			}
		}
	})
}

// Recipients that hang, trickle or lie hold up nobody else, and one another
// only as long as their own tries last.
func TestBadPeersBlockNobody(t *testing.T) {
	inWorld(t, func(c *Config) { c.Parallel = 8 }, func(t *testing.T, w *world, a, b *station) {
		bad := map[*station]fault{}
		for i := range 24 {
			s := w.add(nil)
			s.start()
			bad[s] = []fault{half, trickled, garbage, hugeAnswer, refusedClose, noDial}[i%6]
		}
		w.fault = func(to *station) fault { return bad[to] }
		for s := range bad {
			a.queue(s, "to nobody")
		}
		time.Sleep(5 * time.Minute)
		for i := range 20 {
			id := a.queue(b, fmt.Sprintf("to somebody %d", i))
			if d := until(t, "delivered beside them", 20*time.Second, func() bool { _, ok := a.outcome(id); return ok }); d > 10*time.Second {
				t.Errorf("it took %s", d)
			}
			time.Sleep(7 * time.Minute)
		}
		before := runtime.NumGoroutine()
		w.mu.Lock()
		w.fault = nil
		w.mu.Unlock()
		until(t, "all delivered at last", 24*time.Hour, func() bool { return a.courier.Status().Waiting == 0 })
		if before > 400 {
			t.Errorf("%d goroutines", before)
		}
	})
}

// More recipients that hang than there are places, and none of them waits long
// for its next try: half of the places stay for the others.
func TestHangingPeersBlockNobody(t *testing.T) {
	inWorld(t, func(c *Config) { c.Parallel, c.MaxBackoff = 8, c.FirstBackoff }, func(t *testing.T, w *world, a, b *station) {
		w.fault = func(to *station) fault {
			if to == b {
				return works
			}
			return half
		}
		for range 40 {
			s := w.add(nil)
			s.start()
			a.queue(s, "to nobody")
		}
		time.Sleep(10 * time.Minute) // each was tried once
		for i := range 20 {
			id := a.queue(b, fmt.Sprint("to somebody ", i))
			until(t, "delivered beside them", 2*time.Second, func() bool { _, ok := a.outcome(id); return ok })
			time.Sleep(13 * time.Second)
		}
	})
}

// A sender that says nothing, or claims a long message, is left after Timeout
// and costs no memory.
func TestSlowSendersAreLeft(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		here, there := newPipes()
		ended := make(chan error, 1)
		start := time.Now()
		go func() { ended <- b.courier.Answer(there) }()
		here.Write([]byte{0, 0, 1, 0, 'a'})
		if err := <-ended; err == nil || time.Since(start) > 31*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		here.Reset()
		there.Reset()
		if err := b.courier.Answer(&captured{wire: []byte{0xff, 0xff, 0xff, 0xff}}); !errors.Is(err, ErrFault) {
			t.Errorf("a claim of 4 GB: %v", err)
		}
	})
}

func TestConfigNamesItsFaults(t *testing.T) {
	if err := DefaultConfig(testNet).Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"network": func(c *Config) { c.Network = "No" }, "MaxPerSender": func(c *Config) { c.MaxPerSender = 0 },
		"MaxPerUnknown": func(c *Config) { c.MaxPerUnknown = 0 }, "MaxUnknown": func(c *Config) { c.MaxUnknown = 0 },
		"MaxPerDay": func(c *Config) { c.MaxPerDay = 0 }, "Parallel": func(c *Config) { c.Parallel = 1 },
		"backoff": func(c *Config) { c.MaxBackoff = 0 }, "Timeout": func(c *Config) { c.Timeout = 0 },
		"GiveUpAfter": func(c *Config) { c.GiveUpAfter = 365 * 24 * time.Hour }, "KeepSeen": func(c *Config) { c.KeepSeen = time.Hour },
	} {
		c := DefaultConfig(testNet)
		change(&c)
		if err := c.Validate(); err == nil || !bytes.Contains([]byte(err.Error()), []byte(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The marks of MaxPerDay a day, kept as long as they are, fit the inbox.
func TestMarksFitTheirShelf(t *testing.T) {
	c := DefaultConfig(testNet)
	if days := int(c.KeepSeen / (24 * time.Hour)); c.MaxPerDay*(days+2) > 100_000 {
		t.Errorf("%d marks a day for %d days", c.MaxPerDay, days)
	}
}

func TestRecipientText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key, err := age.GenerateX25519Identity()
		if err != nil {
			rt.Fatal(err)
		}
		if got := recipientText(publicOf(t, key)); got != key.Recipient().String() {
			rt.Fatalf("%s, age writes %s", got, key.Recipient())
		}
	})
	if _, err := sealFor([]byte("short"), nil); err == nil {
		t.Error("sealed for five bytes")
	}
}

// FuzzAnswer gives any bytes to a stream: an answer or an error, never more.
func FuzzAnswer(f *testing.F) {
	w := newWorld(f)
	s := w.add(nil)
	s.start()
	f.Cleanup(func() { s.end(); s.box.Close() })
	f.Fuzz(func(t *testing.T, wire []byte) {
		stream := &captured{wire: wire}
		err := s.courier.Answer(stream)
		if err == nil && len(stream.out) == 0 {
			t.Fatal("neither an answer nor an error")
		}
		if len(stream.out) > 0 {
			if frame, err := readFrame(bytes.NewReader(stream.out), protocol.MaxAnswerBytes); err != nil {
				t.Fatal(err)
			} else if _, err := protocol.ParseMessageAnswer(frame); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzReadAnswer gives any bytes to a sender that waits for an answer.
func FuzzReadAnswer(f *testing.F) {
	f.Fuzz(func(t *testing.T, wire []byte) {
		frame, err := readFrame(bytes.NewReader(wire), protocol.MaxAnswerBytes)
		if err == nil {
			_, err = protocol.ParseMessageAnswer(frame)
		}
		if err != nil && len(frame) > protocol.MaxAnswerBytes {
			t.Fatal("read over the bound")
		}
	})
}

func TestFuzzSeedsAreThere(t *testing.T) {
	author, _, _ := protocol.NewAuthor(rand.Reader)
	other, _, _ := protocol.NewAuthor(rand.Reader)
	wire, err := protocol.SealMessage(testNet, author, protocol.Message{Kind: "brief", To: other.Identity(), SentAtMillis: time.Now().UnixMilli(), Ciphertext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	for target, seeds := range map[string][][]byte{
		"FuzzAnswer":     {frameOf(wire), {0, 0, 0, 1, 0x82}, {0xff, 0xff, 0xff, 0xff}},
		"FuzzReadAnswer": {frameOf(protocol.MessageAnswer{}.Bytes()), frameOf(protocol.MessageAnswer{Code: 2, After: 9, Words: "plus tard"}.Bytes()), {0, 0, 0xff, 0}},
	} {
		dir := filepath.Join("testdata", "fuzz", target)
		if *updateSeeds {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			for i, s := range seeds {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("seed", i)), []byte("go test fuzz v1\n[]byte("+strconv.Quote(string(s))+")\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) < len(seeds) {
			t.Errorf("%s: %d seeds, %v", target, len(files), err)
		}
	}
}
