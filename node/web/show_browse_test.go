package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

func TestMissionTellsAll(t *testing.T) {
	f := newFakeReader()
	pages := newPages(t, Config{}, f)
	v := visitPage(t, pages, "/missions/"+fakeID("open"))
	v.must(t, "Identité visuelle d’une coopérative", "Un nom, un signe, des affiches.", "graphisme 10 jours", "15/12/2026", "05/01/2027", "présentiel", "français",
		"contrat direct avec le client", "de 4\u202f000 à 6\u202f000 € pour la mission", "aucun prix ne classe", "Les Indés de la Garonne", "ouverte", "K7QF-2MZA-XW3B", "20 novembre 2026", "Signaler cette mission")
	v.mustNot(t, "pas encore connu d’ici")
	for text, want := range map[string]string{"Répondre via": "/c/" + own + "#contact", "Signaler": "/signaler/mission/" + fakeID("open"), "Toulouse": "/ville/toulouse"} {
		if got := v.link(text); got != want {
			t.Errorf("%s leads to %q, want %q", text, got, want)
		}
	}
	done := visitPage(t, pages, "/missions/"+fakeID("done"))
	done.must(t, "attribuée", "On ne peut plus répondre")
	if done.link("Répondre via") != "" {
		t.Error("a mission that is attributed can be answered")
	}
	m := f.missions[fakeID("open")]
	m.Collective, m.Budget, m.Contract = &card.Membership{ID: fakeID("stranger")}, nil, ""
	f.missions[m.ID] = m
	v = visitPage(t, pages, "/missions/"+m.ID, "Accept-Language", "en")
	v.must(t, "a collective without a name", "to be verified", "not yet known here", "has not arrived here yet")
	v.mustNot(t, "Budget")
	if strings.Contains(v.body, "/c/"+fakeID("stranger")) {
		t.Error("a link to a collective that is not held here")
	}
	if v := visitPage(t, pages, "/missions/"+fakeID("nothing")); v.code != http.StatusNotFound {
		t.Errorf("unknown mission: %d", v.code)
	}
}

func TestBudgets(t *testing.T) {
	for _, c := range []struct {
		budget *card.Budget
		want   string
	}{
		{nil, ""}, {&card.Budget{Currency: "EUR"}, ""},
		{&card.Budget{Min: 400, Max: 400, Currency: "EUR", Per: "day"}, "400 € a day"},
		{&card.Budget{Max: 12000, Currency: "CHF", Per: "month"}, "up to 12,000 CHF a month"},
		{&card.Budget{Min: 50, Max: 60, Currency: "EUR", Per: "hour"}, "50 to 60 € an hour"},
	} {
		if got := strings.ReplaceAll(wordsFor("en").budget(c.budget), "\u00a0", " "); got != c.want {
			t.Errorf("%+v: %q, want %q", c.budget, got, c.want)
		}
	}
}

func TestMissionsAreBrowsed(t *testing.T) {
	f := newFakeReader()
	v := visitPage(t, newPages(t, Config{}, f), "/missions?near=Toulouse&skill=graphisme&status=any")
	v.must(t, "2 missions autour de Toulouse", "attribuée", "graphisme 10 jours", "Publiée par", "Répondre avant le")
	if s := f.searched[0]; s.Status != "any" || s.Near != "Toulouse" || s.AvailableBy != "" {
		t.Errorf("searched %+v", s)
	}
	if !hasField(v, "near", "Toulouse") || len(v.all(func(n *html.Node) bool { return attr(n, "class") == "tabs" })) > 0 {
		t.Error("not the form of missions")
	}
	f.missionPage = &card.Page[card.FoundMission]{}
	visitPage(t, newPages(t, Config{}, f), "/missions?skill=go").must(t, "Aucune mission ne réunit tout cela", "Chercher sans « go »")
}

func TestCity(t *testing.T) {
	f := newFakeReader()
	pages := newPages(t, Config{}, f)
	v := visitPage(t, pages, "/ville/toulouse")
	v.must(t, "Toulouse (Haute-Garonne)", "1 collectif, 2 personnes, 2 missions", "Camille Moreau", "À moins de 25 km", "Malik Benali", "Villes voisines", "Bordeaux, à 212 km")
	for text, want := range map[string]string{"Bordeaux, à": "/ville/bordeaux", "Chercher autour": "/recherche?near=Toulouse+%28Haute-Garonne%29"} {
		if got := v.link(text); got != want {
			t.Errorf("%s leads to %q, want %q", text, got, want)
		}
	}
	if s := f.searched[0]; s.Near != "43.60,1.44" || *s.RadiusKm != aroundKm {
		t.Errorf("searched %+v", s)
	}
	if v := visitPage(t, pages, "/ville/nulle-part"); v.code != http.StatusNotFound {
		t.Errorf("unknown commune: %d", v.code)
	}
	f.places["foix"] = card.ResolvedPlace{Name: "Foix", Department: "Ariège", Lat: 42.96, Lon: 1.61}
	if v := visitPage(t, pages, "/ville/foix"); v.code != http.StatusNotFound {
		t.Errorf("a commune that has nothing itself: %d", v.code)
	}
	// What has just come counts before the overview knows of it.
	f.overview = card.Overview{}
	visitPage(t, pages, "/ville/toulouse").must(t, "1 collectif, 2 personnes")
	f.searchErr = &card.Problem{Cause: card.Unavailable}
	if v := visitPage(t, pages, "/ville/toulouse"); v.code == http.StatusOK {
		t.Error("a search that failed shows an empty city")
	}
}

func TestNetwork(t *testing.T) {
	f := newFakeReader()
	f.info.Digest, f.info.Sync.Last = strings.Repeat("ab", 32), &today
	f.peers = []api.Peer{{Connected: true, Collective: &api.CollectiveRef{ID: other}}, {Connected: false}}
	page, _ := f.SearchCollectives(t.Context(), card.Search{})
	page.NextCursor = "after 50"
	f.collectivePage = &page
	pages := newPages(t, Config{}, f)
	v := visitPage(t, pages, "/reseau")
	v.must(t, "2 collectifs", "3 personnes", "1 mission", "2 autres nœuds sont joints", "La Fabrique des Chartrons", "relié en ce moment", "pas encore connu d’ici", "c’est ici",
		"abababababababab", "23/11/2026, 09:30 UTC", "Dernière mise à jour complète")
	v.mustNot(t, "seul pour l’instant")
	if got := v.link("Suite de la liste"); got != "/reseau?cursor=after+50" {
		t.Errorf("goes on at %q", got)
	}
	if s := f.searched[len(f.searched)-1]; s.Limit != networkLimit || s.Near != "" {
		t.Errorf("searched %+v", s)
	}
	if got := visitPage(t, pages, "/reseau?cursor=x").link("Revenir au début"); got != "/reseau" {
		t.Errorf("begins at %q", got)
	}

	f.info.Peers, f.peers = 0, nil
	visitPage(t, pages, "/reseau").must(t, "Votre collectif est seul pour l’instant", "comment inviter", "courtcircuit bootstrap export", "Aucun autre nœud")
	nameless := namelessReader()
	visitPage(t, newPages(t, Config{}, nameless), "/reseau").must(t, "Rien encore")
	if s := nameless.searched[0]; s.Near != middleOfFrance {
		t.Errorf("without a place searched %+v", s)
	}
}

// TestManyCollectives: the list is a page of 50, and a cursor that is over
// begins again.
func TestManyCollectives(t *testing.T) {
	f := newFakeReader()
	page := card.Page[card.FoundCollective]{}
	for i := range networkLimit {
		c := fakeCollective(fmt.Sprint("c", string(rune('a'+i%26)), string(rune('a'+i/26))), strings.Repeat("Très long nom ", 20), "Toulouse", "Haute-Garonne", 43.6, 1.44)
		page.Results = append(page.Results, card.FoundCollective{Collective: c})
	}
	f.collectivePage = &page
	v := visitPage(t, newPages(t, Config{}, f), "/reseau")
	if n := len(v.all(func(n *html.Node) bool { return strings.HasPrefix(attr(n, "class"), "collective ") })); n != networkLimit {
		t.Errorf("%d collectives", n)
	}
	f.searchErr = &card.Problem{Cause: card.Invalid, Field: "cursor"}
	if v := visitPage(t, newPages(t, Config{}, f), "/reseau?cursor=old"); v.code != http.StatusUnprocessableEntity || f.searched[len(f.searched)-1].Cursor != "" {
		t.Errorf("%d, %+v", v.code, f.searched)
	}
}

func TestMapAlone(t *testing.T) {
	f := newFakeReader()
	pages := newPages(t, Config{}, f)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	for path, parts := range map[string][]string{
		"/carte?near=Toulouse&skill=go&map=43.6,1.44,100&w=400&h=300":   {`data-view="43.6000,1.4400,100.0"`, `viewBox="0 0 400 300"`, "near=Toulouse&amp;skill=go", "/recherche?map="},
		"/carte?lat=43.6&lon=1.44&km=100":                               {`data-view="43.6000,1.4400,100.0"`, `viewBox="0 0 560 600"`},
		"/carte?page=%2Freseau":                                         {"1 collectif à Toulouse", "/reseau?map=", "page=%2Freseau"},
		"/carte?page=%2Fville%2Ftoulouse":                               {"/ville/toulouse?map=", "résultats"},
		"/carte?page=https%3A%2F%2Fevil.example%2F&w=x&h=99999999&map=": {"/recherche?map="},
		"/carte?map=NaN,NaN,NaN&kind=collectives":                       {"La Fabrique des Chartrons"},
	} {
		w := get(path)
		body := strings.TrimSpace(w.Body.String())
		if w.Code != http.StatusOK || !strings.HasPrefix(body, "<figure") || strings.Contains(body, "evil") {
			t.Errorf("%s: %d %.200s", path, w.Code, body)
		}
		for _, part := range parts {
			if !strings.Contains(body, part) && !strings.Contains(html.UnescapeString(body), part) {
				t.Errorf("%s lacks %s", path, part)
			}
		}
	}
	f.searchErr = &card.Problem{Cause: card.Invalid, Field: "near"}
	if w := get("/carte?near=nowhere"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no place: %d", w.Code)
	}
	if w := get("/carte?page=%2Fville%2Fnowhere"); w.Code != http.StatusNotFound {
		t.Errorf("no commune: %d", w.Code)
	}
}
