package delivery

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"

	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

const testNet protocol.Network = "test"

// world is all collectives and the wires between them.
type world struct {
	t        testing.TB
	mu       sync.Mutex
	records  map[protocol.Identity]Collective
	stations map[peer.ID]*station
	// fault decides what becomes of the next exchange; nil: it works.
	fault func(to *station) fault
}

// fault is what goes wrong with one exchange.
type fault int

const (
	works fault = iota
	noDial
	lostBefore   // the message does not arrive
	lostAnswer   // it arrives and its answer does not
	twice        // it arrives a second time, later
	half         // nobody ever answers
	garbage      // the answer is none
	hugeAnswer   // the answer claims to be long
	trickled     // the answer never ends
	refusedClose // the connection ends while it is written
	faultCount
)

var errLost = errors.New("lost")

func newWorld(t testing.TB) *world {
	return &world{t: t, records: map[protocol.Identity]Collective{}, stations: map[peer.ID]*station{}}
}

// station is one collective's node, without the network of a real one.
type station struct {
	w       *world
	peer    peer.ID
	box     *inbox.Inbox
	cfg     Config
	courier *Courier
	metrics *prometheus.Registry

	mu      sync.Mutex
	author  protocol.Author
	secret  protocol.RecoverySecret
	sealing *age.X25519Identity
	blocked map[protocol.Identity]bool
	off     bool

	stop  context.CancelFunc
	ended chan error

	handle Handler
	done   Done
	counts inbox.Shelf[int]     // how often a body was handled
	ends   inbox.Shelf[Outcome] // by message id
}

func (w *world) add(change func(*Config)) *station {
	w.t.Helper()
	box, err := inbox.Open(inbox.Config{InMemory: true, Simulated: true, MaxDrafts: 1, MaxRefs: 1, MaxDraftBytes: 1 << 10, MaxHidden: 1, MaxReports: 1, MaxReportsOf: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	s := &station{w: w, box: box, cfg: DefaultConfig(testNet), blocked: map[protocol.Identity]bool{}}
	if change != nil {
		change(&s.cfg)
	}
	if s.author, s.secret, err = protocol.NewAuthor(rand.Reader); err != nil {
		w.t.Fatal(err)
	}
	id := s.author.Identity()
	s.peer = peer.ID(id[:])
	s.counts, s.ends = inbox.NewShelf[int](box, inbox.SpaceNotices), inbox.NewShelf[Outcome](box, inbox.SpaceTracks)
	s.newSealingKey()
	w.mu.Lock()
	w.stations[s.peer] = s
	w.mu.Unlock()
	s.publish()
	return s
}

func (s *station) newSealingKey() {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		s.w.t.Fatal(err)
	}
	s.mu.Lock()
	s.sealing = key
	s.mu.Unlock()
}

func (s *station) id() protocol.Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.author.Identity()
}

// publish puts the collective's record, as it is now, where all find it.
func (s *station) publish() {
	s.mu.Lock()
	c := Collective{SealingKey: publicOf(s.w.t, s.sealing), Nodes: []peer.AddrInfo{{ID: s.peer}}}
	s.mu.Unlock()
	s.w.put(s.id(), c)
}

func (w *world) put(id protocol.Identity, c Collective) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records[id] = c
}

func (w *world) forget(id protocol.Identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.records, id)
}

// publicOf is the inverse of recipientText.
func publicOf(t testing.TB, key *age.X25519Identity) []byte {
	text := key.Recipient().String()
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	var out []byte
	var bits, held uint
	for _, c := range text[len("age1") : len(text)-6] {
		for v, a := range alphabet {
			if a == c {
				held, bits = held<<5|uint(v), bits+5
			}
		}
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(held>>bits))
		}
	}
	if got := recipientText(out); got != text {
		t.Fatalf("%x is written %s, age writes %s", out, got, text)
	}
	return out
}

// The station is its courier's directory.
func (s *station) Own() (protocol.Author, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.author, true
}

func (s *station) SealingKey() (*age.X25519Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sealing, nil
}

func (s *station) Find(id protocol.Identity, _ time.Time) (Collective, error) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	c, ok := s.w.records[id]
	if !ok {
		return c, ErrUnknown
	}
	return c, nil
}

func (s *station) Blocked(id protocol.Identity) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blocked[id]
}

// Superseded knows every station's current key, as a replica does.
func (s *station) Superseded(signer protocol.Signer) bool {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for _, other := range s.w.stations {
		if a, _ := other.Own(); other != s && a.Identity() == signer.Identity() {
			return a.Signer.Generation().Above(signer.Generation())
		}
	}
	return false
}

// start runs the courier, as after a restart.
func (s *station) start() {
	s.w.t.Helper()
	s.metrics = prometheus.NewRegistry()
	c, err := New(s.cfg, s, s, s.box, s.metrics, slog.New(slog.DiscardHandler))
	if err != nil {
		s.w.t.Fatal(err)
	}
	c.Handle("brief", s.take, s.note)
	s.mu.Lock()
	s.courier = c
	s.mu.Unlock()
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.ended = stop, make(chan error, 1)
	go func() { s.ended <- c.Run(ctx) }()
}

func (s *station) end() {
	if s.stop == nil {
		return
	}
	s.stop()
	if err := <-s.ended; err != nil {
		s.w.t.Error(err)
	}
	s.stop = nil
}

func (w *world) close() {
	for _, s := range w.stations {
		s.end()
	}
	time.Sleep(11 * time.Hour) // what is still on the wire ends
	for _, s := range w.stations {
		if err := s.box.Close(); err != nil {
			w.t.Error(err)
		}
	}
}

// bodyKey names a body in the shelf of counts.
func bodyKey(body []byte) (id inbox.ID) { copy(id[:], body); return id }

func (s *station) take(tx *inbox.Tx, m Received) error {
	if s.handle != nil {
		if err := s.handle(tx, m); err != nil {
			return err
		}
	}
	n, err := s.counts.GetIn(tx, bodyKey(m.Body))
	if err != nil && !errors.Is(err, inbox.ErrNotFound) {
		return err
	}
	return s.counts.PutIn(tx, bodyKey(m.Body), n+1)
}

func (s *station) note(tx *inbox.Tx, o Outcome) error {
	if s.done != nil {
		if err := s.done(tx, o); err != nil {
			return err
		}
	}
	if _, err := s.ends.GetIn(tx, o.ID); err == nil {
		s.w.t.Errorf("message %x ended twice", o.ID[:4])
	}
	return s.ends.PutIn(tx, o.ID, o)
}

// count is how often a body was handled.
func (s *station) count(body string) int {
	n, err := s.counts.Get(bodyKey([]byte(body)))
	if err != nil && !errors.Is(err, inbox.ErrNotFound) {
		s.w.t.Fatal(err)
	}
	return n
}

func (s *station) outcome(id [32]byte) (Outcome, bool) {
	o, err := s.ends.Get(id)
	return o, err == nil
}

// queue sends a body to another station.
func (s *station) queue(to *station, body string) (id [32]byte) {
	s.w.t.Helper()
	err := s.box.Update(func(tx *inbox.Tx) (err error) {
		id, err = s.courier.QueueIn(tx, to.id(), "brief", []byte(body))
		return err
	})
	if err != nil {
		s.w.t.Fatal(err)
	}
	s.courier.Wake()
	return id
}

func (s *station) switchOff(off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off = off
}

// until lets fake time pass.
func until(t testing.TB, what string, limit time.Duration, ok func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !ok() {
		if time.Since(start) > limit {
			t.Fatalf("%s: not within %s", what, limit)
		}
		time.Sleep(min(limit/20, 10*time.Minute))
	}
	return time.Since(start)
}
