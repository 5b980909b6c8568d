package atlas

import "courtcircuit/node/web/atlas/internal/shapes"

// tracer draws lines of a layer into one path.
type tracer struct {
	frame  frame
	window window
	want   shapes.Level
	path   *pathWriter
	run    []pixel // the line at hand
	spare  []pixel
}

type pixel struct{ x, y float64 }

// missedPixels is by how much a simplified line may be drawn beside the true one.
const missedPixels = 0.45

func newTracer(f frame, path *pathWriter) *tracer {
	return &tracer{frame: f, window: f.window(overscan), want: shapes.LevelOf(f.kmPerPixel * 1000 * missedPixels), path: path}
}

// rings draws filled shapes, lines open ones. What is smaller than a pixel is left out.
func (t *tracer) rings(l *layer) { t.each(l, t.ring) }
func (t *tracer) lines(l *layer) { t.each(l, t.open) }

func (t *tracer) each(l *layer, draw func(*layer, line, float64)) {
	least := float32(0.8 / t.frame.scale)
	for _, ln := range l.lines {
		b := ln.bounds
		if (b.right-b.left < least && b.bottom-b.top < least) || float64(b.bottom) < t.window.top || float64(b.top) > t.window.bottom {
			continue
		}
		t.window.copies(float64(b.left), float64(b.right), func(turn float64) { draw(l, ln, turn) })
	}
}

// sides of the window that something lies beyond, as bits.
const (
	beyondLeft = 1 << iota
	beyondRight
	beyondTop
	beyondBottom
)

func (w window) beyond(b bounds) (sides uint8) {
	if float64(b.right) < w.left {
		sides |= beyondLeft
	}
	if float64(b.left) > w.right {
		sides |= beyondRight
	}
	if float64(b.bottom) < w.top {
		sides |= beyondTop
	}
	if float64(b.top) > w.bottom {
		sides |= beyondBottom
	}
	return sides
}

// moved by a number of turns to the west: what to compare coordinates with, instead of moving them all.
func (w window) moved(turn float64) window {
	return window{w.left - turn, w.top, w.right - turn, w.bottom}
}

// ring draws a filled shape. Of vertices that follow one another beyond the same side of the window only
// the first and the last are kept: what they enclose with the window does not change, and a continent
// costs a city's map no more than an island.
func (t *tracer) ring(l *layer, ln line, turn float64) {
	w := t.window.moved(turn)
	t.run = t.run[:0]
	var shared uint8 // sides that all vertices of the stretch at hand lie beyond
	length := 0      // of that stretch, as kept
	add := func(i int32) {
		x, y := l.xs[i], l.ys[i]
		sides := w.beyond(bounds{x, y, x, y})
		switch {
		case shared&sides == 0:
			shared, length = sides, 0
		case length == 2:
			shared &= sides
			t.run[len(t.run)-1] = t.pixelOf(l, i, turn)
			return
		default:
			shared &= sides
		}
		t.run, length = append(t.run, t.pixelOf(l, i, turn)), length+1
	}
	for _, c := range l.chunks[ln.fromChunk:ln.pastChunk] {
		if w.beyond(c.bounds) != 0 {
			add(c.from)
			add(c.past - 1)
			continue
		}
		if c.highest < t.want {
			continue
		}
		for i := c.from; i < c.past; i++ {
			if l.levels[i] >= t.want {
				add(i)
			}
		}
	}
	t.path.ring(t.clip(t.run))
}

// open draws a line as the pieces of it that come near the window.
func (t *tracer) open(l *layer, ln line, turn float64) {
	w := t.window.moved(turn)
	t.run = t.run[:0]
	flush := func() {
		t.path.line(t.run)
		t.run = t.run[:0]
	}
	previous, hasPrevious := int32(0), false
	for _, c := range l.chunks[ln.fromChunk:ln.pastChunk] {
		for i := c.from; i < c.past; i++ {
			if l.levels[i] < t.want {
				continue
			}
			if hasPrevious {
				b := bounds{l.xs[previous], l.ys[previous], l.xs[previous], l.ys[previous]}.with(l.xs[i], l.ys[i])
				if w.beyond(b) != 0 {
					flush()
				} else {
					if len(t.run) == 0 {
						t.run = append(t.run, t.pixelOf(l, previous, turn))
					}
					t.run = append(t.run, t.pixelOf(l, i, turn))
				}
			}
			previous, hasPrevious = i, true
		}
	}
	flush()
}

func (t *tracer) pixelOf(l *layer, i int32, turn float64) pixel {
	return pixel{(float64(l.xs[i]) + turn - t.frame.left) * t.frame.scale, (float64(l.ys[i]) - t.frame.top) * t.frame.scale}
}

// clip cuts a ring to the window, side after side (Sutherland and Hodgman 1974).
func (t *tracer) clip(ring []pixel) []pixel {
	left, top := -overscan*t.frame.width, -overscan*t.frame.height
	right, bottom := t.frame.width-left, t.frame.height-top
	x := func(p pixel) float64 { return p.x }
	y := func(p pixel) float64 { return p.y }
	for _, side := range []struct {
		of   func(pixel) float64
		sign float64
		edge float64
	}{{x, 1, left}, {x, -1, right}, {y, 1, top}, {y, -1, bottom}} {
		out := t.spare[:0]
		for i, p := range ring {
			before := ring[(i+len(ring)-1)%len(ring)]
			d, dBefore := side.sign*(side.of(p)-side.edge), side.sign*(side.of(before)-side.edge)
			if (d >= 0) != (dBefore >= 0) {
				part := dBefore / (dBefore - d)
				out = append(out, pixel{before.x + part*(p.x-before.x), before.y + part*(p.y-before.y)})
			}
			if d >= 0 {
				out = append(out, p)
			}
		}
		ring, t.spare = out, ring
	}
	t.run = ring
	return ring
}
