package proximity

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"
)

// BenchmarkNearWhileWriting asks while nothing else happens, while 2,000
// documents a second are replaced and merges follow, and while everything is
// merged besides.
func BenchmarkNearWhileWriting(b *testing.B) {
	const everyMs, perSecond = 50, 2000
	c := newCountry(1)
	c.talks = true
	x, err := Build(c.people(benchSize(b)))
	if err != nil {
		b.Fatal(err)
	}
	var drawn []Document
	for range 1 << 15 {
		drawn = append(drawn, cloned(c.person(c.r.IntN(benchSize(b)))))
	}
	runtime.GC()
	ctx, stop := context.WithCancel(context.Background())
	var background sync.WaitGroup
	defer background.Wait()
	defer stop()
	ask := func(phase string) {
		for _, question := range questions[:2] {
			b.Run(phase+"/"+question.name, func(b *testing.B) {
				var hits []Hit
				before, began := x.written.Load(), time.Now()
				report(b, c, question.query, func(q Query) int {
					hits, _ = x.Near(q, 20, hits[:0])
					return len(hits)
				})
				b.ReportMetric(float64(x.written.Load()-before)/time.Since(began).Seconds(), "merged/s")
			})
		}
	}
	ask("quiet")
	background.Go(func() { x.Run(ctx) })
	var put int
	var putting sync.Mutex
	background.Go(func() {
		tick := time.NewTicker(everyMs * time.Millisecond)
		defer tick.Stop()
		began := time.Now()
		for at := 0; ctx.Err() == nil; <-tick.C {
			due := int(time.Since(began).Seconds() * perSecond) // who is late catches up
			for n := due - at; n > 0; n = due - at {
				from := at % (len(drawn) - 500)
				n = min(n, 500)
				if err := x.Put(drawn[from : from+n]...); err != nil {
					b.Error(err)
				}
				at += n
				putting.Lock()
				put = at
				putting.Unlock()
			}
		}
	})
	began := time.Now()
	ask("writing")
	putting.Lock()
	b.Logf("%.0f documents/s put, %+v", float64(put)/time.Since(began).Seconds(), x.Stats())
	putting.Unlock()
	background.Go(func() {
		for ctx.Err() == nil {
			x.MergeAll()
		}
	})
	ask("writing-and-merging-all")
}
