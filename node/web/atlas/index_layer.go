package atlas

import (
	"math"

	"courtcircuit/node/web/atlas/internal/shapes"
)

// layer holds lines as columns, nine bytes a vertex. Single precision keeps a spot to 2.4 m.
type layer struct {
	xs, ys []float32
	levels []shapes.Level
	lines  []line
	chunks []chunk
}

type line struct {
	bounds               bounds
	fromChunk, pastChunk int32
}

// chunk is a run of vertices that is passed over as a whole when none of it is needed.
type chunk struct {
	bounds     bounds
	from, past int32 // vertices
	highest    shapes.Level
}

const chunkLength = 32

type bounds struct{ left, top, right, bottom float32 }

func (b bounds) with(x, y float32) bounds {
	return bounds{min(b.left, x), min(b.top, y), max(b.right, x), max(b.bottom, y)}
}

// nowhere is the bounds of nothing.
var nowhere = bounds{math.MaxFloat32, math.MaxFloat32, -math.MaxFloat32, -math.MaxFloat32}

func indexLayer(lines []shapes.Line) layer {
	total := 0
	for _, l := range lines {
		total += len(l)
	}
	out := layer{
		xs: make([]float32, 0, total), ys: make([]float32, 0, total), levels: make([]shapes.Level, 0, total),
		lines: make([]line, 0, len(lines)),
	}
	for _, l := range lines {
		whole := line{bounds: nowhere, fromChunk: int32(len(out.chunks))}
		for from := 0; from < len(l); from += chunkLength {
			c := out.addChunk(l[from:min(from+chunkLength, len(l))])
			whole.bounds = whole.bounds.with(c.bounds.left, c.bounds.top).with(c.bounds.right, c.bounds.bottom)
		}
		whole.pastChunk = int32(len(out.chunks))
		out.lines = append(out.lines, whole)
	}
	return out
}

func (l *layer) addChunk(vertices shapes.Line) chunk {
	c := chunk{bounds: nowhere, from: int32(len(l.xs))}
	for _, v := range vertices {
		s := project(float64(v.Y)*shapes.Unit, float64(v.X)*shapes.Unit)
		x, y := float32(s.x), float32(s.y)
		l.xs, l.ys, l.levels = append(l.xs, x), append(l.ys, y), append(l.levels, v.Level)
		c.bounds, c.highest = c.bounds.with(x, y), max(c.highest, v.Level)
	}
	c.past = int32(len(l.xs))
	l.chunks = append(l.chunks, c)
	return c
}
