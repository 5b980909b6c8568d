package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

const worldHost = "lesindes.example"

func newPublicAPI(t *testing.T, edit ...func(*Config)) (*API, *fakeNode) {
	t.Helper()
	cfg, node := testConfig(), newFakeNode()
	cfg.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, change := range edit {
		change(&cfg)
	}
	a, err := NewPublic(cfg, node, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a, node
}

// notForTheWorld are readable on this machine without the token, and there
// alone. Whatever else asks for no token is public.
var notForTheWorld = []string{"POST/api/v1/briefs/follow", "GET/metrics", "GET/api/v1/peers", "GET/api/v1/bootstrap", "GET/api/v1/invites"}

// TestPrivateRoutesAreNotThereForTheWorld walks the private listener's
// document: what needs the token there is not even refused here, with the
// token or without.
func TestPrivateRoutesAreNotThereForTheWorld(t *testing.T) {
	doc, _ := readDocument(t)
	a, node := newPublicAPI(t, func(c *Config) { c.Pages = nil })
	node.profiles[idOf(1)] = card.Profile{Name: "Camille Moreau"}
	served := 0
	for path, operations := range doc.Paths {
		for method, raw := range operations {
			var op openAPIOperation
			if err := json.Unmarshal(raw, &op); err != nil {
				t.Fatal(err)
			}
			method := strings.ToUpper(method)
			hidden := len(op.Security) > 0 || slices.Contains(notForTheWorld, method+path)
			if path == prefix+"/events" {
				close(node.events)
			}
			target := strings.NewReplacer("{id}", idOf(1), "{peer_id}", "12D3Koo").Replace(path)
			for _, token := range []bool{false, true} {
				w := call{method: method, path: target, body: map[bool]string{true: `{"name":"X","place":"Toulouse"}`}[method != "GET"], token: token, host: worldHost}.do(t, a)
				if hidden && w.Code != http.StatusNotFound {
					t.Errorf("%s %s with the token %t: %d, 404 expected", method, path, token, w.Code)
				}
				if !hidden && (w.Code == http.StatusNotFound && strings.Contains(w.Body.String(), "no such page") || w.Code == http.StatusUnauthorized) {
					t.Errorf("%s %s is public, but: %d %s", method, path, w.Code, w.Body)
				}
				if !hidden {
					served++
				}
			}
		}
	}
	if len(doc.Paths) < 20 || served < 20 {
		t.Errorf("only %d paths walked, %d served", len(doc.Paths), served)
	}
	if len(node.profiles) != 1 || node.next != 0 {
		t.Error("something was written")
	}
}

func TestPublicDocumentNamesWhatIsThere(t *testing.T) {
	a, _ := newPublicAPI(t)
	w := call{method: "GET", path: "/openapi.json", host: worldHost}.do(t, a)
	var doc openAPIDocument
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for path, operations := range doc.Paths {
		for method, raw := range operations {
			var op openAPIOperation
			if err := json.Unmarshal(raw, &op); err != nil {
				t.Fatal(err)
			}
			if (method != "get" && method+path != "post/api/v1/briefs") || len(op.Security) > 0 || slices.Contains(notForTheWorld, "GET"+path) {
				t.Errorf("%s %s is listed", method, path)
			}
			for _, p := range op.Parameters {
				if p.Name == "mine" {
					t.Errorf("%s: the parameter mine is listed", path)
				}
			}
		}
	}
	if doc.Paths[prefix+"/profiles"] == nil || len(doc.Components.SecuritySchemes) > 0 {
		t.Errorf("profiles %v, schemes %v", doc.Paths[prefix+"/profiles"], doc.Components.SecuritySchemes)
	}
}

// TestWorldHostOriginMethod is the matrix of the public listener.
func TestWorldHostOriginMethod(t *testing.T) {
	a, _ := newPublicAPI(t)
	origins := map[string]bool{"": true, "same": true, "https://evil.example": false, "null": false}
	for _, host := range []string{worldHost, "203.0.113.7:8080", "anything.example", "127.0.0.1:7317"} {
		for origin, same := range origins {
			for _, c := range []struct {
				method, path string
				own, other   int // status for our own pages and for those of other sites
			}{
				{"GET", "/api/v1/profiles", 200, 200}, {"HEAD", "/api/v1/profiles", 200, 200}, {"OPTIONS", "/api/v1/profiles", 204, 204},
				{"POST", "/api/v1/profiles", 404, 403}, {"DELETE", "/api/v1/profiles/" + idOf(1), 404, 403}, {"OPTIONS", "/api/v1/keys", 404, 404},
				{"GET", "/api/v1/nothing", 404, 404}, {"GET", "/metrics", 418, 418}, {"GET", "/", 418, 418},
				{"POST", "/signaler/p/x", 418, 403}, {"GET", "/healthz", 200, 200}, {"POST", "/healthz", 405, 403},
			} {
				header := map[string]string{}
				switch origin {
				case "":
				case "same":
					header["Origin"] = "https://" + host
				default:
					header["Origin"] = origin
				}
				w := call{method: c.method, path: c.path, host: host, header: header}.do(t, a)
				want := c.other
				if same {
					want = c.own
				}
				if w.Code != want {
					t.Errorf("%s %s of %q at %s: %d, want %d", c.method, c.path, origin, host, w.Code, want)
				}
				checkSharing(t, c.method, c.path, w.Header())
			}
		}
	}
}

// checkSharing: what is public data is for every site to read, the rest for none.
func checkSharing(t *testing.T, method, path string, h http.Header) {
	t.Helper()
	resource, origin := "same-origin", ""
	if isInterface(path) {
		resource = "cross-origin"
		if method == "GET" || method == "HEAD" || method == "OPTIONS" {
			origin = "*"
		}
	}
	if got := h.Get("Cross-Origin-Resource-Policy"); got != resource {
		t.Errorf("%s %s: resource policy %q", method, path, got)
	}
	if got := h.Get("Access-Control-Allow-Origin"); got != origin || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%s %s: allowed origin %q", method, path, got)
	}
}

func TestPreflightAllowsReadingOnly(t *testing.T) {
	a, _ := newPublicAPI(t)
	w := call{method: "OPTIONS", path: "/api/v1/profiles", host: worldHost, header: map[string]string{
		"Origin": "https://other.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Authorization",
	}}.do(t, a)
	if got := w.Header().Get("Access-Control-Allow-Methods"); got != "GET, HEAD" || strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("%q %v", got, w.Header())
	}
}

func TestOwnPartsAreNotForTheWorld(t *testing.T) {
	a, node := newPublicAPI(t)
	draft := idOf(9)
	node.missions[draft] = card.Mission{Title: "Brouillon", Meta: card.Meta{ID: draft}, Status: statusDraft}
	for path, want := range map[string]int{
		"/api/v1/missions?mine=true": http.StatusUnprocessableEntity, "/api/v1/profiles?mine=true": http.StatusUnprocessableEntity,
		"/api/v1/missions/" + draft: http.StatusNotFound,
	} {
		if w := (call{method: "GET", path: path, token: true, host: worldHost}).do(t, a); w.Code != want || strings.Contains(w.Body.String(), "Brouillon") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestHealthSaysNothingOfTheInside(t *testing.T) {
	a, node := newPublicAPI(t)
	node.unready = errors.New("the disk /dev/sda is nearly full")
	w := call{method: "GET", path: "/readyz", host: worldHost}.do(t, a)
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestFeedsAndPicturesAreShared(t *testing.T) {
	for path, want := range map[string]bool{
		"/api/v1/info": true, "/openapi.json": true, "/missions.atom": true, "/missions.json": true, "/meetups.ics": true, "/p/x/image.png": true,
		"/": false, "/p/x": false, "/assets/x/a.js": false, "/robots.txt": false, "/api": false, "/api/v1x": false,
	} {
		if got := isShared(path); got != want {
			t.Errorf("%s: shared %t", path, got)
		}
	}
}

func TestPublicConfig(t *testing.T) {
	for name, edit := range map[string]func(*Config){
		"no resume": func(c *Config) { c.Resume = nil },
		"no bound":  func(c *Config) { c.MaxStreams = 0 },
	} {
		cfg := testConfig()
		edit(&cfg)
		if _, err := NewPublic(cfg, newFakeNode(), nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	cfg := testConfig()
	cfg.Token, cfg.Hosts = "", nil
	a, err := NewPublic(cfg, newFakeNode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	// An empty token opens nothing either.
	if a.holdsToken("Bearer ") || a.holdsToken("Bearer "+testToken) {
		t.Error("a token opens something")
	}
}
