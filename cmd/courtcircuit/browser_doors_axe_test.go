//go:build browser

package main

import (
	"maps"
	"slices"
	"testing"

	"courtcircuit/node/card"
)

// Every page behind a door, light and dark, on a phone and a desktop, in both
// languages.
func TestBrowserDoorsAccessibility(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	brief, err := w.garonne.client.DepositBrief(t.Context(), card.BriefForm{
		Description: "Une affiche pour notre fête.", Place: card.Place{Text: "Toulouse"}, When: "en juin",
		Contact: card.BriefContact{Name: "Jeanne Duval", Email: "jeanne@client.example"}, Language: "fr",
	}, "one")
	if err != nil {
		t.Fatal(err)
	}
	briefs, err := w.garonne.client.Briefs(t.Context())
	if err != nil || len(briefs) != 1 {
		t.Fatalf("%d briefs, %v", len(briefs), err)
	}
	draft := w.post(t, "Un brouillon", false)
	waiting, err := w.garonne.client.InviteMember(t.Context(), "Amina Haddad")
	if err != nil {
		t.Fatal(err)
	}
	member, err := w.garonne.client.LinkMember(t.Context(), w.first)
	if err != nil {
		t.Fatal(err)
	}
	entry := waiting.Member.ID
	open := map[string]string{
		"deposit": "/missions/nouvelle", "follow": brief.Link, "link": waiting.Path, "entry": "/entrer",
		"nobody": "/_/", "no-such-link": "/moi/entrer/" + neverDrawn, "no-such-brief": "/suivi/" + neverDrawn,
	}
	console := map[string]string{
		"home": "/_/", "briefs": "/_/briefs", "brief": "/_/briefs/" + briefs[0].ID, "decline": "/_/briefs/" + briefs[0].ID + "/decliner",
		"delete-brief": "/_/briefs/" + briefs[0].ID + "/supprimer", "missions": "/_/missions", "mission": "/_/missions/" + w.mission,
		"draft": "/_/missions/" + draft, "new-mission": "/_/missions/nouvelle", "members": "/_/membres", "member-link": "/_/membres/" + entry + "/lien",
		"member-away": "/_/membres/" + entry + "/retirer", "works": "/_/realisations", "moderation": "/_/moderation", "hide": "/_/moderation/masquer/profile/" + w.second,
		"network": "/_/reseau", "backup": "/_/sauvegarde", "settings": "/_/reglages", "own": "/_/reglages/collectif", "people": "/_/acces", "journal": "/_/journal", "access": "/acces",
	}
	me := map[string]string{
		"me": "/moi", "card": "/moi/carte", "history": "/moi/historique", "key": "/moi/cle", "erase": "/moi/effacer", "move": "/moi/arriver", "forbidden": "/_/", "access": "/acces",
	}
	desk := w.garonne.coordinator(t, b, reader{desktop, "light", "fr", false}, "Léa Brun")
	person := openTab(t, b, reader{phone, "light", "fr", false})
	person.open(w.garonne.page + member.Path)
	person.send("main form")
	for who, v := range map[string]*tab{"console": desk, "me": person, "open": openTab(t, b, reader{phone, "light", "fr", false})} {
		pages := map[string]map[string]string{"console": console, "me": me, "open": open}[who]
		for _, r := range lookers {
			t.Run(who+"-"+r.String(), func(t *testing.T) {
				v := v.as(t, r)
				for _, name := range slices.Sorted(maps.Keys(pages)) {
					v.open(w.garonne.page + pages[name])
					v.speaks(r.lang)
					for _, found := range v.violations() {
						t.Errorf("%s: %s (%s): %q", name, found.ID, found.Help, found.Nodes)
					}
					v.checkLayout()
					v.shoot(who + "-" + name + "-" + r.String())
				}
			})
		}
	}
}

// neverDrawn is a secret of the right shape that was never drawn.
const neverDrawn = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
