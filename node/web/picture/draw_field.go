package picture

import (
	"iter"
	"math"

	"courtcircuit/node/web/atlas"
)

// The field of dots: communes around a place, on the right of the picture.
const (
	fieldX, fieldY  = 930.0, 300.0 // the place itself
	fieldLeft       = 700.0        // where the dots begin to show
	fieldFade       = 160.0        // over how many pixels they come in
	pixelsPerKm     = 3.2          // a morning's travel across: the towns around one can be made out
	kmPerDegree     = 111.2        // of latitude, on the sphere that distances are measured on
	fewestCommunes  = 40           // below this the window is at sea or beyond the table
	placeRadius     = 11.0
	placeHaloRadius = 22.0
)

// around paints the communes around a place, or without any a spiral of dots
// that stands for no place.
func (p *Painter) around(c canvas, at *Point) {
	if at == nil || !p.communes(c, *at) {
		spiral(c)
	}
	if at == nil {
		return
	}
	c.clear(fieldX, fieldY, placeHaloRadius)
	c.disc(fieldX, fieldY, placeRadius, accent, 1)
}

// communes says whether there were enough of them to paint.
func (p *Painter) communes(c canvas, at Point) bool {
	near := make([]spot, 0, 256)
	shrink := math.Cos(at.LatDegrees * math.Pi / 180)
	for _, d := range p.dots {
		s := spot{
			fieldX + (d.lon-at.LonDegrees)*shrink*kmPerDegree*pixelsPerKm,
			fieldY - (d.lat-at.LatDegrees)*kmPerDegree*pixelsPerKm,
			d.radius,
		}
		if s.x > fieldLeft && s.x < Width+10 && s.y > -10 && s.y < Height+10 {
			near = append(near, s)
		}
	}
	if len(near) < fewestCommunes {
		return false
	}
	for _, s := range near {
		s.paint(c)
	}
	return true
}

type spot struct{ x, y, radius float64 }

func (s spot) paint(c canvas) {
	c.disc(s.x, s.y, s.radius, field, min((s.x-fieldLeft)/fieldFade, 1))
}

// spiral is Vogel's model of a sunflower head: equal room for every dot.
func spiral(c canvas) {
	const dots, spread = 360, 22.0
	golden := math.Pi * (3 - math.Sqrt(5))
	for i := 2; i < dots; i++ {
		r, angle := spread*math.Sqrt(float64(i)), golden*float64(i)
		s := spot{fieldX + r*math.Cos(angle), fieldY + r*math.Sin(angle), 2.2 + 2.4*math.Exp(-r/160)}
		if s.x > fieldLeft {
			s.paint(c)
		}
	}
}

// commune is a dot as it is drawn.
type commune struct{ lat, lon, radius float64 }

// gather measures the dots once: a picture looks at all of them.
func gather(dots iter.Seq[atlas.Dot]) []commune {
	var all []commune
	if dots == nil {
		return all
	}
	for d := range dots {
		all = append(all, commune{d.Lat, d.Lon, max(1, 0.95*math.Log10(float64(max(d.Population, 1))))})
	}
	return all
}
