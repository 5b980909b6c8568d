package main

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"courtcircuit/node/web/atlas/internal/shapes"

	"pgregory.net/rapid"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Two squares side by side: they share one arc.
const twoSquares = `{"type":"Topology","transform":{"scale":[0.5,1],"translate":[10,20]},
"arcs":[[[2,0],[0,1]],[[2,1],[-2,0],[0,-1],[2,0]],[[2,0],[2,0],[0,1],[-2,0]]],
"objects":{"countries":{"geometries":[{"type":"Polygon","arcs":[[0,1]]},{"type":"MultiPolygon","arcs":[[[2,-1]]]},{"type":null}]}}}`

func TestTopology(t *testing.T) {
	top, err := readTopology(file(t, twoSquares))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := top.shared("countries"), [][]point{{{11, 20}, {11, 21}}}; !reflect.DeepEqual(got, want) {
		t.Errorf("shared %v, want %v", got, want)
	}
	want := [][]point{{{11, 20}, {11, 21}, {10, 21}, {10, 20}}, {{11, 20}, {12, 20}, {12, 21}, {11, 21}}}
	if got := top.rings("countries"); !reflect.DeepEqual(got, want) {
		t.Errorf("rings %v, want %v", got, want)
	}
}

func TestReadersRefuse(t *testing.T) {
	for _, text := range []string{"", "{", `{"arcs":[[[0,0]]]}`} {
		if _, err := readTopology(file(t, text)); err == nil {
			t.Errorf("topology %q was taken", text)
		}
	}
	for _, text := range []string{"[", `{"geometries":[{"type":"Point","coordinates":[0,0]}]}`} {
		if _, err := readRings(file(t, text)); err == nil {
			t.Errorf("rings %q were taken", text)
		}
	}
	if err := run("", t.TempDir()); err == nil {
		t.Error("no folder was taken")
	}
	if err := run(t.TempDir(), t.TempDir()); err == nil {
		t.Error("an empty folder was taken")
	}
}

// Three features around one point: their borders are three lines that meet there.
func TestSharedEdges(t *testing.T) {
	lines, err := readSharedEdges(file(t, `{"features":[
{"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[1,2],[0,2],[0,0]]]}},
{"geometry":{"type":"Polygon","coordinates":[[[1,0],[2,0],[2,1],[1,1],[1,0]]]}},
{"geometry":{"type":"MultiPolygon","coordinates":[[[[1,1],[2,1],[2,2],[1,2],[1,1]]]]}}]}`))
	want := [][]point{{{1, 0}, {1, 1}}, {{1, 1}, {1, 2}}, {{1, 1}, {2, 1}}}
	if err != nil || !reflect.DeepEqual(lines, want) {
		t.Errorf("%v, %v, want %v", lines, err, want)
	}
}

// Whatever the scale, what is left out lies within it of what is kept.
func TestSimplifyMissesLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var line []point
		at := point{2, 46}
		for range rapid.IntRange(2, 30).Draw(t, "length") {
			at = point{at[0] + rapid.Float64Range(-0.05, 0.05).Draw(t, "dx"), at[1] + rapid.Float64Range(-0.05, 0.05).Draw(t, "dy")}
			line = append(line, at)
		}
		simple := simplify(line)
		for _, meters := range []float64{60, 200, 1000, 5000} {
			level := shapes.LevelOf(meters)
			var kept []point
			for _, v := range simple {
				if v.Level >= level {
					kept = append(kept, point{float64(v.X) * shapes.Unit, float64(v.Y) * shapes.Unit})
				}
			}
			allowed := max(60, shapes.FinestMeters*math.Pow(2, float64(level)/2)) + 20 // of rounding to units
			for _, p := range line {
				nearest := math.Inf(1)
				for i := 1; i < len(kept); i++ {
					nearest = min(nearest, distanceMeters(p, kept[i-1], kept[i]))
				}
				if nearest > allowed {
					t.Fatalf("at %v m a point is missed by %v m", meters, nearest)
				}
			}
		}
	})
}

func TestRingsThatAreTooSmallAreDropped(t *testing.T) {
	square := func(x, y, side float64) []point {
		return []point{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}}
	}
	rings := simplifyRings([][]point{square(2, 46, 0.01), square(2, 46, 0.0005), square(100, 10, 0.01), square(100, 10, 1)})
	if len(rings) != 2 || len(rings[0]) != 4 || len(rings[1]) != 4 {
		t.Errorf("%v", rings)
	}
}

func TestJoinHalves(t *testing.T) {
	got := joinHalves([][]point{{{180, 1}, {179, 1}, {-180, 2}}})
	if want := [][]point{{{180.01, 1}, {179, 1}, {-180.01, 2}}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
