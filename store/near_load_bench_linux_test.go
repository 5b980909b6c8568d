package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"courtcircuit/protocol"
)

// BenchmarkNearWhileUpdating asks for 20 cards while nothing else happens, and
// while 2,000 cards a second are replaced, every 50 ms what is due, each
// commit on the disk, with all that Run does besides. Cards are 10,000, or
// COURTCIRCUIT_BENCH.
func BenchmarkNearWhileUpdating(b *testing.B) {
	n := 10_000
	if v := os.Getenv("COURTCIRCUIT_BENCH"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			b.Fatal(err)
		}
	}
	s := benchStore(b, n)
	s.SetOwn(newActor(b, 5).Identity())
	later := t0
	var updates []protocol.Verified // of everybody, again and again
	for range 3 {
		later = later.Add(time.Minute)
		updates = append(updates, benchVersions(b, s.opener, min(n, 10_000), later)...)
	}
	ctx, stop := context.WithCancel(context.Background())
	var background sync.WaitGroup
	defer background.Wait()
	defer stop()
	background.Go(func() { s.Run(ctx) })
	r := rand.New(rand.NewPCG(4, 2))
	ask := func(phase string) {
		for name, skills := range map[string][]string{"one-skill": {"compétence 3"}, "two-skills": {"compétence 3", "compétence 7"}} {
			b.Run(phase+"/"+name, func(b *testing.B) {
				timeNear(b, s, func() Query {
					return Query{Kind: protocol.KindProfile, LatDegrees: 43 + 7*r.Float64(), LonDegrees: -4 + 11*r.Float64(), RadiusMeters: -1, Limit: 20, Skills: skills, Now: later}
				})
			})
		}
	}
	ask("quiet")
	began, commits := time.Now(), s.Stats().Commits
	background.Go(func() {
		put := 0
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil && put < len(updates) {
			due := min(int(time.Since(began).Seconds()*2000), len(updates))
			if due > put {
				if _, err := s.PutBatch(ctx, updates[put:due], later); err != nil && ctx.Err() == nil {
					b.Error(err)
				}
			}
			put = due
			<-tick.C
		}
		b.Logf("%d updates, %d commits in %.1f s", put, s.Stats().Commits-commits, time.Since(began).Seconds())
	})
	ask("updating")
}

// timeNear gives the median and the 99th percentile of single calls, by the
// clock and by the time on a processor, which others do not make longer.
func timeNear(b *testing.B, s *Store, draw func() Query) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var took, worked []time.Duration
	for b.Loop() {
		q := draw()
		before, began := threadTime(b), time.Now()
		if _, err := s.Near(context.Background(), q); err != nil {
			b.Fatal(err)
		}
		took, worked = append(took, time.Since(began)), append(worked, threadTime(b)-before)
	}
	for unit, list := range map[string][]time.Duration{"µs": took, "cpu-µs": worked} {
		slices.Sort(list)
		for _, percent := range []int{50, 99} {
			b.ReportMetric(float64(list[(len(list)-1)*percent/100].Nanoseconds())/1000, fmt.Sprintf("p%d-%s", percent, unit))
		}
	}
}

func threadTime(b *testing.B) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}
