package atlas

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"courtcircuit/node/web/atlas/internal/shapes"

	"pgregory.net/rapid"
)

// checkMarkup reads markup as XML and refuses what must never be in a page.
func checkMarkup(t interface{ Fatalf(string, ...any) }, markup []byte) (elements int) {
	d := xml.NewDecoder(bytes.NewReader(markup))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements++
		switch start.Name.Local {
		case "svg", "g", "a", "path", "rect", "circle", "text", "title", "figure", "div", "p", "details", "summary", "ol", "li", "span", "figcaption":
		default:
			t.Fatalf("an element <%s>", start.Name.Local)
		}
		for _, a := range start.Attr {
			if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
				t.Fatalf("an attribute %s", a.Name.Local)
			}
			if a.Name.Local == "href" && !regexp.MustCompile(`^(/|#|\?|https?://)`).MatchString(a.Value) {
				t.Fatalf("a link to %q", a.Value)
			}
		}
	}
}

func TestMarkup(t *testing.T) {
	a := atlasOf(t)
	for name, s := range scenes(a) {
		d := a.Draw(s.view, s.points, wordsOfTest())
		if n := checkMarkup(t, d.SVG); n > 1_200 {
			t.Errorf("%s: %d elements", name, n)
		}
		checkMarkup(t, d.Figure("/carte?near=Toulouse&skill=a", wordsOfTest()))
	}
}

func TestHostileText(t *testing.T) {
	for _, hostile := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onclick='alert(1)`, "]]>&amp;&lt;", "a\x00b\x1b[31m", "\xff\xfe",
		"\u202egnp.exe\u2066", strings.Repeat("é", 10_000), strings.Repeat("\u0301", 500), "\ufffe\uffff", "line\nbreak\u2028", "</title></svg><script>",
	} {
		w := wordsOfTest()
		w.Title, w.ID = hostile, hostile
		w.Near = func(place string) string { return hostile + place }
		w.Link = func(View) string { return hostile }
		points := []Point{
			{ID: hostile, Lat: 43.6, Lon: 1.44, Label: hostile, Href: hostile},
			{Kind: Origin, Lat: 43.5, Lon: 1.4, Label: hostile, RadiusKm: 10},
			{ID: "ok", Kind: Collective, Lat: 43.4, Lon: 1.1, Label: hostile, Href: "/c?" + hostile},
		}
		a, err := New(func(yield func(Dot) bool) {
			_ = yield(Dot{Name: hostile, Lat: 43.6, Lon: 1.44, Population: 9}) && yield(Dot{Name: hostile, Lat: 43.45, Lon: 1.3, Population: 99999})
		})
		if err != nil {
			t.Fatal(err)
		}
		d := a.Draw(View{43.55, 1.3, 60, 600, 600}, points, w)
		markup := append(bytes.Clone(d.SVG), d.Figure(hostile, w)...)
		checkMarkup(t, append(append([]byte("<g>"), markup...), "</g>"...))
		if strings.ContainsFunc(string(markup), turnsDirection) {
			t.Errorf("%.20q: turns the direction", hostile)
		}
		for _, c := range d.Clusters {
			if n := utf8.RuneCountInString(c.Label); n > maxLabel {
				t.Errorf("%.20q: a label of %d runes", hostile, n)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Camille Moreau", "Camille Moreau"}, {"  a \n b\t", "a b"}, {"a\u202eb", "ab"}, {"abcdefghijklmno", "abcdefghijklm…"}, {"", ""},
		{"l’été œuf", "l’été œuf"}, {"مرحبا", "مرحبا"},
	} {
		if got := plain(c.in, 14); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
}

var boxes = func(a *Atlas, v View, points []Point) ([]label, []Cluster) {
	f := v.Clamp().frame()
	clusters, _ := gatherPoints(f, points)
	return a.placeLabels(f, clusters, scaleBox(f)), clusters
}

func TestLabelsDoNotOverlap(t *testing.T) {
	a := atlasOf(t)
	check := func(t interface{ Fatalf(string, ...any) }, v View, points []Point) {
		labels, clusters := boxes(a, v, points)
		f := v.Clamp().frame()
		for i, l := range labels {
			if l.box.left < 0 || l.box.top < 0 || l.box.right > f.width || l.box.bottom > f.height {
				t.Fatalf("%q leaves the map", l.text)
			}
			for _, o := range labels[:i] {
				if l.box.meets(o.box) {
					t.Fatalf("%q overlaps %q", l.text, o.text)
				}
			}
			for _, c := range clusters {
				if r := c.radius(); l.box.meets(rect{c.x - r, c.y - r, c.x + r, c.y + r}) {
					t.Fatalf("%q lies below a cluster", l.text)
				}
			}
		}
	}
	for _, s := range scenes(a) {
		check(t, s.view, s.points)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, drawView.Draw(t, "view"), rapid.SliceOfN(drawPoint, 0, 10).Draw(t, "points"))
	})
}

func TestFranceNamesItsCities(t *testing.T) {
	svg := string(atlasOf(t).Draw(Fit(nil, 900, 900), nil, French()).SVG)
	for _, city := range []string{"Paris", "Marseille", "Lyon", "Toulouse", "Nice", "Nantes", "Strasbourg", "Brest"} {
		if !strings.Contains(svg, ">"+city+"<") {
			t.Errorf("no %s", city)
		}
	}
	if paris := string(atlasOf(t).Draw(View{48.857, 2.35, 8, 900, 700}, nil, French()).SVG); !strings.Contains(paris, ">Paris 11e<") {
		t.Error("no Paris 11e on a map of Paris")
	}
}

// Views at the edges of the projection are drawn, and in reach of what is drawn everywhere.
func TestEdgesOfTheWorld(t *testing.T) {
	a := atlasOf(t)
	coordinate := regexp.MustCompile(`M(-?\d+)[ -]`)
	for _, v := range []View{
		{90, 0, 8, 600, 400}, {-90, 180, 100, 600, 400}, {0, 180, 500, 600, 400}, {0, -180, 500, 600, 400}, {65, -170, 3000, 900, 600},
		{0, 0, 1e9, 1600, 534}, {0, 0, 1e9, 160, 480}, {-17.5, 179.99, 300, 600, 400}, {52, 180, 40_000, 900, 900},
	} {
		d := a.Draw(v, []Point{{Lat: v.Lat, Lon: v.Lon, Label: "x", Href: "/x"}}, wordsOfTest())
		checkMarkup(t, d.SVG)
		for _, m := range coordinate.FindAllSubmatch(d.SVG, -1) {
			if x, _ := strconv.Atoi(string(m[1])); math.Abs(float64(x)) > grain*(1+overscan)*MaxPixels+10 {
				t.Errorf("%+v: a path begins at %d", v, x)
			}
		}
		if len(d.Clusters) != 1 {
			t.Errorf("%+v: %d clusters", v, len(d.Clusters))
		}
	}
	// Both halves of the Fiji islands lie on one map.
	if d := a.Draw(View{-17, 179.9, 500, 600, 600}, []Point{{Lat: -16.8, Lon: -179.97, ID: "east"}, {Lat: -18.14, Lon: 178.44, ID: "west"}}, French()); len(d.Clusters) != 2 {
		t.Errorf("%d clusters", len(d.Clusters))
	}
}

// What a ring encloses in the window is the same, whether or not what lies far away was left out.
func TestRingIsTrueInTheWindow(t *testing.T) {
	a := atlasOf(t)
	for _, v := range []View{{43.3, 5.3, 40, 300, 300}, {48.4, -4.5, 50, 300, 300}, {50, 2, 600, 300, 300}, {-17.5, 179.9, 400, 300, 300}} {
		f := v.Clamp().frame()
		t1 := newTracer(f, &pathWriter{})
		t1.want = 0
		var rings [][]pixel
		for _, ln := range a.land.lines {
			t1.window.copies(float64(ln.bounds.left), float64(ln.bounds.right), func(turn float64) {
				t1.path = &pathWriter{}
				t1.ring(&a.land, ln, turn)
				rings = append(rings, append([]pixel(nil), t1.run...))
			})
		}
		wrong := 0
		for x := 3.5; x < f.width; x += 15 {
			for y := 3.5; y < f.height; y += 15 {
				inside := false
				for _, ring := range rings {
					inside = inside != holdsPixel(ring, x, y)
				}
				s := f.spot(x, y)
				s.x -= math.Floor(s.x)
				if inside != a.land.holds(s) {
					wrong++
				}
			}
		}
		if wrong > 2 { // on the line itself, by rounding
			t.Errorf("%+v: %d of 400 pixels are wrong", v, wrong)
		}
	}
}

// The same with any ring: few corners, far apart, all around the window.
func TestAnyRingIsTrueInTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := View{0, 0, 1000, 300, 300}.Clamp().frame()
		var line shapes.Line
		for range rapid.IntRange(3, 80).Draw(t, "corners") {
			line = append(line, shapes.Vertex{X: rapid.Int32Range(-200_000, 200_000).Draw(t, "x"), Y: rapid.Int32Range(-200_000, 200_000).Draw(t, "y"), Level: shapes.MaxLevel})
		}
		l := indexLayer([]shapes.Line{line})
		tr := newTracer(f, &pathWriter{})
		tr.ring(&l, l.lines[0], 0)
		wrong := 0
		for x := 3.5; x < f.width; x += 11 {
			for y := 3.5; y < f.height; y += 11 {
				if holdsPixel(tr.run, x, y) != l.holds(f.spot(x, y)) {
					wrong++
				}
			}
		}
		if wrong > 3 {
			t.Fatalf("%d of 729 pixels are wrong", wrong)
		}
	})
}

// The communes draw France; a path of one class holds thousands, and all together are bounded.
func TestDots(t *testing.T) {
	a := atlasOf(t)
	for _, c := range []struct {
		view        View
		least, most int
	}{
		{Fit(nil, 900, 900), 9_000, 14_000}, {View{43.6, 1.44, 60, 900, 700}, 100, 500}, {View{48.857, 2.35, 8, 900, 700}, 10, 60},
		{View{47, 5, 3000, 1600, 1600}, 9_000, maxDots}, {View{20, 5, 40_000, 900, 600}, 500, maxDots},
	} {
		if n := bytes.Count(a.Draw(c.view, nil, French()).SVG, []byte("h0")); n < c.least || n > c.most {
			t.Errorf("%+v: %d dots, want %d to %d", c.view, n, c.least, c.most)
		}
	}
	crowded, err := New(func(yield func(Dot) bool) {
		for i := range 90_000 {
			if !yield(Dot{Name: "a", Lat: 40 + float64(i%300)/30, Lon: float64(i/300) / 30, Population: 10}) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(crowded.Draw(View{45, 5, 1200, 1600, 1600}, nil, French()).SVG, []byte("h0")); n < maxDots/4 || n > maxDots {
		t.Errorf("%d dots of 90,000, want at most %d", n, maxDots)
	}
}

func holdsPixel(ring []pixel, x, y float64) (inside bool) {
	for i, p := range ring {
		q := ring[(i+len(ring)-1)%len(ring)]
		if (p.y > y) != (q.y > y) && x < (q.x-p.x)*(y-p.y)/(q.y-p.y)+p.x {
			inside = !inside
		}
	}
	return inside
}

func TestFigure(t *testing.T) {
	w := wordsOfTest()
	points := []Point{{ID: "a", Lat: 43.6, Lon: 1.44, Label: "Camille", Href: "/p/a"}, {Lat: 43.6, Lon: 1.44, Label: "Malik", Href: "/p/b"}, {Lat: 48, Lon: 7, Label: "far"}}
	d := atlasOf(t).Draw(View{43.6, 1.44, 60, 600, 400}, points, w)
	figure := string(d.Figure("/carte?near=Toulouse&kind=people", w))
	for _, want := range []string{
		`<figure class="map" id="map" data-src="/carte?near=Toulouse&amp;kind=people"`, `class="map-move map-in"`, `class="map-move map-west"`,
		"2 personnes", "Toulouse", "1 autre est hors de cette carte.", `role="status"`, "60\u00a0km de large",
	} {
		if !strings.Contains(figure, want) {
			t.Errorf("no %s in the figure", want)
		}
	}
	if closest := string(atlasOf(t).Draw(View{43.6, 1.44, 1, 600, 400}, nil, w).Figure("/carte", w)); strings.Contains(closest, "map-in") {
		t.Error("the closest view leads closer")
	}
}

func FuzzDraw(f *testing.F) {
	f.Add(43.6, 1.44, 60.0, 900, 600, 43.6, 1.44, "Camille", 20.0)
	f.Add(90.0, 180.0, 1e9, 1, 5000, -90.0, -180.0, "<script>", 30_000.0)
	f.Add(math.NaN(), math.Inf(1), -1.0, -5, 0, math.NaN(), 0.0, "\u202e", math.NaN())
	f.Add(-17.5, 179.99, 8.0, 160, 480, -17.5, -179.99, "", 1.0)
	f.Fuzz(func(t *testing.T, lat, lon, km float64, w, h int, pLat, pLon float64, label string, radius float64) {
		points := []Point{
			{ID: label, Lat: pLat, Lon: pLon, Label: label, Href: label, Count: w}, {Kind: Mission, Lat: pLat, Lon: lon, Label: label, Href: "/x"},
			{Kind: Origin, Lat: pLat, Lon: pLon, Label: label, RadiusKm: radius},
		}
		d := atlasOf(t).Draw(View{lat, lon, km, w, h}, points, wordsOfTest())
		checkMarkup(t, d.SVG)
		checkMarkup(t, d.Figure(label, wordsOfTest()))
		if len(d.SVG) > 600_000 {
			t.Errorf("%d bytes", len(d.SVG))
		}
		_, _ = ParseView(label, w, h)
	})
}

// A place whose position is an estimate is part of the picture of a country
// and of no view where the error would be seen.
func TestEstimatedPlacesAreNotShownWhereItMatters(t *testing.T) {
	draw := func(vague bool, km float64) string {
		a, err := New(slices.Values([]Dot{{Name: "Saint-Jean", Lat: 43, Lon: 1.6, Population: 900_000, Vague: vague}}))
		if err != nil {
			t.Fatal(err)
		}
		return string(a.Draw(View{Lat: 43, Lon: 1.6, WidthKm: km, WidthPx: 600, HeightPx: 600}, nil, French()).SVG)
	}
	if !strings.Contains(draw(false, 60), ">Saint-Jean<") {
		t.Error("a known place has no name")
	}
	if !strings.Contains(draw(false, 60), "map-dots") {
		t.Error("a known place has no dot")
	}
	if near := draw(true, 60); strings.Contains(near, ">Saint-Jean<") || strings.Contains(near, "map-dots") {
		t.Error("an estimated place is shown at the scale of a city")
	}
	if !strings.Contains(draw(true, 900), "map-dots") {
		t.Error("an estimated place is missing from the country")
	}
}
