//go:build browser

package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

// literal makes words a JavaScript expression that matches them alone.
func literal(words string) string { return regexp.QuoteMeta(words) }

func shorten(s string) string {
	if len(s) > 3000 {
		return s[:3000] + "…"
	}
	return s
}

// house is a node under test with its page.
type house struct {
	home, page string
	console    string // the one-time link that the start printed
	client     *client.Client
	daemon     *daemon
	start      func() (*daemon, error)
}

// startHouse starts one named node, which begins at the nodes before.
func startHouse(t *testing.T, dir, name, place string, before ...*house) *house {
	t.Helper()
	path, err := exec.LookPath("courtcircuit")
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
	environ := append(os.Environ(), testEnviron("test-browser")...)
	if place != "" {
		setUp := exec.CommandContext(t.Context(), path, "--home", home, "init", "--name", name, "--place", place, "--languages", "fr")
		setUp.Env = environ
		if out, err := setUp.CombinedOutput(); err != nil {
			t.Fatalf("init: %v: %s", err, out)
		}
	}
	var addresses []string
	for _, h := range before {
		info, err := h.daemon.info()
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, info.Addresses[:1]...)
	}
	list := filepath.Join(dir, filepath.Base(home)+".json")
	if err := writeBootstrap(list, "test-browser", addresses); err != nil {
		t.Fatal(err)
	}
	h := &house{home: home, start: func() (*daemon, error) {
		return startDaemon(t.Context(), path, dir, environ, home, serveArgs(home, "--bootstrap", list)...)
	}}
	h.run(t)
	t.Cleanup(func() { h.daemon.kill() })
	return h
}

// run starts the node, for the first time or after its daemon has ended.
func (h *house) run(t *testing.T) {
	t.Helper()
	var err error
	if h.daemon, err = h.start(); err != nil {
		t.Fatal(err)
	}
	var said struct {
		Page    string `json:"page"`
		Console struct {
			URL string `json:"url"`
		} `json:"console"`
	}
	if err := json.Unmarshal(h.daemon.ready, &said); err != nil {
		t.Fatal(err)
	}
	h.page, h.console, h.client = strings.TrimSuffix(said.Page, "/"), said.Console.URL, openClient(t, h.home)
}

func (h *house) publish(t *testing.T, p card.Profile) string {
	t.Helper()
	done, err := h.client.PublishProfile(t.Context(), p, "")
	if err != nil {
		t.Fatalf("publish %q: %v", p.Name, err)
	}
	return done.ID
}

// awaitSame waits until all replicas hold the same.
func awaitSame(t *testing.T, houses ...*house) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitBound)
	defer cancel()
	var homes []string
	for _, h := range houses {
		homes = append(homes, h.home)
	}
	if err := awaitEqual(ctx, homes); err != nil {
		t.Fatal(err)
	}
}

func person(name, headline, place string, skills ...string) card.Profile {
	days, radius := uint(4), uint(60)
	return card.Profile{
		Name: name, Headline: headline, Place: card.Place{Text: place}, Skills: skills, Languages: []string{"fr", "en"},
		Modes: []string{"onsite", "hybrid"}, DaysPerWeek: &days, RadiusKm: &radius, Since: 2012,
		About: "Travaille près de chez vous.\n\nEn atelier le matin, chez les clients l’après-midi.",
		Links: []card.Link{{Label: "Portfolio", URL: "https://example.org/" + strings.ToLower(strings.Fields(name)[0])}},
	}
}

// town is a small federation: two collectives that know each other, two
// people of one name, missions of each state.
type town struct {
	garonne, chartrons *house
	first, second      string // the two Camille Moreau
	hugo               string // at the other collective
	mission            string
}

func startTown(t *testing.T) *town {
	t.Helper()
	dir := scratchDir(t)
	w := &town{garonne: startHouse(t, dir, "Les Indés de la Garonne", "Toulouse")}
	w.chartrons = startHouse(t, dir, "La Fabrique des Chartrons", "Bordeaux", w.garonne)
	w.first = w.garonne.publish(t, person("Camille Moreau", "Graphiste, identité visuelle", "Toulouse", "graphisme", "branding"))
	second := person("Camille Moreau", "Graphiste, édition et affiches", "Toulouse", "graphisme", "sérigraphie")
	second.Since = 2008
	w.second = w.garonne.publish(t, second)
	w.garonne.publish(t, person("Inès Benali", "Développeuse web", "Blagnac", "go", "accessibilité"))
	w.hugo = w.chartrons.publish(t, person("Hugo Lacoste", "Graphiste", "Bordeaux", "graphisme", "illustration"))
	w.mission = w.post(t, "Identité visuelle d’une coopérative", true)
	done := w.post(t, "Affiches d’un festival de quartier", true)
	if _, err := w.garonne.client.AttributeMission(t.Context(), done); err != nil {
		t.Fatal(err)
	}
	awaitSame(t, w.garonne, w.chartrons)
	return w
}

func (w *town) post(t *testing.T, title string, publish bool) string {
	t.Helper()
	m, err := w.garonne.client.PostMission(t.Context(), card.Mission{
		Title: title, Description: "Une coopérative de maraîchers veut se montrer.", Place: card.Place{Text: "31000"},
		Modes: []string{"onsite"}, Languages: []string{"fr"}, Needs: []card.Need{{Skill: "graphisme", Count: 1, Days: 10}},
		Budget: &card.Budget{Min: 4000, Max: 6000, Currency: "EUR", Per: "mission"},
	}, publish)
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

// addresses are all pages, each with a name.
func (w *town) addresses(t *testing.T) map[string]string {
	t.Helper()
	own, err := w.garonne.client.Collective(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.chartrons.client.Collective(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"home":          "/",
		"search":        "/recherche?near=Toulouse&skill=graphiste",
		"search-none":   "/recherche?near=Toulouse&skill=dentellerie&radius_km=10",
		"search-place":  "/recherche?near=Nullepart-les-Flots",
		"search-teams":  "/recherche?kind=collectives&near=Toulouse",
		"profile":       "/p/" + w.first,
		"collective":    "/c/" + own.ID,
		"unknown":       "/c/" + other.ID,
		"missions":      "/missions",
		"mission":       "/missions/" + w.mission,
		"city":          "/ville/toulouse",
		"network":       "/reseau",
		"embed":         "/integrer",
		"legal":         "/mentions-legales",
		"accessibility": "/accessibilite",
		"api":           "/api",
		"report":        "/signaler/profile/" + w.first,
		"missing":       "/nulle-part",
	}
}
