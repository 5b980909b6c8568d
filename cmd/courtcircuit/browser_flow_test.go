//go:build browser

package main

import (
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/input"
)

// A client finds two people near Toulouse, tells the two Camille Moreau
// apart, and follows one to her collective.
func TestBrowserClientFindsSomebody(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	for _, r := range []reader{
		{phone, "light", "fr", false}, {desktop, "dark", "en", false}, {phone, "light", "fr", true},
	} {
		name := r.String()
		if r.plain {
			name += "-without-scripts"
		}
		t.Run(name, func(t *testing.T) {
			v := openTab(t, b, r)
			v.open(w.garonne.page + "/")
			v.see("h1", "Les Indés de la Garonne")
			v.fill("input[name=skill]", "graphiste")
			v.fill("input[name=near]", "Toulouse")
			submit, err := v.Element("form[role=search] button[type=submit]")
			v.must(err)
			v.follow(submit)
			// The two of one name, nearest first, then the one in Bordeaux.
			v.see("#results", "Camille Moreau")
			names := v.texts("#results .person h3")
			if len(names) != 3 || !strings.Contains(names[0], "Camille Moreau") || !strings.Contains(names[1], "Camille Moreau") || !strings.Contains(names[2], "Hugo Lacoste") {
				t.Fatalf("found %q", names)
			}
			// What tells them apart is on the page.
			v.see("#results .person", "identité visuelle")
			v.see("#results .person", "édition et affiches")
			prints := v.texts("#results .person .fingerprint")
			if len(prints) < 2 || prints[0] == prints[1] {
				t.Fatalf("fingerprints %q", prints)
			}
			v.shoot("flow-search-" + name)
			v.follow(v.see("#results .person h3 a", names[0]))
			v.see("h1", "Camille Moreau")
			if !strings.Contains(v.address(), "/p/") {
				t.Fatalf("followed to %s", v.address())
			}
			v.follow(v.see("main a[href^='/c/']", "Les Indés de la Garonne"))
			v.see("h1", "Les Indés de la Garonne")
		})
	}
}

// A slip of the keyboard is forgiven and said; completion proposes places.
func TestBrowserCompletion(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	v := openTab(t, b, reader{desktop, "light", "fr", false})
	v.open(w.garonne.page + "/recherche")
	near, err := v.Element("input[name=near]")
	v.must(err)
	v.must(near.SelectAllText())
	v.must(near.Input("bord"))
	v.see("[role=option]", "Bordeaux")
	v.must(near.Type(input.ArrowDown, input.Enter))
	if got, err := near.Property("value"); err != nil || !strings.Contains(got.String(), "Bordeaux") {
		t.Fatalf("completed to %q, %v", got, err)
	}
	v.see("#results h2", "autour de Bordeaux")

	// A tab of its own: the first may still be entering its address in its history.
	v = openTab(t, b, reader{desktop, "light", "fr", false})
	v.open(w.garonne.page + "/recherche?near=Toulouse&skill=graphsime")
	v.see("main", "graphsime")
	v.see("#results .person h3", "Camille Moreau")
}

// A profile published at another node appears on an open page by itself.
func TestBrowserLiveProfile(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	v := openTab(t, b, reader{desktop, "light", "fr", false})
	v.open(w.garonne.page + "/recherche?near=Bordeaux&skill=illustration")
	v.see("#results .person h3", "Hugo Lacoste")
	w.chartrons.publish(t, person("Maëlle Servat", "Illustratrice jeunesse", "Bordeaux", "illustration"))
	v.see("#results .person h3", "Maëlle Servat")
	v.shoot("flow-live")
}

// What was erased says so, what is hidden says so, and a report needs no
// account.
func TestBrowserReportAndErased(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	v := openTab(t, b, reader{phone, "light", "fr", false})
	v.open(w.garonne.page + "/p/" + w.second)
	v.follow(v.see("a[href*='/signaler/']", "Signaler"))
	reason, err := v.Element("input[name=reason][value=spam]")
	v.must(err)
	v.must(reason.Click("left", 1))
	send, err := v.Element("main form button[type=submit]")
	v.must(err)
	v.follow(send)
	v.see("h1", "Merci")
	if err := w.garonne.client.RemoveProfile(t.Context(), w.second); err != nil {
		t.Fatal(err)
	}
	v.open(w.garonne.page + "/p/" + w.second)
	v.see("h1", "effacée")
}

// A node that knows nobody and has no name shows nothing broken.
func TestBrowserAlone(t *testing.T) {
	b, dir := openBrowser(t), scratchDir(t)
	nameless, alone := startHouse(t, dir, "nameless", ""), startHouse(t, dir, "Seul au monde", "Foix")
	for _, r := range []reader{{phone, "light", "fr", false}, {desktop, "dark", "en", false}} {
		v := openTab(t, b, r)
		for _, h := range []*house{nameless, alone} {
			for _, path := range []string{"/", "/recherche", "/recherche?near=Toulouse&skill=go", "/missions", "/reseau", "/integrer", "/mentions-legales", "/ville/toulouse"} {
				v.open(h.page + path)
				v.checkLayout()
				v.shoot("alone-" + strings.TrimPrefix(h.home, dir)[1:] + "-" + r.String() + path)
			}
		}
	}
}

// The first load of the vitrine and of a search with its map stays small.
func TestBrowserFirstLoadIsSmall(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	for _, c := range []struct {
		path  string
		limit float64
	}{{"/", 150e3}, {"/recherche?near=Toulouse", 250e3}, {"/reseau", 250e3}} {
		v := openTab(t, b, reader{desktop, "light", "fr", false})
		v.open(w.garonne.page + c.path)
		v.must(v.WaitIdle(browserBound))
		total := v.wireBytes()
		t.Logf("%s: %.0f bytes on the wire", c.path, total)
		if total == 0 || total > c.limit {
			t.Errorf("%s: %.0f bytes on the wire, at most %.0f expected", c.path, total, c.limit)
		}
	}
}
