//go:build unix

package idtree

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"courtcircuit/protocol/reconcile"
)

func benchmarkCatchUp(b *testing.B, mine, theirs []reconcile.Item, salt []byte, differences int) {
	left, right := mustBuild(b, mine).Snapshot(), mustBuild(b, theirs).Snapshot()
	runtime.GC()
	b.ReportAllocs()
	var stats reconcile.Stats
	runs, before := 0, processorTime(b)
	for b.Loop() {
		stats, _ = catchUp(b, left, right, salt)
		runs++
	}
	used := processorTime(b) - before
	if stats.Need+stats.Have != differences {
		b.Fatalf("found %d + %d differences, want %d", stats.Need, stats.Have, differences)
	}
	bytes := float64(stats.SentBytes + stats.ReceivedBytes)
	b.ReportMetric(float64(used.Microseconds())/1000/float64(runs), "processor-ms")
	b.ReportMetric(bytes, "wire-bytes")
	b.ReportMetric(float64(stats.Rounds), "rounds")
	if differences > 0 {
		b.ReportMetric(bytes/float64(differences), "wire-bytes/difference")
	}
}

// processorTime returns what this process has used of the processors. Unlike the clock it does not count the time
// that other work on the machine takes.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkCatchUp(b *testing.B) {
	all := randomItems(1, benchItems)
	b.Run("same", func(b *testing.B) { benchmarkCatchUp(b, all, all, nil, 0) })
	b.Run("same-audit", func(b *testing.B) { benchmarkCatchUp(b, all, all, []byte("salt"), 0) })
	b.Run("random-100", func(b *testing.B) { // half of them on either side
		benchmarkCatchUp(b, dropRandom(all, 1, 50), dropRandom(all, 2, 50), nil, 100)
	})
	b.Run("random-10000", func(b *testing.B) { benchmarkCatchUp(b, dropRandom(all, 1, 10_000), all, nil, 10_000) })
	b.Run("newest-100", func(b *testing.B) { benchmarkCatchUp(b, all[:len(all)-100], all, nil, 100) })
	b.Run("newest-10000", func(b *testing.B) { benchmarkCatchUp(b, all[:len(all)-10_000], all, nil, 10_000) })
	b.Run("empty", func(b *testing.B) { benchmarkCatchUp(b, nil, all, nil, len(all)) })
}

func BenchmarkBuild(b *testing.B) {
	items := randomItems(1, benchItems)
	for b.Loop() {
		mustBuild(b, items)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchItems), "ns/item")
}

func BenchmarkFold(b *testing.B) {
	items := randomItems(1, benchItems)
	view := mustBuild(b, items).Snapshot()
	i := 0
	for b.Loop() {
		i = (i + 7919) % (len(items) - 5000)
		view.Fold(items[i].Bound(), items[i+5000].Bound())
	}
}

func BenchmarkInsert(b *testing.B) {
	for _, each := range []int{1, 500} {
		b.Run(fmt.Sprint("in-edits-of-", each), func(b *testing.B) {
			tree := mustBuild(b, randomItems(1, benchItems))
			random := rand.New(rand.NewPCG(1, 2))
			items := make([]reconcile.Item, each)
			b.ReportAllocs()
			for b.Loop() {
				for i := range items {
					items[i] = randomItem(random, benchHour+1, yearHours)
				}
				insert(b, tree, items...)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*each), "ns/item")
		})
	}
}

// BenchmarkMemory reports the heap of a tree of a million items: built in bulk, inserted in random order, and
// inserted as they come in over a year from kinds of three lifetimes.
func BenchmarkMemory(b *testing.B) {
	items := randomItems(1, benchItems)
	shuffled := slices.Clone(items)
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	random := rand.New(rand.NewPCG(5, 6))
	arriving := make([]reconcile.Item, benchItems)
	for i := range arriving {
		lifetime := []int{30, 90, 365}[random.IntN(3)] * 24
		arriving[i] = randomItem(random, benchHour+1+i*yearHours/benchItems+lifetime, 1)
	}
	inserted := func(items []reconcile.Item) *Tree {
		tree := New(inMemory(b))
		for part := range slices.Chunk(items, 500) {
			insert(b, tree, part...)
		}
		return tree
	}
	for _, c := range []struct {
		name  string
		build func() *Tree
	}{
		{"bulk", func() *Tree { return mustBuild(b, items) }},
		{"shuffled", func() *Tree { return inserted(shuffled) }},
		{"arriving", func() *Tree { return inserted(arriving) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			var perItem float64
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				tree := c.build()
				runtime.GC()
				runtime.ReadMemStats(&after)
				perItem = float64(after.HeapAlloc-before.HeapAlloc) / float64(tree.Snapshot().Len())
				runtime.KeepAlive(tree)
			}
			b.ReportMetric(perItem, "heap-bytes/item")
		})
	}
}
