package atlas

import (
	"math"
	"strconv"
	"strings"
)

// drawOrigin marks where was searched from; no link, so that it takes no stop of the keyboard.
func drawOrigin(s *svg, f frame, o Point, clusters []Cluster) {
	x, y := f.pixel(project(o.Lat, o.Lon))
	if !f.holds(x, y, 0) {
		return
	}
	ring := 7.0
	if over := covering(clusters, candidate{x: x, y: y}); over != nil {
		x, y, ring = over.x, over.y, over.radius()*1.3+4 // it is somewhere in there
	}
	label := escape(plain(o.Label, maxLabel))
	s.text(`<g class="map-origin" role="img"`)
	s.attribute("aria-label", label)
	s.attribute("transform", "translate("+decimal(x)+" "+decimal(y)+")")
	s.text(`><title>` + label + `</title><circle class="map-origin-halo"`)
	s.number("r", ring+2)
	s.text(`/><circle class="map-origin-ring"`)
	s.number("r", ring)
	s.text(`/><circle class="map-origin-dot" r="2"/></g>`)
}

// drawCluster draws a point or several as one link. Without an address it is a picture with a name.
func drawCluster(s *svg, c *Cluster) {
	label := c.Label
	if len(c.points) > 1 && c.Place != "" {
		label += " – " + c.Place
	}
	label = escape(label)
	tag := "a"
	if c.Href == "" {
		tag = "g"
	}
	s.text(`<` + tag)
	class := "map-point map-" + c.Kind.String()
	if len(c.points) > 1 || c.Count > 1 {
		class += " map-cluster"
	}
	s.attribute("class", class)
	if c.Href == "" {
		s.attribute("role", "img")
	} else {
		s.attribute("href", escape(c.Href))
		if c.closer != "" {
			s.attribute("data-view", c.closer)
		}
	}
	if len(c.IDs) > 0 {
		s.attribute("data-point", strings.Join(c.IDs, " "))
	}
	s.attribute("aria-label", label)
	s.attribute("transform", "translate("+decimal(c.x)+" "+decimal(c.y)+")")
	s.text(`><title>` + label + `</title>`)
	s.text(`<circle class="map-target"`)
	s.number("r", c.reach())
	s.text(`/>`)
	drawMark(s, c.Kind, c.radius())
	if c.Count > 1 {
		s.text(`<text class="map-count"`)
		s.number("font-size", countSize(c))
		s.number("y", countSize(c)*0.35)
		s.text(`>` + shortCount(c.Count) + `</text>`)
	}
	s.text(`</` + tag + `>`)
}

// drawMark draws the shape of a kind; all have about the area of the disc of that radius.
func drawMark(s *svg, k Kind, radius float64) {
	switch k {
	case Mission:
		side := radius * math.Sqrt(math.Pi)
		s.text(`<rect class="map-mark" rx="1.5"`)
		s.number("x", -side/2)
		s.number("y", -side/2)
		s.number("width", side)
		s.number("height", side)
		s.text(`/>`)
	case Collective:
		r := decimal(radius * 1.3)
		s.text(`<path class="map-mark"`)
		s.attribute("d", "M0-"+r+"L"+r+" 0 0 "+r+"-"+r+" 0z")
		s.text(`/>`)
	case Mixed:
		s.text(`<circle class="map-mark"`)
		s.number("r", radius)
		s.text(`/><circle class="map-mark-ring"`)
		s.number("r", radius-2.5)
		s.text(`/>`)
	default:
		s.text(`<circle class="map-mark"`)
		s.number("r", radius)
		s.text(`/>`)
	}
}

// countSize lets the digits fit their mark.
func countSize(c *Cluster) float64 {
	return math.Min(13, 2*c.radius()*0.82/(0.6*float64(max(2, len([]rune(shortCount(c.Count)))))))
}

// shortCount leaves off what a mark has no room for: "12k" needs no language.
func shortCount(n int) string {
	switch {
	case n < 10_000:
		return strconv.Itoa(n)
	case n < 1_000_000:
		return strconv.Itoa(n/1_000) + "k"
	default:
		return strconv.Itoa(n/1_000_000) + "M"
	}
}
