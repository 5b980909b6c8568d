// Package shapes is the form in which coasts, borders, rivers and lakes are kept in the atlas's data
// files: lines of quantised points, each with the coarsest scale at which it still matters.
package shapes

import "math"

// Unit is one step of X and Y in degrees, about 11 m along a meridian.
const Unit = 1e-4

// Limits of a data file, far above what the generator writes.
const (
	MaxLayers    = 16
	MaxLines     = 1 << 18
	MaxVertices  = 1 << 21
	MaxBodyBytes = 1 << 25
)

// Level is how much a vertex matters: the line drawn without it would miss it by FinestMeters·2^(Level/2).
type Level = uint8

const (
	FinestMeters       = 50.0
	MaxLevel     Level = 31 // the ends of a line: always drawn
)

// Vertex is a point in Units of WGS84 degrees.
type Vertex struct {
	X, Y  int32 // longitude, latitude; X may pass ±180° by a hair where halves of a land meet
	Level Level
}

// Line is an open line, or a ring whose last vertex is joined to the first and not repeated.
type Line []Vertex

// Layer is one sort of thing, all rings or all open lines.
type Layer struct {
	Name  string
	Lines []Line
}

// LevelOf returns the greatest level whose scale is at most the given one.
func LevelOf(meters float64) Level {
	if !(meters > FinestMeters) { // also NaN
		return 0
	}
	return Level(min(2*math.Log2(meters/FinestMeters), float64(MaxLevel)))
}
