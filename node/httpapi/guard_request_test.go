package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

func decodeProblem(t *testing.T, w *httptest.ResponseRecorder) api.Problem {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != api.ProblemType {
		t.Fatalf("content type %q, body %s", got, w.Body)
	}
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	if p.Status != w.Code || p.Title == "" || p.Cause == "" || p.Detail == "" {
		t.Fatalf("incomplete problem %s for status %d", w.Body, w.Code)
	}
	return p
}

// TestHostOriginMethodToken is the matrix: only our own names are served, a
// page of another site writes nothing, and writes need the token.
func TestHostOriginMethodToken(t *testing.T) {
	hosts := map[string]bool{
		testHost: true, "localhost:7317": true, "[::1]:7317": true, "LOCALHOST:7317": true,
		"127.0.0.1": false, "127.0.0.1:80": false, "localhost": false, "evil.example:7317": false, "127.0.0.1.evil.example:7317": false,
		"evil.example": false, "127.0.0.1:7317.": false, "": false,
	}
	origins := map[string]bool{"": true, "same": true, "http://evil.example": false, "null": false, "http://" + testHost + ".evil.example": false}
	a, _ := newTestAPI(t)
	for host, hostServed := range hosts {
		for origin, originTrusted := range origins {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
				for _, token := range []string{"", "wrong", testToken} {
					want := expectedStatus(hostServed, originTrusted, method, token)
					if got := matrixCall(t, a, host, origin, method, token); got != want {
						t.Errorf("host %q origin %q %s token %q: got %d, want %d", host, origin, method, token, got, want)
					}
				}
			}
		}
	}
}

func expectedStatus(hostServed, originTrusted bool, method, token string) int {
	switch {
	case !hostServed:
		return http.StatusMisdirectedRequest
	case method == http.MethodGet:
		return http.StatusOK
	case !originTrusted:
		return http.StatusForbidden
	case token != testToken:
		return http.StatusUnauthorized
	case method == http.MethodPost:
		return http.StatusCreated
	case method == http.MethodDelete:
		return http.StatusNoContent
	}
	return http.StatusOK
}

func matrixCall(t *testing.T, a *API, host, origin, method, token string) int {
	t.Helper()
	path, body := "/api/v1/profiles", ""
	switch method {
	case http.MethodPost:
		body = `{"name":"Camille Moreau","place":"Toulouse"}`
	case http.MethodPut:
		path, body = path+"/"+idOf(1), `{"name":"Camille Moreau","place":"Toulouse"}`
	case http.MethodDelete:
		path += "/" + idOf(1)
	}
	r := httptest.NewRequest(method, "http://"+testHost+path, strings.NewReader(body))
	r.Host = host
	switch origin {
	case "":
	case "same":
		r.Header.Set("Origin", "http://"+host)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	default:
		r.Header.Set("Origin", origin)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if w.Code >= 400 {
		decodeProblem(t, w)
	}
	return w.Code
}

func TestCrossSiteFetchMetadataIsRefused(t *testing.T) {
	a, _ := newTestAPI(t)
	w := call{method: "DELETE", path: "/api/v1/profiles/" + idOf(1), token: true, header: map[string]string{"Sec-Fetch-Site": "cross-site"}}.do(t, a)
	if p := decodeProblem(t, w); p.Status != http.StatusForbidden || p.Field != "Origin" {
		t.Errorf("got %+v", p)
	}
}

func TestPrivateReadsNeedTheToken(t *testing.T) {
	a, node := newTestAPI(t)
	draft := idOf(9)
	node.missions[draft] = card.Mission{Title: "Brouillon", Meta: card.Meta{ID: draft}, Status: statusDraft}
	for path, without := range map[string]int{
		"/api/v1/missions?mine=true":                    http.StatusUnauthorized,
		"/api/v1/profiles?mine=true":                    http.StatusUnauthorized,
		"/api/v1/missions/" + draft:                     http.StatusNotFound, // as if it were not there
		"/api/v1/keys":                                  http.StatusUnauthorized,
		"/api/v1/status":                                http.StatusUnauthorized,
		"/api/v1/resolve?kind=profile&q=" + idOf(1)[:5]: http.StatusUnauthorized,
	} {
		node.profiles[idOf(1)] = card.Profile{Name: "Camille Moreau", Meta: card.Meta{ID: idOf(1)}}
		w := call{method: "GET", path: path}.do(t, a)
		decodeProblem(t, w)
		if w.Code != without {
			t.Errorf("%s without token: %d, want %d", path, w.Code, without)
		}
		w = call{method: "GET", path: path, token: true}.do(t, a)
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s with token: %d, Cache-Control %q: %s", path, w.Code, w.Header().Get("Cache-Control"), w.Body)
		}
	}
}

func TestTokenForms(t *testing.T) {
	a, _ := newTestAPI(t)
	for authorization, want := range map[string]bool{
		"Bearer " + testToken: true, "bearer " + testToken: true,
		testToken: false, "Basic " + testToken: false, "Bearer": false, "Bearer ": false,
		"Bearer " + testToken + " ": false, "Bearer " + testToken[:31]: false, "Bearer  " + testToken: false,
	} {
		if got := a.holdsToken(authorization); got != want {
			t.Errorf("%q: %t", authorization, got)
		}
	}
}

func TestSecurityHeadersOnEveryAnswer(t *testing.T) {
	a, _ := newTestAPI(t)
	for _, path := range []string{"/api/v1/info", "/nothing", "/healthz", "/metrics", "/api/v1/profiles?sort=price"} {
		w := call{method: "GET", path: path}.do(t, a)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no content policy", path)
		}
	}
}

func TestMetricsAreForLoopback(t *testing.T) {
	a, _ := newTestAPI(t)
	for remote, want := range map[string]int{"127.0.0.1:1": 200, "[::1]:1": 200, "192.0.2.7:1": 403, "@": 403} {
		if w := (call{method: "GET", path: "/metrics", remote: remote}).do(t, a); w.Code != want {
			t.Errorf("from %s: %d", remote, w.Code)
		}
	}
}

func TestPanicBecomesAProblem(t *testing.T) {
	a, node := newTestAPI(t)
	node.panics = true
	p := decodeProblem(t, call{method: "GET", path: "/api/v1/info"}.do(t, a))
	if p.Status != http.StatusInternalServerError || strings.Contains(p.Detail, "fake") {
		t.Errorf("got %+v", p)
	}
	node.panics = false
	if w := (call{method: "GET", path: "/api/v1/info"}).do(t, a); w.Code != http.StatusOK {
		t.Errorf("after a panic: %d", w.Code)
	}
}

func TestInternalErrorsKeepTheirWordsInside(t *testing.T) {
	a, node := newTestAPI(t)
	node.fail = errors.New("open /var/lib/secret: permission denied")
	p := decodeProblem(t, call{method: "GET", path: "/api/v1/info"}.do(t, a))
	if p.Status != http.StatusInternalServerError || p.Cause != api.Internal || strings.Contains(p.Detail, "secret") {
		t.Errorf("got %+v", p)
	}
}

func TestPagesBehindTheInterface(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	a, _ := newTestAPI(t, func(c *Config) { c.Pages = pages })
	for path, want := range map[string]int{
		"/": http.StatusTeapot, "/recherche": http.StatusTeapot, "/style.css": http.StatusTeapot,
		"/api/v1/nothing": http.StatusNotFound, "/healthz": http.StatusOK,
	} {
		if w := (call{method: "GET", path: path}).do(t, a); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := (call{method: "POST", path: "/healthz"}).do(t, a); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("a wrong method of ours reached the pages: %d", w.Code)
	}
}

func TestConfigValidate(t *testing.T) {
	for name, edit := range map[string]func(*Config){
		"short token": func(c *Config) { c.Token = "short" },
		"no hosts":    func(c *Config) { c.Hosts = nil },
		"no resume":   func(c *Config) { c.Resume = nil },
		"no bound":    func(c *Config) { c.MaxStreams = 0 },
	} {
		cfg := testConfig()
		edit(&cfg)
		if _, err := New(cfg, newFakeNode(), nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
