//go:build browser

package main

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// axe-core by Deque Systems, MPL-2.0; its licence lies beside it. It is for
// the tests alone and in no program.
//
//go:embed testdata/axe/axe.min.js
var axe string

// runAxe answers the violations of the WCAG 2.2 AA rules and of axe's own
// best practices.
const runAxe = `async () => JSON.stringify((await axe.run(document, {
	resultTypes: ["violations"],
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})).violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 300) + " | " + (n.failureSummary || "").slice(0, 300))})))`

type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

func (v *tab) violations() (found []violation) {
	v.t.Helper()
	_, err := v.Eval("() => {" + axe + "}")
	v.must(err)
	answer, err := v.Eval(runAxe)
	v.must(err)
	v.must(json.Unmarshal([]byte(answer.Value.Str()), &found))
	return found
}

// lookers see every page light and dark, on a phone and a desktop, and each of
// these in one of the languages: the rules do not depend on the words.
var lookers = []reader{
	{phone, "light", "fr", false}, {phone, "dark", "en", false}, {desktop, "light", "en", false}, {desktop, "dark", "fr", false},
}

// Every page, light and dark, on a phone and a desktop, in both languages.
func TestBrowserAccessibility(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	pages := w.addresses(t)
	for _, r := range lookers {
		t.Run(r.String(), func(t *testing.T) {
			v := openTab(t, b, r)
			for _, name := range slices.Sorted(maps.Keys(pages)) {
				v.open(w.garonne.page + pages[name])
				v.speaks(r.lang)
				for _, found := range v.violations() {
					t.Errorf("%s: %s (%s): %q", name, found.ID, found.Help, found.Nodes)
				}
				v.checkLayout()
				v.shoot(name + "-" + r.String())
			}
		})
	}
}

// speaks wants the page in the reader's language.
func (v *tab) speaks(lang string) {
	v.t.Helper()
	answer, err := v.Eval(`() => document.documentElement.lang`)
	v.must(err)
	if got := answer.Value.Str(); got != lang {
		v.t.Fatalf("%s is in %q, asked for in %q", v.address(), got, lang)
	}
}

// The check itself bites.
func TestBrowserAccessibilityBites(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	v := openTab(t, b, reader{desktop, "light", "fr", false})
	v.open(w.garonne.page + "/mentions-legales")
	_, err := v.Eval(`() => { document.querySelector("main").append(Object.assign(document.createElement("input"), {type: "text"})) }`)
	v.must(err)
	if len(v.violations()) == 0 {
		t.Error("a field without a name was let through")
	}
}

// checkLayout wants no page wider than its screen, whatever stands in it.
func (v *tab) checkLayout() {
	v.t.Helper()
	answer, err := v.Eval(`() => {
		const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth
		if (wide <= 0) return ""
		const out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
		return wide + " pixels too wide: " + out.slice(0, 5).map(e => e.outerHTML.slice(0, 160)).join(" … ")
	}`)
	v.must(err)
	if wide := answer.Value.Str(); wide != "" {
		v.t.Errorf("%s: %s", v.address(), wide)
	}
}
