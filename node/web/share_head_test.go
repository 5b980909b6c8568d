package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"courtcircuit/node/card"
)

// shownHead is what a program reads in the head of a page.
type shownHead struct {
	title, canonical string
	meta             map[string]string // by name or property
	languages        map[string]string
	feeds            map[string]string // type → address
}

func headIn(t testing.TB, body string) shownHead {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	h := shownHead{meta: map[string]string{}, languages: map[string]string{}, feeds: map[string]string{}}
	for n := range doc.Descendants() {
		a := map[string]string{}
		for _, attr := range n.Attr {
			a[attr.Key] = attr.Val
		}
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "title" && h.title == "" && n.FirstChild != nil:
			h.title = n.FirstChild.Data
		case n.Data == "meta" && a["name"]+a["property"] != "" && a["media"] == "":
			if _, twice := h.meta[a["name"]+a["property"]]; twice {
				t.Errorf("meta %s stands twice", a["name"]+a["property"])
			}
			h.meta[a["name"]+a["property"]] = a["content"]
		case n.Data == "link" && a["rel"] == "canonical":
			h.canonical = a["href"]
		case n.Data == "link" && a["rel"] == "alternate" && a["hreflang"] != "":
			h.languages[a["hreflang"]] = a["href"]
		case n.Data == "link" && a["rel"] == "alternate":
			h.feeds[a["type"]] = a["href"]
		}
	}
	return h
}

func (h shownHead) indexed() bool { return !strings.Contains(h.meta["robots"], "noindex") }

func TestCanonicalAddresses(t *testing.T) {
	own, far := "/missions/"+fakeID("open"), "/missions/"+fakeID("far")
	camille, malik := "/p/"+fakeID("camille"), "/p/"+fakeID("malik")
	const chartrons = "https://chartrons.example"
	f := newFakeReader()
	p := sharePages(t, f, testURL)
	for _, c := range []struct {
		name, home, path string
		canonical        string
		indexed          bool
	}{
		{"vitrine", "", "/", testURL + "/", true},
		{"vitrine in French by name", "", "/?lang=fr", testURL + "/", true},
		{"vitrine in English by name", "", "/?lang=en", testURL + "/?lang=en", true},
		{"own member", "", camille, testURL + camille, true},
		{"own member in English", "", camille + "?lang=en", testURL + camille + "?lang=en", true},
		{"own mission", "", own, testURL + own, true},
		{"own collective", "", "/c/" + fakeID("own"), testURL + "/c/" + fakeID("own"), true},
		{"missions", "", "/missions", testURL + "/missions", true},
		{"city", "", "/ville/toulouse", testURL + "/ville/toulouse", true},
		{"legal", "", "/mentions-legales", testURL + "/mentions-legales", true},
		{"search", "", "/recherche", "", false},
		{"search with words", "", "/recherche?skill=go", "", false},
		{"report", "", "/signaler/profile/" + fakeID("malik"), "", false},
		{"another's member", chartrons, malik, chartrons + malik, false},
		{"another's member in English", chartrons + "/", malik + "?lang=en", chartrons + malik, false},
		{"another's mission", chartrons, far, chartrons + far, false},
		{"another collective", chartrons, "/c/" + fakeID("other"), chartrons + "/c/" + fakeID("other"), false},
		{"home without an address", "", malik, "", false},
		{"home that claims our address", testURL, malik, "", false},
		{"home on http", "http://chartrons.example", malik, "", false},
		{"home with a path", chartrons + "/site", malik, "", false},
		{"home with a port", chartrons + ":8443", malik, "", false},
		{"home with a name and password", "https://a:b@chartrons.example", malik, "", false},
		{"home on this machine", "https://localhost", malik, "", false},
		{"home by number", "https://192.168.1.4", malik, "", false},
		{"home by number 6", "https://[::1]", malik, "", false},
		{"home in a house", "https://nas.local", malik, "", false},
		{"home in disguise", "https://chartrons.example\u202e", malik, "", false},
		{"home that is a script", "javascript:alert(1)", malik, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			withHome(f, c.home)
			h := headIn(t, read(t, p, c.path))
			if h.canonical != c.canonical || h.indexed() != c.indexed {
				t.Errorf("canonical %q indexed %v, want %q %v", h.canonical, h.indexed(), c.canonical, c.indexed)
			}
			if c.indexed != (len(h.languages) == 3) {
				t.Errorf("languages %v", h.languages)
			}
			if h.meta["og:url"] != h.canonical {
				t.Errorf("og:url %q", h.meta["og:url"])
			}
		})
	}
}

// Each language version names the whole set and itself.
func TestLanguagesNameOneAnother(t *testing.T) {
	p := sharePages(t, newFakeReader(), testURL)
	path := "/p/" + fakeID("camille")
	french, english := headIn(t, read(t, p, path)), headIn(t, read(t, p, path+"?lang=en"))
	for _, h := range []shownHead{french, english} {
		if h.languages["fr"] != testURL+path || h.languages["x-default"] != testURL+path || h.languages["en"] != testURL+path+"?lang=en" {
			t.Errorf("languages %v", h.languages)
		}
	}
	if french.canonical != french.languages["fr"] || english.canonical != english.languages["en"] {
		t.Errorf("canonical %q and %q", french.canonical, english.canonical)
	}
}

var ownAddress = regexp.MustCompile(`https?://[^"\\ <]*`)

// Without a public address nothing says where these pages are, whatever the
// Host header claims.
func TestNothingAbsoluteWithoutPublicURL(t *testing.T) {
	p := sharePages(t, withHome(newFakeReader(), "https://chartrons.example"), "")
	for _, path := range append(sharedPaths, "/missions", "/recherche", "/mentions-legales") {
		body := read(t, p, path)
		h := headIn(t, body)
		if h.indexed() || h.canonical != "" || len(h.languages) > 0 || h.meta["og:image"] != "" {
			t.Errorf("%s: %+v", path, h)
		}
		for _, address := range ownAddress.FindAllString(body[:strings.Index(body, "</head>")], -1) {
			if !strings.HasPrefix(address, "https://schema.org") && !strings.HasPrefix(address, "https://example.org/") {
				t.Errorf("%s names %s", path, address)
			}
		}
	}
	for _, path := range []string{"/missions.json", "/robots.txt"} {
		if body := read(t, p, path); strings.Contains(body, "example.com") || strings.Contains(strings.ToLower(body), "sitemap") {
			t.Errorf("%s: %s", path, body)
		}
	}
}

// Erased and hidden cards are not indexed and leave no data behind.
func TestHeadOfProblems(t *testing.T) {
	f := newFakeReader()
	f.gone[fakeID("camille")] = &card.Problem{Cause: card.Gone, Detail: "erased"}
	f.gone[fakeID("moreau")] = &card.Problem{Cause: card.Gone, Field: "hidden", Detail: "hidden"}
	p := sharePages(t, f, testURL)
	for _, id := range []string{"camille", "moreau"} {
		w := ask(p, http.MethodGet, "/p/"+fakeID(id), nil)
		h := headIn(t, w.Body.String())
		if w.Code != http.StatusGone || h.indexed() || h.canonical != "" || strings.Contains(w.Body.String(), "Camille") || graphIn(t, w.Body.String()) != nil {
			t.Errorf("%s: %d %+v", id, w.Code, h)
		}
		if w := ask(p, http.MethodGet, "/p/"+fakeID(id)+"/image.png", nil); w.Code != http.StatusGone {
			t.Errorf("picture of %s: %d", id, w.Code)
		}
	}
}

func TestHeadSaysWhatThePageIs(t *testing.T) {
	p := sharePages(t, newFakeReader(), testURL)
	h := headIn(t, read(t, p, "/p/"+fakeID("camille")))
	for name, want := range map[string]string{
		"og:type": "profile", "og:title": "Camille Moreau", "og:site_name": "Les Indés de la Garonne", "og:locale": "fr_FR",
		"og:image": testURL + "/p/" + fakeID("camille") + "/image.png", "twitter:card": "summary_large_image",
	} {
		if h.meta[name] != want {
			t.Errorf("%s: %q, want %q", name, h.meta[name], want)
		}
	}
	if !strings.Contains(h.meta["description"], "Toulouse") || h.title != "Camille Moreau – Graphiste, identité visuelle, Toulouse – Les Indés de la Garonne" {
		t.Errorf("%q %q", h.title, h.meta["description"])
	}
	if h.feeds["application/atom+xml"] != "/missions.atom" || h.feeds["application/feed+json"] != "/missions.json" {
		t.Errorf("feeds %v", h.feeds)
	}
}

func TestHomeCollective(t *testing.T) {
	own := card.Site{Collective: &card.Collective{Meta: card.Meta{ID: "own"}}}
	for name, c := range map[string]struct {
		in   []card.Membership
		want string
	}{
		"none":                      {nil, ""},
		"own first":                 {[]card.Membership{{ID: "own", Verified: true}, {ID: "a", Verified: true}}, "own"},
		"own behind another":        {[]card.Membership{{ID: "a", Verified: true}, {ID: "own", Verified: true}}, "own"},
		"own, not verified":         {[]card.Membership{{ID: "own"}, {ID: "a", Verified: true}}, "a"},
		"first is not verified":     {[]card.Membership{{ID: "a"}, {ID: "b", Verified: true}, {ID: "c", Verified: true}}, "b"},
		"nobody says she is theirs": {[]card.Membership{{ID: "a"}, {ID: "b"}}, ""},
	} {
		got := ""
		if home := homeCollective(own, c.in); home != nil {
			got = home.ID
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
