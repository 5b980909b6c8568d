package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"courtcircuit/protocol"
)

// benchCards seals n profiles as they are in France: half of them in twelve
// big communes, the others anywhere, some five skills of two hundred each.
func benchCards(b *testing.B, o *protocol.Opener, n int) []protocol.Verified {
	return benchVersions(b, o, n, t0)
}

func benchVersions(b *testing.B, o *protocol.Opener, n int, at time.Time) []protocol.Verified {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	cities := [][2]float64{{48.86, 2.35}, {45.76, 4.84}, {43.3, 5.37}, {43.6, 1.44}, {44.84, -0.58}, {47.22, -1.55}, {50.63, 3.06}, {48.57, 7.75}, {48.11, -1.68}, {43.61, 3.88}, {45.19, 5.72}, {47.32, 5.04}}
	club := newActor(b, 5)
	wires := make([][]byte, n)
	for i := range wires {
		lat, lon := 42.5+8*r.Float64(), -4.5+12*r.Float64()
		if r.IntN(2) == 0 {
			c := cities[r.IntN(1+r.IntN(len(cities)))]
			lat, lon = c[0], c[1]
		}
		p := protocol.Profile{Name: fmt.Sprint("Personne ", i), Headline: "Métier de circuit court", About: fmt.Sprintf("%0600d", i), Place: protocol.PlaceAt(lat, lon), Languages: []string{"fr"}, ConfirmedAtMillis: t0.UnixMilli()}
		for len(p.Skills) < 5 {
			skill := fmt.Sprintf("compétence %d", int(float64(200)*r.Float64()*r.Float64()))
			dup := false
			for _, s := range p.Skills {
				dup = dup || s == skill
			}
			if !dup {
				p.Skills = append(p.Skills, skill)
			}
		}
		if i%500 == 0 {
			p.Skills[0] = "rare"
		}
		a := newActor(b, 1_000_000+uint64(i))
		var g *protocol.Grant
		if i%10 == 0 {
			g = club.grant(b, a.Identity(), t0)
		}
		d, err := p.Draft(g, at.UnixMilli())
		if err != nil {
			b.Fatal(err)
		}
		if wires[i], err = protocol.Seal(testNetwork, a.Author, d); err != nil {
			b.Fatal(err)
		}
	}
	out := make([]protocol.Verified, 0, n)
	for len(wires) > 0 {
		part := wires[:min(len(wires), 500)]
		vs, errs := o.OpenBatch(part, at)
		for _, err := range errs {
			if err != nil {
				b.Fatal(err)
			}
		}
		out, wires = append(out, vs...), wires[len(part):]
	}
	return out
}

// BenchmarkPutBatch: records of one commit each, on the disk of the test's
// folder, durable. records/s is the figure.
func BenchmarkPutBatch(b *testing.B) {
	o := testOpener(b)
	cards := benchCards(b, o, 20_000)
	for _, size := range []int{1, -1, 50, 500} { // -1: one that nobody waits for
		name, put := fmt.Sprint(size), (*Store).PutBatch
		if size < 0 {
			name, put, size = "1-visible", (*Store).PutVisible, 1
		}
		b.Run(name, func(b *testing.B) {
			cfg := DefaultConfig(b.TempDir())
			cfg.BallastBytes = 0
			s := openStore(b, cfg, o)
			at, records := 0, 0
			for b.Loop() {
				if at+size > len(cards) { // all are held: begin anew
					b.StopTimer()
					if err := s.Close(); err != nil {
						b.Fatal(err)
					}
					cfg.Dir = b.TempDir()
					s = openStore(b, cfg, o)
					at = 0
					b.StartTimer()
				}
				if _, err := put(s, context.Background(), cards[at:at+size], t0); err != nil {
					b.Fatal(err)
				}
				at, records = at+size, records+size
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
		})
	}
	b.Run("64-writers", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			cfg := DefaultConfig(b.TempDir())
			cfg.BallastBytes = 0
			s := openStore(b, cfg, o)
			b.StartTimer()
			var next atomic.Int64
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					for {
						i := int(next.Add(1)) - 1
						if i >= 2000 {
							return
						}
						if _, err := s.Put(context.Background(), cards[i], t0); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		}
		b.ReportMetric(float64(2000*b.N)/b.Elapsed().Seconds(), "records/s")
	})
}

func benchStore(b *testing.B, n int) *Store {
	o := testOpener(b)
	cfg := DefaultConfig(b.TempDir())
	cfg.BallastBytes = 0
	s := openStore(b, cfg, o)
	for cards := benchCards(b, o, n); len(cards) > 0; {
		part := cards[:min(len(cards), 500)]
		putAllB(b, s, part)
		cards = cards[len(part):]
	}
	return s
}

func putAllB(b *testing.B, s *Store, vs []protocol.Verified) {
	if _, err := s.PutBatch(context.Background(), vs, t0); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkNear measures the queries of a search page. COURTCIRCUIT_BENCH
// names other sizes, as in 100000.
func BenchmarkNear(b *testing.B) {
	sizes := []int{10_000}
	if v := os.Getenv("COURTCIRCUIT_BENCH"); v != "" {
		var n int
		if _, err := fmt.Sscan(v, &n); err != nil {
			b.Fatal(err)
		}
		sizes = []int{n}
	}
	for _, n := range sizes {
		s := benchStore(b, n)
		s.SetOwn(newActor(b, 5).Identity())
		date := protocol.Date(21000)
		base := Query{Kind: protocol.KindProfile, LatDegrees: 48.86, LonDegrees: 2.35, RadiusMeters: -1, Limit: 20, Now: t0}
		rural := base
		rural.LatDegrees, rural.LonDegrees = 44.1, 3.1
		one, two, rare, all := base, base, base, base
		one.Skills = []string{"compétence 3"}
		two.Skills, two.Languages, two.Modes, two.AvailableBy, two.RadiusMeters = []string{"compétence 3", "compétence 7"}, []string{"fr"}, []protocol.WorkMode{protocol.Onsite}, &date, 50_000
		rare.Skills = []string{"rare"}
		all.Words = "personne 77"
		rural.Skills = []string{"compétence 3"}
		for _, q := range []struct {
			name string
			Query
		}{{"20-nearest-city", base}, {"one-skill-city", one}, {"two-skills-filters-50km", two}, {"rare-skill-country", rare}, {"one-skill-rural", rural}, {"words", all}} {
			b.Run(fmt.Sprintf("%d/%s", n, q.name), func(b *testing.B) {
				found := 0
				for b.Loop() {
					page, err := s.Near(context.Background(), q.Query)
					if err != nil {
						b.Fatal(err)
					}
					found = len(page.Results)
				}
				b.ReportMetric(float64(found), "results")
			})
		}
	}
}
