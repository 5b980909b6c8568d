package places

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"courtcircuit/node/places/internal/packed"

	"pgregory.net/rapid"
)

// TestCoverage pins what the two sources hold. It changes when places.bin is generated from newer ones.
func TestCoverage(t *testing.T) {
	g := gazetteer(t)
	count := map[packed.Kind]int{}
	exact, people, covered := 0, 0, 0
	for _, r := range g.rows {
		count[r.Kind]++
		if r.Kind == packed.Commune {
			people += int(r.Population)
			if !r.Approximate {
				exact++
				covered += int(r.Population)
			}
		}
	}
	if count[packed.Commune] != 34_969 || count[packed.Arrondissement] != 45 || count[packed.Foreign] != 46_862 {
		t.Errorf("rows by kind: %v", count)
	}
	if exact != 8_561 || 1000*covered/people != 829 {
		t.Errorf("%d communes with their own position, %.3f of the population", exact, float64(covered)/float64(people))
	}
	if len(g.arrondissement["paris"]) != 20 || len(g.arrondissement["lyon"]) != 9 || len(g.arrondissement["marseille"]) != 16 {
		t.Errorf("arrondissements: %v", g.arrondissement)
	}
	if len(data) > 1_500_000 {
		t.Errorf("data file of %d bytes", len(data))
	}
	if text := strings.Join(Attribution(), "\n"); !strings.Contains(text, "GeoNames") || !strings.Contains(text, "Creative Commons Attribution 4.0") {
		t.Errorf("attribution: %s", text)
	}
}

// TestPositions finds joins with the wrong homonym: they would lie far from the rest of a department.
func TestPositions(t *testing.T) {
	g := gazetteer(t)
	byDepartment := map[uint16][]Place{}
	for i, r := range g.rows {
		if code := g.areas[r.Area].Code; r.Kind != packed.Foreign && code < "975" { // the last ones are oceans wide
			byDepartment[r.Area] = append(byDepartment[r.Area], g.place(uint32(i)))
		}
	}
	for _, list := range byDepartment {
		lats, lons := []float64{}, []float64{}
		for _, p := range list {
			lats, lons = append(lats, p.Lat), append(lons, p.Lon)
		}
		slices.Sort(lats)
		slices.Sort(lons)
		most := 115_000.0
		if list[0].Department == "Guyane" {
			most = 250_000
		}
		for _, p := range list {
			if d := arcMeters(p.Lat, p.Lon, lats[len(lats)/2], lons[len(lons)/2]); d > most {
				t.Errorf("%s %s lies %.0f km from the middle of %s", p.Code, p.Name, d/1000, p.Department)
			}
		}
	}
	for slug, want := range map[string][2]float64{ // from public maps, within about 3 km
		"paris": {48.857, 2.352}, "toulouse": {43.604, 1.444}, "brest": {48.39, -4.486}, "ajaccio": {41.927, 8.737},
		"saint-denis-974": {-20.882, 55.45}, "noumea": {-22.276, 166.457}, "paris-11e-arrondissement": {48.859, 2.380},
		"marseille-9e-arrondissement": {43.25, 5.41}, "brussels-be": {50.85, 4.35}, "evry-courcouronnes": {48.63, 2.44},
	} {
		p, ok := g.BySlug(slug)
		if d := arcMeters(p.Lat, p.Lon, want[0], want[1]); !ok || d > 3_000 {
			t.Errorf("%s: %v at %v,%v, %.0f m off", slug, ok, p.Lat, p.Lon, d)
		}
	}
}

// TestEveryCommune finds each commune by its full name and department, and by its postcode.
func TestEveryCommune(t *testing.T) {
	g := gazetteer(t)
	for i, r := range g.rows {
		if r.Kind == packed.Foreign {
			break
		}
		p := g.place(uint32(i))
		query := fmt.Sprintf("%s (%s)", p.Name, departmentCode(p.Code))
		res, err := g.Resolve(query)
		same := func(q Place) bool { return q.Code == p.Code }
		if err != nil || res.Matched != "exact" || !same(res.Place) && !slices.ContainsFunc(res.Alternatives, same) {
			t.Errorf("%s %s: %v, %v", p.Code, query, res.Place.Code, err)
		}
		if p.tail != tailCode && !same(res.Place) {
			t.Errorf("%s %s: resolves to %s", p.Code, query, res.Place.Code)
		}
		for _, code := range p.Postcodes {
			res, err := g.Resolve(code)
			found := err == nil && (same(res.Place) || slices.ContainsFunc(res.Alternatives, same))
			if !found && len(g.postcodeRows(code)) <= MaxAlternatives+1 {
				t.Errorf("%s %s: not found by %s: %v", p.Code, p.Name, code, err)
			}
			named, err := g.Resolve(code + " " + p.Name)
			// "75011 Paris" is the arrondissement, with the city behind it.
			city := g.arrondissement[strings.ToLower(p.Name)] != nil && slices.ContainsFunc(named.Alternatives, same)
			if err != nil || !same(named.Place) && !city {
				t.Errorf("%s %s: %s and name resolve to %s, %v", p.Code, p.Name, code, named.Place.Code, err)
			}
		}
	}
}

func TestSlugs(t *testing.T) {
	g := gazetteer(t)
	seen := map[string]uint32{}
	for i := range g.rows {
		p := g.place(uint32(i))
		slug := p.Slug()
		if other, ok := seen[slug]; ok {
			t.Errorf("%s is both %+v and %+v", slug, g.place(other), p)
		}
		seen[slug] = uint32(i)
		if i%7 != 0 && p.tail != tailCode && p.tail != tailPosition {
			continue // the lookup is the same for all; a seventh of 82,000 keeps the test short
		}
		back, ok := g.BySlug(slug)
		if !ok || back.Name != p.Name || back.homeLat != p.homeLat || back.homeLon != p.homeLon {
			t.Errorf("%s: %v, %+v", slug, ok, back)
		}
	}
	for _, slug := range []string{"", "-", "saint-denis", "Toulouse", "toulouse-31", "toulouse-", strings.Repeat("a-", 300)} {
		if p, ok := g.BySlug(slug); ok {
			t.Errorf("%q: %s", slug, p.Name)
		}
	}
}

// TestSlugOfTwoInOneDepartment holds for a case that the present data does not have.
func TestSlugOfTwoInOneDepartment(t *testing.T) {
	g := newGazetteer(&packed.Table{
		Areas: []packed.Area{{Country: "FR", Code: "31", Rows: 2}, {Country: "FR", Code: "2A", Rows: 1}},
		Rows: []packed.Row{
			{Name: "Rieux", Number: 7, Kind: packed.Commune}, {Name: "Rieux", Number: 8, Kind: packed.Commune},
			{Name: "Rieux", Number: 4, Kind: packed.Commune, Area: 1},
		},
	})
	for row, want := range []string{"rieux-31007", "rieux-31008", "rieux-2a"} {
		if got := g.place(uint32(row)).Slug(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if p, ok := g.BySlug(want); !ok || p.Slug() != want {
			t.Errorf("%s: %v", want, ok)
		}
	}
}

func TestNearestIsBruteForce(t *testing.T) {
	g := gazetteer(t)
	rapid.Check(t, func(t *rapid.T) {
		lat, lon := rapid.Float64Range(-90, 90).Draw(t, "lat"), rapid.Float64Range(-180, 180).Draw(t, "lon")
		if rapid.Bool().Draw(t, "in France") {
			lat, lon = 41+math.Mod(math.Abs(lat), 10), -5+math.Mod(math.Abs(lon), 14)
		}
		_, got := g.Nearest(lat, lon)
		want := math.Inf(1)
		for _, r := range g.rows {
			want = math.Min(want, arcMeters(lat, lon, float64(r.Lat)/100, float64(r.Lon)/100))
		}
		if got-want > 5 { // float32 points are good to about a meter
			t.Fatalf("%v,%v: %v m, brute force %v m", lat, lon, got, want)
		}
	})
	for _, bad := range [][2]float64{{91, 0}, {0, 181}, {math.NaN(), 0}, {0, math.Inf(1)}} {
		if p, d := g.Nearest(bad[0], bad[1]); p.Name != "" || !math.IsInf(d, 1) {
			t.Errorf("%v: %v, %v", bad, p, d)
		}
	}
	for i := range g.rows { // a place's own point is nearest to itself, or to a larger one there
		p, d := g.Nearest(float64(g.rows[i].Lat)/100, float64(g.rows[i].Lon)/100)
		if d > 1 || uint64(p.Population)*frenchFactor+frenchFactor < g.names.weights[i] {
			t.Fatalf("%s: %s at %v m", g.rows[i].Name, p.Name, d)
		}
	}
}

// TestOneEditIsPlainModel compares with the definition: every key at one edit's distance.
func TestOneEditIsPlainModel(t *testing.T) {
	g := gazetteer(t)
	x := &g.names
	rapid.Check(t, func(t *rapid.T) {
		key := []byte(x.key(x.entries[rapid.IntRange(0, len(x.entries)-1).Draw(t, "entry")]))
		if strings.Trim(string(key), alphabet) != "" {
			return // a name in Cyrillic letters: errors are tried in Latin ones only
		}
		for range rapid.IntRange(0, 2).Draw(t, "errors") {
			at := rapid.IntRange(0, len(key)-1).Draw(t, "at")
			key[at] = alphabet[rapid.IntRange(0, len(alphabet)-1).Draw(t, "letter")]
		}
		got, want := map[string]bool{}, map[string]bool{}
		x.oneEdit(string(key), func(run span, size int) {
			run = x.exactly(run, size)
			for _, e := range x.entries[run.from:run.to] {
				got[x.key(e)] = true
			}
		})
		for _, e := range x.entries {
			if len(key) >= leastEditable && editedOnce(string(key), x.key(e)) {
				want[x.key(e)] = true
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q: got %v, want %v", key, got, want)
		}
	})
}

// editedOnce strips the common ends and looks at what is left.
func editedOnce(a, b string) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a)+len(b) == 1 || len(a) == 1 && len(b) == 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

func TestFuzzSeedsExist(t *testing.T) {
	for _, dir := range []string{
		"testdata/fuzz/FuzzResolve", "testdata/fuzz/FuzzNearest", "internal/fold/testdata/fuzz/FuzzName",
		"internal/packed/testdata/fuzz/FuzzDecode", "internal/packed/testdata/fuzz/FuzzDecodeBody",
	} {
		if files, err := os.ReadDir(dir); err != nil || len(files) == 0 {
			t.Errorf("no seeds in %s: %v", dir, err)
		}
	}
}
