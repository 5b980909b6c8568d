package places

import (
	"math"
	"runtime"
	"testing"
)

func FuzzResolve(f *testing.F) {
	g := gazetteer(f)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := g.Resolve(text)
		if err == nil && (r.Matched == "" || r.Place.Name == "" || len(r.Alternatives) > MaxAlternatives) {
			t.Errorf("%q: %+v", text, r)
		}
		if err != nil && r.Matched != "" {
			t.Errorf("%q: an answer beside %v", text, err)
		}
		if got := g.Search(text, 10); len(got) > 10 {
			t.Errorf("%q: %d results", text, len(got))
		}
		if p, ok := g.BySlug(text); ok && p.Slug() != text {
			t.Errorf("%q: slug %s", text, p.Slug())
		}
		ParseLatLon(text)
	})
}

func FuzzNearest(f *testing.F) {
	g := gazetteer(f)
	f.Fuzz(func(t *testing.T, lat, lon float64) {
		_, d := g.Nearest(lat, lon)
		inside := math.Abs(lat) <= 90 && math.Abs(lon) <= 180
		if inside == math.IsInf(d, 1) || d < 0 || math.IsNaN(d) {
			t.Errorf("%v,%v: %v", lat, lon, d)
		}
	})
}

// BenchmarkLoad also reports what a loaded gazetteer keeps in memory.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var g *Gazetteer
	for b.Loop() {
		var err error
		if g, err = Load(); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1e6, "retained-MB")
	runtime.KeepAlive(g)
}

func BenchmarkResolve(b *testing.B) {
	g := gazetteer(b)
	for name, query := range map[string]string{
		"exact": "Toulouse", "accents": "St-Étienne", "postcode": "31000", "department": "Valence, Drôme", "position": "43.6,1.44",
		"open-sea": "0,-30", "prefix": "saint", "one-edit": "toulose", "long-one-edit": "Saint-Étienne-du-Gresss",
		"unknown": "xqzzt vraiment nulle part ailleurs que sur la lune 12345 67890 abcdef",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Resolve(query)
			}
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	g := gazetteer(b)
	for _, query := range []string{"sa", "tou", "saint-", "montpelie"} {
		b.Run(query, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Search(query, 8)
			}
		})
	}
}
