package web

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"net/http"
	"strings"
	"sync"
	"testing"

	"courtcircuit/node/card"
)

func TestCardFiles(t *testing.T) {
	f := newFakeReader()
	p := sharePages(t, f, testURL)
	c := f.profiles[fakeID("camille")]
	resume, err := card.WriteResume(c)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct {
		kind, name string
		body       []byte
	}{
		"/p/" + c.ID + "/resume.json": {"application/json; charset=utf-8", "camille-moreau.json", resume},
		"/p/" + c.ID + "/contact.vcf": {"text/vcard; charset=utf-8", "camille-moreau.vcf", card.WriteVCard(c)},
	} {
		w := ask(p, http.MethodGet, path, nil)
		h := w.Header()
		if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), want.body) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if h.Get("Content-Type") != want.kind || h.Get("Content-Disposition") != `attachment; filename="`+want.name+`"` || h.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: %v", path, h)
		}
	}
	f.gone[c.ID] = &card.Problem{Cause: card.Gone, Detail: "erased"}
	for _, path := range []string{"/resume.json", "/contact.vcf", "/image.png"} {
		if w := ask(p, http.MethodGet, "/p/"+c.ID+path, nil); w.Code != http.StatusGone || strings.Contains(w.Body.String(), "Camille") {
			t.Errorf("%s of an erased person: %d", path, w.Code)
		}
		if w := ask(p, http.MethodGet, "/p/"+fakeID("nobody")+path, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s of nobody: %d", path, w.Code)
		}
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"Camille Moreau": "camille-moreau", "Zoé  d’Ézéchiel-Ngô": "zoe-d-ezechiel-ngo", "محمد": "profil", "": "profil", "\"; x=\"\r\n/../a": "x-a",
		"..": "profil", strings.Repeat("é", 300): strings.Repeat("e", maxFileName), "Łukasz": "ukasz", "R2 D2": "r2-d2",
	} {
		if got := fileName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	f.Add("Zoé \x00\"\r\n")
	f.Add("ſﬁ½")
	f.Fuzz(func(t *testing.T, name string) {
		got := fileName(name)
		if got == "" || len(got) > maxFileName || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q: %q", name, got)
		}
	})
}

var picturePaths = []string{
	"/image.png", "/p/" + fakeID("camille") + "/image.png", "/c/" + fakeID("own") + "/image.png", "/missions/" + fakeID("open") + "/image.png",
}

func TestPictures(t *testing.T) {
	f := newFakeReader()
	p := sharePages(t, f, testURL)
	seen := map[string]string{}
	for _, path := range picturePaths {
		w := ask(p, http.MethodGet, path, nil)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/png" || w.Body.Len() > 60_000 {
			t.Fatalf("%s: %d %s, %d bytes", path, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
		size, err := png.DecodeConfig(bytes.NewReader(w.Body.Bytes()))
		if err != nil || size.Width != 1200 || size.Height != 630 {
			t.Errorf("%s: %v %v", path, size, err)
		}
		etag := w.Header().Get("ETag")
		// The vitrine is the page of the own collective, and shows its picture.
		if other := seen[etag]; other != "" && other != "/image.png" {
			t.Errorf("%s shows what %s shows", path, other)
		}
		seen[etag] = path
		if again := ask(p, http.MethodGet, path, nil, "If-None-Match", etag); again.Code != http.StatusNotModified {
			t.Errorf("%s again: %d", path, again.Code)
		}
	}
	before := ask(p, http.MethodGet, picturePaths[1], nil).Header().Get("ETag")
	c := f.profiles[fakeID("camille")]
	c.Headline = "Sérigraphe"
	f.profiles[c.ID] = c
	if after := ask(p, http.MethodGet, picturePaths[1], nil).Header().Get("ETag"); after == before {
		t.Error("a changed card keeps its old picture")
	}
}

func TestPictureOfNobody(t *testing.T) {
	p := sharePages(t, namelessReader(), "")
	if w := ask(p, http.MethodGet, "/image.png", nil); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
}

// A flood of different pictures is turned away and asked to come back.
func TestPictureFlood(t *testing.T) {
	f := newFakeReader()
	own := f.collectives[fakeID("own")]
	const many = 60
	for i := range many {
		c := fakeProfile("flood", "Personne "+strings.Repeat("x", i), own)
		c.ID = fakeID("flood" + strings.Repeat("b", i%40) + string(rune('a'+i/40)))
		f.profiles[c.ID] = c
	}
	p := sharePages(t, f, testURL)
	var busy, fine sync.Map
	var all sync.WaitGroup
	for id := range f.profiles {
		all.Go(func() {
			switch w := ask(p, http.MethodGet, "/p/"+id+"/image.png", nil); {
			case w.Code == http.StatusOK:
				fine.Store(id, true)
			case w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "":
				busy.Store(id, true)
			default:
				t.Errorf("%d %v", w.Code, w.Header())
			}
		})
	}
	all.Wait()
	if count(&fine) == 0 || count(&fine)+count(&busy) != len(f.profiles) {
		t.Errorf("%d drawn, %d turned away", count(&fine), count(&busy))
	}
}

func count(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

func TestFootOfPictures(t *testing.T) {
	f := newFakeReader()
	for publicURL, want := range map[string]string{testURL: "lesindes.example", "": "Les Indés de la Garonne"} {
		if got := sharePages(t, f, publicURL).footOf(f.site); got != want {
			t.Errorf("%q: %q", publicURL, got)
		}
	}
}

func TestIcon(t *testing.T) {
	w := ask(sharePages(t, newFakeReader(), ""), http.MethodGet, "/favicon.ico", nil)
	data := w.Body.Bytes()
	if w.Code != http.StatusOK || len(data) < 22 || binary.LittleEndian.Uint32(data[18:]) != 22 || int(binary.LittleEndian.Uint32(data[14:])) != len(data)-22 {
		t.Fatalf("%d, %d bytes", w.Code, len(data))
	}
	icon, err := png.Decode(bytes.NewReader(data[22:]))
	if err != nil || icon.Bounds().Dx() != 32 {
		t.Fatal(err)
	}
	if _, _, _, alpha := icon.At(0, 0).RGBA(); alpha != 0 {
		t.Error("the corner is not cut")
	}
}

// The words of a picture follow the same rule as its page: what a collective
// only claims is not written on anybody's card.
func TestPictureNamesNoClaims(t *testing.T) {
	f := newFakeReader()
	p := sharePages(t, f, testURL)
	etag := func() string { return ask(p, http.MethodGet, picturePaths[1], nil).Header().Get("ETag") }
	verified := etag()
	c := f.profiles[fakeID("camille")]
	c.Collectives = []card.Membership{{ID: c.Collectives[0].ID, Name: c.Collectives[0].Name}}
	f.profiles[c.ID] = c
	claimed := etag()
	c.Collectives[0].Name = "Autre"
	f.profiles[c.ID] = c
	if renamed := etag(); verified == claimed || claimed != renamed {
		t.Errorf("%s %s %s", verified, claimed, renamed)
	}
}
