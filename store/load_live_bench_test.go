//go:build unix

package store

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store/idtree"
)

// orderedStore holds the keys of the order of n records that expire over a
// year, and nothing else of them.
func orderedStore(b *testing.B, n int, drop int) *Store {
	b.Helper()
	cfg := DefaultConfig(b.TempDir())
	cfg.BallastBytes, cfg.MinFreeBytes = 0, -1
	s := openStore(b, cfg, testOpener(b))
	random := rand.New(rand.NewChaCha8([32]byte{1}))
	items := make([]reconcile.Item, n)
	for i := range items {
		items[i].ExpiryHour = hourOf(t0) + 1 + uint32(random.IntN(365*24))
		for at := 0; at < 32; at += 8 {
			binary.LittleEndian.PutUint64(items[i].ID[at:], random.Uint64())
		}
	}
	if drop < 0 { // from the other end
		items = items[-drop:]
	} else {
		items = items[:n-drop]
	}
	slices.SortFunc(items, reconcile.Item.Compare)
	batch := s.db.NewWriteBatch()
	for i, item := range items {
		kind := []protocol.Kind{protocol.KindMission, protocol.KindProfile, protocol.KindCollective}[i%3]
		if err := batch.Set(expiryKey(item.ExpiryHour, item.ID), expiryValue(liveItem{item: item, kind: kind, counted: true})); err != nil {
			b.Fatal(err)
		}
	}
	if err := batch.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := s.exec(b.Context(), s.reloadLive); err != nil {
		b.Fatal(err)
	}
	s.damage.level = sound // the sum of nothing was not that of all these
	return s
}

func benchOrder() int {
	if n, err := strconv.Atoi(os.Getenv("COURTCIRCUIT_BENCH")); err == nil {
		return n
	}
	return 100_000
}

// BenchmarkLoadOrder: what a start does about the order of COURTCIRCUIT_BENCH
// records: from stored leaves, and by reading all their keys.
func BenchmarkLoadOrder(b *testing.B) {
	s := orderedStore(b, benchOrder(), 0)
	b.Run("stored", func(b *testing.B) {
		for b.Loop() {
			if err := s.load(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("scanned", func(b *testing.B) {
		for b.Loop() {
			err := s.db.View(func(txn *badger.Txn) error {
				_, err := idtree.Build(s.orderConfig(), expiryItems(txn, liveCounts{}, func() {}))
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	if s.Damaged() {
		b.Fatal("the leaves were counted anew")
	}
}

// BenchmarkStoredCatchUp: both sides of a session about 100 differences between
// two replicas on the disk: the first one after a start, and with their leaves
// in memory.
func BenchmarkStoredCatchUp(b *testing.B) {
	mine, theirs := orderedStore(b, benchOrder(), 50), orderedStore(b, benchOrder(), -50)
	session := func(b *testing.B) {
		stats := reconcileSets(b, mine.Set(), theirs.Set())
		if stats.Need != 50 || stats.Have != 50 {
			b.Fatalf("%+v", stats)
		}
		b.ReportMetric(float64(stats.SentBytes+stats.ReceivedBytes), "wire-bytes")
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			for _, s := range []*Store{mine, theirs} {
				if err := s.load(); err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
			session(b)
		}
	})
	b.Run("hot", func(b *testing.B) {
		session(b)
		runs, before := 0, processorTime(b)
		for b.Loop() {
			session(b)
			runs++
		}
		b.ReportMetric(float64((processorTime(b)-before).Microseconds())/1000/float64(runs), "processor-ms")
	})
}

// processorTime is what this process has used, whatever else the machine does.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func reconcileSets(tb testing.TB, mine, theirs reconcile.Set) reconcile.Stats {
	tb.Helper()
	cfg := reconcile.DefaultConfig()
	session, err := reconcile.NewSession(cfg, nil)
	if err != nil {
		tb.Fatal(err)
	}
	hour := hourOf(t0)
	request, err := session.Open(mine, hour)
	for err == nil && request != nil {
		var reply []byte
		if reply, err = reconcile.Respond(theirs, hour, request, cfg); err == nil {
			request, _, err = session.Step(mine, hour, reply)
		}
	}
	if err != nil {
		tb.Fatal(err)
	}
	return session.Stats()
}
