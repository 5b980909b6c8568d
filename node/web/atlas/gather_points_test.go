package atlas

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawPoint makes points that are often at the same spot, at the antimeridian, at a pole, or nowhere.
var drawPoint = rapid.Custom(func(t *rapid.T) Point {
	lat := rapid.OneOf(rapid.Float64Range(-90, 90), rapid.SampledFrom([]float64{0, 43.6, 48.86, 85, -85, 90, -90, 100, math.NaN()}))
	lon := rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{0, 1.44, 2.35, 179.99, -179.99, 180, -180, math.Inf(1)}))
	return Point{
		ID: rapid.StringMatching(`[a-z]{0,4}`).Draw(t, "id"), Kind: Kind(rapid.IntRange(0, 5).Draw(t, "kind")),
		Lat: lat.Draw(t, "lat"), Lon: lon.Draw(t, "lon"), Label: rapid.String().Draw(t, "label"), Href: "/p",
		Count:    rapid.SampledFrom([]int{0, 1, 1, 7, -3, math.MaxInt}).Draw(t, "count"),
		RadiusKm: rapid.SampledFrom([]float64{0, 0, 50, 30_000, math.NaN(), -1}).Draw(t, "radius"),
	}
})

var drawView = rapid.Custom(func(t *rapid.T) View {
	return View{
		Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"), Lon: rapid.Float64Range(-180, 180).Draw(t, "lon"),
		WidthKm: math.Exp(rapid.Float64Range(1, 11).Draw(t, "ln km")),
		WidthPx: rapid.IntRange(100, 1000).Draw(t, "w"), HeightPx: rapid.IntRange(100, 1000).Draw(t, "h"),
	}.Clamp()
})

func TestEveryPointIsInOneCluster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(drawPoint, 0, 60).Draw(t, "points")
		f := drawView.Draw(t, "view").frame()
		clusters, outside := gatherPoints(f, points)
		seen := map[int]int{}
		for _, c := range clusters {
			sum := 0
			for _, i := range c.points {
				seen[i]++
				sum += points[i].count()
			}
			if sum != c.Count {
				t.Fatalf("a cluster counts %d, its points %d", c.Count, sum)
			}
			if !f.holds(c.x, c.y, 0.01) {
				t.Fatalf("a cluster at %v,%v lies outside", c.x, c.y)
			}
		}
		beyond := 0
		for i, p := range points {
			shown := p.Kind < Origin && p.placed()
			inView := false
			if shown {
				x, y := f.pixel(project(p.Lat, p.Lon))
				inView = f.holds(x, y, 0)
			}
			if shown && !inView {
				beyond += p.count()
			}
			if want := map[bool]int{true: 1}[inView]; seen[i] != want {
				t.Fatalf("point %d %+v is in %d clusters, want %d", i, p, seen[i], want)
			}
		}
		if beyond != outside {
			t.Fatalf("%d outside, want %d", outside, beyond)
		}
	})
}

func TestClustersDoNotTouch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawView.Draw(t, "view").frame()
		var points []Point // all in view, and dense
		for range rapid.IntRange(0, 80).Draw(t, "points") {
			p := Point{Count: rapid.IntRange(1, 500).Draw(t, "count")}
			p.Lat, p.Lon = f.spot(rapid.Float64Range(0, 300).Draw(t, "x"), rapid.Float64Range(0, 300).Draw(t, "y")).latLon()
			points = append(points, p)
		}
		clusters, _ := gatherPoints(f, points)
		for i := range clusters {
			for j := range i {
				a, b := &clusters[i], &clusters[j]
				if d := math.Hypot(a.x-b.x, a.y-b.y); d < a.reach()+b.reach()-1e-6 {
					t.Fatalf("two targets of %v and %v pixels are %v apart", a.reach(), b.reach(), d)
				}
			}
			if clusters[i].reach() < 12 {
				t.Fatalf("a target of %v pixels", 2*clusters[i].reach())
			}
		}
		if most := max(fewClusters, int(f.width*f.height/pixelsPerCluster)); len(clusters) > most {
			t.Fatalf("%d clusters, want at most %d", len(clusters), most)
		}
	})
}

func TestClustersDoNotDependOnTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(drawPoint, 0, 40).Draw(t, "points")
		f := drawView.Draw(t, "view").frame()
		one, _ := gatherPoints(f, points)
		other, _ := gatherPoints(f, rapid.Permutation(points).Draw(t, "shuffled"))
		if a, b := placesOf(one), placesOf(other); !slices.Equal(a, b) {
			t.Fatalf("%v\n%v", a, b)
		}
	})
}

func placesOf(clusters []Cluster) (places []string) {
	for _, c := range clusters {
		places = append(places, fmt.Sprint(c.x, c.y, c.Count, c.Kind, c.OneSpot))
	}
	slices.Sort(places)
	return places
}

func TestClusterLinks(t *testing.T) {
	w := wordsOfTest()
	view := View{43.6, 1.44, 200, 900, 700}
	same := []Point{{ID: "a", Lat: 43.6, Lon: 1.44, Href: "/p/a"}, {ID: "b", Lat: 43.6, Lon: 1.44, Href: "/p/b"}}
	near := []Point{{ID: "a", Lat: 43.6, Lon: 1.44, Href: "/p/a"}, {ID: "b", Lat: 43.62, Lon: 1.44, Href: "/p/b"}}
	for _, c := range []struct {
		name   string
		view   View
		points []Point
		href   string
	}{
		{"one point leads to its page", view, same[:1], "/p/a"},
		{"points at one spot lead to the list", view, same, "#resultats"},
		{"points apart lead closer", view, near, w.Link(View{43.61, 1.44, MinWidthKm, 900, 700}.Clamp())},
		{"a script is no link", view, []Point{{Lat: 43.6, Lon: 1.44, Href: "javascript:alert(1)"}}, ""},
	} {
		d := atlasOf(t).Draw(c.view, c.points, w)
		if len(d.Clusters) != 1 || d.Clusters[0].Href != c.href {
			t.Errorf("%s: %+v, want %s", c.name, d.Clusters, c.href)
		}
	}
	// A cluster names its points in the order of the page's list.
	apart := []Point{{ID: "south", Lat: 43.5, Lon: 1.44}, {ID: "north", Lat: 43.56, Lon: 1.44}, {ID: "middle", Lat: 43.53, Lon: 1.44}}
	if c := atlasOf(t).Draw(view, apart, w).Clusters; len(c) != 1 || !slices.Equal(c[0].IDs, []string{"south", "north", "middle"}) {
		t.Errorf("%+v", c)
	}
	d := atlasOf(t).Draw(view, same, w)
	if c := d.Clusters[0]; !slices.Equal(c.IDs, []string{"a", "b"}) || c.Label != "2 personnes" || c.Place != "Toulouse" {
		t.Errorf("%+v", c)
	}
}

// A link that leads closer must show a closer view, or a reader would follow it for ever.
func TestCloserLinksEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(drawPoint, 1, 30).Draw(t, "points")
		view := drawView.Draw(t, "view")
		var asked []View
		w := wordsOfTest()
		w.Link = func(v View) string { asked = append(asked, v); return "/" }
		new(Atlas).Draw(view, points, w)
		for _, v := range asked {
			if v.WidthKm > 0.51*view.WidthKm && v.WidthKm > MinWidthKm*1.01 {
				t.Fatalf("from %v km to %v km", view.WidthKm, v.WidthKm)
			}
		}
	})
}

func TestNearestClusterFirst(t *testing.T) {
	points := []Point{
		{Kind: Origin, Lat: 43.6, Lon: 1.44},
		{ID: "far", Lat: 48.86, Lon: 2.35, Count: 50}, {ID: "near", Lat: 43.3, Lon: 2.35}, {ID: "middle", Lat: 45.75, Lon: 4.85},
	}
	order := func(points []Point) (ids []string) {
		for _, c := range atlasOf(t).Draw(Fit(points, 600, 600), points, French()).Clusters {
			ids = append(ids, c.IDs...)
		}
		return ids
	}
	if got := order(points); !slices.Equal(got, []string{"near", "middle", "far"}) {
		t.Errorf("with an origin: %v", got)
	}
	if got := order(points[1:]); got[0] != "far" {
		t.Errorf("without one, the largest first: %v", got)
	}
}
