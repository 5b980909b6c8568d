package web

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

func sitemapIn(t testing.TB, p *Pages, target string) (urls []string, maps []string) {
	t.Helper()
	var set struct {
		XMLName xml.Name
		URLs    []xmlURL `xml:"url"`
		Maps    []xmlURL `xml:"sitemap"`
	}
	if err := xml.Unmarshal([]byte(read(t, p, target)), &set); err != nil {
		t.Fatal(err)
	}
	if set.XMLName.Space != sitemapSpace {
		t.Errorf("namespace %q", set.XMLName.Space)
	}
	for _, u := range set.URLs {
		urls = append(urls, u.Loc)
	}
	for _, m := range set.Maps {
		maps = append(maps, m.Loc)
	}
	return urls, maps
}

// The sitemap lists exactly what says of itself that it is to be indexed.
func TestSitemapListsWhatIsIndexed(t *testing.T) {
	f := withHome(newFakeReader(), "https://chartrons.example")
	both := fakeProfile("both", "Noa Petit", f.collectives[fakeID("other")])
	both.Collectives = append(both.Collectives, card.Membership{ID: fakeID("own"), Name: "Les Indés", Verified: true})
	claims := fakeProfile("claims", "Fausse Membre", f.collectives[fakeID("own")])
	claims.Collectives[0].Verified = false
	f.profiles[both.ID], f.profiles[claims.ID] = both, claims
	f.overview.Places = append(f.overview.Places, card.PlaceCount{Slug: "vide"}, card.PlaceCount{Profiles: 1})
	p := sharePages(t, f, testURL)
	urls, _ := sitemapIn(t, p, "/sitemap.xml")
	for _, u := range urls {
		h := headIn(t, read(t, p, strings.TrimPrefix(u, testURL)))
		if !h.indexed() || h.canonical != u {
			t.Errorf("%s stands in the sitemap: canonical %q, indexed %v", u, h.canonical, h.indexed())
		}
	}
	for path, want := range map[string]bool{
		"/": true, "/missions": true, "/p/" + fakeID("camille"): true, "/p/" + both.ID: true, "/missions/" + fakeID("open"): true, "/ville/bordeaux": true,
		"/p/" + fakeID("malik"): false, "/p/" + claims.ID: false, "/missions/" + fakeID("far"): false, "/c/" + fakeID("other"): false, "/ville/vide": false, "/recherche": false,
	} {
		if slices.Contains(urls, testURL+path) != want {
			t.Errorf("%s listed: %v", path, !want)
		}
	}
}

func TestSitemapOfManyPages(t *testing.T) {
	f := newFakeReader()
	f.overview.Places = nil
	for i := range maxMapEntries + 10 {
		f.overview.Places = append(f.overview.Places, card.PlaceCount{Slug: fmt.Sprintf("ville-%d", i), Profiles: 1})
	}
	p := sharePages(t, f, testURL)
	urls, maps := sitemapIn(t, p, "/sitemap.xml")
	if len(urls) != 0 || len(maps) != 2 {
		t.Fatalf("%d addresses, %d parts", len(urls), len(maps))
	}
	seen := map[string]bool{}
	for _, m := range maps {
		part, _ := sitemapIn(t, p, strings.TrimPrefix(m, testURL))
		if len(part) == 0 || len(part) > maxMapEntries {
			t.Errorf("%s has %d addresses", m, len(part))
		}
		for _, u := range part {
			seen[u] = true
		}
	}
	if want := maxMapEntries + 10 + 4 + 1 + 2 + 2; len(seen) != want {
		t.Errorf("%d addresses in all, want %d", len(seen), want)
	}
	for _, part := range []string{"0", "3", "-1", "x", "9999999999999999999"} {
		if w := ask(p, http.MethodGet, "/sitemap.xml?part="+part, nil); w.Code != http.StatusNotFound {
			t.Errorf("part %s: %d", part, w.Code)
		}
	}
}

func TestSitemapIsReadOnceAMinute(t *testing.T) {
	f := newFakeReader()
	p := sharePages(t, f, testURL)
	before, _ := sitemapIn(t, p, "/sitemap.xml")
	f.overview.Places = nil
	if after, _ := sitemapIn(t, p, "/sitemap.xml"); len(after) != len(before) {
		t.Errorf("read again: %d addresses, %d before", len(after), len(before))
	}
	f.fail = &card.Problem{Cause: card.Unavailable}
	if w := ask(sharePages(t, f, testURL), http.MethodGet, "/sitemap.xml", nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a failure answered %d", w.Code)
	}
}

func TestNoSitemapWithoutPublicURL(t *testing.T) {
	p := sharePages(t, newFakeReader(), "")
	if w := ask(p, http.MethodGet, "/sitemap.xml", nil); w.Code != http.StatusNotFound {
		t.Errorf("sitemap: %d", w.Code)
	}
	if body := read(t, p, "/robots.txt"); strings.Contains(body, "Sitemap") || !strings.Contains(body, "Disallow: /signaler\n") {
		t.Errorf("robots: %s", body)
	}
}

func TestSitemapOfNobody(t *testing.T) {
	if urls, _ := sitemapIn(t, sharePages(t, namelessReader(), testURL), "/sitemap.xml"); len(urls) != 4 {
		t.Errorf("%v", urls)
	}
}

func TestRobots(t *testing.T) {
	body := read(t, sharePages(t, newFakeReader(), testURL), "/robots.txt")
	want := "User-agent: *\nDisallow: /api/\nDisallow: /recherche\nDisallow: /carte\nDisallow: /signaler\nSitemap: " + testURL + "/sitemap.xml\n"
	if body != want {
		t.Errorf("%s", body)
	}
}
