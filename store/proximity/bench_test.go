package proximity

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"
)

// benchSize is how many documents are searched: COURTCIRCUIT_BENCH, else
// 100,000.
func benchSize(b *testing.B) int {
	v := os.Getenv("COURTCIRCUIT_BENCH")
	if v == "" {
		return 100_000
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// bruteRow is what a loop over everybody reads: already prepared, so that the
// loop is as quick as a simple one can be.
type bruteRow struct {
	at vector
	Document
}

func bruteForce(rows []bruteRow, q *Query, limit int) (best []Position, count int) {
	f, _ := newFilter(q)
	turn := Turn(q.Day)
	for i := range rows {
		d := &rows[i]
		chord2 := d.at.chord2(&f.at)
		if !f.circle.holds(chord2) {
			continue
		}
		if !plainMatch(&d.Document, q, metersOf(chord2)) {
			continue
		}
		p := Position{chord2, d.Tier, prefix(&d.ID) - turn, d.ID}
		if q.After != nil && p.Compare(*q.After) <= 0 {
			continue
		}
		count++
		if len(best) == limit && p.Compare(best[limit-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, p, Position.Compare)
		if best = slices.Insert(best, at, p); len(best) > limit {
			best = best[:limit]
		}
	}
	return best, count
}

// BenchmarkNear measures each kind of query over a base alone and with a tenth
// of it replaced since, beside a loop over everybody.
func BenchmarkNear(b *testing.B) {
	n := benchSize(b)
	c := newCountry(1)
	c.talks = true
	x, err := Build(c.people(n))
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%+v", x.Stats())
	b.Run("base", func(b *testing.B) { askAll(b, x, c) })
	var some []Document
	for range n / 10 {
		d := c.person(c.r.IntN(n))
		d = cloned(d)
		if some = append(some, d); len(some) == 500 {
			if err := x.Put(some...); err != nil {
				b.Fatal(err)
			}
			some = some[:0]
		}
	}
	x.Merge()
	b.Logf("%+v", x.Stats())
	b.Run("tenth-in-delta", func(b *testing.B) { askAll(b, x, c) })
	x = nil
	var rows []bruteRow
	c = newCountry(1)
	c.talks = true
	for d := range c.people(n) {
		d = cloned(d)
		rows = append(rows, bruteRow{vectorOfCenti(int16(d.Lat), int16(d.Lon)), d})
	}
	b.Run("brute-force", func(b *testing.B) {
		for _, question := range questions {
			b.Run(question.name, func(b *testing.B) {
				report(b, c, question.query, func(q Query) int {
					best, found := bruteForce(rows, &q, 20)
					if question.count {
						return found
					}
					return len(best)
				})
			})
		}
	})
}

func askAll(b *testing.B, x *Index, c *country) {
	var hits []Hit
	for _, question := range questions {
		b.Run(question.name, func(b *testing.B) {
			b.ReportAllocs()
			report(b, c, question.query, func(q Query) int {
				if question.count {
					n, _ := x.Count(q, 10_000)
					return n
				}
				hits, _ = x.Near(q, 20, hits[:0])
				return len(hits)
			})
		})
	}
}

// report gives the median and the 99th percentile of single calls: by the
// clock on the wall, and by the time on a processor, which a machine that is
// shared does not make longer.
func report(b *testing.B, c *country, draw func(*country) Query, ask func(Query) int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var took, worked []time.Duration
	found := 0
	threadTime()
	for b.Loop() {
		q := draw(c)
		before, began := threadTime(), time.Now()
		found += ask(q)
		took = append(took, time.Since(began))
		worked = append(worked, threadTime()-before)
	}
	percentiles(b, took, "µs")
	percentiles(b, worked, "cpu-µs")
	b.ReportMetric(float64(found)/float64(len(took)), "found")
}

func percentiles(b *testing.B, took []time.Duration, unit string) {
	slices.Sort(took)
	us := func(part float64) float64 {
		return float64(took[int(part*float64(len(took)-1))].Nanoseconds()) / 1000
	}
	b.ReportMetric(us(0.5), "p50-"+unit)
	b.ReportMetric(us(0.99), "p99-"+unit)
}

// BenchmarkBuild: time, bytes of the index for each document, and those that
// building it threw away.
func BenchmarkBuild(b *testing.B) {
	n := benchSize(b)
	c := newCountry(1)
	began := time.Now()
	for range c.people(n) {
	}
	drawing := time.Since(began)
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		x, err := Build(c.people(n))
		if err != nil {
			b.Fatal(err)
		}
		took := time.Since(began) - drawing
		runtime.ReadMemStats(&after)
		b.ReportMetric(took.Seconds(), "s/build")
		b.ReportMetric(float64(x.Stats().Bytes.Sum())/float64(n), "B/document")
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(n), "allocated-B/document")
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/float64(n), "heap-B/document")
		runtime.KeepAlive(x)
	}
}

// BenchmarkPut: batches as a store commits them, merges included.
func BenchmarkPut(b *testing.B) {
	n := benchSize(b)
	for _, size := range []int{1, 500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := newCountry(1)
			x, err := Build(c.people(n))
			if err != nil {
				b.Fatal(err)
			}
			batch := make([]Document, size)
			for b.Loop() {
				b.StopTimer()
				for i := range batch {
					d := c.person(c.r.IntN(n))
					d = cloned(d)
					batch[i] = d
				}
				b.StartTimer()
				if err := x.Put(batch...); err != nil {
					b.Fatal(err)
				}
				x.Merge()
			}
			b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "documents/s")
		})
	}
}
