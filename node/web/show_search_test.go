package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"courtcircuit/node/card"
)

// TestPagesAskLittle: how often each page asks the node. Nothing is asked for
// each result.
func TestPagesAskLittle(t *testing.T) {
	full := newFakeReader()
	page, _ := full.SearchProfiles(t.Context(), card.Search{})
	page.NextCursor = "next"
	for path, most := range map[string]int{
		"/recherche?near=Toulouse":                  4, // site, the page, those after it for the map, the overview
		"/recherche?near=Toulouse&kind=collectives": 2,
		"/recherche?near=Toulouse&kind=missions":    3,
		"/missions":                                 2,
		"/missions/" + fakeID("open"):               3,
		"/ville/toulouse":                           5,
		"/reseau":                                   5,
		"/carte?near=Toulouse&map=44,1":             4,
	} {
		c := &countingReader{fakeReader: newFakeReader()}
		c.profilePage = &page
		visited := httptest.NewRecorder()
		newPages(t, Config{}, c).ServeHTTP(visited, httptest.NewRequest(http.MethodGet, path, nil))
		if visited.Code != http.StatusOK || len(c.calls) != most {
			t.Errorf("%s: %d, asked %d times, %d expected: %v", path, visited.Code, len(c.calls), most, c.calls)
		}
	}
	// An empty answer: the site, the page, without the radius, four skills left out, the overview.
	c := &countingReader{fakeReader: newFakeReader()}
	c.profilePage = &card.Page[card.FoundProfile]{}
	visitPage(t, newPages(t, Config{}, c), "/recherche?skill=a,b,c,d,e,f&radius_km=10")
	if len(c.calls) != 8 {
		t.Errorf("an empty answer asked %d times: %v", len(c.calls), c.calls)
	}
}

func TestSearchShowsWhy(t *testing.T) {
	f := newFakeReader()
	page, _ := f.SearchProfiles(t.Context(), card.Search{Near: "toulouse"})
	page.NextCursor = "c=1&x"
	page.Near.Alternatives = []card.ResolvedPlace{{Name: "Toulouse-le-Château", Department: "Jura", Postcodes: []string{"39230"}}}
	page.Skills = []card.UnderstoodSkill{{Query: "graphsime", Skill: "graphisme", Known: true, Corrected: true}, {Query: "logo", Skill: "identité visuelle", Known: true}, {Query: "dentelle", Skill: "dentelle"}}
	page.Words = &card.UnderstoodWords{Query: "affiche", Note: "Laissés de côté : « de »."}
	page.Results[0].Reasons = append(page.Results[0].Reasons, card.Reason{Text: "sait faire : graphisme"})
	f.profilePage = &page
	v := visitPage(t, newPages(t, Config{}, f), "/recherche?near=toulouse&skill=graphsime,+logo&skill=dentelle&radius_km=50&mode=onsite&language=fr&language=br&q=affiche&available_by=2026-12-01&lang=fr")
	v.must(t, "Les 3 personnes les plus proches autour de Toulouse (Haute-Garonne), à 50 km au plus", "Toulouse-le-Château (Jura)", "sait faire : graphisme", "à 1,5 km",
		"Nous avons compris « graphisme » pour « graphsime ».", "« logo » : nous cherchons « identité visuelle ».", "Personne ici n’indique « dentelle ».", "Laissés de côté : « de ».",
		"pas encore connu d’ici", "K7QF-2MZA-XW3B", "Aucun prix n’entre dans cet ordre", "Les plus proches d’abord")
	for text, want := range map[string]url.Values{
		"Toulouse-le-Château":              {"near": {"Toulouse-le-Château (Jura)"}, "skill": {"graphsime, logo, dentelle"}},
		"tel quel":                         {"skill": {"logo, dentelle"}, "q": {"affiche graphsime"}},
		"Retirer «\u00a0identité visuelle": {"skill": {"graphsime, dentelle"}},
		"Suite de la liste":                {"cursor": {"c=1&x"}, "skill": {"graphsime, logo, dentelle"}},
		"Missions":                         {},
		"Collectifs":                       {"kind": {"collectives"}, "near": {"toulouse"}},
	} {
		got, err := url.Parse(v.link(text))
		if err != nil || v.link(text) == "" {
			t.Errorf("%s leads to %q", text, v.link(text))
			continue
		}
		for key, values := range want {
			if !slices.Equal(got.Query()[key], values) {
				t.Errorf("%s leads to %s: %s is %q, want %q", text, got, key, got.Query()[key], values)
			}
		}
	}
	days := *f.searched[len(f.searched)-2].RadiusKm
	s := f.searched[len(f.searched)-2]
	if days != 50 || s.Near != "toulouse" || !slices.Equal(s.Skills, []string{"graphsime", "logo", "dentelle"}) || !slices.Equal(s.Modes, []string{"onsite"}) ||
		!slices.Equal(s.Languages, []string{"fr", "br"}) || s.Words != "affiche" || s.AvailableBy != "2026-12-01" || s.Lang != "fr" || s.Limit != pageLimit {
		t.Errorf("searched %+v", s)
	}
	if s := f.searched[len(f.searched)-1]; s.Cursor != "c=1&x" || s.Limit != mapLimit {
		t.Errorf("for the map searched %+v", s)
	}
	for name, value := range map[string]string{"near": "toulouse", "skill": "graphsime, logo, dentelle", "q": "affiche", "available_by": "2026-12-01", "lang": "fr"} {
		if !hasField(v, name, value) {
			t.Errorf("the form does not keep %s=%s", name, value)
		}
	}
	for _, n := range v.named("input") {
		if attr(n, "type") == "checkbox" && slices.Contains([]string{"fr", "br", "onsite"}, attr(n, "value")) {
			if _, checked := hasAttr(n, "checked"); !checked {
				t.Errorf("%s is not checked", attr(n, "value"))
			}
		}
	}
	if len(v.named("svg")) == 0 || v.all(func(n *html.Node) bool { return attr(n, "id") == "map" }) == nil {
		t.Error("no map")
	}
}

func hasField(v visit, name, value string) bool {
	return len(v.all(func(n *html.Node) bool { return attr(n, "name") == name && attr(n, "value") == value })) > 0
}

// TestTwoOfOneNameAreToldApart by what the other has not, and by fingerprint.
func TestTwoOfOneNameAreToldApart(t *testing.T) {
	f := newFakeReader()
	first, second, alone := f.profiles[camille], f.profiles[fakeID("moreau")], f.profiles[malik]
	second.Name, second.Fingerprint = "camille  MOREAU", "AAAA-BBBB-CCCC"
	people := wordsFor("fr").membersOf([]card.Profile{first, second, alone}, true)
	want := [][]string{
		{"Graphiste, identité visuelle", "en activité depuis 2015", "identité visuelle", "empreinte K7QF-2MZA-XW3B"},
		{"Graphiste, édition et affiches", "en activité depuis 2008", "sérigraphie", "empreinte AAAA-BBBB-CCCC"}, nil,
	}
	for i, p := range people {
		if !slices.Equal(p.Apart, want[i]) {
			t.Errorf("%s: %q, want %q", p.Name, p.Apart, want[i])
		}
	}
	visitPage(t, newPages(t, Config{}, f), "/recherche").must(t, "édition et affiches · en activité depuis 2008 · sérigraphie · empreinte K7QF-2MZA-XW3B.")
}

func TestHowMany(t *testing.T) {
	f := newFakeReader()
	pages := newPages(t, Config{}, f)
	visitPage(t, pages, "/recherche").must(t, "3 personnes autour de Toulouse")
	visitPage(t, pages, "/recherche?kind=missions").must(t, "2 missions autour de", "Trouver une mission près d’ici")
	visitPage(t, pages, "/recherche?kind=collectives").must(t, "2 collectifs autour de", "La Fabrique des Chartrons", "2 membres")
	visitPage(t, pages, "/recherche?kind=unheard").must(t, "3 personnes")
	one, _ := f.SearchProfiles(t.Context(), card.Search{})
	one.Results = one.Results[:1]
	f.profilePage = &one
	visitPage(t, pages, "/recherche", "Accept-Language", "en").must(t, "1 person around Toulouse")
	f.profilePage = &card.Page[card.FoundProfile]{}
	visitPage(t, pages, "/recherche?cursor=x").must(t, "Il n’y a rien de plus", "Revenir au début")
}

func TestEmptyAnswersHelp(t *testing.T) {
	c := &countingReader{fakeReader: newFakeReader()}
	far, _ := c.fakeReader.SearchProfiles(t.Context(), card.Search{})
	far.Results = far.Results[:1]
	far.Results[0].DistanceKm = 83.2
	c.answer = func(s card.Search) (card.Page[card.FoundProfile], error) {
		if s.RadiusKm == nil || slices.Equal(s.Skills, []string{"go"}) {
			return far, nil
		}
		return card.Page[card.FoundProfile]{}, nil
	}
	c.site.Connected = false
	pages := newPages(t, Config{}, c)
	v := visitPage(t, pages, "/recherche?near=Lyon&skill=go,ux&radius_km=10&mode=remote")
	v.must(t, "Personne ne réunit tout cela", "Au-delà, le plus proche : Camille Moreau, à 83 km.", "Sans « ux » : Camille Moreau", "Retirer les autres critères",
		"Chercher ces mots partout", "Aucun autre collectif n’est relié")
	v.mustNot(t, "Sans « go »")
	for text, want := range map[string]string{"Proposer une mission": "/#contact", "Chercher ces mots": "/recherche?mode=remote&near=Lyon&q=go+ux&radius_km=10", "Chercher à toute distance": "/recherche?mode=remote&near=Lyon&skill=go%2Cux"} {
		if got := v.link(text); got != want {
			t.Errorf("%s leads to %q, want %q", text, got, want)
		}
	}
	visitPage(t, pages, "/recherche?near=Lyon&q=affiche&radius_km=10").must(t, "Au-delà, le plus proche : Camille Moreau, à 83 km.")
	if strings.Contains(v.body, "cursor=") {
		t.Error("a way out keeps the old cursor")
	}
	// Help that fails is left out or told, and an empty replica is said.
	c.answer = func(s card.Search) (card.Page[card.FoundProfile], error) {
		if s.Limit == 1 {
			return card.Page[card.FoundProfile]{}, &card.Problem{Cause: card.Invalid}
		}
		return card.Page[card.FoundProfile]{}, nil
	}
	c.site.Empty = true
	visitPage(t, pages, "/recherche?skill=go,ux&radius_km=10").must(t, "Aucune fiche n’est encore arrivée ici")
}

func TestRefusedSearches(t *testing.T) {
	candidate := card.Candidate{Place: &card.ResolvedPlace{Name: "Saint-Denis", Department: "La Réunion", Lat: -20.9, Lon: 55.4}}
	for _, c := range []struct {
		problem           *card.Problem
		says, field, link string
	}{
		{&card.Problem{Cause: card.Ambiguous, Field: "near", Candidates: []card.Candidate{candidate}}, "Plusieurs lieux pourraient être « Saint-Denis ». Lequel ?", "near", "/recherche?near=Saint-Denis+%28La+R%C3%A9union%29&skill=go"},
		{&card.Problem{Cause: card.Invalid, Field: "near", Detail: "unknown"}, "Nous ne trouvons pas « Saint-Denis »", "near", ""},
		{&card.Problem{Cause: card.Invalid, Field: "cursor", Detail: "damaged"}, "Cette suite n’est plus valable", "", ""},
		{&card.Problem{Cause: card.Invalid, Field: "skill", Detail: "too long"}, "Ceci n’a pas été compris", "skill", ""},
		{&card.Problem{Cause: card.Invalid, Field: "q", Detail: "no word"}, "ne contient aucun mot à chercher.", "q", ""},
	} {
		f := newFakeReader()
		f.searchErr = c.problem
		for _, path := range []string{"/recherche?near=Saint-Denis&skill=go&cursor=x", "/missions?near=Saint-Denis&skill=go&cursor=x"} {
			v := visitPage(t, newPages(t, Config{}, f), path)
			v.must(t, c.says)
			if v.code != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", c.says, v.code)
			}
			if strings.HasPrefix(path, "/missions") {
				continue
			}
			if got := v.link("Saint-Denis (La Réunion)"); got != c.link {
				t.Errorf("the other place leads to %q, want %q", got, c.link)
			}
			if c.field != "" {
				invalid := v.all(func(n *html.Node) bool { return attr(n, "aria-invalid") == "true" })
				if len(invalid) != 1 || attr(invalid[0], "name") != c.field || !strings.Contains(attr(invalid[0], "aria-describedby"), c.field+"-error") {
					t.Errorf("%s: wrong fields %v", c.says, invalid)
				}
			}
		}
	}
	f := newFakeReader()
	f.searchErr = &card.Problem{Cause: card.Invalid, Field: "near"}
	if v := visitPage(t, newPages(t, Config{}, f), "/recherche"); v.code != http.StatusOK {
		t.Errorf("without a place of its own: %d", v.code)
	}
	f.searchErr = errors.New("secret")
	if v := visitPage(t, newPages(t, Config{}, f), "/recherche"); v.code != http.StatusInternalServerError || strings.Contains(v.body, "secret") {
		t.Errorf("a fault: %d", v.code)
	}
}

// TestFormKeepsWhatCannotBeUsed, says so at the field, and searches without it.
func TestFormKeepsWhatCannotBeUsed(t *testing.T) {
	f := newFakeReader()
	v := visitPage(t, newPages(t, Config{}, f), "/recherche?near=Toulouse&radius_km=abc&language=klingonnn&mode=fly&available_by=hier&skill=a,b,c,d,e,f,g,h,i")
	if v.code != http.StatusUnprocessableEntity {
		t.Errorf("%d", v.code)
	}
	v.must(t, "« abc » n’est pas une distance", "« klingonnn » n’est pas une langue", "« fly » n’est pas une façon", "« hier » n’est pas une date", "nous cherchons sans « i »", "3 personnes")
	for name, value := range map[string]string{"radius_km": "", "language": "klingonnn", "mode": "fly", "available_by": "hier", "skill": "a,b,c,d,e,f,g,h,i"} {
		if name != "radius_km" && !hasField(v, name, value) {
			t.Errorf("%s=%s is lost", name, value)
		}
	}
	s := f.searched[0]
	if s.RadiusKm != nil || s.Languages != nil || s.Modes != nil || s.AvailableBy != "" || len(s.Skills) != maxSkills {
		t.Errorf("searched %+v", s)
	}
	visitPage(t, newPages(t, Config{}, f), "/recherche?kind=missions&status=odd").must(t, "« odd » n’est pas un état")
	// A radius that the form does not offer is none of these.
	visitPage(t, newPages(t, Config{}, f), "/recherche?radius_km=12,5").must(t, "à 13 km au plus")
}

func TestFragmentIsTheListAlone(t *testing.T) {
	pages := newPages(t, Config{}, newFakeReader())
	for _, path := range []string{"/recherche?near=Toulouse&kind=profiles", "/missions?near=Toulouse"} {
		whole := visitPage(t, pages, path)
		var source string
		for _, n := range whole.all(func(n *html.Node) bool { return attr(n, "id") == "results" }) {
			source = attr(n, "data-fragment")
		}
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, source, nil))
		part := strings.TrimSpace(w.Body.String())
		if !strings.HasPrefix(part, "<section id=\"results\"") || !strings.HasSuffix(part, "</section>") || !strings.Contains(whole.body, part) {
			t.Errorf("%s is not the list of %s:\n%s", source, path, part)
		}
	}
}

// TestFormForgives: whatever is typed, the search stays in its bounds, and
// the address leads back to the same form.
func TestFormForgives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		query := url.Values{}
		for _, name := range []string{"kind", "near", "skill", "radius_km", "language", "mode", "available_by", "q", "status", "cursor", "map", "lang"} {
			for range rapid.IntRange(0, 3).Draw(rt, name) {
				value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"missions", "Toulouse", "a, b,,a", "25", "1e9", "NaN", "fr", "onsite", "2026-12-01", "open", "en"})).Draw(rt, name+" value")
				query.Add(name, value)
			}
		}
		f := readForm(query)
		s := f.search("fr")
		if len([]rune(s.Near)) > maxFieldRunes || len(s.Skills) > maxSkills || slices.Contains(s.Skills, "") || len(s.Cursor) > maxCursorBytes ||
			len(s.Languages) > maxChecked || len(s.Modes) > maxChecked || (s.RadiusKm != nil && !(*s.RadiusKm >= 0 && *s.RadiusKm <= maxRadiusKm)) {
			rt.Fatalf("%v became %+v", query, s)
		}
		again, err := url.Parse(f.address())
		if err != nil || !reflect.DeepEqual(readForm(again.Query()), f) {
			rt.Fatalf("%v: address %v does not lead back:\n%+v\n%+v", query, again, f, readForm(again.Query()))
		}
	})
}

// TestScriptsAreSmall: each packed in 5 kB at most, and none runs text.
func TestScriptsAreSmall(t *testing.T) {
	for _, name := range []string{"complete.js", "live.js"} {
		data, err := files.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if size := len(pack(data)); size > 5000 {
			t.Errorf("%s: %d bytes packed", name, size)
		}
		for _, word := range []string{"eval(", "innerHTML = ", "Function(", "http://", "https://", "insertAdjacentHTML", "document.write"} {
			if strings.Contains(string(data), word) {
				t.Errorf("%s has %s", name, word)
			}
		}
	}
}

func TestDistancesAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct {
		km     float64
		fr, en string
	}{{0, "dans la commune", "in this town"}, {0.44, "à 0,4 km", "0.4 km away"}, {9.96, "à 10 km", "10 km away"}, {83.5, "à 84 km", "84 km away"}} {
		if fr, en := wordsFor("fr").distance(c.km), wordsFor("en").distance(c.km); fr != c.fr || en != c.en {
			t.Errorf("%v: %q and %q", c.km, fr, en)
		}
	}
	if got := fmt.Sprint(wordsFor("fr").number(1234567), " ", wordsFor("en").number(999)); got != "1\u202f234\u202f567 999" {
		t.Error(got)
	}
}
