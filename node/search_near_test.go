package node

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

var (
	searchCommunes  = []string{"Toulouse", "Blagnac", "Muret", "Albi", "Bordeaux", "Lyon", "Colomiers", "Paris 11e"}
	searchSkills    = []string{"graphisme", "go", "rédaction"}
	searchLanguages = []string{"fr", "en", "fr-CA", "oc"}
	searchModes     = []string{"onsite", "hybrid", "remote"}
)

// Searching through the service finds what a look at every card finds,
// nearest first, over pages of any size.
func TestSearchEqualsBruteForce(t *testing.T) {
	n := namedNode(t)
	all := publishMixed(t, n, 120)
	rapid.Check(t, func(t *rapid.T) {
		s := drawSearch(t)
		got := searchPages(t, n, s)
		near, err := n.places.Resolve(s.Near)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for id, p := range all {
			d := distanceMeters(near.Place.Lat, near.Place.Lon, p.Place.Resolved.Lat, p.Place.Resolved.Lon)
			if (s.RadiusKm == nil || d <= *s.RadiusKm*1000) && asked(p, s) {
				want = append(want, id)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%d found, %d expected", len(got), len(want))
		}
	})
}

// publishMixed publishes people of all sorts, the same at every run.
func publishMixed(t *testing.T, n *Node, count int) map[string]card.Profile {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	some := func(words []string) (out []string) {
		for _, w := range words {
			if r.IntN(2) == 0 {
				out = append(out, w)
			}
		}
		return out
	}
	items := make([]api.Import, count)
	for i := range items {
		p := camille(fmt.Sprint("Personne ", i), some(searchSkills)...)
		p.Place = card.Place{Text: searchCommunes[r.IntN(len(searchCommunes))]}
		p.Languages, p.Modes = some(searchLanguages), some(searchModes)
		items[i] = api.Import{Profile: p, Another: true}
	}
	done, err := n.PublishProfiles(context.Background(), items)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]card.Profile{}
	for _, d := range done {
		if d.Err != nil {
			t.Fatal(d.Err)
		}
		all[d.Published.Profile.ID] = d.Published.Profile
	}
	return all
}

func drawSearch(t *rapid.T) card.Search {
	s := card.Search{
		Near:      rapid.SampledFrom(searchCommunes).Draw(t, "near"),
		Skills:    rapid.SliceOfNDistinct(rapid.SampledFrom(searchSkills), 0, 2, rapid.ID).Draw(t, "skills"),
		Languages: rapid.SliceOfNDistinct(rapid.SampledFrom(searchLanguages), 0, 2, rapid.ID).Draw(t, "languages"),
		Modes:     rapid.SliceOfNDistinct(rapid.SampledFrom(searchModes), 0, 2, rapid.ID).Draw(t, "modes"),
		Limit:     rapid.IntRange(1, 100).Draw(t, "limit"),
		Lang:      rapid.SampledFrom([]string{"fr", "en", ""}).Draw(t, "lang"),
	}
	if rapid.Bool().Draw(t, "bounded") {
		km := rapid.Float64Range(0, 700).Draw(t, "radius")
		s.RadiusKm = &km
	}
	return s
}

// searchPages reads all pages and checks each result by itself.
func searchPages(t *rapid.T, n *Node, s card.Search) (ids []string) {
	last := -1.0
	for {
		page, err := n.SearchProfiles(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Results {
			if f.DistanceKm < last || len(f.Reasons) < 2 || f.Trust.Tier != "own" || f.Trust.Path == nil {
				t.Fatalf("%+v after %v km", f.Found, last)
			}
			last = f.DistanceKm
			ids = append(ids, f.ID)
		}
		if s.Cursor = page.NextCursor; s.Cursor == "" {
			return ids
		}
	}
}

func asked(p card.Profile, s card.Search) bool {
	for _, skill := range s.Skills {
		if !slices.Contains(p.Skills, skill) {
			return false
		}
	}
	modes := p.Modes
	if len(modes) == 0 {
		modes = []string{"onsite", "hybrid"}
	}
	meets := func(have, want []string) bool {
		return len(want) == 0 || slices.ContainsFunc(want, func(w string) bool {
			return slices.ContainsFunc(have, func(h string) bool { return h == w || strings.HasPrefix(h, w+"-") })
		})
	}
	return meets(p.Languages, s.Languages) && meets(modes, s.Modes)
}

func TestReasonsSayWhy(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	p := camille("Graphiste", "graphisme", "branding")
	p.Place = card.Place{Text: "Blagnac"}
	mustPublish(t, n, p, "")
	texts := func(s card.Search) string {
		t.Helper()
		page, err := n.SearchProfiles(ctx, s)
		if err != nil || len(page.Results) != 1 {
			t.Fatal(err, page)
		}
		if page.Near == nil || page.Near.Place.Name == "" {
			t.Error("the place understood is not named")
		}
		var out []string
		for _, r := range page.Results[0].Reasons {
			out = append(out, r.Code+": "+r.Text)
		}
		return strings.Join(out, "\n")
	}
	s := card.Search{Skills: []string{"Graphisme"}, Languages: []string{"fr"}, Modes: []string{"onsite"}, AvailableBy: "2030-01-01", Words: "branding"}
	french := texts(s)
	for _, want := range []string{" km de Toulouse", "skill: sait faire : graphisme", "language: parle français", "mode: en présentiel", "disponible dès maintenant, 4 j par semaine", "words: contient « branding »", "membre de notre collectif, Les Indés"} {
		if !strings.Contains(french, want) {
			t.Errorf("%q is missing in\n%s", want, french)
		}
	}
	s.Lang, s.Near = "en", "43.6,1.44"
	english := texts(s)
	for _, want := range []string{" km from the given point", "can do: graphisme", "speaks French", "onsite", "available now, 4 days a week"} {
		if !strings.Contains(english, want) {
			t.Errorf("%q is missing in\n%s", want, english)
		}
	}
	s.Near = "Blagnac"
	if !strings.Contains(texts(s), "distance: in Blagnac") {
		t.Error(texts(s))
	}
	stranger := namedNode(t)
	feed(t, stranger, wiresOf(t, n)...)
	page, err := stranger.SearchProfiles(ctx, card.Search{Near: "Toulouse"})
	if err != nil || len(page.Results) != 1 || page.Results[0].Trust.Tier != "unknown" {
		t.Fatal(err, page)
	}
	if last := page.Results[0].Reasons; !strings.Contains(last[len(last)-1].Text, "pas encore connu d’ici") {
		t.Error(last)
	}
}

func TestSearchNamesTheWrongField(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	km := func(v float64) *float64 { return &v }
	for field, s := range map[string]card.Search{
		"near":         {},
		"radius_km":    {Near: "Toulouse", RadiusKm: km(30000)},
		"limit":        {Near: "Toulouse", Limit: 101},
		"mode":         {Near: "Toulouse", Modes: []string{"office"}},
		"language":     {Near: "Toulouse", Languages: []string{"!!"}},
		"available_by": {Near: "Toulouse", AvailableBy: "soon"},
		"collective":   {Near: "Toulouse", Collective: "abc"},
		"status":       {Near: "Toulouse", Status: "open"},
		"skill":        {Near: "Toulouse", Skills: []string{"…"}},
		"cursor":       {Near: "Toulouse", Cursor: "abc"},
	} {
		_, err := n.SearchProfiles(context.Background(), s)
		wantProblem(t, err, card.Invalid, field)
	}
	_, err := n.SearchMissions(context.Background(), card.Search{Near: "Toulouse", Status: "draft"})
	wantProblem(t, err, card.Invalid, "status")
}

func TestCollectiveSumsItsMembers(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	mustPublish(t, n, camille("a", "graphisme", "go"), "")
	mustPublish(t, n, camille("b", "Graphisme"), "")
	page, err := n.SearchCollectives(ctx, card.Search{Skills: []string{"go", "graphisme"}})
	if err != nil || len(page.Results) != 1 {
		t.Fatal(err, page)
	}
	c := page.Results[0]
	if c.Members != 2 || c.Skills[0].Count != 2 || len(c.Nodes) != 1 || c.Name != "Les Indés" {
		t.Errorf("%+v", c)
	}
}

// A bound on the cards read holds only where cards must be read: else a page
// knows that the card before it was a result, too.
func TestPagesOfKnownWords(t *testing.T) {
	n := namedNode(t)
	for i := range 3 {
		mustPublish(t, n, camille(fmt.Sprint("Personne ", i), "graphisme"), "")
	}
	s := card.Search{Words: "personne", Limit: 1, MaxRead: 1}
	for i := range 3 {
		page, err := n.SearchProfiles(context.Background(), s)
		if err != nil || len(page.Results) != 1 || page.Partial {
			t.Fatal(i, page, err)
		}
		if !slices.ContainsFunc(page.Results[0].Reasons, func(r card.Reason) bool { return r.Code == "order" }) {
			t.Errorf("page %d does not say why it stands there: %+v", i, page.Results[0].Reasons)
		}
		s.Cursor = page.NextCursor
	}
}

// Words that are in nearly every card are not looked for, and whoever typed
// them is told; a text without any word is refused.
func TestSearchSaysWhichWordsWereLeftOut(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	card1 := camille("Graphiste", "graphisme")
	card1.About = "L’école de la ville, en été."
	mustPublish(t, n, card1, "")
	mustPublish(t, n, camille("Autre", "graphisme"), "")
	for _, c := range []struct {
		q, lang string
		found   int
		leftOut []string
		note    string
		reason  string // "" none about words
	}{
		{"de la", "fr", 2, []string{"de", "la"}, "Mots trop courants, laissés de côté : « de », « la ». Il ne reste aucun mot à chercher : la liste n’en tient pas compte.", ""},
		{"The", "en", 2, []string{"The"}, "Too common to be searched for, left out: “The”. No word is left to search for: the list takes no account of them.", ""},
		{"la ville - ecole", "fr", 1, []string{"la"}, "Mots trop courants, laissés de côté : « la ».", "contient « ville », « ecole »"},
		{"thé", "fr", 0, nil, "", ""},
		{"l'ecole", "en", 1, nil, "", "contains “l'ecole”"},
		{"ÉTÉ vill", "fr", 1, nil, "", "contient « ÉTÉ », « vill »"}, // summer, not the verb
	} {
		page, err := n.SearchProfiles(ctx, card.Search{Words: c.q, Lang: c.lang})
		if err != nil || page.Words == nil || page.Words.Query != c.q || page.Words.Note != c.note || !slices.Equal(page.Words.LeftOut, c.leftOut) || len(page.Results) != c.found {
			t.Errorf("%q: %d found, %+v, %v", c.q, len(page.Results), page.Words, err)
			continue
		}
		if c.found == 0 {
			continue
		}
		reason := ""
		for _, r := range page.Results[0].Reasons {
			if r.Code == "words" {
				reason = r.Text
			}
		}
		if reason != c.reason {
			t.Errorf("%q: reason %q, expected %q", c.q, reason, c.reason)
		}
	}
	if page, err := n.SearchProfiles(ctx, card.Search{}); err != nil || page.Words != nil {
		t.Error(page.Words, err)
	}
	for _, q := range []string{"!!!", "…", "🙂", "\u0301"} {
		_, err := n.SearchProfiles(ctx, card.Search{Words: q})
		wantProblem(t, err, card.Invalid, "q")
	}
}
