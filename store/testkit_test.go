package store

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"

	"courtcircuit/protocol"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// Badger leaves these two behind when it refuses to open; a database
		// that we forgot to close would show many others.
		goleak.IgnoreTopFunction("github.com/dgraph-io/ristretto/v2/z.(*AllocatorPool).freeupAllocators"),
		goleak.IgnoreTopFunction("github.com/dgraph-io/badger/v4.(*DB).monitorCache"),
	)
}

const testNetwork = protocol.Network("store-test")

var (
	quiet = slog.New(slog.NewTextHandler(io.Discard, nil))
	// t0 lies on no hour, so that rounding shows.
	t0 = time.Date(2026, 11, 20, 10, 25, 0, 0, time.UTC)
)

func testOpener(tb testing.TB) *protocol.Opener {
	tb.Helper()
	o, err := protocol.NewOpener(testNetwork, 100_000)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

// seeded gives the same keys for the same seed, so that a failing case can be
// run again.
func seeded(seed uint64) io.Reader {
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], seed)
	return rand.NewChaCha8(key)
}

type actor struct {
	protocol.Author
	secret protocol.RecoverySecret
}

func newActor(tb testing.TB, seed uint64) actor {
	tb.Helper()
	a, secret, err := protocol.NewAuthor(seeded(seed))
	if err != nil {
		tb.Fatal(err)
	}
	return actor{a, secret}
}

func (a actor) succeed(tb testing.TB, seed uint64) actor {
	tb.Helper()
	key, err := protocol.NewPrivateKey(seeded(seed))
	if err != nil {
		tb.Fatal(err)
	}
	next, err := a.Signer.Succeed(testNetwork, a.secret, key)
	if err != nil {
		tb.Fatal(err)
	}
	return actor{next, a.secret}
}

func (a actor) grant(tb testing.TB, person protocol.Identity, issued time.Time) *protocol.Grant {
	tb.Helper()
	g, err := protocol.NewGrant(testNetwork, a.Author, person, issued, protocol.MaxGrant, protocol.CustodyNode)
	if err != nil {
		tb.Fatal(err)
	}
	return &g
}

// seal signs a draft and opens it as of its own time.
func (a actor) seal(tb testing.TB, o *protocol.Opener, d protocol.Draft) protocol.Verified {
	tb.Helper()
	wire, err := protocol.Seal(testNetwork, a.Author, d)
	if err != nil {
		tb.Fatal(err)
	}
	return open(tb, o, wire, time.UnixMilli(d.IssuedAtMillis))
}

func open(tb testing.TB, o *protocol.Opener, wire []byte, now time.Time) protocol.Verified {
	tb.Helper()
	v, err := o.Open(wire, now)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func (a actor) profile(tb testing.TB, o *protocol.Opener, p protocol.Profile, g *protocol.Grant, at time.Time) protocol.Verified {
	tb.Helper()
	if p.Name == "" {
		p.Name = "Camille Moreau"
		if p.Place == (protocol.Place{}) {
			p.Place = protocol.PlaceAt(43.6, 1.44)
		}
	}
	if p.ConfirmedAtMillis == 0 {
		p.ConfirmedAtMillis = at.UnixMilli()
	}
	d, err := p.Draft(g, at.UnixMilli())
	if err != nil {
		tb.Fatal(err)
	}
	return a.seal(tb, o, d)
}

func (a actor) mission(tb testing.TB, o *protocol.Opener, slot byte, m protocol.Mission, at time.Time) protocol.Verified {
	tb.Helper()
	if m.Title == "" {
		m.Title = "Identité visuelle"
	}
	if m.State == 0 {
		m.State = protocol.MissionOpen
	}
	d, err := m.Draft([16]byte{slot}, at.UnixMilli())
	if err != nil {
		tb.Fatal(err)
	}
	return a.seal(tb, o, d)
}

func (a actor) collective(tb testing.TB, o *protocol.Opener, c protocol.Collective, at time.Time) protocol.Verified {
	tb.Helper()
	if c.Name == "" {
		c.Name = "Les Indés"
	}
	d, err := c.Draft(at.UnixMilli())
	if err != nil {
		tb.Fatal(err)
	}
	return a.seal(tb, o, d)
}

func (a actor) tombstone(tb testing.TB, o *protocol.Opener, v protocol.Verified, at time.Time) protocol.Verified {
	tb.Helper()
	return a.seal(tb, o, protocol.TombstoneOf(v.Record(), at.UnixMilli()))
}

// diskConfig is a small replica in a folder of the test.
func diskConfig(dir string) Config {
	c := DefaultConfig(dir)
	c.MinFreeBytes, c.BallastBytes = -1, 0
	c.MemTableBytes, c.BlockCacheBytes, c.IndexCacheBytes = 4<<20, 1<<20, 1<<20
	c.ValueLogBytes = 1 << 20
	c.PurgeDelay = 0
	return c
}

func memoryConfig() Config {
	c := diskConfig("")
	c.InMemory = true
	return c
}

func openStore(tb testing.TB, c Config, o *protocol.Opener) *Store {
	tb.Helper()
	s, err := Open(c, o, quiet)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func put(tb testing.TB, s *Store, v protocol.Verified, now time.Time) Outcome {
	tb.Helper()
	out, err := s.Put(context.Background(), v, now)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func expect(tb testing.TB, s *Store, v protocol.Verified, now time.Time, want Outcome) {
	tb.Helper()
	if got := put(tb, s, v, now); got != want {
		tb.Fatalf("%s of %s: %s, expected %s", v.Record().Header.Kind, v.Record().Header.Signer.Identity().Fingerprint(), got, want)
	}
}
