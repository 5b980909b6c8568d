package listener

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func keyOf(t testing.TB, s string) netip.Prefix {
	t.Helper()
	a, ok := parseHop(s)
	if !ok {
		t.Fatalf("%q is no address", s)
	}
	return clientKey(a)
}

var clockStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestFlood(t *testing.T) {
	table := newRateTable(DefaultConfig())
	flood, other := keyOf(t, "192.0.2.1"), keyOf(t, "192.0.2.2")
	for c, want := range map[class]struct {
		burst  int
		next   time.Duration
		minute int
	}{
		reads:  {30, 100 * time.Millisecond, 600},
		files:  {300, 10 * time.Millisecond, 6_000},
		writes: {5, 10 * time.Second, 6},
	} {
		now, allowed := clockStart, 0
		for range 1000 {
			if table.take(now, flood, c) == 0 {
				allowed++
			}
		}
		if allowed != want.burst {
			t.Errorf("%s: %d at once, want %d", classNames[c], allowed, want.burst)
		}
		if wait := table.take(now, flood, c); wait <= 0 || wait > want.next {
			t.Errorf("%s: told to wait %s, want at most %s", classNames[c], wait, want.next)
		}
		if table.take(now.Add(want.next), flood, c) != 0 {
			t.Errorf("%s: refused after the wait", classNames[c])
		}
		if table.take(now, other, c) != 0 {
			t.Errorf("%s: another client pays", classNames[c])
		}
		// A minute of asking every millisecond gets the rate and no more.
		allowed = 0
		now = now.Add(want.next)
		for range 60_000 {
			now = now.Add(time.Millisecond)
			if table.take(now, flood, c) == 0 {
				allowed++
			}
		}
		if allowed < want.minute-1 || allowed > want.minute+1 {
			t.Errorf("%s: %d in a minute, want %d", classNames[c], allowed, want.minute)
		}
	}
}

// Whatever the order of clients and pauses, and however small the table:
// nobody who keeps a place gets more than its bucket, and all newcomers
// together no more than the crowd's.
func TestRatesHoldInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := DefaultConfig()
		cfg.MaxClients = rapid.IntRange(1, 4).Draw(t, "places")
		cfg.Reads = Rate{PerSecond: 2, Burst: rapid.IntRange(1, 4).Draw(t, "burst")}
		table := newRateTable(cfg)
		now, allowed := clockStart, 0
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 100, 3000}).Draw(t, "pause")) * time.Millisecond)
			client := clientKey(netip.AddrFrom4([4]byte{192, 0, 2, byte(rapid.IntRange(0, 9).Draw(t, "client"))}))
			if table.take(now, client, reads) == 0 {
				allowed++
			}
			if table.recent.Len() > cfg.MaxClients || table.recent.Len() != len(table.byClient) {
				t.Fatalf("%d clients remembered, %d by key", table.recent.Len(), len(table.byClient))
			}
		}
		// Every place of the table is at each moment one bucket's worth.
		seconds := now.Sub(clockStart).Seconds()
		most := float64(cfg.MaxClients+crowdFactor) * (float64(cfg.Reads.Burst) + cfg.Reads.PerSecond*seconds)
		if float64(allowed) > most+0.001 {
			t.Fatalf("%d requests allowed, %.0f are the most", allowed, most)
		}
	})
}

// A client with more addresses than the table has places gets no fresh burst
// for each, and makes nobody's debt forgotten.
func TestFullTableForgetsNoDebt(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxClients = 100
	table := newRateTable(cfg)
	victim := keyOf(t, "192.0.2.1")
	for table.take(clockStart, victim, reads) == 0 {
	}
	allowed := 0
	for i := range 10_000 {
		client := keyOf(t, fmt.Sprintf("2001:db8:0:%x::1", i))
		for table.take(clockStart, client, reads) == 0 {
			allowed++
		}
	}
	if most := (cfg.MaxClients - 1 + crowdFactor) * cfg.Reads.Burst; allowed != most {
		t.Errorf("%d allowed, want %d", allowed, most)
	}
	if table.take(clockStart, victim, reads) == 0 {
		t.Error("the client's debt was forgotten")
	}
	if table.recent.Len() != cfg.MaxClients {
		t.Errorf("%d remembered, %d are the bound", table.recent.Len(), cfg.MaxClients)
	}
	// Once their buckets are full again, places are free.
	later := clockStart.Add(time.Minute)
	newcomer := keyOf(t, "198.51.100.1")
	if table.take(later, newcomer, reads) != 0 || table.byClient[newcomer] == nil {
		t.Error("no place for a newcomer a minute later")
	}
}

func BenchmarkTake(b *testing.B) {
	table := newRateTable(DefaultConfig())
	clients := make([]netip.Prefix, 20_000)
	for i := range clients {
		clients[i] = keyOf(b, fmt.Sprintf("2001:db8:%x::1", i))
	}
	now := clockStart
	for i := 0; b.Loop(); i++ {
		table.take(now, clients[i%len(clients)], reads)
		now = now.Add(time.Microsecond)
	}
}
