package node

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// Every reason of an order and of a match is said in the reader's language:
// distance, the skill and the word typed for it, language, mode,
// availability, words, the place among equals, and through whom one is known.
func TestEveryReasonInBothLanguages(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	mustPublish(t, n, camille("Affiches", "graphisme"), "")
	stranger := namedNode(t)
	theirs := mustPublish(t, stranger, camille("Affiches", "graphisme"), "")
	feed(t, n, wiresOf(t, stranger)...)
	s := card.Search{Near: "Blagnac", Skills: []string{"graphiste"}, Languages: []string{"fr"}, Modes: []string{"hybrid"}, AvailableBy: "2030-01-01", Words: "affiches"}
	codes := []string{"distance", "skill", "language", "mode", "availability", "words", "order", "collective"}
	for lang, want := range map[string][2][]string{
		"fr": {
			{" km de Blagnac", "sait faire : graphisme", "parle français", "en hybride", "disponible dès maintenant, 4 j par semaine", "contient « affiches »", "à distance égale, notre collectif passe devant, dans un ordre qui change chaque jour", "membre de notre collectif, Les Indés"},
			{" km de Blagnac", "sait faire : graphisme", "parle français", "en hybride", "disponible dès maintenant, 4 j par semaine", "contient « affiches »", "l’ordre change chaque jour pour que chacun ait son tour", "membre de Les Indés, pas encore connu d’ici"},
		},
		"en": {
			{" km from Blagnac", "can do: graphisme", "speaks French", "hybrid", "available now, 4 days a week", "contains “affiches”", "at the same distance, our own collective comes first, in an order that changes every day", "member of our collective, Les Indés"},
			{" km from Blagnac", "can do: graphisme", "speaks French", "hybrid", "available now, 4 days a week", "contains “affiches”", "the order changes every day so that everybody has their turn", "member of Les Indés, not yet known here"},
		},
	} {
		s.Lang = lang
		page, err := n.SearchProfiles(ctx, s)
		if err != nil || len(page.Results) != 2 || page.Results[1].ID != theirs.ID {
			t.Fatalf("%v, %d results, the own collective's first expected", err, len(page.Results))
		}
		for i, f := range page.Results {
			var got []string
			for k, r := range f.Reasons {
				got = append(got, r.Code)
				if k < len(want[i]) && !strings.Contains(r.Text, want[i][k]) {
					t.Errorf("%s: %q, expected %q in it", lang, r.Text, want[i][k])
				}
			}
			if !slices.Equal(got, codes) {
				t.Errorf("%s: reasons %v, expected %v", lang, got, codes)
			}
		}
		if typed := map[string]string{"fr": "(vous cherchiez « graphiste »)", "en": "(you searched for “graphiste”)"}[lang]; !strings.Contains(page.Results[0].Reasons[1].Text, typed) {
			t.Errorf("%q does not name the word typed", page.Results[0].Reasons[1].Text)
		}
	}
}

// Distances read as on the card beside them, thousands grouped.
func TestDistancesAreSaidAsOnCards(t *testing.T) {
	for _, c := range []struct {
		lang   string
		meters float64
		want   string
	}{
		{"fr", 1_540, "à 1,5 km du point indiqué"}, {"fr", 8_988_600, "à 8\u202f989 km du point indiqué"},
		{"en", 999_400, "999 km from the given point"}, {"en", 20_015_000, "20,015 km from the given point"},
	} {
		r := &reasoner{words: phrasesFor(c.lang), near: near{isPoint: true}}
		if got := r.distanceText(c.meters, protocol.Place{}); got != c.want {
			t.Errorf("%s, %.0f m: %q, expected %q", c.lang, c.meters, got, c.want)
		}
	}
}

// In French the name of a place decides what stands before it, and that of a
// collective stays whole; English has its prepositions in the sentence.
func TestNamesTakeTheirPreposition(t *testing.T) {
	for _, c := range []struct{ lang, origin, place, collective, distance, member string }{
		{"fr", "Orléans", "Olivet", "Autres", "à 12 km d’Orléans", "membre d’Autres, pas encore connu d’ici"},
		{"fr", "Les Ulis", "Orsay", "Les Indés", "à 12 km des Ulis", "membre de Les Indés, pas encore connu d’ici"},
		{"fr", "Le Mans", "Le Mans", "La Halle", "au Mans", "membre de La Halle, pas encore connu d’ici"},
		{"en", "Orléans", "Olivet", "Autres", "12 km from Orléans", "member of Autres, not yet known here"},
		{"en", "Le Mans", "Le Mans", "Les Indés", "in Le Mans", "member of Les Indés, not yet known here"},
	} {
		r := &reasoner{words: phrasesFor(c.lang), near: near{Understood: card.Understood{Place: card.ResolvedPlace{Name: c.origin}}}}
		if got := r.distanceText(12_000, protocol.Place{Name: c.place}); got != c.distance {
			t.Errorf("%s, near %s: %q, expected %q", c.lang, c.origin, got, c.distance)
		}
		known := &store.Result{Tier: store.TierUnknown, Memberships: []store.Membership{{Name: c.collective}}}
		if got := r.memberOf(known).Text; got != c.member {
			t.Errorf("%s, of %s: %q, expected %q", c.lang, c.collective, got, c.member)
		}
	}
}

// Somebody of two collectives is known through our own where that puts them
// first, or through the one that was asked for, whichever stands first.
func TestMemberOfTwoCollectives(t *testing.T) {
	n := namedNode(t)
	now := time.Now().Add(-time.Minute)
	ours, _ := n.keys.Collective()
	others := [2]protocol.Author{}
	for i, name := range []string{"Premier", "Second"} {
		var err error
		if others[i], _, err = protocol.NewAuthor(rand.Reader); err != nil {
			t.Fatal(err)
		}
		c := protocol.Collective{Name: name, Place: protocol.PlaceAt(43.6, 1.44)}
		d, err := c.Draft(now.UnixMilli())
		feed(t, n, mustSeal(t, n, others[i], d, err))
	}
	publish := func(first, second protocol.Author) {
		person, _, err := protocol.NewAuthor(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		var grants [2]protocol.Grant
		for i, c := range []protocol.Author{first, second} {
			if grants[i], err = protocol.NewGrant(n.cfg.Network, c, person.Identity(), now, protocol.MaxGrant, protocol.CustodySelf); err != nil {
				t.Fatal(err)
			}
		}
		p := protocol.Profile{Name: "Camille Moreau", Place: protocol.PlaceAt(43.6, 1.44), Memberships: [][]byte{grants[1].Bytes()}}
		d, err := p.Draft(&grants[0], now.UnixMilli())
		feed(t, n, mustSeal(t, n, person, d, err))
	}
	publish(others[0], ours)
	publish(others[0], others[1])
	of := func(s card.Search) (texts []string) {
		s.Lang = "en"
		page, err := n.SearchProfiles(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Results {
			texts = append(texts, f.Reasons[len(f.Reasons)-1].Text)
		}
		return texts
	}
	for asked, want := range map[string][]string{
		"":                            {"member of our collective, Les Indés", "member of Premier, not yet known here"},
		others[1].Identity().String(): {"member of Second, not yet known here"},
	} {
		if got := of(card.Search{Collective: asked}); !slices.Equal(got, want) {
			t.Errorf("collective %q: %q, expected %q", asked, got, want)
		}
	}
}

func mustSeal(t *testing.T, n *Node, by protocol.Author, d protocol.Draft, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	wire, err := n.opener.Seal(by, d)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}
