//go:build browser

package main

import (
	"fmt"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

// hostileTexts are what a stranger's card may carry. Each tries to run a
// script, to load something, to leave its element or to dress up as another.
var hostileTexts = []string{
	`<script>window.harmed = 1</script>`,
	`"><img src=x onerror="window.harmed=1">`,
	`'><svg onload=window.harmed=1>`,
	`</title><script>window.harmed=1</script>`,
	`</script><script>window.harmed=1</script>`,
	`<!--<script>window.harmed=1`,
	`{{.Site}}${7*7}<%= 7*7 %>`,
	`javascript:window.harmed=1`,
	`<iframe srcdoc="<script>parent.harmed=1</script>">`,
	`<link rel=stylesheet href=//evil.example/x.css><style>*{display:none}</style>`,
	`<base href=//evil.example><form action=//evil.example><input name=a>`,
	`<meta http-equiv=refresh content="0;url=//evil.example">`,
	`" autofocus onfocus=window.harmed=1 x="`,
	"مرحبا بالعالم محمود الخطيب",
	"שלום עולם דוד כהן",
	strings.Repeat("ﷺ", 20),
	strings.Repeat("A", 80),
	"Z" + strings.Repeat("\u0300\u0316\u0347", 25),
	"&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;",
	"]]><script>window.harmed=1</script>",
}

func cut(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes])
	}
	return s
}

// Whatever the cards carry, every page shows it as text: no script, no
// dialog, no request elsewhere, no page wider than its screen.
func TestBrowserHostileCards(t *testing.T) {
	dir := scratchDir(t)
	good := startHouse(t, dir, "Les Indés", "Toulouse")
	bad := startHouse(t, dir, "<script>window.harmed=1</script>", "Toulouse", good)
	b := openBrowser(t)
	var paths []string
	taken := 0
	for i, text := range hostileTexts {
		p := card.Profile{
			Name: text, Headline: text, About: text + "\n" + text, Place: card.Place{Text: "Toulouse"}, Skills: []string{cut(text, 60), fmt.Sprint("x", i)}, Languages: []string{"fr"},
			Links: []card.Link{{Label: cut(text, 60), URL: "https://example.org/?q=%22%3E%3Cscript%3Ewindow.harmed=1%3C/script%3E"}},
		}
		done, err := bad.client.PublishProfile(t.Context(), p, "")
		if err != nil {
			t.Logf("refused at the door: %q: %v", text, err)
			continue
		}
		taken++
		paths = append(paths, "/p/"+done.ID)
		m, err := bad.client.PostMission(t.Context(), card.Mission{Title: text, Description: text, Place: card.Place{Text: "Toulouse"}, Needs: []card.Need{{Skill: cut(text, 60)}}}, true)
		if err == nil {
			paths = append(paths, "/missions/"+m.ID)
		} else {
			t.Errorf("mission refused at the door: %q: %v", text, err)
		}
	}
	if taken != len(hostileTexts) {
		t.Errorf("only %d of %d hostile cards were taken: the others test the door and not the pages", taken, len(hostileTexts))
	}
	own, err := bad.client.Collective(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	awaitSame(t, good, bad)
	paths = append(paths, "/c/"+own.ID, "/", "/recherche?near=Toulouse", "/recherche?near=Toulouse&kind=missions", "/recherche?near=Toulouse&kind=collectives",
		"/missions", "/ville/toulouse", "/reseau", "/integrer",
		"/recherche?near=%22%3E%3Cscript%3Ewindow.harmed=1%3C/script%3E", "/recherche?skill=%3Cimg+src=x+onerror=window.harmed=1%3E&near=Toulouse",
		"/recherche?q=%27%22%3E%3Csvg+onload=window.harmed=1%3E&near=Toulouse", "/%3Cscript%3Ewindow.harmed=1%3C/script%3E")
	for _, r := range []reader{{phone, "light", "fr", false}, {desktop, "dark", "en", false}} {
		v := openTab(t, b, r)
		for _, path := range paths {
			v.open(good.page + path)
			v.checkHarmless()
			v.checkLayout()
			v.shoot("hostile-" + r.String() + path)
		}
	}
}

// checkHarmless looks for what a card must never reach.
func (v *tab) checkHarmless() {
	v.t.Helper()
	answer, err := v.Eval(`() => {
		const faults = []
		if (window.harmed) faults.push("a script of a card ran")
		for (const e of document.querySelectorAll("main iframe, main object, main embed, main base, main meta, main link, main style, main script:not([type='application/ld+json'])")) faults.push(e.outerHTML.slice(0, 200))
		for (const e of document.querySelectorAll("a[href], form[action], [src]")) {
			const to = new URL(e.href || e.action || e.src, location.href)
			if (!["https:", "mailto:", "http:", "tel:"].includes(to.protocol)) faults.push(to.href)
			if (e.tagName != "A" && to.host != location.host) faults.push(to.href)
			if (e.tagName == "A" && to.protocol == "https:" && to.host != location.host && !/\bnoopener\b/.test(e.rel)) faults.push("no rel: " + e.outerHTML.slice(0, 200))
		}
		for (const e of document.querySelectorAll("*")) for (const a of e.attributes) if (/^on/i.test(a.name)) faults.push(e.outerHTML.slice(0, 200))
		return faults.join("\n")
	}`)
	v.must(err)
	if faults := answer.Value.Str(); faults != "" {
		v.t.Errorf("%s: %s", v.address(), faults)
	}
}
