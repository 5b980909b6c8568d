package atlas

import (
	"math"
	"strconv"
)

// grain is how many steps of a path make a pixel. Whole small steps compress far better than decimals,
// and half a pixel is not seen in a coast; the group around a path is scaled by 1/grain.
const grain = 2

// pathWriter writes path data in relative steps.
type pathWriter struct {
	out  []byte
	x, y int // where the path stands
}

func step(v float64) int { return int(math.Round(v * grain)) }

func (w *pathWriter) move(x, y int) {
	if len(w.out) == 0 {
		w.out = append(w.out, 'M')
		w.number(x, false)
		w.number(y, true)
	} else {
		w.out = append(w.out, 'm')
		w.number(x-w.x, false)
		w.number(y-w.y, true)
	}
	w.x, w.y = x, y
}

// number needs no space in front when it has a sign or follows a letter.
func (w *pathWriter) number(n int, follows bool) {
	if follows && n >= 0 {
		w.out = append(w.out, ' ')
	}
	w.out = strconv.AppendInt(w.out, int64(n), 10)
}

func (w *pathWriter) line(points []pixel) {
	if len(points) >= 2 {
		w.steps(points, 1)
	}
}

func (w *pathWriter) ring(points []pixel) {
	if len(points) < 3 {
		return
	}
	x, y := step(points[0].x), step(points[0].y)
	if w.steps(points, 2) {
		w.out = append(w.out, 'z')
		w.x, w.y = x, y
	}
}

// steps writes the points that differ from the one before, unless fewer than least do: then nothing.
func (w *pathWriter) steps(points []pixel, least int) bool {
	before := *w
	w.move(step(points[0].x), step(points[0].y))
	drawn := 0
	for _, p := range points[1:] {
		x, y := step(p.x), step(p.y)
		if x == w.x && y == w.y {
			continue
		}
		if drawn == 0 {
			w.out = append(w.out, 'l')
		}
		w.number(x-w.x, drawn > 0)
		w.number(y-w.y, true)
		w.x, w.y = x, y
		drawn++
	}
	if drawn < least {
		*w = before
		return false
	}
	return true
}

// dot writes a point without length: round ends make it a disc.
func (w *pathWriter) dot(x, y int) {
	w.move(x, y)
	w.out = append(w.out, "h0"...)
}
