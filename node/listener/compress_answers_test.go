package listener

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCompress(t *testing.T) {
	long := strings.Repeat("graphiste à Toulouse ", 200)
	for name, c := range map[string]struct {
		method, kind, body, accept, path, rng string
		packed                                bool
	}{
		"a page":          {"GET", "text/html; charset=utf-8", long, "gzip, br", "/", "", true},
		"JSON":            {"GET", "application/json", long, "gzip", "/", "", true},
		"a problem":       {"GET", "application/problem+json", long, "gzip", "/", "", true},
		"a feed":          {"GET", "application/atom+xml", long, "gzip", "/", "", true},
		"a drawing":       {"GET", "image/svg+xml", long, "gzip", "/", "", true},
		"not asked for":   {"GET", "text/html", long, "", "/", "", false},
		"refused":         {"GET", "text/html", long, "gzip;q=0", "/", "", false},
		"tiny":            {"GET", "text/html", "bonjour", "gzip", "/", "", false},
		"a picture":       {"GET", "image/png", long, "gzip", "/", "", false},
		"a font":          {"GET", "font/woff2", long, "gzip", "/", "", false},
		"a signed record": {"GET", "application/cbor", long, "gzip", "/", "", false},
		"events":          {"GET", "text/event-stream", long, "gzip", "/api/v1/events", "", false},
		"events by kind":  {"GET", "text/event-stream", long, "gzip", "/", "", false},
		"a write":         {"POST", "application/x-ndjson", long, "gzip", "/", "", false},
		"a range":         {"GET", "text/css", long, "gzip", "/", "bytes=0-10", false},
	} {
		h, err := Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{c.kind}
			w.Header().Set("Vary", "Cookie") // as pages do
			fmt.Fprint(w, c.body)
		}), func(r *http.Request) bool { return r.URL.Path == "/api/v1/events" })
		if err != nil {
			t.Fatal(err)
		}
		w := ask(h, c.method, c.path, func(r *http.Request) {
			if c.accept != "" {
				r.Header.Set("Accept-Encoding", c.accept)
			}
			if c.rng != "" {
				r.Header.Set("Range", c.rng)
			}
		})
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.packed {
			t.Errorf("%s: packed %t", name, got)
		}
		vary := strings.Join(w.Header().Values("Vary"), ", ")
		if !strings.Contains(vary, "Cookie") || c.packed && strings.Count(vary, "Accept-Encoding") != 1 {
			t.Errorf("%s: Vary %q", name, vary)
		}
		if c.packed && w.Body.Len() > len(c.body)/4 {
			t.Errorf("%s: %d bytes of %d", name, w.Body.Len(), len(c.body))
		}
		if got := unpack(t, w); got != c.body {
			t.Errorf("%s: another text came out", name)
		}
	}
}

func unpack(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Header().Get("Content-Encoding") == "" {
		return w.Body.String()
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
