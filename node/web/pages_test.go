package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

type fakeReader struct {
	info     api.Info
	own      card.Collective
	page     card.Page[card.FoundProfile]
	searched []card.Search
	fail     error // of searches
	infoFail error
}

func (f *fakeReader) Info(context.Context) (api.Info, error) { return f.info, f.infoFail }
func (f *fakeReader) Collective(context.Context, string) (card.Collective, error) {
	return f.own, nil
}

func (f *fakeReader) SearchProfiles(_ context.Context, s card.Search) (card.Page[card.FoundProfile], error) {
	f.searched = append(f.searched, s)
	return f.page, f.fail
}

func named() *fakeReader {
	return &fakeReader{
		info: api.Info{Network: "main", Peers: 2, Counts: map[string]int{"profile": 1}, Collective: &api.CollectiveRef{ID: "own", Name: "Les Indés"}},
		own:  card.Collective{Name: "Les Indés", About: "Nous travaillons ensemble.", Place: toulouse(), Meta: card.Meta{ID: "own"}, Skills: []card.SkillCount{{Skill: "c++ & co", Count: 2}}},
	}
}

func toulouse() card.Place {
	return card.Place{Resolved: &card.ResolvedPlace{Name: "Toulouse", Department: "Haute-Garonne", Lat: 43.6, Lon: 1.44}}
}

func camille() card.FoundProfile {
	days, confirmed := uint(4), false
	return card.FoundProfile{
		Profile: card.Profile{
			Name: "Camille Moreau", Headline: "Graphiste", Place: toulouse(), Skills: []string{"graphisme"}, Languages: []string{"fr", "en"},
			Modes: []string{"onsite", "hybrid"}, DaysPerWeek: &days, AvailableFrom: "2026-12-01", AvailabilityConfirmed: &confirmed, Since: 2015,
			Links:       []card.Link{{Label: "Portfolio", URL: "https://example.org/"}},
			Meta:        card.Meta{ID: "abc", Fingerprint: "K7QF-2MZA-XW3B"},
			Collectives: []card.Membership{{Name: "Les Autres", Verified: true}},
		},
		Found: card.Found{DistanceKm: 1.52, Trust: card.Trust{Tier: "unknown"}, Reasons: []card.Reason{{Code: "distance", Text: "à 1,5 km de Toulouse"}}},
	}
}

func get(t *testing.T, f *fakeReader, address string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	pages, err := New(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		checkPage(t, address, w)
	}
	return w
}

// The words of the machinery, which no reader of a page should meet.
var machinery = regexp.MustCompile(`(?i)\b(nœuds?|noeuds?|nodes?|pairs?|peers?|tiers?|digests?|record|replica|gossip|libp2p)\b`)

// checkPage is what must hold of every page, whatever it shows.
func checkPage(t *testing.T, address string, w *httptest.ResponseRecorder) {
	t.Helper()
	body := w.Body.String()
	if w.Header().Get("Content-Security-Policy") != contentPolicy {
		t.Errorf("%s: policy %q", address, w.Header().Get("Content-Security-Policy"))
	}
	lang := w.Header().Get("Content-Language")
	for _, part := range []string{`<html lang="` + lang + `">`, "<main id=\"content\">", "<header>", "<footer>", `href="#content"`, "<h1", "<title>", `name="viewport"`} {
		if strings.Count(body, part) != 1 {
			t.Errorf("%s: %q stands %d times", address, part, strings.Count(body, part))
		}
	}
	if strings.Contains(body, "%!") {
		t.Errorf("%s: a sentence lacks a word or has one too many", address)
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if ids[m[1]] {
			t.Errorf("%s: id %q twice", address, m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:for|aria-labelledby|aria-describedby)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if !ids[m[1]] {
			t.Errorf("%s: %s leads nowhere", address, m[0])
		}
	}
	if err := wellFormed(body); err != nil {
		t.Errorf("%s: %v", address, err)
	}
}

var (
	voidElements = []string{"meta", "link", "input", "br", "!doctype"}
	allowed      = strings.Fields(`html head meta title link body a p header nav main section h1 h2 h3 form div label input small select option button
		ul li article dl dt dd details summary strong em span code pre footer`)
)

// wellFormed walks the tokens of a page: every element is one that our
// templates write, is closed where it should be, and no attribute runs or
// fetches anything. Hostile text that became markup would show.
func wellFormed(body string) error {
	var open []string
	tokens := html.NewTokenizer(strings.NewReader(body))
	for {
		kind := tokens.Next()
		token := tokens.Token()
		switch kind {
		case html.ErrorToken:
			if len(open) > 0 || !errors.Is(tokens.Err(), io.EOF) {
				return fmt.Errorf("left open: %v (%w)", open, tokens.Err())
			}
			return nil
		case html.CommentToken:
			return fmt.Errorf("comment %q", token.Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			if err := checkElement(token); err != nil {
				return err
			}
			if !slices.Contains(voidElements, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				return fmt.Errorf("</%s> while open: %v", token.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func checkElement(token html.Token) error {
	if !slices.Contains(allowed, token.Data) {
		return fmt.Errorf("element <%s>", token.Data)
	}
	for _, a := range token.Attr {
		name, value := strings.ToLower(a.Key), a.Val
		outside := token.Data == "a" && strings.HasPrefix(value, "https://example.org/")
		switch {
		case strings.HasPrefix(name, "on"), name == "style", name == "src", name == "srcset", strings.ContainsAny(name, "<>\"'"):
			return fmt.Errorf("attribute %s on <%s>", name, token.Data)
		case name == "href" || name == "action":
			if !outside && value != "#content" && (!strings.HasPrefix(value, "/") || strings.HasPrefix(value, "//")) {
				return fmt.Errorf("<%s> leads to %q", token.Data, value)
			}
		}
		if strings.Contains(value, "ZgotmplZ") {
			return fmt.Errorf("unsafe value in %s of <%s>", name, token.Data)
		}
	}
	return nil
}

func mustHold(t *testing.T, w *httptest.ResponseRecorder, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if body := w.Body.String(); !strings.Contains(body, part) && !strings.Contains(html.UnescapeString(body), part) {
			t.Errorf("page lacks %q:\n%s", part, w.Body)
		}
	}
}

func TestHomeSaysWhoWeAre(t *testing.T) {
	f := named()
	f.page.Results = []card.FoundProfile{camille()}
	w := get(t, f, "/")
	mustHold(t, w, "<h1 id=\"who\" dir=\"auto\">Les Indés</h1>", "Toulouse (Haute-Garonne)", "Camille Moreau", "K7QF-2MZA-XW3B", "Nos membres", `role="search"`,
		`href="/recherche?skill=c%2B%2B+%26+co"`, "disponible à partir du 01/12/2026, 4 j par semaine (à confirmer)")
	if f.searched[0].Collective != "own" || f.searched[0].Near != "" {
		t.Errorf("members were searched as %+v", f.searched[0])
	}
	if machinery.MatchString(w.Body.String()) {
		t.Errorf("machinery: %q", machinery.FindString(w.Body.String()))
	}
}

// TestHomeWithoutPlace: a search that cannot be made leaves the page whole.
func TestHomeWithoutPlace(t *testing.T) {
	f := named()
	f.fail = &card.Problem{Cause: card.Invalid, Field: "near"}
	if w := get(t, f, "/"); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	f.fail = errors.New("disk")
	if w := get(t, f, "/"); w.Code != http.StatusInternalServerError {
		t.Errorf("%d", w.Code)
	}
}

func TestNamelessSaysWhatToDo(t *testing.T) {
	f := &fakeReader{info: api.Info{Network: "main"}}
	mustHold(t, get(t, f, "/"), "pas encore de nom", "courtcircuit collective edit --name", "Aucun autre collectif", `role="search"`)
	if len(f.searched) != 0 {
		t.Error("a nameless collective has no members to look for")
	}
	mustHold(t, get(t, named(), "/"), "Aucun membre", "courtcircuit profile add")
}

func TestSearchShowsWhy(t *testing.T) {
	f := named()
	f.page = card.Page[card.FoundProfile]{
		Results: []card.FoundProfile{camille()}, NextCursor: "c=1&x",
		Near: &card.Understood{Query: "toulouse", Place: *toulouse().Resolved, Alternatives: []card.ResolvedPlace{{Name: "Toulouse-le-Château", Department: "Jura", Postcodes: []string{"39230"}}}},
	}
	w := get(t, f, "/recherche?near=toulouse&skill=graphisme,+branding&skill=graphisme&radius_km=50&mode=onsite")
	mustHold(t, w, "1 personne autour de Toulouse (Haute-Garonne)", "à 1,5 km", "à 1,5 km de Toulouse", "K7QF-2MZA-XW3B", "Les Autres", "pas encore connu d’ici",
		"near=39230", "Toulouse-le-Château", "cursor=c%3D1%26x", `rel="ugc nofollow noopener noreferrer"`, `value="toulouse"`, `<option value="50" selected>`, "français, anglais")
	s := f.searched[0]
	if s.Near != "toulouse" || !slices.Equal(s.Skills, []string{"graphisme", "branding"}) || s.RadiusKm == nil || *s.RadiusKm != 50 || !slices.Equal(s.Modes, []string{"onsite"}) || s.Lang != "fr" {
		t.Errorf("searched %+v", s)
	}
	if w := get(t, f, "/?near=Lyon&skill=go"); !strings.Contains(w.Body.String(), "Résultats") {
		t.Error("the first page does not search")
	}
}

func TestHowMany(t *testing.T) {
	f := named()
	f.page.Results = []card.FoundProfile{camille(), camille()}
	f.page.Results[1].ID = "abd"
	mustHold(t, get(t, f, "/recherche"), ">2 personnes<")
	f.page.NextCursor = "x"
	mustHold(t, get(t, f, "/recherche"), ">Les 2 personnes les plus proches<")
	mustHold(t, get(t, f, "/recherche?cursor=x"), ">2 personnes<")
	f.page = card.Page[card.FoundProfile]{}
	mustHold(t, get(t, f, "/recherche?cursor=x"), "pas d’autre personne")
	mustHold(t, get(t, f, "/recherche"), ">Personne ne réunit tout cela<")
}

func TestEmptyAnswersHelp(t *testing.T) {
	f := named()
	f.info.Peers = 0
	w := get(t, f, "/recherche?near=Lyon&skill=go,ux&radius_km=10")
	mustHold(t, w, "Personne ne réunit tout cela", "Chercher à toute distance", "Chercher sans « go »", "Chercher sans « ux »", "Aucun autre collectif")
	if strings.Contains(w.Body.String(), "cursor=") {
		t.Error("a way out keeps the old cursor")
	}
}

func TestRefusedSearches(t *testing.T) {
	for want, problem := range map[string]*card.Problem{
		"Plusieurs lieux":      {Cause: card.Ambiguous, Field: "near", Candidates: []card.Candidate{{Place: &card.ResolvedPlace{Name: "Saint-Denis", Department: "Réunion", Lat: -20.9, Lon: 55.4}}}},
		"Nous ne trouvons":     {Cause: card.Invalid, Field: "near", Detail: "unknown"},
		"n’est plus valable":   {Cause: card.Invalid, Field: "cursor", Detail: "damaged"},
		"n’a pas été comprise": {Cause: card.Invalid, Field: "skill", Detail: "too long"},
	} {
		f := named()
		f.fail = problem
		w := get(t, f, "/recherche?near=Saint-Denis&cursor=x")
		mustHold(t, w, want, `role="alert"`)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", want, w.Code)
		}
		if len(problem.Candidates) > 0 {
			mustHold(t, w, "Saint-Denis (Réunion)", "near=-20.9000%2C55.4000")
		}
	}
	f := named()
	f.fail = &card.Problem{Cause: card.Invalid, Field: "near"}
	mustHold(t, get(t, f, "/recherche"), "Dites autour de quelle commune")
}

func TestLanguages(t *testing.T) {
	f := named()
	for address, c := range map[string][2]string{
		"/recherche":         {"", "fr"},
		"/recherche?lang=en": {"fr", "en"},
		"/recherche?lang=fr": {"en", "fr"},
		"/recherche?lang=xx": {"en-GB,en;q=0.9", "en"},
		"/recherche?near=x":  {"de", "fr"},
		"/":                  {"en", "en"},
	} {
		w := get(t, f, address, "Accept-Language", c[0])
		if got := w.Header().Get("Content-Language"); got != c[1] {
			t.Errorf("%s with %q: %s", address, c[0], got)
		}
		other := map[string]string{"fr": "en", "en": "fr"}[c[1]]
		mustHold(t, w, "lang="+other, `hreflang="`+other+`"`)
	}
	mustHold(t, get(t, f, "/recherche?lang=en"), `<input type="hidden" name="lang" value="en">`)
}

func TestEverySentenceIsInBothLanguages(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z]`)
	for key, s := range sentences {
		if s.fr == "" || s.en == "" || !slices.Equal(verbs.FindAllString(s.fr, -1), verbs.FindAllString(s.en, -1)) {
			t.Errorf("%s: %q and %q", key, s.fr, s.en)
		}
		if m := machinery.FindString(s.fr + " " + s.en); m != "" {
			t.Errorf("%s speaks of %q", key, m)
		}
	}
	written := ""
	for _, name := range []string{"show_people.go", "serve_pages.go", "read_form.go", "page_cards.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		written += string(b)
	}
	for _, name := range []string{"parts", "home", "search", "message"} {
		b, err := files.ReadFile("templates/" + name + ".html")
		if err != nil {
			t.Fatal(err)
		}
		written += string(b)
		for _, m := range regexp.MustCompile(`Say "([^"]+)"`).FindAllSubmatch(b, -1) {
			if _, ok := sentences[string(m[1])]; !ok {
				t.Errorf("%s.html says %q, which nobody wrote", name, m[1])
			}
		}
	}
	for key := range sentences {
		if !strings.Contains(written, `"`+key+`"`) {
			t.Errorf("nobody says %q", key)
		}
	}
}

func TestDemoBanner(t *testing.T) {
	f := named()
	for _, demo := range []bool{false, true} {
		f.info.Demo = demo
		if got := strings.Contains(get(t, f, "/").Body.String(), "sont fictifs"); got != demo {
			t.Errorf("demo %t: banner %t", demo, got)
		}
	}
	f.info.Demo, f.info.Network = false, "demo-1f"
	mustHold(t, get(t, f, "/recherche"), "sont fictifs")
}

func TestOtherAddresses(t *testing.T) {
	f := named()
	if w := get(t, f, "/p/nobody"); w.Code != http.StatusNotFound {
		t.Errorf("unknown page: %d", w.Code)
	}
	w := get(t, f, stylePath)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") || strings.Contains(w.Body.String(), "url(") {
		t.Errorf("style: %d %v", w.Code, w.Header())
	}
	if w := get(t, f, stylePath, "If-None-Match", w.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("style again: %d", w.Code)
	}
	f.infoFail = errors.New("secret path")
	if w := get(t, f, "/"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("failure: %d %s", w.Code, w.Body)
	}
	pages, err := New(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	post := httptest.NewRecorder()
	pages.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/", nil))
	if post.Code != http.StatusMethodNotAllowed || post.Header().Get("Allow") == "" {
		t.Errorf("post: %d", post.Code)
	}
	head := httptest.NewRecorder()
	f.infoFail = nil
	pages.ServeHTTP(head, httptest.NewRequest(http.MethodHead, "/", nil))
	if head.Code != http.StatusOK || head.Body.Len() != 0 {
		t.Errorf("head: %d, %d bytes", head.Code, head.Body.Len())
	}
}

var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><script>`, `{{.Secret}}`, `javascript:alert(1)`,
	"\u202egnp.exe", `<!--`, `]]>`, `&#x3c;script&#x3e;`, "a\x00b", `</textarea><svg/onload=alert(1)>`, `-->`, `%3Cscript%3E`, "\xff\xfe",
}

// TestHostileTextStaysText puts hostile words everywhere that others may
// write, and in what the reader types.
func TestHostileTextStaysText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := func(label string) string { return rapid.SampledFrom(hostile).Draw(rt, label) }
		p := camille()
		p.ID, p.Name, p.Headline, p.About, p.Fingerprint = "abc", text("name"), text("headline"), text("about"), text("fingerprint")
		p.Skills, p.Languages, p.Modes, p.AvailableFrom = []string{text("skill")}, []string{text("language")}, []string{text("mode")}, text("from")
		p.Place = card.Place{Text: text("place")}
		p.Collectives = []card.Membership{{Name: text("collective")}}
		p.Reasons = []card.Reason{{Text: text("reason")}}
		p.Links = []card.Link{{Label: text("label"), URL: text("url")}, {Label: text("label 2"), URL: "https://example.org/?" + text("query")}}
		f := named()
		f.own.Name, f.own.About, f.own.Contact = text("own"), text("own about"), text("contact")
		f.own.Skills = []card.SkillCount{{Skill: text("own skill")}}
		f.page = card.Page[card.FoundProfile]{Results: []card.FoundProfile{p}, NextCursor: text("cursor"),
			Near: &card.Understood{Place: card.ResolvedPlace{Name: text("near")}, Alternatives: []card.ResolvedPlace{{Name: text("other"), Postcodes: []string{text("postcode")}}}}}
		if rapid.Bool().Draw(rt, "refused") {
			f.fail = &card.Problem{Cause: card.Invalid, Field: text("field"), Detail: text("detail")}
		}
		typed := url.Values{"near": {text("typed near")}, "skill": {text("typed skill")}, "lang": {text("typed lang")}, "cursor": {text("typed cursor")}, text("typed name"): {"x"}}
		get(t, f, "/recherche?"+typed.Encode()) // checkPage looks at what came of it
		if f.fail == nil {
			get(t, f, "/")
		}
	})
}

func TestSkillsAreCounted(t *testing.T) {
	f := readForm(url.Values{"skill": {"a, b,,a", "c,d,e,f,g,h,i,j"}})
	if got := f.skills(); !slices.Equal(got, strings.Split("abcdefgh", "")) {
		t.Errorf("got %q", got)
	}
}

// TestFormForgives: whatever is typed, the search stays in its bounds.
func TestFormForgives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		query := url.Values{}
		for _, name := range searchFields {
			if rapid.Bool().Draw(rt, name) {
				query.Set(name, rapid.String().Draw(rt, name+" value"))
			}
		}
		s := readForm(query).search("fr")
		if len([]rune(s.Near)) > maxFieldRunes || len(s.Skills) > maxSkills || len(s.Cursor) > maxCursorBytes || slices.Contains(s.Skills, "") {
			rt.Fatalf("%v became %+v", query, s)
		}
		again, err := url.Parse(readForm(query).address())
		if err != nil || readForm(again.Query()) != readForm(query) {
			rt.Fatalf("%v: address %v does not lead back", query, again)
		}
	})
}

// TestContrast: text keeps the 4.5 to 1 of WCAG 2.2 AA, by day and by night.
func TestContrast(t *testing.T) {
	style, err := files.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	day, night, ok := strings.Cut(string(style), "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("no colours for the night")
	}
	for name, part := range map[string]string{"day": day, "night": night} {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(part, -1) {
			if _, known := colours[m[1]]; !known {
				colours[m[1]] = luminance(t, m[2])
			}
		}
		for _, pair := range []string{"ink ground", "ink card", "ink note", "soft ground", "soft card", "soft note", "accent ground", "accent card", "accent note", "on-accent accent"} {
			front, back, _ := strings.Cut(pair, " ")
			a, b := colours[front]+0.05, colours[back]+0.05
			if ratio := max(a, b) / min(a, b); ratio < 4.5 {
				t.Errorf("%s: %s has a contrast of %.2f", name, pair, ratio)
			}
		}
	}
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(colour, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(n>>(16-8*i)&0xff) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
			continue
		}
		sum += weight * math.Pow((c+0.055)/1.055, 2.4)
	}
	return sum
}
