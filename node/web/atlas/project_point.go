package atlas

import "math"

const (
	// earthKm is the length of the equator on the sphere that all distances of the project are on.
	earthKm = 2 * math.Pi * 6371.0088
	// maxLat is where Web Mercator ends: there its height equals its width.
	maxLat = 85.05112877980659
)

// spot is a point of Web Mercator: x goes from 0 at 180° W eastwards to 1, y from 0 in the north to 1. A
// conformal projection keeps shapes and right angles at every scale, which a map of a city needs; the
// areas that it swells matter little on a map of where people are.
type spot struct{ x, y float64 }

func project(lat, lon float64) spot {
	lat = max(-maxLat, min(lat, maxLat)) * math.Pi / 180
	return spot{lon/360 + 0.5, 0.5 - math.Asinh(math.Tan(lat))/(2*math.Pi)}
}

func (s spot) latLon() (lat, lon float64) {
	lat = math.Atan(math.Sinh((0.5-s.y)*2*math.Pi)) * 180 / math.Pi
	return lat, (s.x-math.Floor(s.x))*360 - 180
}

// kmAcross is the length of the whole width of the map at a latitude.
func kmAcross(lat float64) float64 { return earthKm * math.Cos(lat*math.Pi/180) }

// frame is a view as the drawing needs it: pixel = (spot - corner) · scale.
type frame struct {
	left, top     float64 // of the corner, in the units of spot; left may be below 0
	scale         float64 // pixels across the whole world
	width, height float64 // pixels
	kmPerPixel    float64 // at the middle
}

// frame expects a clamped view.
func (v View) frame() frame {
	middle := project(v.Lat, v.Lon)
	share := v.WidthKm / kmAcross(v.Lat)
	f := frame{scale: float64(v.WidthPx) / share, width: float64(v.WidthPx), height: float64(v.HeightPx)}
	f.left, f.top = middle.x-share/2, middle.y-f.height/f.scale/2
	f.kmPerPixel = v.WidthKm / f.width
	return f
}

// pixel is where a spot is drawn: of its copies around the world, the one nearest to the middle.
func (f frame) pixel(s spot) (x, y float64) {
	turns := math.Round(s.x - (f.left + f.width/f.scale/2))
	return (s.x - turns - f.left) * f.scale, (s.y - f.top) * f.scale
}

func (f frame) spot(x, y float64) spot { return spot{f.left + x/f.scale, f.top + y/f.scale} }

// holds says whether a pixel is on the map, or at most so many pixels beside it.
func (f frame) holds(x, y, beside float64) bool {
	return x >= -beside && y >= -beside && x <= f.width+beside && y <= f.height+beside
}

// window is a part of the world that is drawn, in the units of spot; left may be below 0, right above 1.
type window struct{ left, top, right, bottom float64 }

// overscan is how much more than the view the quiet layers draw on each side, so that the first
// movement of a hand does not bare an empty margin.
const overscan = 0.12

func (f frame) window(beside float64) window {
	w, h := f.width/f.scale, f.height/f.scale
	return window{f.left - beside*w, f.top - beside*h, f.left + (1+beside)*w, f.top + (1+beside)*h}
}

// copies yields by how many turns of the world the window must be moved to meet something between the
// longitudes west and east (0 to 1), which then lies that many turns to the east of its place.
func (w window) copies(west, east float64, yield func(turn float64)) {
	for turn := math.Ceil(w.left - east); turn <= w.right-west; turn++ {
		yield(turn)
	}
}
