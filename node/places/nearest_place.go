package places

import (
	"math"
	"sort"

	"courtcircuit/node/places/internal/packed"
)

// earthRadiusMeters is the mean radius of the Earth (IUGG), as everywhere in the project.
const earthRadiusMeters = 6_371_008.8

// positionIndex holds the rows from south to north with their points on the unit sphere. A search
// walks away from the asked latitude in both directions and stops where the latitude alone is farther
// than the best found: no case for poles or the date line, which a grid would need.
type positionIndex struct {
	rows    []uint32
	lats    []int16 // hundredths of a degree, ascending
	points  [][3]float32
	weights []uint64
}

func indexPositions(rows []packed.Row) positionIndex {
	x := positionIndex{
		rows: make([]uint32, len(rows)), lats: make([]int16, len(rows)),
		points: make([][3]float32, len(rows)), weights: make([]uint64, len(rows)),
	}
	var start [18002]uint32 // counting sort: latitudes have only 18,001 values
	for i := range rows {
		start[int(rows[i].Lat)+9001]++
	}
	for i := 1; i < len(start); i++ {
		start[i] += start[i-1]
	}
	for i := range rows {
		r := &rows[i]
		at := start[int(r.Lat)+9000]
		start[int(r.Lat)+9000]++
		x.rows[at], x.lats[at], x.weights[at] = uint32(i), r.Lat, weightOf(r)
		x.points[at] = unitPoint(float64(r.Lat)/100, float64(r.Lon)/100)
	}
	return x
}

func unitPoint(lat, lon float64) [3]float32 {
	sinLat, cosLat := math.Sincos(lat * math.Pi / 180)
	sinLon, cosLon := math.Sincos(lon * math.Pi / 180)
	return [3]float32{float32(cosLat * cosLon), float32(cosLat * sinLon), float32(sinLat)}
}

// Nearest returns the place whose point is nearest to a position in degrees, the larger of several on
// one point, and the great-circle distance to it in meters. A latitude or longitude that is no number
// or out of range yields an infinite distance and no place.
func (g *Gazetteer) Nearest(lat, lon float64) (p Place, distanceMeters float64) {
	if !(math.Abs(lat) <= 90 && math.Abs(lon) <= 180) || len(g.rows) == 0 {
		return Place{}, math.Inf(1)
	}
	row := g.near.rows[g.near.nearest(lat, lon)]
	p = g.place(row)
	return p, arcMeters(lat, lon, p.Lat, p.Lon)
}

func (x *positionIndex) nearest(lat, lon float64) int {
	q := unitPoint(lat, lon)
	best, bestChord := -1, float32(math.Inf(1))
	try := func(i int) (farther bool) {
		// 2 sin(gap/2) is the chord of the difference in latitude, a bound for all rows beyond. The
		// small margin covers float32, which is exact to about half a meter here.
		gap := 2 * math.Sin(math.Abs(lat-float64(x.lats[i])/100)*math.Pi/360)
		if float32(gap*gap) > bestChord+1e-12 {
			return true
		}
		p := &x.points[i]
		dx, dy, dz := p[0]-q[0], p[1]-q[1], p[2]-q[2]
		chord := dx*dx + dy*dy + dz*dz
		if chord < bestChord || chord == bestChord && x.weights[i] > x.weights[best] {
			best, bestChord = i, chord
		}
		return false
	}
	middle := sort.Search(len(x.lats), func(i int) bool { return float64(x.lats[i])/100 >= lat })
	for down, up := middle-1, middle; down >= 0 || up < len(x.lats); {
		if down >= 0 {
			if down--; try(down + 1) {
				down = -1
			}
		}
		if up < len(x.lats) {
			if up++; try(up - 1) {
				up = len(x.lats)
			}
		}
	}
	return best
}

// arcMeters is the haversine formula.
func arcMeters(lat1, lon1, lat2, lon2 float64) float64 {
	const rad = math.Pi / 180
	sinLat, sinLon := math.Sin((lat2-lat1)*rad/2), math.Sin((lon2-lon1)*rad/2)
	h := sinLat*sinLat + math.Cos(lat1*rad)*math.Cos(lat2*rad)*sinLon*sinLon
	return 2 * earthRadiusMeters * math.Asin(math.Min(1, math.Sqrt(h)))
}
