package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

// must holds when the page says each of the words.
func (v visit) must(t *testing.T, words ...string) {
	t.Helper()
	text := strings.Join(strings.Fields(v.text()), " ")
	for _, w := range words {
		if !strings.Contains(text, strings.Join(strings.Fields(w), " ")) {
			t.Errorf("the page does not say %q:\n%s", w, text)
		}
	}
}

func (v visit) mustNot(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(v.text(), w) {
			t.Errorf("the page says %q", w)
		}
	}
}

func TestHomeSaysWhoWeAre(t *testing.T) {
	pages := newPages(t, Config{}, newFakeReader())
	v := visitPage(t, pages, "/")
	v.must(t, "Les Indés de la Garonne", "Toulouse (Haute-Garonne)", "Nous travaillons ensemble", "Et près de chez vous.", "Camille Moreau", "Ce que nous savons faire ensemble",
		"Identité visuelle d’une coopérative", "Refonte d’un site associatif", "2027", "Aucune commission", "3 personnes de 2 collectifs, dans 2 communes")
	for text, want := range map[string]string{
		"c++ & co": "/recherche?skill=c%2B%2B+%26+co", "Camille Moreau": "/p/" + camille, "Refonte d’un site": "/missions/" + fakeID("done"),
		"bonjour@lesindes.example": "mailto:bonjour@lesindes.example", "Proposer une mission": "mailto:bonjour@lesindes.example?subject=Une%20mission%20%C3%A0%20vous%20proposer",
		"Toulouse": "/ville/toulouse", "Voir le réseau": "/reseau", "Voir les membres": "#members",
	} {
		if got := v.link(text); got != want {
			t.Errorf("%s leads to %q, want %q", text, got, want)
		}
	}
	if n := len(v.named("form")); n != 1 {
		t.Errorf("%d search forms", n)
	}
	// Two of one name are told apart where they stand side by side.
	v.must(t, "Même nom qu’une autre personne ici. Empreinte : K7QF-2MZA-XW3B")
}

// TestHomeWithFewAndMany: nobody, one, a page full, more than a page.
func TestHomeWithFewAndMany(t *testing.T) {
	for _, n := range []int{0, 1, 48, 49, 500} {
		f := newFakeReader()
		c := f.collectives[own]
		c.Members = n
		f.collectives[own], f.profiles = c, map[string]card.Profile{}
		for i := range n {
			p := fakeProfile(fmt.Sprintf("m%03db", i), fmt.Sprintf("Personne %d", i), c)
			f.profiles[p.ID] = p
		}
		v := visitPage(t, newPages(t, Config{}, f), "/")
		if got := strings.Count(v.body, `class="person card"`); got != min(n, 48) {
			t.Errorf("%d members: %d shown", n, got)
		}
		if more := v.link("par métier ou par nom"); (more != "") != (n > 48) {
			t.Errorf("%d members: link to all of them %q", n, more)
		}
		if n == 0 {
			v.must(t, "Aucun membre n’a encore publié", "courtcircuit profile add")
		}
	}
}

// TestHomeAlone: a collective that knows no other says nothing of others.
func TestHomeAlone(t *testing.T) {
	f := newFakeReader()
	f.site.Connected, f.overview = false, card.Overview{Profiles: 2, Collectives: 1, Places: []card.PlaceCount{{}}}
	f.missions = nil
	v := visitPage(t, newPages(t, Config{}, f), "/")
	v.must(t, "Aucune mission ouverte en ce moment.")
	v.mustNot(t, "Autour de nous", "Ce que nous avons fait", "Aucun autre collectif")
}

func TestHomeWithoutName(t *testing.T) {
	v := visitPage(t, newPages(t, Config{}, namelessReader()), "/")
	v.must(t, "n’a pas encore de nom", `courtcircuit collective edit --name "Les Indés" --place Toulouse`, "courtcircuit profile add profil.json")
}

func TestProfileIsTheWholeCard(t *testing.T) {
	f := newFakeReader()
	pages := newPages(t, Config{PublicURL: "https://indes.example"}, f)
	v := visitPage(t, pages, "/p/"+camille)
	v.must(t, "Camille Moreau", "Graphiste, identité visuelle", "Toulouse (Haute-Garonne), et jusqu’à 50 km autour", "Des marques qui durent.", "Et des livres.", "français, occitan",
		"présentiel, hybride", "en activité depuis 2015", "disponible à partir du", "confirmé le 20 novembre 2026", "Contacter via Les Indés de la Garonne",
		"Signée par la personne elle-même", "K7QF-2MZA-XW3B", "signée des deux côtés. La personne garde sa clé", "Expire le", "23 mai 2027")
	v.mustNot(t, "porte ce nom", "pas encore connu d’ici")
	for text, want := range map[string]string{
		"Contacter via": "/c/" + own + "#contact", "Portfolio": "https://example.org/portfolio", "vCard": "/p/" + camille + "/contact.vcf", "JSON Resume": "/p/" + camille + "/resume.json",
		"Signaler": "/signaler/profile/" + camille, "identité visuelle": "/recherche?skill=identit%C3%A9+visuelle",
	} {
		if got := v.link(text); got != want {
			t.Errorf("%s leads to %q, want %q", text, got, want)
		}
	}
	for _, n := range v.named("a") {
		if strings.HasPrefix(attr(n, "href"), "https://") && attr(n, "rel") != "ugc nofollow noopener noreferrer" {
			t.Errorf("link elsewhere with rel %q", attr(n, "rel"))
		}
	}
	if !strings.Contains(v.text(), "indes.example/p/"+camille) {
		t.Error("the paper does not say where the card is")
	}
}

// TestProfileIsHonest: what is not confirmed, not known or not hers alone is
// said.
func TestProfileIsHonest(t *testing.T) {
	f := newFakeReader()
	p := f.profiles[malik]
	p.AvailabilityConfirmed, p.RadiusKm = pointer(false), pointer(uint(0))
	p.Collectives[0].Verified, p.Collectives[0].Custody = false, "node"
	f.profiles[malik], f.alike = p, 1
	v := visitPage(t, newPages(t, Config{}, f), "/p/"+malik)
	v.must(t, "(à confirmer)", "ne l’a pas confirmé récemment", "pas encore connu d’ici", "sans se déplacer", "Une autre personne porte ce nom à Bordeaux (Gironde).", "empreinte K7QF-2MZA-XW3B",
		"que son collectif garde", "À vérifier")
	search, err := url.Parse(v.link("toutes les personnes de ce nom"))
	if err != nil || search.Path != "/recherche" || search.Query().Get("q") != "Malik Benali" {
		t.Errorf("search by name: %v %v", search, err)
	}
	p.DaysPerWeek, p.Collectives, p.Skills, p.Links, p.About, p.RadiusKm = pointer(uint(0)), nil, nil, nil, "", nil
	f.profiles[malik], f.alike = p, 3
	v = visitPage(t, newPages(t, Config{}, f), "/p/"+malik)
	v.must(t, "pas disponible en ce moment", "sans collectif", "3 autres personnes portent ce nom")
	v.mustNot(t, "Contacter via", "À propos de", "Ailleurs", "Appartenance")
}

func TestCollectivePage(t *testing.T) {
	f := newFakeReader()
	c := f.collectives[other]
	c.URL, c.Contact = "https://chartrons.example", "12 rue Notre-Dame, le mardi"
	f.collectives[other] = c
	v := visitPage(t, newPages(t, Config{}, f), "/c/"+other)
	v.must(t, "La Fabrique des Chartrons", "Bordeaux (Gironde)", "pas encore connu d’ici", "Malik Benali", "12 rue Notre-Dame, le mardi", "Signée par le collectif lui-même", "Lui écrire")
	for text, want := range map[string]string{"Site du collectif": "https://chartrons.example", "Proposer une mission": "#contact", "Signaler": "/signaler/collective/" + other, "Notre site": "https://example.org/other"} {
		if got := v.link(text); got != want {
			t.Errorf("%s leads to %q, want %q", text, got, want)
		}
	}
	v = visitPage(t, newPages(t, Config{}, f), "/c/"+own)
	v.must(t, "Les Indés de la Garonne", "Nous écrire", "Refonte d’un site associatif")
	v.mustNot(t, "pas encore connu d’ici")
}

func TestReach(t *testing.T) {
	words := wordsFor("fr")
	for contact, want := range map[string]string{
		"":                                    "nil",
		"bonjour@lesindes.example":            "mailto:bonjour@lesindes.example",
		" bonjour@lesindes.example\n":         "mailto:bonjour@lesindes.example",
		"a?bcc=b@c.example":                   "mailto:a%3Fbcc=b@c.example",
		"Léa <lea@lesindes.example>":          "",
		"a@b.example, c@d.example":            "",
		"https://lesindes.example/contact":    "https://lesindes.example/contact",
		"http://lesindes.example":             "",
		"javascript:alert(1)":                 "",
		"https://a.example et https://b.test": "",
		"05 61 00 00 00":                      "",
	} {
		got := "nil"
		if to := words.reachOf(contact); to != nil {
			got = to.Address
		}
		if got != want {
			t.Errorf("%q: %q, want %q", contact, got, want)
		}
	}
}

func TestParagraphs(t *testing.T) {
	if got := paragraphs("un\r\ndeux\r\n\r\n\r\n\n trois \n\n"); len(got) != 2 || got[0] != "un\ndeux" || got[1] != "trois" {
		t.Errorf("%q", got)
	}
}
