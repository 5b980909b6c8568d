package proximity

import (
	"runtime"
	"testing"
	"unsafe"
)

// What is touched for each document or node fits into a line of cache, or a
// quarter, and a profile of five skills and two languages, without words, into 90 bytes.
func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(row{}); n != 16 {
		t.Errorf("a row has %d bytes", n)
	}
	if n := unsafe.Sizeof(node{}); n != 52 {
		t.Errorf("a node has %d bytes", n)
	}
	const n = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC() // a pool's second half goes with the second
	runtime.ReadMemStats(&before)
	x, err := Build(newCountry(1).people(n))
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	held, said := (float64(after.HeapAlloc)-float64(before.HeapAlloc))/n, float64(x.Stats().Bytes.Sum())/n
	t.Logf("%.1f bytes a profile held, %.1f said", held, said)
	if said > 90 || said < held*0.95 || said > held*1.05 {
		t.Errorf("%.1f bytes a profile held, %.1f said; at most 90 expected, and hardly a difference", held, said)
	}
	runtime.KeepAlive(x)
}
