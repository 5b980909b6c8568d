package proximity

import (
	"runtime"
	"testing"
)

// BenchmarkMemory gives the bytes of a document, part by part and as the heap
// holds them, with words of their texts; then with a tenth replaced since.
func BenchmarkMemory(b *testing.B) {
	n := benchSize(b)
	c := newCountry(1)
	c.talks = true
	vocabulary()
	for b.Loop() {
		before := heapBytes()
		x, err := Build(c.people(n))
		if err != nil {
			b.Fatal(err)
		}
		reportBytes(b, x, heapBytes()-before)
		batch := make([]Document, 500)
		for range n / 10 / len(batch) {
			for i := range batch {
				batch[i] = cloned(c.person(c.r.IntN(n)))
			}
			if err := x.Put(batch...); err != nil {
				b.Fatal(err)
			}
		}
		x.Merge()
		clear(batch)
		b.ReportMetric((heapBytes()-before)/float64(n), "heap-B-after-a-tenth")
		runtime.KeepAlive(x)
	}
}

// heapBytes is what is held, garbage collected.
func heapBytes() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // a pool's second half goes with the second
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

func reportBytes(b *testing.B, x *Index, heap float64) {
	s := x.Stats()
	of := func(bytes int) float64 { return float64(bytes) / float64(s.Documents) }
	for _, part := range []struct {
		name  string
		bytes int
	}{{"ids", s.Bytes.IDs}, {"table", s.Bytes.Table}, {"rows", s.Bytes.Rows}, {"places", s.Bytes.Places}, {"lists", s.Bytes.Lists},
		{"trees", s.Bytes.Trees}, {"words", s.Bytes.Words}, {"all", s.Bytes.Sum()}} {
		b.ReportMetric(of(part.bytes), part.name+"-B")
	}
	b.ReportMetric(heap/float64(s.Documents), "heap-B")
}
