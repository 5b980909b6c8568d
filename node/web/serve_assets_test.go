package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAssetsAreKeptForGood(t *testing.T) {
	pages := newPages(t, Config{}, newFakeReader())
	for name, address := range pages.assets.byName {
		for _, accept := range []string{"", "br, gzip;q=0.8", "gzip;q=0"} {
			r := httptest.NewRequest("GET", address, nil)
			r.Header.Set("Accept-Encoding", accept)
			w := httptest.NewRecorder()
			pages.ServeHTTP(w, r)
			if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Type") == "" {
				t.Fatalf("%s: %d %v", name, w.Code, w.Header())
			}
			body := io.Reader(w.Body)
			if w.Header().Get("Content-Encoding") == "gzip" {
				if accept != "br, gzip;q=0.8" {
					t.Errorf("%s: packed for a browser that takes %q", name, accept)
				}
				var err error
				if body, err = gzip.NewReader(body); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, pages.assets.byAddress[address].data) {
				t.Errorf("%s with %q: %d bytes, %v", name, accept, len(got), err)
			}
		}
	}
	part := httptest.NewRequest("GET", pages.assets.byName["style.css"], nil)
	part.Header.Set("Accept-Encoding", "gzip")
	part.Header.Set("Range", "bytes=0-9")
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, part)
	if w.Code != 206 || w.Header().Get("Content-Encoding") != "" || w.Body.Len() != 10 {
		t.Errorf("a range: %d %v", w.Code, w.Header())
	}
}

// TestStyleLoadsOurFilesOnly: every url() of the style became an address of
// ours, and each of its files is there.
func TestStyleLoadsOurFilesOnly(t *testing.T) {
	pages := newPages(t, Config{}, newFakeReader())
	style := string(pages.assets.byAddress[pages.assets.byName["style.css"]].data)
	urls := regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(style, -1)
	for _, m := range urls {
		if _, ok := pages.assets.byAddress[m[1]]; !ok {
			t.Errorf("the style loads %s", m[1])
		}
	}
	if len(urls) < 5 || strings.Contains(style, "@import") {
		t.Errorf("%d files named by the style", len(urls))
	}
}

// TestFontsKeepTheirLicence: each family stands beside its licence.
func TestFontsKeepTheirLicence(t *testing.T) {
	found, err := files.ReadDir("assets/fonts")
	if err != nil {
		t.Fatal(err)
	}
	var licences string
	for _, f := range found {
		if strings.HasPrefix(f.Name(), "LICENCE-") {
			licences += f.Name()
		}
	}
	for _, f := range found {
		if family, _, _ := strings.Cut(f.Name(), "-"); path.Ext(f.Name()) == ".woff2" && !strings.Contains(licences, "LICENCE-"+family) {
			t.Errorf("%s has no licence beside it", f.Name())
		}
	}
}

func TestLicencesAreNotServed(t *testing.T) {
	a, err := loadAssets(fstest.MapFS{"assets/LICENCE-x.txt": {Data: []byte("x")}, "assets/b.css": {Data: []byte("b{mask:url(m.svg)}")}, "assets/a.css": {Data: []byte("a{}")}, "assets/m.svg": {Data: []byte("<svg/>")}})
	if err != nil || len(a.byName) != 2 {
		t.Fatalf("%v %v", a, err)
	}
	if got := string(a.byAddress[a.byName["style.css"]].data); got != "a{}\nb{mask:url("+a.byName["m.svg"]+")}\n" {
		t.Errorf("style: %q", got)
	}
	if _, err := a.address("nothing.js"); err == nil {
		t.Error("an unknown file has an address")
	}
}
