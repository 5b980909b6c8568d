package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"courtcircuit/node/card"
)

var (
	camille = fakeID("camille")
	malik   = fakeID("malik")
	own     = fakeID("own")
	other   = fakeID("other")
)

// pagePaths are all addresses that a reader can come to.
var pagePaths = []string{
	"/", "/recherche", "/recherche?near=Toulouse&skill=graphisme", "/p/" + camille, "/p/" + malik, "/c/" + own, "/c/" + other,
	"/missions", "/missions/" + fakeID("open"), "/missions/" + fakeID("done"), "/ville/toulouse", "/reseau", "/integrer", "/integrer?aide=1",
	"/mentions-legales", "/accessibilite", "/api", "/signaler/profile/" + camille, "/nulle-part", "/p/" + fakeID("nobody"),
}

// TestEveryPage looks at each page in both languages, on a node with people,
// one without a single other, and one without a name.
func TestEveryPage(t *testing.T) {
	alone := newFakeReader()
	lone := *alone.site.Collective
	lone.Contact, lone.Links, lone.Skills, lone.About, lone.Languages, lone.Members = "", nil, nil, "", nil, 0
	alone.site = card.Site{Collective: &lone, Empty: true}
	alone.collectives, alone.profiles, alone.missions, alone.overview = map[string]card.Collective{own: lone}, nil, nil, card.Overview{}
	for name, f := range map[string]*fakeReader{"people": newFakeReader(), "alone": alone, "nameless": namelessReader()} {
		for _, cfg := range []Config{{}, {PublicURL: "https://indes.example", EmbedSites: []string{"https://lesindes.example"}, Sources: []string{"INSEE"}}} {
			pages := newPages(t, cfg, f)
			for _, path := range pagePaths {
				for _, lang := range []string{"fr", "en"} {
					t.Run(name+"/"+lang+path, func(t *testing.T) { visitPage(t, pages, path, "Accept-Language", lang) })
				}
			}
		}
	}
}

// What others may write, to do harm or by accident.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><script>alert(1)</script>`, `{{.Site}}`,
	`javascript:alert(1)`, `JaVaScRiPt:alert(1)`, "\u202egnp.exe", `<!--`, `-->`, `]]>`, `</script><script>alert(1)</script>`, `&#x3c;script&#x3e;`, "a\x00b",
	`</textarea><svg/onload=alert(1)>`, `%3Cscript%3E`, "\xff\xfe", strings.Repeat("W", 200), "שלום עולם", `https://evil.example/" onclick="alert(1)`,
	`data:text/html,<script>alert(1)</script>`, "java\nscript:alert(1)", `a@b.example?bcc=c@d.example`, `//evil.example/x`,
}

// TestHostileTextStaysText puts each in every field of every record; the
// checks of visitPage see what became of it.
func TestHostileTextStaysText(t *testing.T) {
	f := newFakeReader()
	pages := newPages(t, Config{PublicURL: "https://indes.example"}, f)
	for i, text := range hostile {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			*f = *hostileReader(text)
			for _, path := range pagePaths {
				visitPage(t, pages, path)
			}
			v := visitPage(t, pages, "/p/"+camille)
			if want := strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD"); !strings.Contains(strings.ToValidUTF8(v.text(), "\uFFFD"), strings.TrimSpace(want)) {
				t.Errorf("the name is not on the page as it was written: %q", text)
			}
			for _, n := range v.named("h1") {
				if attr(n, "dir") != "auto" {
					t.Error("the name has no direction of its own")
				}
			}
		})
	}
}

func hostileReader(text string) *fakeReader {
	f := newFakeReader()
	for id, c := range f.collectives {
		c.Name, c.About, c.Contact, c.URL, c.Fingerprint = text, text, text, text, text
		c.Languages, c.Skills = []string{text}, []card.SkillCount{{Skill: text, Count: 2}}
		c.Links = []card.Link{{Label: text, URL: text}, {Label: text, URL: "https://example.org/?" + text}}
		c.Place = card.Place{Resolved: &card.ResolvedPlace{Name: text, Department: text}}
		f.collectives[id] = c
	}
	c := f.collectives[own]
	f.site.Collective = &c
	for id, p := range f.profiles {
		p.Name, p.Headline, p.About, p.Fingerprint, p.AvailableFrom = text, text, text, text, text
		p.Skills, p.Languages, p.Modes = []string{text}, []string{text}, []string{text}
		p.Links = c.Links
		p.Place, p.Collectives = c.Place, []card.Membership{{ID: own, Name: text, Verified: true, Custody: text}, {ID: text, Name: text}}
		f.profiles[id] = p
	}
	for id, m := range f.missions {
		m.Title, m.Description, m.Contract, m.Start, m.ApplyBy = text, text, text, text, text
		m.Modes, m.Languages, m.Needs = []string{text}, []string{text}, []card.Need{{Skill: text, Days: 3}}
		m.Place, m.Collective = c.Place, &card.Membership{ID: own, Name: text}
		m.Budget = &card.Budget{Min: 1, Max: 2, Currency: text, Per: text}
		f.missions[id] = m
	}
	f.alike = 2
	return f
}

// TestProblemsHelp: what cannot be shown says why, with a way on.
func TestProblemsHelp(t *testing.T) {
	f := newFakeReader()
	f.gone[camille] = &card.Problem{Cause: card.Gone}
	f.gone[malik] = &card.Problem{Cause: card.Gone, Field: "hidden"}
	f.gone[fakeID("open")] = &card.Problem{Cause: card.Invalid, Field: "id"}
	pages := newPages(t, Config{}, f)
	for path, want := range map[string]struct {
		code   int
		words  string
		search bool
	}{
		"/nulle-part":                 {404, "n’existe pas", true},
		"/p/" + fakeID("nobody"):      {404, "n’existe pas", true},
		"/p/" + camille:               {410, "a été effacée", true},
		"/p/" + malik:                 {410, "n’est pas montrée", true},
		"/missions/" + fakeID("open"): {422, "n’a pas été comprise", false},
	} {
		v := visitPage(t, pages, path)
		if v.code != want.code || !strings.Contains(v.text(), want.words) || v.link("accueil") != "/" {
			t.Errorf("%s: %d\n%s", path, v.code, v.text())
		}
		if got := len(v.named("form")) == 1; got != want.search {
			t.Errorf("%s: search form %t", path, got)
		}
	}
	f.fail = errors.New("secret path")
	if v := visitPage(t, pages, "/"); v.code != 500 || strings.Contains(v.body, "secret") || !strings.Contains(v.text(), "pas de votre fait") {
		t.Errorf("a fault of ours: %d %s", v.code, v.text())
	}
	f.siteErr = errors.New("secret path")
	if v := visitPage(t, pages, "/"); v.code != 500 || strings.Contains(v.body, "secret") {
		t.Errorf("without anything: %d", v.code)
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != 405 || w.Header().Get("Allow") == "" || !strings.Contains(w.Body.String(), "se lit seulement") {
		t.Errorf("post: %d %s", w.Code, w.Body)
	}
}

// TestFrame: the header says where the reader is, the banner that nobody
// shown is real, the switch leads to the same page.
func TestFrame(t *testing.T) {
	f := newFakeReader()
	pages := newPages(t, Config{}, f)
	for path, want := range map[string]string{"/recherche": "/recherche page", "/missions": "/missions page", "/missions/" + fakeID("open"): "/missions true", "/reseau": "/reseau page", "/": "/ page"} {
		var current []string
		v := visitPage(t, pages, path)
		for _, n := range v.all(func(n *html.Node) bool { return n.Data == "a" && attr(n, "aria-current") != "" && n.Parent.Data != "p" }) {
			if !slices.Contains([]string{"/recherche", "/missions", "/reseau", "/"}, attr(n, "href")) {
				continue // tabs of the page itself
			}
			current = append(current, attr(n, "href")+" "+attr(n, "aria-current"))
		}
		if len(current) == 0 || current[0] != want {
			t.Errorf("%s: current is %q, want %q first", path, current, want)
		}
		if got := v.link("English"); !strings.HasPrefix(got, strings.Split(path, "?")[0]+"?") || !strings.Contains(got, "lang=en") {
			t.Errorf("%s: switch leads to %q", path, got)
		}
	}
	for _, demo := range []bool{false, true} {
		f.site.Demo = demo
		if got := strings.Contains(visitPage(t, pages, "/").text(), "sont fictifs"); got != demo {
			t.Errorf("demo %t: banner %t", demo, got)
		}
	}
}
