package atlas

import (
	"math"
	"strconv"
)

// The scales at which a layer is shown. The borders of departments would
// only be noise on a map of Europe; lakes and rivers of Natural Earth are too coarse for a city's map.
const (
	departmentsUpToKmPerPixel = 2.2
	watersFromKmPerPixel      = 0.15
	riversUpToKmPerPixel      = 9
)

// drawGround draws what lies below the points: land and water, borders, communes.
func (a *Atlas) drawGround(s *svg, f frame) {
	s.text(`<rect class="map-sea"`)
	s.number("x", -overscan*f.width)
	s.number("y", -overscan*f.height)
	s.number("width", (1+2*overscan)*f.width)
	s.number("height", (1+2*overscan)*f.height)
	s.text(`/><g transform="scale(`)
	s.text(decimal(1.0 / grain))
	s.text(`)">`)
	s.layer(f, "map-land", &a.land, (*tracer).rings)
	s.layer(f, "map-water", &a.estuaries, (*tracer).rings)
	if f.kmPerPixel > watersFromKmPerPixel {
		s.layer(f, "map-water", &a.lakes, (*tracer).rings)
		if f.kmPerPixel < riversUpToKmPerPixel {
			s.layer(f, "map-river", &a.rivers, (*tracer).lines)
		}
	}
	if f.kmPerPixel < departmentsUpToKmPerPixel {
		s.layer(f, "map-department", &a.departments, (*tracer).lines)
	}
	s.layer(f, "map-border", &a.borders, (*tracer).lines)
	for _, p := range a.dotPaths(f) {
		s.text(`<path class="map-dots map-dots-`)
		s.text(strconv.Itoa(p.class))
		s.text(`"`)
		s.number("stroke-width", p.width*grain)
		s.data(p.data)
		s.text(`/>`)
	}
	s.text(`</g>`)
}

func (s *svg) layer(f frame, class string, l *layer, draw func(*tracer, *layer)) {
	var path pathWriter
	draw(newTracer(f, &path), l)
	if len(path.out) == 0 {
		return
	}
	s.text(`<path`)
	s.attribute("class", class)
	s.data(path.out)
	s.text(`/>`)
}

func (a *Atlas) drawLabels(s *svg, f frame, clusters []Cluster) {
	for _, l := range a.placeLabels(f, clusters, scaleBox(f)) {
		s.text(`<text class="map-name map-name-`)
		s.text(strconv.Itoa(l.weight))
		s.text(`"`)
		s.number("x", l.x)
		s.number("y", l.y+l.size*0.35)
		s.number("font-size", l.size)
		s.text(`>` + escape(l.text) + `</text>`)
	}
}

// circle is the line at RadiusKm from a point, as so many spots whose x follow one another without a
// jump; a circle that holds a pole, where that is not so, has none.
func (p Point) circle(sides int) (line []spot) {
	radius := math.Min(p.RadiusKm, earthKm/4) / (earthKm / (2 * math.Pi))
	lat := p.Lat * math.Pi / 180
	if math.Abs(lat)+radius >= math.Pi/2 {
		return []spot{project(p.Lat, p.Lon)}
	}
	for i := range sides {
		bearing := 2 * math.Pi * float64(i) / float64(sides)
		lat2 := math.Asin(math.Sin(lat)*math.Cos(radius) + math.Cos(lat)*math.Sin(radius)*math.Cos(bearing))
		dLon := math.Atan2(math.Sin(bearing)*math.Sin(radius)*math.Cos(lat), math.Cos(radius)-math.Sin(lat)*math.Sin(lat2))
		line = append(line, project(lat2*180/math.Pi, p.Lon+dLon*180/math.Pi))
	}
	return line
}

// drawCircles draws how far was searched.
func drawCircles(s *svg, f frame, origins []Point, w Words) {
	for _, o := range origins {
		if !(o.RadiusKm > 0) {
			continue
		}
		line := o.circle(90)
		if len(line) == 1 {
			continue
		}
		x0, _ := f.pixel(project(o.Lat, o.Lon))
		middle := project(o.Lat, o.Lon).x
		var path pathWriter
		run := make([]pixel, len(line))
		for i, c := range line {
			run[i] = pixel{x0 + (c.x-middle)*f.scale, (c.y - f.top) * f.scale}
		}
		t := newTracer(f, &path)
		path.ring(t.clip(run))
		s.text(`<path class="map-circle" transform="scale(` + decimal(1.0/grain) + `)"`)
		s.data(path.out)
		s.text(`><title>` + escape(plain(w.Circle(o.RadiusKm), maxLabel)) + `</title></path>`)
	}
}

// scaleLengths of the bar, in kilometres.
var scaleLengths = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000}

func scaleLength(f frame) (km, pixels float64) {
	for _, n := range scaleLengths {
		if n/f.kmPerPixel <= min(110, f.width/4) {
			km = n
		}
	}
	km = max(km, scaleLengths[0])
	return km, km / f.kmPerPixel
}

func scaleBox(f frame) rect {
	_, pixels := scaleLength(f)
	return rect{0, f.height - 34, pixels + 28, f.height}
}

func drawScale(s *svg, f frame) {
	km, pixels := scaleLength(f)
	s.text(`<path class="map-scale"`)
	s.attribute("d", "M12 "+decimal(f.height-16)+"v5h"+decimal(pixels)+"v-5")
	s.text(`/><text class="map-scale-text" font-size="11"`)
	s.number("x", 12+pixels/2)
	s.number("y", f.height-19)
	s.text(`>` + kilometres(km) + "\u00a0km</text>")
}
