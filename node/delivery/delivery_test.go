package delivery

import (
	"crypto/rand"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// inWorld runs a test in fake time with two stations that run.
func inWorld(t *testing.T, change func(*Config), test func(t *testing.T, w *world, a, b *station)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		a, b := w.add(change), w.add(change)
		a.start()
		b.start()
		test(t, w, a, b)
	})
}

func TestDeliveredAtOnce(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		var got Received
		b.handle = func(_ *inbox.Tx, m Received) error { got = m; return nil }
		before := time.Now()
		id := a.queue(b, "bonjour")
		until(t, "delivered", time.Second, func() bool { _, ok := a.outcome(id); return ok })
		if o, _ := a.outcome(id); !o.Delivered || o.To != b.id() || o.Kind != "brief" || o.ID != id {
			t.Errorf("outcome %+v", o)
		}
		if got.ID != id || got.From != a.id() || got.To != b.id() || string(got.Body) != "bonjour" || got.SentAt.Sub(before).Abs() > time.Second {
			t.Errorf("received %+v", got)
		}
		if s := a.courier.Status(); s.Waiting != 0 || len(s.Recipients) != 0 || a.courier.outbox.Len() != 0 {
			t.Errorf("still waiting: %+v", s)
		}
	})
}

func TestRecipientOffForDays(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		b.switchOff(true)
		tries := 0
		w.fault = func(*station) fault { tries++; return works }
		id := a.queue(b, "patience")
		time.Sleep(9 * 24 * time.Hour)
		s := a.courier.Status()
		if s.Waiting != 1 || s.Recipients[0].LastError == "" || s.Recipients[0].NextTry.Before(time.Now()) || time.Since(s.Oldest) < 9*24*time.Hour {
			t.Fatalf("status %+v", s)
		}
		if tries < 9*24/8 || tries > 100 {
			t.Errorf("%d tries in nine days", tries)
		}
		a.end() // both are started anew meanwhile
		a.start()
		b.switchOff(false)
		until(t, "delivered", 9*time.Hour, func() bool { _, ok := a.outcome(id); return ok })
		time.Sleep(24 * time.Hour)
		if n := b.count("patience"); n != 1 {
			t.Errorf("delivered %d times", n)
		}
	})
}

func TestTriedWhenSomethingHappens(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		b.switchOff(true)
		id := a.queue(b, "un")
		time.Sleep(3 * 24 * time.Hour)
		b.switchOff(false)
		a.courier.PeerConnected(peer.ID("somebody else"))
		time.Sleep(time.Minute)
		if _, ok := a.outcome(id); ok {
			t.Fatal("somebody else's connection was enough: this test proves nothing")
		}
		a.courier.PeerConnected(b.peer)
		until(t, "delivered at its connection", time.Minute, func() bool { _, ok := a.outcome(id); return ok })

		w.forget(b.id())
		id = a.queue(b, "deux")
		time.Sleep(3 * 24 * time.Hour)
		if s := a.courier.Status(); !strings.Contains(s.Recipients[0].LastError, "no record") {
			t.Errorf("status %+v", s)
		}
		b.publish()
		a.courier.RecordStored(b.id())
		until(t, "delivered at its record", time.Minute, func() bool { _, ok := a.outcome(id); return ok })
	})
}

// Whoever connects again and again does not have a try each time.
func TestHurryIsBounded(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		b.switchOff(true)
		tries := 0
		w.fault = func(*station) fault { tries++; return works }
		a.queue(b, "bonjour")
		for range 3000 {
			time.Sleep(100 * time.Millisecond)
			a.courier.PeerConnected(b.peer)
		}
		if tries > 32 {
			t.Errorf("%d tries in five minutes", tries)
		}
	})
}

func TestGivesUpAfterAMonth(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		b.switchOff(true)
		id := a.queue(b, "adieu")
		time.Sleep(30*24*time.Hour - time.Minute)
		if _, ok := a.outcome(id); ok {
			t.Fatal("given up too early")
		}
		time.Sleep(2 * time.Hour)
		o, ok := a.outcome(id)
		if !ok || o.Delivered || !strings.Contains(o.Reason, "30 days") || !strings.Contains(o.Reason, "no route") {
			t.Errorf("outcome %+v, %v", o, ok)
		}
		b.switchOff(false)
		time.Sleep(24 * time.Hour)
		if b.count("adieu") != 0 || a.courier.outbox.Len() != 0 {
			t.Error("sent after it was given up")
		}
	})
}

// The recipient drew a new sealing key while the message waited: first the
// sender's record is old, then it is not.
func TestSealingKeyChanges(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		b.newSealingKey()
		id := a.queue(b, "bonjour")
		time.Sleep(time.Hour)
		if s := a.courier.Status(); s.Waiting != 1 || !strings.Contains(s.Recipients[0].LastError, "sealing key") {
			t.Fatalf("status %+v", s)
		}
		b.publish()
		a.courier.RecordStored(b.id())
		until(t, "delivered", time.Minute, func() bool { _, ok := a.outcome(id); return ok })
		if n := b.count("bonjour"); n != 1 {
			t.Errorf("delivered %d times", n)
		}
	})
}

// The sender moved to another key while its message waited, after it had been
// taken and its answer lost: it is one message still. What the old key signs
// from now on is not taken.
func TestSenderSucceeds(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		w.fault = func(*station) fault { return lostAnswer }
		id := a.queue(b, "bonjour")
		until(t, "taken", time.Minute, func() bool { return b.count("bonjour") == 1 })
		old, _ := a.Own()
		key, err := protocol.NewPrivateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		next, err := old.Signer.Succeed(testNet, a.secret, key)
		if err != nil {
			t.Fatal(err)
		}
		a.mu.Lock()
		a.author = next
		a.mu.Unlock()
		w.mu.Lock()
		w.fault = nil
		w.mu.Unlock()
		until(t, "delivered", 10*time.Hour, func() bool { o, ok := a.outcome(id); return ok && o.Delivered })
		if n := b.count("bonjour"); n != 1 {
			t.Errorf("delivered %d times", n)
		}
		wire := wireOf(t, old, b, [32]byte{9}, "from the thief")
		if answer, fault := b.courier.take(wire, time.Now()); answer.Code != protocol.AnswerSuperseded || fault != nil {
			t.Errorf("the old key: %+v, %v", answer, fault)
		}
	})
}

func TestRefusedForGood(t *testing.T) {
	for _, c := range []struct {
		name   string
		make   func(w *world, a, b *station)
		reason string
	}{
		{"blocked", func(_ *world, a, b *station) { b.blocked[a.id()] = true }, "takes nothing of this collective"},
		{"by its handler", func(_ *world, _, b *station) {
			b.handle = func(*inbox.Tx, Received) error { return &Refusal{Words: "complet\n\u202ejusqu'à mai"} }
		}, "refused: complet jusqu'à mai"},
		{"at a node that is not the recipient's", func(w *world, a, b *station) {
			w.mu.Lock()
			defer w.mu.Unlock()
			other := w.records[a.id()]
			record := w.records[b.id()]
			record.Nodes = other.Nodes
			w.records[b.id()] = record
		}, "none of the nodes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
				c.make(w, a, b)
				tries := 0
				w.fault = func(*station) fault { tries++; return works }
				id := a.queue(b, "bonjour")
				until(t, "refused", time.Minute, func() bool { _, ok := a.outcome(id); return ok })
				if o, _ := a.outcome(id); o.Delivered || !strings.Contains(o.Reason, c.reason) || strings.ContainsAny(o.Reason, "\n\u202e") {
					t.Errorf("outcome %+v", o)
				}
				time.Sleep(48 * time.Hour)
				if tries != 1 || b.count("bonjour") != 0 || b.courier.seen.Len() != 0 {
					t.Errorf("%d tries, %d taken, %d seen", tries, b.count("bonjour"), b.courier.seen.Len())
				}
			})
		})
	}
}

// What a receiver says of bytes that no courier sends.
func TestTakeJudges(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		own, _ := a.Own()
		thief, _, err := protocol.NewAuthor(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		good := wireOf(t, own, b, [32]byte{1}, "bonjour")
		m, err := protocol.OpenMessage(testNet, good, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		stolen, err := protocol.SealMessage(testNet, thief, m)
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := m
		elsewhere.To = thief.Identity()
		unsealed := m
		unsealed.Ciphertext = []byte("age-encryption.org/v1\nnot really")
		late := m
		late.SentAtMillis = time.Now().Add(-protocol.MaxMessageAge - time.Minute).UnixMilli()
		unknownKind := m
		unknownKind.Kind = "proposal"
		resign := func(m protocol.Message) []byte {
			wire, err := protocol.SealMessage(testNet, own, m)
			if err != nil {
				t.Fatal(err)
			}
			return wire
		}
		onMain, err := protocol.SealMessage("main", own, m)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			wire  []byte
			code  protocol.AnswerCode
			fault bool
		}{
			"no message":            {[]byte("bonjour"), protocol.AnswerForm, true},
			"another network's":     {onMain, protocol.AnswerSignature, true},
			"another's ciphertext":  {stolen, protocol.AnswerContent, false},
			"to another collective": {resign(elsewhere), protocol.AnswerElsewhere, false},
			"a seal that is none":   {resign(unsealed), protocol.AnswerContent, false},
			"too old":               {resign(late), protocol.AnswerClock, false},
			"a kind not known here": {resign(unknownKind), protocol.AnswerKind, false},
		} {
			if answer, fault := b.courier.take(c.wire, time.Now()); answer.Code != c.code || (fault != nil) != c.fault {
				t.Errorf("%s: %+v, %v", name, answer, fault)
			}
		}
		// After them: once it is marked as seen, all of its id are acknowledged.
		if answer, fault := b.courier.take(good, time.Now()); answer.Code != protocol.AnswerAccepted || fault != nil {
			t.Errorf("a good one: %+v, %v", answer, fault)
		}
		if b.courier.seen.Len() != 1 || b.count("bonjour") != 1 {
			t.Errorf("%d seen, %d taken", b.courier.seen.Len(), b.count("bonjour"))
		}
		// Acknowledged again, whatever has changed since: else what is kept
		// here would be reported as refused there.
		b.blocked[a.id()] = true
		if answer, _ := b.courier.take(good, time.Now()); answer.Code != protocol.AnswerAccepted {
			t.Errorf("again: %+v", answer)
		}
		if answer, _ := b.courier.take(good, time.Now().Add(protocol.MaxMessageAge*2)); answer.Code != protocol.AnswerAccepted {
			t.Errorf("again much later: %+v", answer)
		}
	})
}

// Two senders that draw one id are two messages.
func TestOneIDOfTwoSenders(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, a, b *station) {
		c := w.add(nil)
		for _, from := range []*station{a, c} {
			own, _ := from.Own()
			body := "of " + own.Identity().Fingerprint()
			if answer, _ := b.courier.take(wireOf(t, own, b, [32]byte{7}, body), time.Now()); answer.Code != protocol.AnswerAccepted || b.count(body) != 1 {
				t.Errorf("%+v, taken %d times", answer, b.count(body))
			}
		}
	})
}

// wireOf seals a message as a courier would.
func wireOf(t testing.TB, from protocol.Author, to *station, id [32]byte, body string) []byte {
	t.Helper()
	m := protocol.Message{Kind: "brief", ID: id, From: from.Signer, To: to.id(), SentAtMillis: time.Now().UnixMilli()}
	content, err := m.Content([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if m.Ciphertext, err = sealFor(publicOf(t, to.sealing), content); err != nil {
		t.Fatal(err)
	}
	wire, err := protocol.SealMessage(testNet, from, m)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}
