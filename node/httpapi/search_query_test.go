package httpapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"courtcircuit/node/card"
)

func TestSearchIsReadWhole(t *testing.T) {
	a, node := newTestAPI(t)
	id := idOf(3)
	w := call{
		method: "GET", path: "/api/v1/profiles?near=Saint-%C3%89tienne&radius_km=50.5&skill=a%2Cb&skill=c+d&language=fr&mode=onsite&mode=hybrid" +
			"&available_by=2026-12-01&collective=" + id + "&q=identit%C3%A9+visuelle&limit=7&cursor=abc",
		header: map[string]string{"Accept-Language": "de, en;q=0.8, fr;q=0.5"},
	}.do(t, a)
	if w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	radius := 50.5
	want := card.Search{
		Near: "Saint-Étienne", RadiusKm: &radius, Skills: []string{"a,b", "c d"}, Languages: []string{"fr"}, Modes: []string{"onsite", "hybrid"},
		AvailableBy: "2026-12-01", Collective: id, Words: "identité visuelle", Limit: 7, Cursor: "abc", Lang: "en", ToWrite: true,
	}
	if diff := cmp.Diff(want, node.searched); diff != "" {
		t.Error(diff)
	}
}

func TestSearchDefaults(t *testing.T) {
	a, node := newTestAPI(t)
	for path, want := range map[string]card.Search{
		"/api/v1/profiles":                             {Limit: 20, Lang: "fr"},
		"/api/v1/collectives?lang=en":                  {Limit: 20, Lang: "en"},
		"/api/v1/missions?status=any&near=43.6%2C1.44": {Limit: 20, Lang: "fr", Status: "any", Near: "43.6,1.44"},
		"/api/v1/missions?mode=remote&mode=onsite":     {Limit: 20, Lang: "fr", Modes: []string{"remote", "onsite"}},
		"/api/v1/profiles?limit=100&lang=fr":           {Limit: 100, Lang: "fr"},
		"/api/v1/profiles?radius_km=0&near=L%27Isle":   {Limit: 20, Lang: "fr", Near: "L'Isle", RadiusKm: new(0.0)},
	} {
		w := call{method: "GET", path: path, header: map[string]string{"Accept-Language": "*"}}.do(t, a)
		if w.Code != http.StatusOK {
			t.Fatal(path, w.Body)
		}
		want.ToWrite = true
		if diff := cmp.Diff(want, node.searched); diff != "" {
			t.Error(path, diff)
		}
		if !strings.Contains(w.Header().Get("Vary"), "Accept-Language") {
			t.Error("caches are not told of the language")
		}
	}
}

func TestFoundProfileShape(t *testing.T) {
	a, node := newTestAPI(t)
	node.profiles[idOf(1)] = card.Profile{Name: "Camille Moreau", Meta: card.Meta{ID: idOf(1)}, Place: card.Place{Resolved: &card.ResolvedPlace{Name: "Toulouse"}}}
	var page struct{ Results []map[string]any }
	w := call{method: "GET", path: "/api/v1/profiles"}.do(t, a)
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Results) != 1 {
		t.Fatal(err, w.Body)
	}
	for _, name := range []string{"id", "name", "place", "distance_km", "trust", "reasons"} {
		if page.Results[0][name] == nil {
			t.Errorf("%s is missing or null in %s", name, w.Body)
		}
	}
	w = call{method: "GET", path: "/api/v1/profiles?mine=true", token: true}.do(t, a)
	if strings.Contains(w.Body.String(), "distance_km") {
		t.Errorf("own cards claim a distance: %s", w.Body)
	}
}

// FuzzSearchQuery: whatever the query, the answer is a search or a refusal
// that names a field; what is searched for is what net/url reads, and every
// name that was accepted is one of ours.
func FuzzSearchQuery(f *testing.F) {
	known := []string{"near", "radius_km", "skill", "language", "mode", "q", "limit", "cursor", "lang", "available_by", "collective", "mine"}
	cfg := testConfig()
	node := newFakeNode()
	a, err := New(cfg, node, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		node.searched = card.Search{}
		r := httptest.NewRequest(http.MethodGet, "http://"+testHost+"/api/v1/profiles", nil)
		r.URL.RawQuery = raw
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusOK:
			values, err := url.ParseQuery(raw)
			if err != nil {
				t.Fatalf("%q is no query and was accepted", raw)
			}
			for name := range values {
				if !slices.Contains(known, name) {
					t.Fatalf("%q: accepted %q", raw, name)
				}
			}
			s := node.searched
			if s.Near != values.Get("near") || s.Words != values.Get("q") || s.Cursor != values.Get("cursor") || !slices.Equal(s.Skills, values["skill"]) {
				t.Fatalf("%q was read as %+v", raw, s)
			}
			if s.Limit < 1 || s.Limit > 100 || (s.RadiusKm != nil && !(*s.RadiusKm >= 0)) {
				t.Fatalf("%q: out of bounds: %+v", raw, s)
			}
		case http.StatusUnprocessableEntity:
			if p := decodeProblem(t, w); p.Field == "" || p.Expected == "" {
				t.Fatalf("%q: %s", raw, w.Body)
			}
		case http.StatusUnauthorized: // mine=true
		default:
			t.Fatalf("%q: %d %s", raw, w.Code, w.Body)
		}
	})
}

func TestFuzzSeedsAreThere(t *testing.T) {
	for _, name := range []string{"FuzzSearchQuery", "FuzzImportLine"} {
		seeds, err := filepath.Glob(filepath.Join("testdata", "fuzz", name, "*"))
		if err != nil || len(seeds) == 0 {
			t.Errorf("no seeds for %s", name)
			continue
		}
		for _, seed := range seeds {
			if b, err := os.ReadFile(seed); err != nil || !strings.HasPrefix(string(b), "go test fuzz v1\n") {
				t.Errorf("%s is no seed: %v", seed, err)
			}
		}
	}
}
