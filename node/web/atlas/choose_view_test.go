package atlas

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

var anyFloat = rapid.OneOf(rapid.Float64(), rapid.Float64Range(-400, 400), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 90, -90, 180, -180}))

func TestClamp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := View{anyFloat.Draw(t, "lat"), anyFloat.Draw(t, "lon"), anyFloat.Draw(t, "km"), rapid.Int().Draw(t, "w"), rapid.Int().Draw(t, "h")}.Clamp()
		if !finite(v.Lat, v.Lon, v.WidthKm) || math.Abs(v.Lat) > 85.1 || v.Lon < -180 || v.Lon > 180 ||
			v.WidthKm < MinWidthKm*0.999 || v.WidthKm > 3.01*earthKm {
			t.Fatalf("%+v", v)
		}
		if v.WidthPx < MinPixels || v.WidthPx > MaxPixels || v.HeightPx < MinPixels || v.HeightPx > MaxPixels {
			t.Fatalf("%+v", v)
		}
		w := v.Clamp()
		if math.Abs(v.Lat-w.Lat) > 1e-6 || math.Abs(w.WidthKm/v.WidthKm-1) > 1e-6 {
			t.Fatalf("clamped twice: %+v, then %+v", v, w)
		}
		for _, m := range []View{v.zoomed(0.5), v.zoomed(2), v.moved(0.4, 0), v.moved(0, -0.4)} {
			if !finite(m.Lat, m.Lon, m.WidthKm) || m.WidthPx != v.WidthPx {
				t.Fatalf("%+v leads to %+v", v, m)
			}
		}
	})
}

func TestViewStringIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView.Draw(t, "view")
		got, err := ParseView(v.String(), v.WidthPx, v.HeightPx)
		if err != nil || math.Abs(got.Lat-v.Lat) > 1e-3 || math.Abs(got.WidthKm-v.WidthKm) > 0.1+v.WidthKm*1e-3 {
			t.Fatalf("%+v became %+v, %v", v, got, err)
		}
	})
	for _, text := range []string{"", "1,2", "1,2,3,4", "a,b,c", "NaN,1,2", "1,Inf,2", "1,2,", " 1,2,3"} {
		if v, err := ParseView(text, 400, 400); err == nil {
			t.Errorf("%q was read as %+v", text, v)
		}
	}
}

func TestFitHoldsAllPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(drawPoint, 0, 30).Draw(t, "points")
		v := Fit(points, rapid.IntRange(100, 1200).Draw(t, "w"), rapid.IntRange(100, 1200).Draw(t, "h"))
		f := v.frame()
		for _, p := range points {
			if !p.placed() || math.Abs(p.Lat) > 80 {
				continue
			}
			if x, y := f.pixel(project(p.Lat, p.Lon)); !f.holds(x, y, 1) {
				t.Fatalf("%+v at %v,%v lies outside %+v", p, x, y, v)
			}
		}
		if v.WidthKm < MinWidthKm*0.999 {
			t.Fatalf("%v km wide", v.WidthKm)
		}
	})
}

func TestFitCases(t *testing.T) {
	for _, c := range []struct {
		name                     string
		points                   []Point
		lat, lon, fromKm, uptoKm float64
	}{
		{"nobody: France", nil, 46.4, 2.3, 900, 1400},
		{"one: the towns around", []Point{{Lat: 43.6, Lon: 1.44}}, 43.6, 1.44, 30, 30},
		{"two at the antimeridian: not around the world", []Point{{Lat: -17, Lon: 179.5}, {Lat: -17, Lon: -179.5}}, -17, 180, 100, 200},
		{"a circle", []Point{{Kind: Origin, Lat: 43.6, Lon: 1.44, RadiusKm: 50}}, 43.6, 1.44, 100, 140},
		{"neighbours: the towns around, too", []Point{{Lat: 43.6, Lon: 1.44}, {Lat: 43.61, Lon: 1.44}}, 43.605, 1.44, 30, 30},
	} {
		v := Fit(c.points, 600, 600)
		if math.Abs(v.Lat-c.lat) > 0.2 || math.Abs(math.Remainder(v.Lon-c.lon, 360)) > 0.2 || v.WidthKm < c.fromKm*0.999 || v.WidthKm > c.uptoKm*1.001 {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

// The width of a view is what it says, on the sphere that distances are on.
func TestWidthIsTrue(t *testing.T) {
	for _, lat := range []float64{0, 43.6, -21, 60} {
		v := View{lat, 10, 100, 800, 800}.Clamp()
		f := v.frame()
		_, left := f.spot(0, 400).latLon()
		_, right := f.spot(800, 400).latLon()
		if km := (right - left) / 360 * kmAcross(lat); math.Abs(km-100) > 0.01 {
			t.Errorf("at %v: %v km, want 100", lat, km)
		}
	}
}

func TestProjectionIsItsOwnInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lat, lon := rapid.Float64Range(-85, 85).Draw(t, "lat"), rapid.Float64Range(-180, 179.999).Draw(t, "lon")
		gotLat, gotLon := project(lat, lon).latLon()
		if math.Abs(gotLat-lat) > 1e-9 || math.Abs(gotLon-lon) > 1e-9 {
			t.Fatalf("%v,%v became %v,%v", lat, lon, gotLat, gotLon)
		}
	})
}
