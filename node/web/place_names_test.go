package web

import (
	"html"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

// TestPlacesTakeTheirPreposition: wherever a page says "à" or "de" before a
// place, French contracts or elides it; English has the name as it is.
func TestPlacesTakeTheirPreposition(t *testing.T) {
	mans, orleans := fakePlace("Le Mans", "Sarthe", 48, 0.2), fakePlace("Orléans", "Loiret", 47.9, 1.91)
	f := newFakeReader()
	own, stranger, mission := f.collectives[fakeID("own")], f.profiles[malik], f.missions[fakeID("open")]
	own.Place, stranger.Place, mission.Place = mans, orleans, mans
	f.site.Collective, f.collectives[own.ID], f.profiles[malik], f.missions[mission.ID] = &own, own, stranger, mission
	f.places = map[string]card.ResolvedPlace{"le-mans": *mans.Resolved, "orléans": *orleans.Resolved}
	f.overview.Places = []card.PlaceCount{{Place: *mans.Resolved, Slug: "le-mans", Collectives: 1}, {Place: *orleans.Resolved, Slug: "orléans", Profiles: 1}}
	f.alike = 1
	pages := newPages(t, Config{}, f)
	for path, want := range map[string]map[string][]string{
		"/recherche?near=orléans": {
			"fr": {"Trouver quelqu’un près d’ici, près d’orléans", "autour d’Orléans (Loiret)"},
			"en": {"Find someone nearby, near orléans", "around Orléans (Loiret)"},
		},
		"/":                           {"fr": {"Collectif d’indépendants au Mans (Sarthe)"}, "en": {"A collective of freelancers in Le Mans (Sarthe)"}},
		"/c/" + own.ID:                {"fr": {"Collectif d’indépendants au Mans</title>"}, "en": {"A collective of freelancers in Le Mans</title>"}},
		"/missions/" + mission.ID:     {"fr": {"Mission au Mans (Sarthe)", "Mission au Mans –"}, "en": {"Mission in Le Mans (Sarthe)", "Mission in Le Mans –"}},
		"/ville/le-mans":              {"fr": {"Indépendants au Mans (Sarthe)", "Chercher autour du Mans (Sarthe)"}, "en": {"Freelancers in Le Mans (Sarthe)", "Search around Le Mans (Sarthe)"}},
		"/p/" + malik:                 {"fr": {"porte ce nom à Orléans (Loiret)."}, "en": {"has this name in Orléans (Loiret)."}},
		"/carte?page=%2Freseau":       {"fr": {"1 collectif au Mans"}, "en": {"1 collective in Le Mans"}},
		"/missions.atom?near=orléans": {"fr": {"Missions ouvertes près d’Orléans (Loiret) –"}, "en": {"Open missions near Orléans (Loiret) –"}},
	} {
		for lang, texts := range want {
			body := html.UnescapeString(read(t, pages, path, "Accept-Language", lang))
			for _, text := range texts {
				if !strings.Contains(body, text) {
					t.Errorf("%s in %s lacks %q", path, lang, text)
				}
			}
		}
	}
}
