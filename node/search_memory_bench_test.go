package node

import (
	"context"
	"runtime"
	"testing"
	"time"

	"courtcircuit/protocol"
)

// BenchmarkSearchMemory opens a node of COURTCIRCUIT_BENCH profiles: how long
// until it answers and until it knows the words of all cards, and the bytes of
// memory for each profile, of which searches take those of each part. Caches,
// which are filled by use, are empty.
func BenchmarkSearchMemory(b *testing.B) {
	count := benchProfiles(b, 2000)
	cfg, _ := benchHome(b, count)
	for b.Loop() {
		before, began := heldBytes(), time.Now()
		n, err := New(cfg, quietLog())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s-to-answer")
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- n.store.Run(ctx) }()
		for !n.store.KnowsWords(protocol.KindProfile) {
			time.Sleep(10 * time.Millisecond)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s-to-words")
		stop()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		b.ReportMetric((heldBytes()-before)/float64(count), "heap-B")
		parts := n.store.Stats().Search
		for name, bytes := range map[string]int{
			"ids-B": parts.IDs, "table-B": parts.Table, "rows-B": parts.Rows, "places-B": parts.Places, "lists-B": parts.Lists,
			"trees-B": parts.Trees, "words-B": parts.Words, "search-B": parts.Sum(),
		} {
			b.ReportMetric(float64(bytes)/float64(count), name)
		}
		if err := n.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// heldBytes is what the heap holds, garbage collected.
func heldBytes() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // a pool's second half goes with the second
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
