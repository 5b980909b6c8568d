package web

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"courtcircuit/node/card"
)

// TestWaysToTheForm: every page that a client may stand on leads to the form,
// with what is known of the request already.
func TestWaysToTheForm(t *testing.T) {
	p, f, _ := briefPages(t, testURL)
	c := f.collectives[other]
	c.Contact = "bonjour@chartrons.example"
	f.collectives[other] = c
	for address, want := range map[string]string{
		"/": depositPath, "/c/" + own: depositPath, "/c/" + other: depositPath + "?to=" + other,
		"/missions": depositPath, "/ville/toulouse": depositPath + "?near=Toulouse+%28Haute-Garonne%29",
		"/recherche?near=Toulouse": depositPath + "?near=Toulouse", "/recherche?near=Toulouse&kind=missions": depositPath + "?near=Toulouse",
	} {
		if got := visitPage(t, p, address).link("Déposer une mission"); got != want {
			t.Errorf("%s leads to %q, want %q", address, got, want)
		}
	}
	for id, want := range map[string][2]string{
		camille: {depositPath + "?profile=" + camille, "/c/" + own + "#contact"},
		malik:   {depositPath + "?profile=" + malik + "&to=" + other, "/c/" + other + "#contact"},
	} {
		v := visitPage(t, p, "/p/"+id)
		if got := v.link("Contacter via"); got != want[0] {
			t.Errorf("contact leads to %q, want %q", got, want[0])
		}
		if got := v.link("ou lui écrire directement"); got != want[1] {
			t.Errorf("the published contact is at %q, want %q", got, want[1])
		}
		visitPage(t, p, want[0]).must(t, f.profiles[id].Name)
	}
	// What a collective publishes stays to be seen.
	if v := visitPage(t, p, "/c/"+other); v.link("bonjour@chartrons.example") != "mailto:bonjour@chartrons.example" {
		t.Error("the published contact of a collective is gone")
	}
}

// An empty answer leads there too, and says so once.
func TestWaysToTheFormWhenNothingIsFound(t *testing.T) {
	p, f, _ := briefPages(t, testURL)
	f.profilePage = &card.Page[card.FoundProfile]{Near: &card.Understood{Place: f.places["bordeaux"]}}
	v := visitPage(t, p, "/recherche?near=Bordeaux&skill=soudure")
	links := v.all(func(n *html.Node) bool { return n.Data == "a" && strings.HasPrefix(attr(n, "href"), depositPath) })
	if len(links) != 1 || attr(links[0], "href") != depositPath+"?near=Bordeaux" {
		t.Errorf("%d links", len(links))
	}
}

// A person whose collective does not count her among its members is written
// to as before.
func TestWaysThroughAClaimedCollective(t *testing.T) {
	p, f, _ := briefPages(t, testURL)
	m := f.profiles[malik]
	m.Collectives = []card.Membership{{ID: other, Name: "La Fabrique des Chartrons"}, {ID: fakeID("unheld")}}
	f.profiles[malik] = m
	v := visitPage(t, p, "/p/"+malik)
	if got := v.link("Contacter via"); got != "/c/"+other+"#contact" || strings.Count(v.body, "Contacter via") != 1 {
		t.Errorf("contact leads to %q", got)
	}
}

// Where no requests are taken, no page leads to a form, and the form is none.
func TestNoWayToNoForm(t *testing.T) {
	f := newFakeReader()
	nameless, err := New(Config{}, namelessReader(), Doors{Briefs: newFakeBriefs()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	without := newPages(t, Config{}, f)
	for _, address := range []string{"/", "/p/" + camille, "/c/" + own, "/missions", "/ville/toulouse", "/recherche?near=Toulouse"} {
		if v := visitPage(t, without, address); strings.Contains(v.body, depositPath) || strings.Contains(v.body, "Déposer une mission") {
			t.Errorf("%s leads to a form", address)
		}
	}
	for _, address := range []string{depositPath, "/suivi/" + fakeSecret(1)} {
		if v := visitPage(t, without, address); v.code != 404 {
			t.Errorf("%s: %d", address, v.code)
		}
	}
	for _, address := range []string{"/", "/recherche", "/missions"} {
		if v := visitPage(t, nameless, address); strings.Contains(v.body, depositPath) {
			t.Errorf("%s leads to nobody's form", address)
		}
	}
}
