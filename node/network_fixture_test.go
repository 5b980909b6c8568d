package node

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/places"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

var sharedPlaces = sync.OnceValues(places.Load)

// loopConfig is a node on real sockets of this machine, on a network of the
// tests.
func loopConfig(t testing.TB, home string, bootstrap ...string) Config {
	t.Helper()
	gaz, err := sharedPlaces()
	if err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig(home)
	c.Network, c.Places, c.MDNS, c.MinFreeBytes, c.HTTP = "test", gaz, false, -1, ""
	c.Listen = []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
	c.Bootstrap = bootstrap
	c.Store = func(s *store.Config) { s.BallastBytes = 0 }
	return c
}

// runNode starts a node and returns it with the function that ends it.
func runNode(t testing.TB, c Config) (*Node, func()) {
	t.Helper()
	n, err := New(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case err := <-ended:
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return n, stop
}

// awaitEvent waits for the first event that fits.
func awaitEvent(t testing.TB, s *Subscription, what string, fits func(Event) bool) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case e := <-s.Events:
			if fits(e) {
				return
			}
		case <-limit:
			t.Fatalf("%s: nothing for a minute", what)
		}
	}
}

func subscribed(t testing.TB, n *Node) *Subscription {
	t.Helper()
	s, err := n.Events("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newPerson(t testing.TB) protocol.Author {
	t.Helper()
	a, _, err := protocol.NewAuthor(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func profileWire(t testing.TB, n protocol.Network, a protocol.Author, at time.Time) []byte {
	t.Helper()
	p := &protocol.Profile{Name: "Camille Moreau", Place: protocol.PlaceAt(43.6, 1.44), Skills: []string{"graphisme"}, ConfirmedAtMillis: at.UnixMilli()}
	d, err := p.Draft(nil, at.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	wire, err := protocol.Seal(n, a, d)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func recordIDOf(t testing.TB, wire []byte) protocol.RecordID {
	t.Helper()
	rec, err := protocol.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	return rec.ID
}

func testLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
