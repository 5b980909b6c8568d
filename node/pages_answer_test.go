package node

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"courtcircuit/node/card"
	"courtcircuit/node/web"
	"courtcircuit/store"
)

// The pages ask a real node, with a public address as in the open: what one
// side asks for, the other must not refuse.
func TestPagesAnswer(t *testing.T) {
	cfg := serviceConfig(t, t.TempDir())
	cfg.PublicURL = "https://lesindes.example"
	n := nameNode(t, openService(t, cfg))
	person := mustPublish(t, n, camille("Graphiste", "graphisme"), "")
	mission, err := n.PostMission(t.Context(), card.Mission{Title: "Affiches", Place: card.Place{Text: "Toulouse"}, Needs: []card.Need{{Skill: "graphisme"}}}, true)
	if err != nil {
		t.Fatal(err)
	}
	own, err := n.Collective(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.New(n.webConfig(), hostless{webBackend{n}}, web.Doors{}, n.log)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/": "Les Indés", "/recherche?skill=graphiste": "Camille Moreau", "/recherche?kind=missions": "Affiches", "/recherche?kind=collectives": "Les Indés",
		"/p/" + person.ID: "Camille Moreau", "/p/" + person.ID + "/image.png": "PNG", "/p/" + person.ID + "/resume.json": "Camille Moreau", "/p/" + person.ID + "/contact.vcf": "FN:Camille Moreau",
		"/c/" + own.ID: "Les Indés", "/c/" + own.ID + "/image.png": "PNG", "/missions": "Affiches", "/missions/" + mission.ID: "Affiches", "/missions/" + mission.ID + "/image.png": "PNG",
		"/ville/toulouse": "Camille Moreau", "/reseau": "Les Indés", "/integrer": "Camille Moreau", "/integrer?aide=1": "iframe", "/mentions-legales": "OpenStreetMap", "/accessibilite": "WCAG", "/api": "/api/v1",
		"/signaler/profile/" + person.ID: "Camille Moreau", "/carte?near=Toulouse": "<svg", "/image.png": "PNG", "/missions.atom": "Affiches", "/missions.json": "Affiches",
		"/sitemap.xml": "https://lesindes.example/p/" + person.ID, "/robots.txt": "https://lesindes.example/sitemap.xml", "/favicon.ico": "",
	} {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, without %q", path, w.Code, want)
		}
	}
}

// What the members bring together follows each of their changes.
func TestSumsFollowTheMembers(t *testing.T) {
	n := namedNode(t)
	check := func(members int, skills ...string) {
		t.Helper()
		own, err := n.Collective(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range own.Skills {
			got = append(got, s.Skill)
		}
		list, err := n.Members(t.Context(), "", 10)
		if err != nil || len(list) != members {
			t.Errorf("%d members listed, %v; %d expected", len(list), err, members)
		}
		if own.Members != members || strings.Join(got, " ") != strings.Join(skills, " ") {
			t.Errorf("%d members with %q; %d with %q expected", own.Members, got, members, skills)
		}
	}
	check(0)
	p := mustPublish(t, n, camille("Graphiste", "graphisme", "branding"), "")
	check(1, "branding", "graphisme")
	if _, err := n.Hide(t.Context(), "profile", p.ID, ""); err != nil {
		t.Fatal(err)
	}
	check(0)
	if err := n.Unhide(t.Context(), "profile", p.ID); err != nil {
		t.Fatal(err)
	}
	check(1, "branding", "graphisme")
	if err := n.RemoveProfile(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	check(0)
}

// A page's members are the first of all of them, whichever way they are read.
func TestFirstMembersAreTheFirstOfAll(t *testing.T) {
	n := namedNode(t)
	for i := range maxFirstMembers + 2 {
		p := camille("Graphiste", "graphisme")
		p.Name = fmt.Sprint("Membre ", (i*7)%(maxFirstMembers+2))
		mustPublish(t, n, p, "")
	}
	all, err := n.Members(t.Context(), "", maxListed)
	if err != nil || len(all) != maxFirstMembers+2 {
		t.Fatalf("%d of %d members, %v", len(all), maxFirstMembers+2, err)
	}
	if !slices.IsSortedFunc(all, func(a, b card.Profile) int { return strings.Compare(store.FoldSkill(a.Name), store.FoldSkill(b.Name)) }) {
		t.Error("not by name")
	}
	for _, limit := range []int{1, maxFirstMembers, maxFirstMembers + 1} {
		some, err := n.Members(t.Context(), "", limit)
		if err != nil || len(some) != limit {
			t.Fatalf("%d of %d members, %v", len(some), limit, err)
		}
		for i, p := range some {
			if p.ID != all[i].ID {
				t.Fatalf("limit %d: %s at %d, %s expected", limit, p.Name, i, all[i].Name)
			}
		}
	}
}
