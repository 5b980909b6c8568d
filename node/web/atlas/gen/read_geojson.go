package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// point is a longitude and a latitude, in degrees.
type point [2]float64

type geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read source: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read source %s: %w", filepath.Base(path), err)
	}
	return nil
}

// readRings returns the outer rings of a collection of polygons, each without its repeated last point.
// Holes are left out: in the coasts they are six inland seas that the lakes layer has too.
func readRings(path string) ([][]point, error) {
	var collection struct {
		Geometries []geometry `json:"geometries"`
	}
	if err := readJSON(path, &collection); err != nil {
		return nil, err
	}
	var rings [][]point
	for _, g := range collection.Geometries {
		polygons, err := g.polygons()
		if err != nil {
			return nil, fmt.Errorf("read source %s: %w", filepath.Base(filepath.Dir(path)), err)
		}
		for _, polygon := range polygons {
			rings = append(rings, open(polygon[0]))
		}
	}
	return rings, nil
}

func (g geometry) polygons() (polygons [][][]point, err error) {
	switch g.Type {
	case "MultiPolygon":
		err = json.Unmarshal(g.Coordinates, &polygons)
	case "Polygon":
		polygons = make([][][]point, 1)
		err = json.Unmarshal(g.Coordinates, &polygons[0])
	default:
		err = fmt.Errorf("a %s, want polygons", g.Type)
	}
	return polygons, err
}

func open(ring []point) []point {
	if n := len(ring); n > 1 && ring[0] == ring[n-1] {
		return ring[:n-1]
	}
	return ring
}

// joinHalves lets lands that the source cuts at the antimeridian overlap by 0.01°: two fills that only
// touch would show a hairline of sea between them.
func joinHalves(rings [][]point) [][]point {
	for _, ring := range rings {
		for i, p := range ring {
			if math.Abs(p[0]) >= 179.9999 {
				ring[i][0] = math.Copysign(180.01, p[0])
			}
		}
	}
	return rings
}

// estuaries are the wide waters of France that the coast leaves out, the Gironde above all. The same
// source has the narrower rivers only as loose splinters, of no use here.
func estuaries(rivers [][]point) [][]point {
	const leastKm2 = 20
	return slices.DeleteFunc(rivers, func(ring []point) bool {
		return !isFrench(ring[0]) || areaKm2(ring) < leastKm2
	})
}

func areaKm2(ring []point) float64 {
	sum := 0.0
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += p[0]*q[1] - q[0]*p[1]
	}
	return math.Abs(sum) / 2 * kmPerDegree * kmPerDegree * math.Cos(ring[0][1]*math.Pi/180)
}

// readSharedEdges returns the lines along which two features of a collection touch.
func readSharedEdges(path string) ([][]point, error) {
	var collection struct {
		Features []struct {
			Geometry geometry `json:"geometry"`
		} `json:"features"`
	}
	if err := readJSON(path, &collection); err != nil {
		return nil, err
	}
	type edge [2]point
	seen := map[edge]int{}
	for _, f := range collection.Features {
		polygons, err := f.Geometry.polygons()
		if err != nil {
			return nil, fmt.Errorf("read source %s: %w", filepath.Base(path), err)
		}
		for _, polygon := range polygons {
			for _, ring := range polygon {
				for i := 1; i < len(ring); i++ {
					a, b := ring[i-1], ring[i]
					if comparePoints(a, b) > 0 {
						a, b = b, a
					}
					seen[edge{a, b}]++
				}
			}
		}
	}
	neighbours := map[point][]point{}
	for e, n := range seen {
		if n > 1 && e[0] != e[1] {
			neighbours[e[0]] = append(neighbours[e[0]], e[1])
			neighbours[e[1]] = append(neighbours[e[1]], e[0])
		}
	}
	return walk(neighbours), nil
}

func comparePoints(a, b point) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }

// walk joins edges to lines that run from one meeting of three, or loose end, to the next.
func walk(neighbours map[point][]point) (lines [][]point) {
	var all []point
	for p := range neighbours {
		slices.SortFunc(neighbours[p], comparePoints)
		all = append(all, p)
	}
	slices.SortFunc(all, comparePoints) // maps have no order, the data file has
	ends := slices.DeleteFunc(slices.Clone(all), func(p point) bool { return len(neighbours[p]) == 2 })
	take := func(from, to point) {
		neighbours[from] = slices.DeleteFunc(neighbours[from], func(p point) bool { return p == to })
		neighbours[to] = slices.DeleteFunc(neighbours[to], func(p point) bool { return p == from })
	}
	isEnd := map[point]bool{}
	for _, p := range ends {
		isEnd[p] = true
	}
	for _, start := range append(ends, all...) { // whatever is left after the ends are circles
		for len(neighbours[start]) > 0 {
			line := []point{start}
			for at := start; len(neighbours[at]) > 0; {
				next := neighbours[at][0]
				take(at, next)
				line, at = append(line, next), next
				if isEnd[at] || at == start {
					break
				}
			}
			lines = append(lines, line)
		}
	}
	return lines
}
