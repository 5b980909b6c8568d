package atlas

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Drawing is a map and what it shows.
type Drawing struct {
	// SVG is one <svg> element, every text in it escaped: it may stand in a page as template.HTML and
	// is XML.
	SVG      []byte
	View     View      // as drawn: the one asked for, clamped
	Place    string    // the largest place near its middle, or ""
	Clusters []Cluster // the same in words
	Outside  int       // how many points, by their counts, lie outside the view
	// In, Out and so on are where links lead; one that cannot go on equals View.
	In, Out, North, South, East, West View
	Whole                             View // Fit of all points
}

// maxLabel is how many runes of a point's label are shown.
const maxLabel = 120

// Draw draws a view with its points. Words may lack anything: see its fields.
func (a *Atlas) Draw(v View, points []Point, w Words) Drawing {
	v, w = v.Clamp(), w.complete()
	f := v.frame()
	d := Drawing{
		View: v, In: v.zoomed(0.5), Out: v.zoomed(2), Whole: Fit(points, v.WidthPx, v.HeightPx),
		North: v.moved(0, -0.4), South: v.moved(0, 0.4), East: v.moved(0.4, 0), West: v.moved(-0.4, 0),
	}
	d.Place = a.dots.nearest(f, f.spot(f.width/2, f.height/2), min(f.width, f.height)/6)
	d.Clusters, d.Outside = gatherPoints(f, points)
	origins := originsOf(points)
	for i := range d.Clusters {
		a.describe(f, &d.Clusters[i], v, points, w)
	}
	orderClusters(d.Clusters, origins)

	s := &svg{out: make([]byte, 0, 32<<10)}
	s.open(v, w)
	s.text(`<g aria-hidden="true">`)
	a.drawGround(s, f)
	drawCircles(s, f, origins, w)
	a.drawLabels(s, f, d.Clusters)
	drawScale(s, f)
	s.text(`</g>`)
	for _, o := range origins {
		drawOrigin(s, f, o, d.Clusters)
	}
	for i := range d.Clusters {
		drawCluster(s, &d.Clusters[i])
	}
	s.text(`</svg>`)
	d.SVG = s.out
	return d
}

// describe fills in what a cluster says and where it leads.
func (a *Atlas) describe(f frame, c *Cluster, v View, points []Point, w Words) {
	c.Place = a.dots.nearest(f, project(c.Lat, c.Lon), c.reach())
	for _, i := range c.points {
		if id := name(points[i].ID); id != "" && len(c.IDs) < maxIDs {
			c.IDs = append(c.IDs, id)
		}
	}
	if len(c.points) == 1 {
		p := points[c.points[0]]
		c.Label, c.Href = plain(p.Label, maxLabel), address(p.Href)
		if c.Label == "" {
			c.Label = w.Count(c.Kind, c.Count)
		}
		return
	}
	c.Label = w.Count(c.Kind, c.Count)
	closer := fitted(v, f.spot(c.box.left, c.box.top), f.spot(c.box.right, c.box.bottom))
	closer.WidthKm = min(closer.WidthKm, v.WidthKm/2)
	closer = closer.Clamp()
	// At one spot, or at the closest view, looking closer shows nothing new.
	if c.OneSpot || v.WidthKm <= MinWidthKm*1.01 {
		c.OneSpot = true
		c.Href = address(w.List(*c))
		return
	}
	c.Href, c.closer = address(w.Link(closer)), closer.String()
}

// originsOf returns the first few origins that have a position; a search has one.
func originsOf(points []Point) (origins []Point) {
	for _, p := range points {
		if p.Kind == Origin && p.placed() && len(origins) < 4 {
			origins = append(origins, p)
		}
	}
	return origins
}

// orderClusters puts the nearest to the first origin first, or the largest where there is none.
func orderClusters(clusters []Cluster, origins []Point) {
	slices.SortStableFunc(clusters, func(a, b Cluster) int {
		if len(origins) > 0 {
			return cmp.Compare(chord(origins[0], a), chord(origins[0], b))
		}
		return cmp.Compare(b.Count, a.Count)
	})
}

// chord orders by distance on the sphere: the square of the straight line through the Earth.
func chord(o Point, c Cluster) float64 {
	const rad = math.Pi / 180
	dLat, dLon := math.Sin((c.Lat-o.Lat)*rad/2), math.Sin((c.Lon-o.Lon)*rad/2)
	return dLat*dLat + math.Cos(o.Lat*rad)*math.Cos(c.Lat*rad)*dLon*dLon
}

// name keeps what may stand in an id or a data attribute's list.
func name(id string) string {
	if len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return ""
	}
	return id
}

// svg is markup under way.
type svg struct{ out []byte }

func (s *svg) text(t string) { s.out = append(s.out, t...) }

// attribute writes a value that is a number or was escaped.
func (s *svg) attribute(key, value string) {
	s.out = append(append(append(append(append(s.out, ' '), key...), `="`...), value...), '"')
}

// data writes the steps of a path.
func (s *svg) data(steps []byte) {
	s.out = append(append(append(s.out, ` d="`...), steps...), '"')
}

func (s *svg) number(key string, n float64) { s.attribute(key, decimal(n)) }

// decimal has one digit behind the point at most: a tenth of a pixel.
func decimal(n float64) string {
	text := strconv.FormatFloat(math.Round(n*10)/10, 'f', -1, 64)
	if text == "-0" {
		return "0"
	}
	return text
}

func (s *svg) open(v View, w Words) {
	width, height := strconv.Itoa(v.WidthPx), strconv.Itoa(v.HeightPx)
	s.text(`<svg xmlns="http://www.w3.org/2000/svg" class="map-drawing" role="group"`)
	s.attribute("viewBox", "0 0 "+width+" "+height)
	s.attribute("width", width)
	s.attribute("height", height)
	s.attribute("aria-label", escape(plain(w.Title, maxLabel)))
	s.attribute("data-view", v.String())
	s.text(`>`)
}
