package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"courtcircuit/protocol"
)

// BenchmarkFirstCatchUp has an empty node take everything from one peer over
// loopback, both in this process and on disk: records that need one fresh
// signature check, then records that need two (their grant too). Beside each,
// in the same run, the floor: the same bytes checked in batches, hashed and
// written to Badger as they are. COURTCIRCUIT_BENCH says how many records,
// 20,000 by default, and COURTCIRCUIT_BENCH_PROFILE names a file for a profile of
// the two nodes alone.
func BenchmarkFirstCatchUp(b *testing.B) {
	count := 20_000
	if text := os.Getenv("COURTCIRCUIT_BENCH"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			b.Fatalf("COURTCIRCUIT_BENCH=%q: a number of records expected", text)
		}
	}
	for _, c := range []struct {
		name    string
		granted bool
	}{{"one-check", false}, {"two-checks", true}} {
		b.Run(c.name, func(b *testing.B) {
			wires := firstCatchUpWires(b, count, c.granted)
			from := filledNode(b, wires)
			var all, floor, allSpent, floorSpent time.Duration
			for b.Loop() {
				before := processorTime(b)
				floor += floorOfCatchUp(b, wires)
				between := processorTime(b)
				stop := profileCatchUp(b)
				all += takeWhole(b, from, len(wires))
				stop()
				floorSpent += between - before
				allSpent += processorTime(b) - between
			}
			perSecond := func(d time.Duration) float64 { return float64(b.N*len(wires)) / d.Seconds() }
			b.ReportMetric(perSecond(all), "records/s")
			b.ReportMetric(perSecond(floor), "floor-records/s")
			b.ReportMetric(perSecond(all)/perSecond(floor), "of-floor")
			perRecord := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 / float64(b.N*len(wires)) }
			b.ReportMetric(perRecord(allSpent), "processor-µs/record")
			b.ReportMetric(perRecord(floorSpent), "floor-processor-µs/record")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func profileCatchUp(b *testing.B) (stop func()) {
	path := os.Getenv("COURTCIRCUIT_BENCH_PROFILE")
	if path == "" {
		return func() {}
	}
	f, err := os.Create(path)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		b.Fatal(err)
	}
	return func() { pprof.StopCPUProfile(); f.Close() }
}

// firstCatchUpWires seals profiles of some 700 bytes with five skills each, of
// people of their own.
func firstCatchUpWires(b *testing.B, count int, granted bool) [][]byte {
	b.Helper()
	club, at := newPerson(b), time.Now().Add(-time.Hour)
	wires := make([][]byte, count)
	var sealing sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for core := range cores {
		sealing.Go(func() {
			for i := core; i < count; i += cores {
				a := newPerson(b)
				p := &protocol.Profile{
					Name: fmt.Sprint("Personne ", i), Headline: "Métier de circuit court", About: strings.TrimSpace(strings.Repeat(fmt.Sprint("projets ", i%977, " "), 25)),
					Place: protocol.PlaceAt(42.5+float64(i%800)/100, float64(i%700)/100-2), Languages: []string{"fr"}, ConfirmedAtMillis: at.UnixMilli(),
				}
				for k := range 5 {
					p.Skills = append(p.Skills, fmt.Sprint("compétence ", (i*7+k*31)%200))
				}
				var g *protocol.Grant
				if granted {
					made, err := protocol.NewGrant("test", club, a.Identity(), at, 300*24*time.Hour, protocol.CustodySelf)
					if err != nil {
						b.Error(err)
						return
					}
					g = &made
				}
				d, err := p.Draft(g, at.Add(time.Duration(i)*time.Millisecond/8).UnixMilli())
				if err == nil {
					wires[i], err = protocol.Seal("test", a, d)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	sealing.Wait()
	return wires
}

func filledNode(b *testing.B, wires [][]byte) *Node {
	b.Helper()
	n, _ := runNode(b, loopConfig(b, b.TempDir()))
	for rest := wires; len(rest) > 0; {
		part := rest[:min(len(rest), ingestBatchRecords)]
		rest = rest[len(part):]
		vs, errs := n.opener.OpenBatch(part, time.Now())
		for _, err := range errs {
			if err != nil {
				b.Fatal(err)
			}
		}
		if _, err := n.ingest(context.Background(), vs, sourceRestore); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// takeWhole runs an empty node until it holds what the other holds.
func takeWhole(b *testing.B, from *Node, count int) time.Duration {
	b.Helper()
	c := loopConfig(b, b.TempDir(), from.Addresses()...)
	n, err := New(c, testLog())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	start := time.Now()
	go func() { ended <- n.Run(ctx) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n.store.Counts(time.Now())[protocol.KindProfile] < count {
		select {
		case <-tick.C:
		case err := <-ended:
			b.Fatal(err)
		}
	}
	took := time.Since(start)
	if n.store.Digest(time.Now()) != from.store.Digest(time.Now()) {
		b.Error("all records are there and the digests differ")
	}
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
	return took
}

// floorOfCatchUp checks, hashes and writes the bytes and does nothing else.
func floorOfCatchUp(b *testing.B, wires [][]byte) time.Duration {
	b.Helper()
	opener, err := protocol.NewOpener("test", 0)
	if err != nil {
		b.Fatal(err)
	}
	db, err := badger.Open(badger.DefaultOptions(b.TempDir()).WithLogger(nil).WithSyncWrites(true).WithCompression(options.None).WithDetectConflicts(false).
		WithMemTableSize(16 << 20).WithValueLogFileSize(64 << 20).WithValueThreshold(512 << 10).
		WithNumLevelZeroTables(10).WithNumLevelZeroTablesStall(30).WithBaseLevelSize(256 << 20).WithBaseTableSize(4 << 20)) // as the store's
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	parts := make(chan [][]byte)
	start := time.Now()
	var working sync.WaitGroup
	for range 2 {
		working.Go(func() {
			for part := range parts {
				_, errs := opener.OpenBatch(part, time.Now())
				for _, err := range errs {
					if err != nil {
						b.Error(err)
					}
				}
				txn := db.NewTransaction(true)
				for _, wire := range part {
					id := sha256.Sum256(wire)
					if err := txn.Set(id[:], wire); err != nil {
						b.Error(err)
					}
				}
				if err := txn.Commit(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for rest := wires; len(rest) > 0; {
		part := rest[:min(len(rest), ingestBatchRecords)]
		rest = rest[len(part):]
		parts <- part
	}
	close(parts)
	working.Wait()
	return time.Since(start)
}
