package atlas

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

const (
	// MinWidthKm is the closest view: the communes are known to 0.01°, so that nothing is gained below.
	MinWidthKm = 8
	// MinPixels and MaxPixels bound each side of a drawing.
	MinPixels, MaxPixels = 160, 1600
)

// View is what a drawing shows: WidthKm kilometres, as measured through its middle at Lat and Lon (WGS84
// degrees), on WidthPx by HeightPx pixels.
type View struct {
	Lat, Lon, WidthKm float64
	WidthPx, HeightPx int
}

// Clamp returns the nearest view that can be drawn. Everything that draws or moves a view clamps it first.
func (v View) Clamp() View {
	if !finite(v.Lat, v.Lon, v.WidthKm) {
		v.Lat, v.Lon, v.WidthKm = 0, 0, earthKm
	}
	v.WidthPx = max(MinPixels, min(v.WidthPx, MaxPixels))
	// No side is more than three times the other: the whole world would be drawn side by side many times.
	v.HeightPx = max(MinPixels, v.WidthPx/3, min(v.HeightPx, MaxPixels, 3*v.WidthPx))
	v.Lat = max(-maxLat, min(v.Lat, maxLat))
	middle := project(v.Lat, math.Mod(v.Lon, 360))
	share := max(v.WidthKm, MinWidthKm) / kmAcross(v.Lat)
	shape := float64(v.HeightPx) / float64(v.WidthPx)
	share = min(share, max(1, 1/shape)) // the whole world, in width and in height
	if half := share * shape / 2; half < 0.5 {
		middle.y = max(half, min(middle.y, 1-half))
	} else {
		middle.y = 0.5
	}
	v.Lat, v.Lon = middle.latLon()
	v.WidthKm = share * kmAcross(v.Lat)
	return v
}

func finite(numbers ...float64) bool {
	return !slices.ContainsFunc(numbers, func(n float64) bool { return math.IsNaN(n) || math.IsInf(n, 0) })
}

// String is the view as addresses name it, "lat,lon,km", without its pixels.
func (v View) String() string {
	lat, lon := strconv.FormatFloat(v.Lat, 'f', 4, 64), strconv.FormatFloat(v.Lon, 'f', 4, 64)
	return lat + "," + lon + "," + strconv.FormatFloat(v.WidthKm, 'f', 1, 64)
}

// ParseView reads what String wrote. The sides may be anything: Clamp bounds them.
func ParseView(text string, widthPx, heightPx int) (View, error) {
	v := View{WidthPx: widthPx, HeightPx: heightPx}
	parts := strings.Split(text, ",")
	if len(parts) != 3 {
		return View{}, fmt.Errorf("map view %.40q: want lat,lon,km", text)
	}
	for i, target := range []*float64{&v.Lat, &v.Lon, &v.WidthKm} {
		n, err := strconv.ParseFloat(parts[i], 64)
		if err != nil || !finite(n) {
			return View{}, fmt.Errorf("map view %.40q: want three numbers, lat,lon,km", text)
		}
		*target = n
	}
	return v.Clamp(), nil
}

// zoomed is the same middle, so many times as wide.
func (v View) zoomed(times float64) View {
	v.WidthKm *= times
	return v.Clamp()
}

// moved goes by parts of the view's own width and height, east and south.
func (v View) moved(east, south float64) View {
	f := v.frame()
	v.Lat, v.Lon = f.spot(f.width*(0.5+east), f.height*(0.5+south)).latLon()
	// The scale stays, so the same width holds fewer kilometres nearer to a pole.
	v.WidthKm = f.width / f.scale * kmAcross(v.Lat)
	return v.Clamp()
}

// fitMargin is the part of each side that Fit keeps free of points.
const fitMargin = 0.1

// Fit returns the view that shows all points, and the circle of an origin, with a margin: at least
// 30 km wide, at most the world. Without points it is France.
func Fit(points []Point, widthPx, heightPx int) View {
	v := View{WidthPx: widthPx, HeightPx: heightPx}
	v = v.Clamp()
	xs := make([]float64, 0, len(points))
	top, bottom := math.Inf(1), math.Inf(-1)
	hold := func(s spot) {
		xs = append(xs, s.x)
		top, bottom = min(top, s.y), max(bottom, s.y)
	}
	for _, p := range points {
		switch {
		case !p.placed():
		case p.Kind == Origin && p.RadiusKm > 0:
			for _, s := range p.circle(8) {
				hold(s)
			}
		default:
			hold(project(p.Lat, p.Lon))
		}
	}
	if len(xs) == 0 {
		return fitted(v, project(50.6, -4.2), project(41.9, 8.8))
	}
	left, right := shortestArc(xs)
	v = fitted(v, spot{left, top}, spot{right, bottom})
	v.WidthKm = max(v.WidthKm, fitWidthKm)
	return v.Clamp()
}

// fitWidthKm shows spots with the towns around them: alone, a spot or two neighbours say nothing of where they are.
const fitWidthKm = 30

func fitted(v View, topLeft, bottomRight spot) View {
	shape := float64(v.HeightPx) / float64(v.WidthPx)
	share := max(bottomRight.x-topLeft.x, (bottomRight.y-topLeft.y)/shape) / (1 - 2*fitMargin)
	v.Lat, v.Lon = spot{(topLeft.x + bottomRight.x) / 2, (topLeft.y + bottomRight.y) / 2}.latLon()
	v.WidthKm = share * kmAcross(v.Lat)
	return v.Clamp()
}

// shortestArc returns the ends of the shortest way around the world that meets all of xs; the right end
// may be above 1. It is what the widest gap leaves.
func shortestArc(xs []float64) (left, right float64) {
	for i := range xs {
		xs[i] -= math.Floor(xs[i])
	}
	slices.Sort(xs)
	last := xs[len(xs)-1]
	gap := xs[0] + 1 - last
	left, right = xs[0], last
	for i := 1; i < len(xs); i++ {
		if xs[i]-xs[i-1] > gap {
			gap = xs[i] - xs[i-1]
			left, right = xs[i], xs[i-1]+1
		}
	}
	return left, right
}
