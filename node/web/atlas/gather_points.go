package atlas

import (
	"cmp"
	"math"
	"slices"
)

// Kind is what a point stands for. Each has a shape of its own, so that colour says nothing alone.
type Kind uint8

const (
	Person     Kind = iota // a disc
	Mission                // a square
	Collective             // a diamond
	Origin                 // where was searched from: a ring, in no cluster
	Mixed                  // of a cluster whose points are of several kinds: a ring around a disc
)

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[Mixed]
}

var kindNames = [...]string{"person", "mission", "collective", "origin", "mixed"}

// Point is something to show. Points without a position on Earth (NaN, a latitude of 100) are left out.
type Point struct {
	// ID is what ties it to its entry in the page's list (data-point there too): letters, digits,
	// '-' and '_', at most 64; may be empty.
	ID       string
	Kind     Kind
	Lat, Lon float64 // WGS84 degrees
	Label    string  // any text; it is cut to maxLabel runes
	Href     string  // a path, a fragment or a web address; others are dropped
	Count    int     // how many it stands for; below 1 reads as 1
	RadiusKm float64 // of the circle around an Origin; 0 draws none
}

func (p Point) placed() bool {
	return finite(p.Lat, p.Lon) && math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 360
}

// maxCount keeps the sums of a million points far from the ends of an int64.
const maxCount = 1 << 22

func (p Point) count() int { return max(1, min(p.Count, maxCount)) }

// Cluster is what a drawing shows at one place: one point, or several that would touch. Clusters tell the
// same as the drawing in words; they are ordered nearest to the origin first, or largest first when there
// is none.
type Cluster struct {
	Kind     Kind
	Count    int    // of all its points' counts
	Label    string // of its only point, else how many there are
	Place    string // the place nearest to it; "" where none is known
	Href     string // of its only point; of a closer view; or of the list, when all are at one spot
	Lat, Lon float64
	// OneSpot: its points are all at the same position, no closer view tells them apart.
	OneSpot bool
	IDs     []string // of its points, at most maxIDs

	closer     string // the view that Href shows, as View.String
	points     []int  // indexes, in the order of the points
	cell       [2]int64
	sumX, sumY int64   // of its points' pixels times their counts, in parts of a pixel
	x, y       float64 // their mean, in pixels
	box        rect    // of all its points, in pixels
}

// maxIDs bounds what a cluster says of its points: a page's list is far shorter.
const maxIDs = 60

// radius in pixels of the mark, which grows with what it stands for.
func (c *Cluster) radius() float64 {
	if len(c.points) == 1 && c.Count == 1 {
		return 6.5
	}
	return math.Min(8+4.2*math.Log10(float64(c.Count)), 22)
}

const (
	// leastTarget is half the width of the smallest thing to touch: 24 pixels (WCAG 2.2, 2.5.8) even where
	// a narrow screen without scripts shows the drawing at three quarters of its size.
	leastTarget = 16
	// fewClusters are never too many; beyond them, the area of the drawing bounds their number.
	fewClusters      = 12
	pixelsPerCluster = 12_000
	// cellPixels is the side of the cells that points are first sorted into.
	cellPixels = 24
)

// maxReach is the greatest reach.
const maxReach = 23

func (c *Cluster) reach() float64 { return math.Max(c.radius()+1, leastTarget) }

// gatherPoints puts every point in view into exactly one cluster and returns how many lie outside. The
// same points give the same clusters in whatever order they come: first by cells of a grid that is tied to
// the world, not to the view, so that a map that is moved keeps its clusters; then by joining, from the
// north on, what would touch.
func gatherPoints(f frame, points []Point) (clusters []Cluster, outside int) {
	cells := map[[2]int64]*Cluster{}
	for i, p := range points {
		if p.Kind >= Origin || !p.placed() {
			continue
		}
		x, y := f.pixel(project(p.Lat, p.Lon))
		if !f.holds(x, y, 0) {
			outside += p.count()
			continue
		}
		cell := [2]int64{int64(math.Floor((x + f.left*f.scale) / cellPixels)), int64(math.Floor((y + f.top*f.scale) / cellPixels))}
		c := cells[cell]
		if c == nil {
			c = &Cluster{cell: cell, box: rect{x, y, x, y}}
			cells[cell] = c
		}
		c.add(i, p, x, y)
	}
	for _, c := range cells {
		clusters = append(clusters, *c)
	}
	for apart := 0.0; ; apart += cellPixels / 2 {
		// Each is a stop of the keyboard, and too many say nothing: then they join from farther and farther.
		if clusters = joinTouching(clusters, apart); len(clusters) <= max(fewClusters, int(f.width*f.height/pixelsPerCluster)) {
			break
		}
	}
	for i := range clusters {
		clusters[i].conclude(f, points)
	}
	return clusters, outside
}

// partsOfPixel makes whole numbers of positions: their sums do not depend on the order of summing.
const partsOfPixel = 256

func (c *Cluster) add(i int, p Point, x, y float64) {
	n := int64(p.count())
	c.points = append(c.points, i)
	c.sumX += int64(math.Round(x*partsOfPixel)) * n
	c.sumY += int64(math.Round(y*partsOfPixel)) * n
	c.Count += int(n)
	c.box = c.box.with(rect{x, y, x, y})
	c.settle()
}

func (c *Cluster) settle() {
	total := partsOfPixel * float64(c.Count)
	c.x, c.y = float64(c.sumX)/total, float64(c.sumY)/total
}

func (c *Cluster) join(d *Cluster) {
	c.points = append(c.points, d.points...)
	c.sumX, c.sumY, c.Count = c.sumX+d.sumX, c.sumY+d.sumY, c.Count+d.Count
	c.box = c.box.with(d.box)
	c.settle()
}

// conclude says what its points have in common.
func (c *Cluster) conclude(f frame, points []Point) {
	slices.Sort(c.points)
	first := points[c.points[0]]
	c.Kind, c.OneSpot = first.Kind, true
	for _, i := range c.points {
		p := points[i]
		c.OneSpot = c.OneSpot && p.Lat == first.Lat && p.Lon == first.Lon
		if p.Kind != first.Kind {
			c.Kind = Mixed
		}
	}
	c.Lat, c.Lon = f.spot(c.x, c.y).latLon()
}

// joinTouching joins clusters until no two targets are nearer than so many pixels. Each round is a sweep from north to south and
// leaves fewer clusters, so it ends.
func joinTouching(clusters []Cluster, apart float64) []Cluster {
	for joined := true; joined; {
		joined = false
		slices.SortFunc(clusters, func(a, b Cluster) int {
			return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x), slices.Compare(a.cell[:], b.cell[:]))
		})
		gone := make([]bool, len(clusters))
		for i := range clusters {
			c := &clusters[i]
			if gone[i] {
				continue
			}
			x, y, reach := c.x, c.y, c.reach() // as the round began: joining moves it
			for j := i + 1; j < len(clusters) && clusters[j].y-y < 2*maxReach+apart; j++ {
				d := &clusters[j]
				if !gone[j] && math.Hypot(d.x-x, d.y-y) < reach+d.reach()+apart {
					c.join(d)
					gone[j], joined = true, true
				}
			}
		}
		kept := clusters[:0]
		for i, c := range clusters {
			if !gone[i] {
				kept = append(kept, c)
			}
		}
		clusters = kept
	}
	return clusters
}
