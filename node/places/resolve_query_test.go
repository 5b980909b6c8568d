package places

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
)

// loaded is decoded once for all tests of the package.
var loaded = sync.OnceValues(Load)

func gazetteer(t testing.TB) *Gazetteer {
	t.Helper()
	g, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func slugs(list []Place) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, p.Slug())
	}
	return out
}

func TestResolve(t *testing.T) {
	g := gazetteer(t)
	for _, c := range []struct{ query, slug, matched string }{
		{"Toulouse", "toulouse", "exact"},
		{"  TOULOUSE ", "toulouse", "exact"},
		{"toulose", "toulouse", "one-edit"},
		{"tuolouse", "toulouse", "one-edit"},
		{"touloouse", "toulouse", "one-edit"},
		{"toulpuse", "toulouse", "one-edit"},
		{"touluse", "toulouse", "one-edit"},
		{"toulous", "toulouse", "prefix"},
		{"montpelie", "montpellier", "one-edit"},
		{"Toulouze", "toulouse", "one-edit"},
		{"Ramonville", "ramonville-saint-agne", "prefix"},
		{"St-Étienne", "saint-etienne", "exact"},
		{"st etienne", "saint-etienne", "exact"},
		{"Saint Etienne", "saint-etienne", "exact"},
		{"S\u0074-E\u0301tienne", "saint-etienne", "exact"},
		{"Ste Geneviève des Bois 91", "sainte-genevieve-des-bois-91", "exact"},
		{"L'Haÿ-les-Roses", "l-hay-les-roses", "exact"},
		{"L’HAY LES ROSES", "l-hay-les-roses", "exact"},
		{"l hay les roses", "l-hay-les-roses", "exact"},
		{"Bœurs-en-Othe", "boeurs-en-othe", "exact"},
		{"boeurs en othe", "boeurs-en-othe", "exact"},
		{"Chalon s/ Saône", "chalon-sur-saone", "exact"},
		{"Havre", "le-havre", "exact"},
		{"Bellegarde-sur-Valserine", "valserhone", "exact"},
		{"Lyon 3e", "lyon-3e-arrondissement", "exact"},
		{"Lyon 3ème", "lyon-3e-arrondissement", "exact"},
		{"Lyon 3 ème", "lyon-3e-arrondissement", "exact"},
		{"Lyon 03", "lyon-3e-arrondissement", "exact"},
		{"Lyon (3e)", "lyon-3e-arrondissement", "exact"},
		{"3e arrondissement de Lyon", "lyon-3e-arrondissement", "exact"},
		{"Paris 11", "paris-11e-arrondissement", "exact"},
		{"Paris 11e arr.", "paris-11e-arrondissement", "exact"},
		{"75011", "paris-11e-arrondissement", "postcode"},
		{"75116", "paris-16e-arrondissement", "postcode"},
		{"75011 Paris", "paris-11e-arrondissement", "exact"},
		{"Marseille 1er", "marseille-1er-arrondissement", "exact"},
		{"Marseille 13e", "marseille-13e-arrondissement", "exact"},
		{"Marseille (13)", "marseille", "exact"},
		{"Lyon 69", "lyon", "exact"},
		{"Paris 75", "paris", "exact"},
		{"31000", "toulouse", "postcode"},
		{"31093", "toulouse", "postcode"},
		{"69000", "lyon", "postcode"},
		{"1000", "bourg-en-bresse", "postcode"},
		{"31000 Toulouse", "toulouse", "exact"},
		{"F-31093 TOULOUSE CEDEX 9", "toulouse", "exact"},
		{"Toulouse (31)", "toulouse", "exact"},
		{"Toulouse 31", "toulouse", "exact"},
		{"Toulouse, Haute-Garonne", "toulouse", "exact"},
		{"Toulouse, Occitanie", "toulouse", "exact"},
		{"Toulouse, France", "toulouse", "exact"},
		{"Valence", "valence-26", "exact"},
		{"Valence 82", "valence-82", "exact"},
		{"Valence Drôme", "valence-26", "exact"},
		{"valense, drome", "valence-26", "one-edit"},
		{"saint-denis 93", "saint-denis-93", "exact"},
		{"Bastia 2B", "bastia", "exact"},
		{"Bruxelles", "brussels-be", "exact"},
		{"Brussels", "brussels-be", "exact"},
		{"Geneve", "geneve-ch-ge", "exact"},
		{"Londres", "london-gb", "exact"},
		{"Cologne", "koln-de", "exact"},
		{"Liège, Belgique", "liege-be", "exact"},
		{"Paris, TX", "paris-us-tx", "exact"},
		{"43.6,1.44", "toulouse", "latlon"},
		{"43,6 ; 1,44", "toulouse", "latlon"},
	} {
		r, err := g.Resolve(c.query)
		if err != nil {
			t.Errorf("%q: %v", c.query, err)
			continue
		}
		if got := r.Place.Slug(); got != c.slug || r.Matched != c.matched {
			t.Errorf("%q: got %s by %s, want %s by %s", c.query, got, r.Matched, c.slug, c.matched)
		}
		if len(r.Alternatives) > MaxAlternatives {
			t.Errorf("%q: %d alternatives", c.query, len(r.Alternatives))
		}
	}
}

func TestResolveAmbiguous(t *testing.T) {
	g := gazetteer(t)
	for query, alternative := range map[string]string{
		"Saint-Denis": "saint-denis-93", "Vienne": "vienna-at", "Marseille 13": "marseille", "Évry": "evry-courcouronnes",
		"Springfield": "springfield-us-il", "Bruges": "brugge-be", "montpelie": "", "tolouze": "", "Toulouze": "toulouzette", "Toulo": "toulouzette", "toulous": "", "Saint-Jean-de": "saint-jean-de-luz",
	} {
		r, err := g.Resolve(query)
		if err != nil || !r.Ambiguous || alternative != "" && !slices.Contains(slugs(r.Alternatives), alternative) {
			t.Errorf("%q: %v, ambiguous %v, alternatives %v; want %s", query, err, r.Ambiguous, slugs(r.Alternatives), alternative)
		}
	}
	for _, query := range []string{"Valence", "Toulouse", "Paris", "Lyon", "Cologne", "Saint-Denis (93)", "31000", "Marseille 1er", "Nice", "Rennes", "toulose", "Ramonville", "Blagnac 31"} {
		if r, err := g.Resolve(query); err != nil || r.Ambiguous {
			t.Errorf("%q: %v, ambiguous %v with %v", query, err, r.Ambiguous, slugs(r.Alternatives))
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	g := gazetteer(t)
	var unknown *UnknownError
	for query, suggestion := range map[string]string{
		"Toulouse (75)": "toulouse", "31000 Lyon": "lyon", "Toulouzzzzz": "toulouse", "Paris, Texas": "paris", "xqzzt": "", "31": "", "99999": "", "東京": "",
	} {
		_, err := g.Resolve(query)
		if !errors.As(err, &unknown) || unknown.Query != query {
			t.Errorf("%q: got %v", query, err)
			continue
		}
		if got := slugs(unknown.Suggestions); suggestion != "" && !slices.Contains(got, suggestion) || len(got) > MaxAlternatives {
			t.Errorf("%q: suggestions %v, want %s", query, got, suggestion)
		}
	}
	for query, want := range map[string]error{
		"": ErrQueryEmpty, " ,;- ": ErrQueryEmpty, "\xff": ErrQueryEmpty,
		strings.Repeat("a", MaxQueryRunes+1): ErrQueryTooLong,
	} {
		if _, err := g.Resolve(query); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", query, err, want)
		}
	}
	if _, err := g.Resolve("95, 1"); err == nil || !strings.Contains(err.Error(), "-90 to 90") {
		t.Errorf("latitude 95: %v", err)
	}
}

func TestResolvePosition(t *testing.T) {
	g := gazetteer(t)
	r, err := g.Resolve("43.604652, 1.444209")
	if err != nil || r.Place.Lat != 43.6 || r.Place.Lon != 1.44 || r.Place.Name != "Toulouse" || r.Place.Approximate {
		t.Errorf("got %+v, %v", r.Place, err)
	}
	if r, err = g.Resolve("-16.8, 180"); err != nil || r.Place.Lon != -180 {
		t.Errorf("date line: %+v, %v", r.Place, err)
	}
	if r, err = g.Resolve("0,-30"); err != nil || r.Place.Name != "0.00, -30.00" || r.Place.Country != "" {
		t.Errorf("open sea: %+v, %v", r.Place, err)
	}
}

func TestSearch(t *testing.T) {
	g := gazetteer(t)
	for query, want := range map[string]string{
		"tou": "toulouse", "par": "paris", "paris": "paris", "mont": "montpellier", "st mart": "saint-martin-978", "310": "toulouse",
		"lyon 3": "lyon-3e-arrondissement", "montpelie": "montpellier", "sai": "sai", "43.6,1.44": "toulouse", "valence d": "valence-d-albigeois",
	} {
		if got := slugs(g.Search(query, 8)); !slices.Contains(got, want) || len(got) > 8 {
			t.Errorf("%q: %v, want %s among at most 8", query, got, want)
		}
	}
	if got := slugs(g.Search("tou", 3)); !slices.Equal(got, []string{"toulouse", "toulon", "tours"}) {
		t.Errorf("by population: %v", got)
	}
	for _, p := range g.Search("lyo", 100) {
		if strings.Contains(p.Name, "Arrondissement") {
			t.Errorf("lyo: completes to %s", p.Name)
		}
	}
	for _, limit := range []int{-1, 0} {
		if got := g.Search("tou", limit); got != nil {
			t.Errorf("limit %d: %v", limit, got)
		}
	}
	if got := g.Search("s", 1_000_000); len(got) > MaxSearchLimit {
		t.Errorf("%d results", len(got))
	}
}

func TestParseLatLon(t *testing.T) {
	for text, want := range map[string][2]float64{
		"43.6,1.44": {43.6, 1.44}, " 43.6 , -1.44 ": {43.6, -1.44}, "+43.6;1.44": {43.6, 1.44}, "43,6;1,44": {43.6, 1.44},
		"43.6 1.44": {43.6, 1.44}, "43,6 1,44": {43.6, 1.44}, "−21,55": {-21, 55}, "90,180": {90, 180}, "-90,-180": {-90, -180},
		"43.6, 1.44": {43.6, 1.44}, "48.,2": {48, 2},
	} {
		lat, lon, ok, err := ParseLatLon(text)
		if !ok || err != nil || [2]float64{lat, lon} != want {
			t.Errorf("%q: %v %v %v %v", text, lat, lon, ok, err)
		}
	}
	for _, text := range []string{"", ",", "43.6", "Toulouse, 31", "75 11", "1,2,3", "0x1p3,1", "inf,1", "NaN,NaN", "1e1,2", "--1,2", ".,.", "1.2.3,4", "31000"} {
		if lat, lon, ok, err := ParseLatLon(text); ok || err != nil {
			t.Errorf("%q: %v %v %v %v", text, lat, lon, ok, err)
		}
	}
	for text, bound := range map[string]string{"90.01,0": "-90 to 90", "0,180.01": "-180 to 180", "31000,75011": "-90 to 90"} {
		if _, _, ok, err := ParseLatLon(text); !ok || err == nil || !strings.Contains(err.Error(), bound) {
			t.Errorf("%q: %v %v", text, ok, err)
		}
	}
}
