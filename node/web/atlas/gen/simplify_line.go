package main

import (
	"math"

	"courtcircuit/node/web/atlas/internal/shapes"
)

const kmPerDegree = 111.195

// box is south, west, north, east in degrees.
type box [4]float64

func (b box) holds(p point) bool { return p[1] >= b[0] && p[0] >= b[1] && p[1] <= b[2] && p[0] <= b[3] }

// french are the boxes around the parts of France: people here look closely.
var french = []box{
	{41.2, -5.6, 51.3, 9.8},    // metropolitan France
	{14.2, -63.4, 18.3, -60.6}, // Antilles
	{2, -54.8, 6, -51.4},       // Guyane
	{-21.6, 55, -20.7, 56},     // La Réunion
	{-13.2, 44.8, -12.5, 45.5}, // Mayotte
	{46.6, -56.6, 47.3, -56},   // Saint-Pierre-et-Miquelon
	{-23, 163, -19, 169},       // Nouvelle-Calédonie
	{-14.6, -178.5, -13, -176}, // Wallis-et-Futuna
	{-24, -155, -7.5, -134},    // Polynésie française
}

var westernEurope = box{35, -11, 60, 20}

func isFrench(p point) bool {
	for _, b := range french {
		if b.holds(p) {
			return true
		}
	}
	return false
}

// toleranceMeters is by how much a simplified line may miss a point there.
func toleranceMeters(p point) float64 {
	switch {
	case isFrench(p):
		return 60
	case westernEurope.holds(p):
		return 400
	default:
		return 2500
	}
}

func simplifyLines(lines [][]point) (out []shapes.Line) {
	for _, line := range lines {
		if simple := simplify(line); len(simple) >= 2 {
			out = append(out, simple)
		}
	}
	return out
}

// simplifyRings also drops rings that are smaller than three times what may be missed there.
func simplifyRings(rings [][]point) (out []shapes.Line) {
	for _, ring := range rings {
		if len(ring) < 3 || extentMeters(ring) < 3*toleranceMeters(ring[0]) {
			continue
		}
		// Both walks from the first point to the farthest: a closed line has no ends of its own.
		far, farthest := 0, 0.0
		for i, p := range ring {
			if d := distanceMeters(p, ring[0], ring[0]); d > farthest {
				far, farthest = i, d
			}
		}
		there, back := simplify(ring[:far+1]), simplify(append(ring[far:len(ring):len(ring)], ring[0]))
		simple := append(there, back[1:len(back)-1]...)
		if len(simple) >= 3 {
			out = append(out, simple)
		}
	}
	return out
}

func extentMeters(ring []point) float64 {
	low, high := ring[0], ring[0]
	for _, p := range ring {
		low, high = point{min(low[0], p[0]), min(low[1], p[1])}, point{max(high[0], p[0]), max(high[1], p[1])}
	}
	return distanceMeters(low, high, high)
}

// simplify is Ramer, Douglas and Peucker's, keeping for each point the distance at which it was chosen.
// No point matters more than the one whose choice led to it: so at any scale the chosen points are those
// that the algorithm would choose for that scale.
func simplify(line []point) shapes.Line {
	weight := make([]float64, len(line))
	weight[0], weight[len(line)-1] = math.Inf(1), math.Inf(1)
	type span struct {
		from, to int
		weight   float64
	}
	for stack := []span{{0, len(line) - 1, math.Inf(1)}}; len(stack) > 0; {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		far, farthest := 0, 0.0
		for i := s.from + 1; i < s.to; i++ {
			if d := distanceMeters(line[i], line[s.from], line[s.to]); d > farthest {
				far, farthest = i, d
			}
		}
		if far == 0 || farthest < toleranceMeters(line[far])/2 {
			continue
		}
		weight[far] = min(farthest, s.weight)
		stack = append(stack, span{s.from, far, weight[far]}, span{far, s.to, weight[far]})
	}
	var out shapes.Line
	for i, p := range line {
		if weight[i] < toleranceMeters(p) {
			continue
		}
		v := shapes.Vertex{
			X: int32(math.Round(p[0] / shapes.Unit)), Y: int32(math.Round(p[1] / shapes.Unit)), Level: shapes.LevelOf(weight[i]),
		}
		if n := len(out); n == 0 || out[n-1].X != v.X || out[n-1].Y != v.Y || i == len(line)-1 {
			out = append(out, v)
		}
	}
	return out
}

// distanceMeters is from p to the segment from a to b, on the plane that touches the Earth at p.
func distanceMeters(p, a, b point) float64 {
	shrink := math.Cos(p[1] * math.Pi / 180)
	ax, ay, bx, by := (a[0]-p[0])*shrink, a[1]-p[1], (b[0]-p[0])*shrink, b[1]-p[1]
	dx, dy := bx-ax, by-ay
	t := 0.0
	if square := dx*dx + dy*dy; square > 0 {
		t = max(0, min(1, -(ax*dx+ay*dy)/square))
	}
	return math.Hypot(ax+t*dx, ay+t*dy) * kmPerDegree * 1000
}
