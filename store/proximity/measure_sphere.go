package proximity

import (
	"math"

	"github.com/golang/geo/s2"
)

// EarthRadiusMeters is the radius of the one sphere on which everything is
// measured: the mean radius of WGS84 (IUGG).
const EarthRadiusMeters = 6_371_008.8

// vector is a point of the unit sphere.
type vector [3]float64

func vectorOf(latDegrees, lonDegrees float64) vector {
	lat, lon := latDegrees*math.Pi/180, lonDegrees*math.Pi/180
	return vector{math.Cos(lat) * math.Cos(lon), math.Cos(lat) * math.Sin(lon), math.Sin(lat)}
}

func vectorOfCenti(lat, lon int16) vector { return vectorOf(float64(lat)/100, float64(lon)/100) }

// cellOf is the S2 leaf cell of a place: along its Hilbert curve neighbours on
// the sphere are mostly neighbours. It only chooses an order in memory; no
// answer depends on it.
func cellOf(lat, lon int16) uint64 {
	return uint64(s2.CellIDFromLatLng(s2.LatLngFromDegrees(float64(lat)/100, float64(lon)/100)))
}

// sum3 adds squares. The conversions forbid fused multiply-add, which some
// processors have: box.nearest and box.farthest are bounds of chord2 to the
// last bit only while all three round alike.
func sum3(x, y, z float64) float64 {
	return float64(x*x) + float64(y*y) + float64(z*z)
}

// chord2 is the squared chord: it grows with the distance, needs no
// trigonometry, and knows no special case at the poles or the antimeridian.
func (v *vector) chord2(o *vector) float64 {
	return sum3(v[0]-o[0], v[1]-o[1], v[2]-o[2])
}

// metersOf turns a squared chord into the length of the arc.
func metersOf(chord2 float64) float64 {
	return 2 * EarthRadiusMeters * math.Asin(math.Min(1, math.Sqrt(chord2)/2))
}

// box encloses points of the sphere. Its float32 sides are rounded outward.
type box struct{ lo, hi [3]float32 }

var noBox = box{
	lo: [3]float32{math.MaxFloat32, math.MaxFloat32, math.MaxFloat32},
	hi: [3]float32{-math.MaxFloat32, -math.MaxFloat32, -math.MaxFloat32},
}

func (b *box) add(v *vector) {
	for i, x := range v {
		lo, hi := float32(x), float32(x)
		if float64(lo) > x {
			lo = math.Nextafter32(lo, -2)
		}
		if float64(hi) < x {
			hi = math.Nextafter32(hi, 2)
		}
		b.lo[i], b.hi[i] = min(b.lo[i], lo), max(b.hi[i], hi)
	}
}

func (b *box) join(o *box) {
	for i := range b.lo {
		b.lo[i], b.hi[i] = min(b.lo[i], o.lo[i]), max(b.hi[i], o.hi[i])
	}
}

// outside is how far x lies outside an interval.
func outside(lo, hi float32, x float64) float64 { return max(float64(lo)-x, x-float64(hi), 0) }

// nearest is at most the chord2 that is computed for any point in the box, not
// only in theory: rounding is monotone, step by step.
func (b *box) nearest(p *vector) float64 {
	return sum3(outside(b.lo[0], b.hi[0], p[0]), outside(b.lo[1], b.hi[1], p[1]), outside(b.lo[2], b.hi[2], p[2]))
}

// farthest is at least the chord2 that is computed for any point in the box.
func (b *box) farthest(p *vector) float64 {
	return sum3(side(b.lo[0], b.hi[0], p[0]), side(b.lo[1], b.hi[1], p[1]), side(b.lo[2], b.hi[2], p[2]))
}

func side(lo, hi float32, x float64) float64 { return max(x-float64(lo), float64(hi)-x) }

// circle says which squared chords lie within a radius. Comparing meters is
// the definition; chords decide all but a hair's breadth around the edge.
type circle struct {
	meters       float64
	within, edge float64 // up to within: surely in; beyond edge: surely out
}

func newCircle(meters float64) circle {
	if meters < 0 || meters >= metersOf(4) {
		return circle{math.Inf(1), math.Inf(1), math.Inf(1)}
	}
	half := math.Sin(meters / (2 * EarthRadiusMeters))
	chord2 := 4 * half * half
	return circle{meters, chord2 * (1 - 1e-12), chord2 * (1 + 1e-12)}
}

func (c *circle) holds(chord2 float64) bool {
	return chord2 <= c.within || (chord2 <= c.edge && metersOf(chord2) <= c.meters)
}
