package atlas

import (
	"bytes"
	"compress/gzip"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"courtcircuit/node/places"
)

// realAtlas has the dots of the gazetteer, as a node has.
var realAtlas = sync.OnceValues(func() (*Atlas, error) {
	g, err := places.Load()
	if err != nil {
		return nil, err
	}
	return New(dotsOf(g))
})

func dotsOf(g *places.Gazetteer) func(func(Dot) bool) {
	return func(yield func(Dot) bool) {
		for p := range g.Each {
			if !yield(Dot{p.Name, p.Lat, p.Lon, p.Population, p.Country != "FR", p.Approximate}) {
				return
			}
		}
	}
}

func atlasOf(t testing.TB) *Atlas {
	t.Helper()
	a, err := realAtlas()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// wordsOfTest has links of the length that real ones have.
func wordsOfTest() Words {
	w := French()
	w.Link = func(v View) string {
		return "/recherche?near=Toulouse&skill=graphisme&radius_km=50&map=" + v.String()
	}
	w.List = func(Cluster) string { return "#resultats" }
	return w
}

// crowd is so many people, spread over France as its dots are.
func crowd(a *Atlas, n int) (points []Point) {
	rng := rand.New(rand.NewPCG(1, 2))
	for len(points) < n {
		i := rng.IntN(len(a.dots.xs))
		if a.dots.ranks[i] != a.dots.sizes[i] || rng.Float64() > float64(a.dots.sizes[i])/20_000 {
			continue
		}
		lat, lon := spot{float64(a.dots.xs[i]), float64(a.dots.ys[i])}.latLon()
		points = append(points, Point{
			ID: "p" + strconv.Itoa(len(points)), Kind: Kind(rng.IntN(20) / 18), Lat: lat, Lon: lon,
			Label: "Camille Moreau, graphiste", Href: "/p/" + strings.Repeat("a", 52),
		})
	}
	return points
}

func compressed(data []byte) int {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(data)
	_ = w.Close()
	return out.Len()
}

// scenes are views with points, and the most that their drawings may weigh, compressed.
func scenes(a *Atlas) map[string]scene {
	many := crowd(a, 10_000)
	toulouse := []Point{
		{Kind: Origin, Lat: 43.6, Lon: 1.44, Label: "Toulouse", RadiusKm: 20},
		{Kind: Person, Lat: 43.6, Lon: 1.44, Label: "Camille Moreau", Href: "/p/camille"},
		{Kind: Mission, Lat: 43.62, Lon: 1.33, Label: "Identité visuelle", Href: "/missions/x"},
	}
	return map[string]scene{
		"France, nobody":         {Fit(nil, 900, 900), nil, 50_000},
		"France, one":            {Fit(nil, 900, 900), toulouse[1:2], 50_000},
		"France, ten thousand":   {Fit(nil, 900, 900), many, 70_000},
		"France on a phone":      {Fit(nil, 360, 400), many, 40_000},
		"Toulouse 60 km":         {View{43.6, 1.44, 60, 900, 700}, toulouse, 15_000},
		"Toulouse on a phone":    {View{43.6, 1.44, 60, 360, 360}, toulouse, 15_000},
		"Paris 8 km":             {View{48.857, 2.35, 8, 900, 700}, many, 15_000},
		"Paris 60 km":            {View{48.857, 2.35, 60, 900, 700}, many, 15_000},
		"Brittany 260 km":        {View{48.1, -3.2, 260, 900, 600}, many, 20_000},
		"Gulf of Morbihan 30 km": {View{47.57, -2.85, 30, 900, 600}, many, 15_000},
		"La Réunion":             {View{-21.12, 55.53, 80, 900, 700}, many, 15_000},
		"Fiji":                   {View{-17.5, 179.5, 500, 900, 600}, many, 15_000},
		"Europe":                 {View{47, 5, 3000, 900, 700}, many, 70_000},
		"world":                  {View{20, 5, 40_000, 900, 600}, many, 70_000},
	}
}

type scene struct {
	view   View
	points []Point
	most   int
}

func TestDrawingsStaySmall(t *testing.T) {
	a := atlasOf(t)
	for name, s := range scenes(a) {
		d := a.Draw(s.view, s.points, wordsOfTest())
		size := compressed(d.SVG)
		t.Logf("%-24s %7d bytes, %6d compressed, %3d clusters", name, len(d.SVG), size, len(d.Clusters))
		if size > s.most {
			t.Errorf("%s: %d bytes compressed, want at most %d", name, size, s.most)
		}
		if size < 1_000 {
			t.Errorf("%s: %d bytes compressed: nothing was drawn", name, size)
		}
	}
}

// A drawing does not depend on anything but what is drawn.
func TestDrawTwiceIsTheSame(t *testing.T) {
	a := atlasOf(t)
	for name, s := range scenes(a) {
		if !bytes.Equal(a.Draw(s.view, s.points, wordsOfTest()).SVG, a.Draw(s.view, s.points, wordsOfTest()).SVG) {
			t.Errorf("%s: two drawings differ", name)
		}
	}
}

// The coasts lie where they lie: towns by the sea are on land, gulfs are not.
func TestTownsLieOnLand(t *testing.T) {
	a := atlasOf(t)
	for _, town := range []struct {
		name     string
		lat, lon float64
		land     bool
	}{
		{"Toulouse", 43.60, 1.44, true}, {"Paris", 48.86, 2.35, true}, {"Ajaccio", 41.93, 8.74, true},
		{"Saint-Denis de La Réunion", -20.90, 55.45, true}, {"Cayenne", 4.92, -52.31, true}, {"Suva", -18.12, 178.45, true},
		{"Golfe de Gascogne", 45.5, -4, false}, {"Gulf of Lion", 42.8, 4.2, false}, {"Golfe du Morbihan", 47.58, -2.83, false},
		{"Iroise", 48.2, -5.0, false}, {"Pacific", 0, -150, false},
	} {
		s := project(town.lat, town.lon)
		if got := a.land.holds(s); got != town.land {
			t.Errorf("%s: on land %v, want %v", town.name, got, town.land)
		}
	}
}

// holds is the rule of even and odd over all rings.
func (l *layer) holds(s spot) (inside bool) {
	x, y := float32(s.x), float32(s.y)
	for _, ln := range l.lines {
		from, past := l.chunks[ln.fromChunk].from, l.chunks[ln.pastChunk-1].past
		for i, j := from, past-1; i < past; j, i = i, i+1 {
			if (l.ys[i] > y) != (l.ys[j] > y) && x < (l.xs[j]-l.xs[i])*(y-l.ys[i])/(l.ys[j]-l.ys[i])+l.xs[i] {
				inside = !inside
			}
		}
	}
	return inside
}

func TestAttributionNamesWhatTheLicencesAsk(t *testing.T) {
	text := strings.Join(Attribution(), "\n")
	for _, want := range []string{"OpenStreetMap contributors", "Open Database License", "Natural Earth", "Michael Bostock", "Simone Primarosa", "Tétreault-Pinard", "Mark DiMarco"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	figure := string(atlasOf(t).Draw(Fit(nil, 400, 400), nil, French()).Figure("", French()))
	if !strings.Contains(figure, "© OpenStreetMap") {
		t.Error("the figure does not name OpenStreetMap")
	}
}

func TestNewWithoutDots(t *testing.T) {
	a, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := a.Draw(Fit(nil, 400, 400), nil, French()); !bytes.Contains(d.SVG, []byte("map-land")) || d.Place != "" {
		t.Errorf("no land, or a place %q", d.Place)
	}
}

// What is nowhere does not spoil the rest.
func TestNewLeavesOutWhatIsNowhere(t *testing.T) {
	a, err := New(func(yield func(Dot) bool) {
		_ = yield(Dot{Name: "a", Lat: math.NaN()}) && yield(Dot{Name: "b", Lat: 90}) && yield(Dot{Name: "c", Lon: math.Inf(1)}) &&
			yield(Dot{Name: "d", Lat: 1, Lon: 1, Population: -5})
	})
	if err != nil || len(a.dots.names) != 1 || a.dots.names[0] != "d" {
		t.Errorf("%v, %v", a.dots.names, err)
	}
}

func BenchmarkDraw(b *testing.B) {
	a := atlasOf(b)
	w := wordsOfTest()
	for name, s := range scenes(a) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.Draw(s.view, s.points, w)
			}
		})
	}
}

// BenchmarkNew also reports what an atlas keeps in memory, the gazetteer's names not counted.
func BenchmarkNew(b *testing.B) {
	g, err := places.Load()
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first one only found
	runtime.ReadMemStats(&before)
	var a *Atlas
	for b.Loop() {
		if a, err = New(dotsOf(g)); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1e6, "retained-MB")
	runtime.KeepAlive(a)
	runtime.KeepAlive(g)
}
