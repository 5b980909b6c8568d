package node

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"courtcircuit/node/places"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// searchQuestions are the kinds of query of the performance goals, each with
// 20 whole cards asked for.
var searchQuestions = []struct {
	name string
	ask  func(*benchCountry, *rand.Rand) url.Values
}{
	{"one-skill-city", func(c *benchCountry, r *rand.Rand) url.Values {
		return url.Values{"near": {benchCities[r.IntN(len(benchCities))]}, "skill": {benchSkill(3)}}
	}},
	{"two-skills-filters-50km", func(c *benchCountry, r *rand.Rand) url.Values {
		v := filteredQuestion(c, r, "fr")
		v.Set("radius_km", "50")
		return v
	}},
	{"rare-skill-country", func(c *benchCountry, r *rand.Rand) url.Values {
		return url.Values{"near": {pointOf(c.rural[r.IntN(len(c.rural))])}, "skill": {benchRareSkill}}
	}},
	{"all-within-10km", func(c *benchCountry, r *rand.Rand) url.Values {
		return url.Values{"near": {pointOf(c.somewhere(r))}, "radius_km": {"10"}}
	}},
	{"one-skill-rural", func(c *benchCountry, r *rand.Rand) url.Values {
		return url.Values{"near": {pointOf(c.rural[r.IntN(len(c.rural))])}, "skill": {benchSkill(3)}}
	}},
	{"two-skills-rare-language", func(c *benchCountry, r *rand.Rand) url.Values { return filteredQuestion(c, r, benchRareLanguage) }},
}

var benchCities = []string{"Paris", "Marseille", "Lyon", "Toulouse", "Nice", "Nantes", "Montpellier", "Strasbourg", "Bordeaux", "Lille", "Rennes", "Grenoble"}

func pointOf(p places.Place) string { return fmt.Sprintf("%.2f,%.2f", p.Lat, p.Lon) }

func filteredQuestion(c *benchCountry, r *rand.Rand, language string) url.Values {
	return url.Values{
		"near": {pointOf(c.somewhere(r))}, "skill": {benchSkill(3), benchSkill(7)}, "language": {language}, "mode": {"onsite"},
		"available_by": {c.now.AddDate(0, 0, 10).Format(time.DateOnly)},
	}
}

// searchDoor serves a node's interface on loopback as its own listener does.
func searchDoor(b *testing.B, n *Node) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server, err := n.privateServer(l.Addr().(*net.TCPAddr).Port, strings.Repeat("t", 32))
	if err != nil {
		b.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l)
	}()
	b.Cleanup(func() {
		_ = server.Shutdown(context.Background())
		<-served
	})
	return "http://" + l.Addr().String() + "/api/v1/profiles?"
}

// searchClient asks as a program does that reads JSON as it is: unpacking
// would cost more than answering.
func searchClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}}
}

func askSearch(client *http.Client, address string) (bytes int, err error) {
	res, err := client.Get(address)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	size, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", address, res.Status)
	}
	return int(size), err
}

// BenchmarkSearchHTTP asks GET /api/v1/profiles for whole cards: each kind of
// query on one warm connection, beside a loop over everybody that finds the
// same people and writes nothing, then all kinds over four connections with
// the client on the same processors. Beside the clock it gives the processor
// time of an answer, client included. COURTCIRCUIT_BENCH sets how many profiles
// are held, else 2,000.
func BenchmarkSearchHTTP(b *testing.B) {
	count := benchProfiles(b, 2000)
	cfg, c := benchHome(b, count)
	began := time.Now()
	n := openService(b, cfg)
	b.Logf("%d profiles, opened in %.2f s", count, time.Since(began).Seconds())
	lookAfterStore(b, n)
	base := searchDoor(b, n)
	client := searchClient()
	people := newBenchCrowd(c, count)
	for _, question := range searchQuestions {
		r := rand.New(rand.NewPCG(3, 4))
		for range 300 { // warm: places, cards, connection
			if _, err := askSearch(client, base+question.ask(c, r).Encode()); err != nil {
				b.Fatal(err)
			}
		}
		b.Run("one-connection/"+question.name, func(b *testing.B) {
			before := n.store.Stats().Cards
			sizes, spent := 0, processorTime(b)
			var took []time.Duration
			for b.Loop() {
				address := base + question.ask(c, r).Encode()
				began := time.Now()
				size, err := askSearch(client, address)
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
				sizes += size
			}
			reportTimes(b, took)
			reportProcessor(b, spent, len(took))
			after := n.store.Stats().Cards
			b.ReportMetric(float64(sizes)/float64(len(took)), "B/answer")
			b.ReportMetric(float64(after.File.Hits-before.File.Hits)/float64(len(took)), "of-file")
			b.ReportMetric(float64(after.Misses-before.Misses-after.File.Hits+before.File.Hits)/float64(len(took)), "of-database")
		})
		b.Run("brute-force/"+question.name, func(b *testing.B) {
			reportTimes(b, timed(b, func() { people.nearest(c, question.ask(c, r), 20) }))
		})
	}
	b.Run("four-connections/all-kinds", func(b *testing.B) { askSideBySide(b, c, base) })
}

// lookAfterStore runs what a node runs beside its replica, and waits until that
// has read all cards once, as it does after a start.
func lookAfterStore(b *testing.B, n *Node) {
	b.Helper()
	began := time.Now()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.store.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	for !n.store.KnowsWords(protocol.KindProfile) {
		time.Sleep(50 * time.Millisecond)
	}
	of := n.store.Stats().Cards.File
	b.Logf("%d cards read in %.1f s; in the file %d, %d MiB, %d KiB of memory", n.store.Counts(time.Now())[protocol.KindProfile], time.Since(began).Seconds(), of.Cards, of.Bytes>>20, of.IndexBytes>>10)
}

func askSideBySide(b *testing.B, c *benchCountry, base string) {
	var asked atomic.Int64
	var readers sync.WaitGroup
	var all [][]time.Duration
	var mu sync.Mutex
	began, spent := time.Now(), processorTime(b)
	for worker := range 4 {
		readers.Go(func() {
			client, r := searchClient(), rand.New(rand.NewPCG(uint64(worker), 9))
			var took []time.Duration
			for asked.Add(1) <= int64(b.N) {
				address := base + searchQuestions[r.IntN(len(searchQuestions))].ask(c, r).Encode()
				at := time.Now()
				if _, err := askSearch(client, address); err != nil {
					b.Error(err)
					return
				}
				took = append(took, time.Since(at))
			}
			mu.Lock()
			all = append(all, took)
			mu.Unlock()
		})
	}
	readers.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "queries/s")
	reportProcessor(b, spent, b.N)
	reportTimes(b, slices.Concat(all...))
}

func timed(b *testing.B, do func()) (took []time.Duration) {
	for b.Loop() {
		began := time.Now()
		do()
		took = append(took, time.Since(began))
	}
	return took
}

// processorTime is what this process has spent on all its threads, user and
// system: unlike the clock it does not count waiting for a processor.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var spent unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &spent); err != nil {
		b.Fatal(err)
	}
	return time.Duration(spent.Utime.Nano() + spent.Stime.Nano())
}

// reportProcessor says what an answer cost both sides: the client is this same
// process.
func reportProcessor(b *testing.B, before time.Duration, answers int) {
	b.Helper()
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/1000/float64(answers), "processor-µs")
}

func reportTimes(b *testing.B, took []time.Duration) {
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	us := func(part float64) float64 {
		return float64(took[int(part*float64(len(took)-1))].Nanoseconds()) / 1000
	}
	b.ReportMetric(us(0.5), "p50-µs")
	b.ReportMetric(us(0.99), "p99-µs")
}

// benchCrowd is everybody as a simple loop reads them: prepared rows.
type benchCrowd []benchRow

type benchRow struct {
	at        [3]float64
	skills    [5]string
	languages []string
	modes     []protocol.WorkMode
	from      protocol.Date
	reach     float64
	confirmed int64
}

func newBenchCrowd(c *benchCountry, n int) benchCrowd {
	out := make(benchCrowd, n)
	for i := range out {
		p := c.person(i)
		out[i] = benchRow{at: onSphere(p.Place.LatDegrees(), p.Place.LonDegrees()), languages: p.Languages, modes: p.Modes, reach: math.Inf(1), confirmed: p.ConfirmedAtMillis}
		copy(out[i].skills[:], p.Skills)
		if p.AvailableFrom != nil {
			out[i].from = *p.AvailableFrom
		}
		if p.RadiusKm != nil {
			out[i].reach = float64(*p.RadiusKm) * 1000
		}
	}
	return out
}

func onSphere(lat, lon float64) [3]float64 {
	a, o := lat*math.Pi/180, lon*math.Pi/180
	return [3]float64{math.Cos(a) * math.Cos(o), math.Cos(a) * math.Sin(o), math.Sin(a)}
}

// nearest is the plain search: look at everybody, keep the nearest.
func (all benchCrowd) nearest(c *benchCountry, v url.Values, limit int) (best []float64) {
	lat, lon := 48.86, 2.35
	fmt.Sscanf(v.Get("near"), "%f,%f", &lat, &lon)
	at, radius := onSphere(lat, lon), math.Inf(1)
	if km := v.Get("radius_km"); km != "" {
		fmt.Sscan(km, &radius)
		radius *= 1000
	}
	day, _ := protocol.ParseDate(v.Get("available_by"))
	for i := range all {
		p := &all[i]
		x, y, z := p.at[0]-at[0], p.at[1]-at[1], p.at[2]-at[2]
		chord2 := x*x + y*y + z*z
		if len(best) == limit && chord2 >= best[limit-1] || !p.fits(v, day, chord2, radius) {
			continue
		}
		k, _ := slices.BinarySearch(best, chord2)
		if best = slices.Insert(best, k, chord2); len(best) > limit {
			best = best[:limit]
		}
	}
	return best
}

func (p *benchRow) fits(v url.Values, day protocol.Date, chord2, radius float64) bool {
	meters := 2 * 6371008.8 * math.Asin(math.Sqrt(chord2)/2)
	if meters > radius {
		return false
	}
	for _, skill := range v["skill"] {
		if !slices.Contains(p.skills[:], skill) {
			return false
		}
	}
	if v["mode"] != nil && (!slices.Contains(p.modes, protocol.Onsite) || meters > p.reach || p.from > day || !slices.Contains(p.languages, v.Get("language"))) {
		return false
	}
	return true
}

// BenchmarkSearchBesideUpdates asks while cards are replaced, fifty in a
// commit, and says how many are.
func BenchmarkSearchBesideUpdates(b *testing.B) {
	cfg, c := benchHome(b, benchProfiles(b, 2000))
	n := openService(b, cfg)
	r := rand.New(rand.NewPCG(5, 6))
	for _, beside := range []bool{false, true} {
		b.Run(map[bool]string{false: "alone", true: "updates"}[beside], func(b *testing.B) {
			stop, stopped := make(chan struct{}), make(chan struct{})
			stored, began := 0, time.Now()
			if beside {
				// Sealed beforehand: signing is the author's work, not the replica's.
				batches := sealedUpdates(b, n, c, r, 100)
				began = time.Now()
				go func() {
					defer close(stopped)
					for _, vs := range batches {
						select {
						case <-stop:
							return
						default:
						}
						if _, err := n.store.PutBatch(context.Background(), vs, time.Now()); err != nil {
							b.Error(err)
							return
						}
						stored += len(vs)
					}
				}()
			} else {
				close(stopped)
			}
			reportTimes(b, timed(b, func() {
				q := store.Query{Kind: protocol.KindProfile, RadiusMeters: -1, Skills: []string{benchSkill(3)}, Now: time.Now()}
				p := c.somewhere(r)
				q.LatDegrees, q.LonDegrees = p.Lat, p.Lon
				if _, err := n.store.Near(context.Background(), q); err != nil {
					b.Fatal(err)
				}
			}))
			close(stop)
			<-stopped
			b.ReportMetric(float64(stored)/time.Since(began).Seconds(), "updates/s")
		})
	}
}

func sealedUpdates(b *testing.B, n *Node, c *benchCountry, r *rand.Rand, batches int) (out [][]protocol.Verified) {
	b.Helper()
	again := *c
	again.now = time.Now()
	for range batches {
		from := r.IntN(n.store.Counts(again.now)[protocol.KindProfile] - 50)
		wires, err := again.seal(n.cfg.Network, from, from+50)
		if err != nil {
			b.Fatal(err)
		}
		vs, _ := n.opener.OpenBatch(wires, again.now)
		out = append(out, vs)
	}
	return out
}

// BenchmarkSearchOpen is a start: from nothing to the first answer, with the
// parts of it in the log.
func BenchmarkSearchOpen(b *testing.B) {
	cfg, c := benchHome(b, benchProfiles(b, 2000))
	for b.Loop() {
		began := time.Now()
		n, err := New(cfg, slog.New(slog.NewTextHandler(b.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})))
		if err != nil {
			b.Fatal(err)
		}
		opened := time.Since(began)
		_, err = n.store.Near(context.Background(), store.Query{Kind: protocol.KindProfile, LatDegrees: 48.86, LonDegrees: 2.35, RadiusMeters: -1, Now: c.now})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s-to-answer")
		b.ReportMetric(opened.Seconds(), "s-to-open")
		b.StopTimer()
		if err := n.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
