package node

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtcircuit/node/card"
	"courtcircuit/node/skills"
	"courtcircuit/store"
)

// tradesAndCrafts are words of which some mean the same.
var tradesAndCrafts = []string{"graphisme", "Graphiste", "designer graphique", "logo", "Go", "golang", "développeuse Go", "Java", "JavaScript", "licornerie"}

// tradesNode holds people who write what they do in every way.
func tradesNode(t *testing.T) (*Node, []card.Profile) {
	t.Helper()
	n := namedNode(t)
	var all []card.Profile
	for i := range 40 {
		var some []string
		for j, w := range tradesAndCrafts {
			if (i+1)*(j+3)%7 < 2 {
				some = append(some, w)
			}
		}
		all = append(all, mustPublish(t, n, camille(fmt.Sprint("Personne ", i), some...), ""))
	}
	return n, all
}

// A search by any word of a skill finds those whose cards have any word of it.
func TestSearchByAnyWordEqualsBruteForce(t *testing.T) {
	n, all := tradesNode(t)
	key := func(s string) string { return n.skills.Key(store.FoldSkill(s)) }
	rapid.Check(t, func(t *rapid.T) {
		asked := rapid.SliceOfNDistinct(rapid.SampledFrom(append(tradesAndCrafts, "graphic designer", "graphistes", "dev go")), 1, 2, rapid.ID).Draw(t, "skills")
		page, err := n.SearchProfiles(context.Background(), card.Search{Skills: asked, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for _, f := range page.Results {
			got = append(got, f.ID)
		}
		for _, p := range all {
			if !slices.ContainsFunc(asked, func(a string) bool {
				return !slices.ContainsFunc(p.Skills, func(s string) bool { return key(s) == key(a) })
			}) {
				want = append(want, p.ID)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || len(page.Skills) != len(asked) {
			t.Fatalf("%v: %d found, %d expected; read as %+v", asked, len(got), len(want), page.Skills)
		}
	})
}

func TestSearchSaysHowSkillsWereRead(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	mustPublish(t, n, camille("Graphiste", "graphisme", "Licornerie"), "")
	for _, c := range []struct {
		typed, lang string
		want        card.UnderstoodSkill
		reason      string // "" when nobody is found
	}{
		{"graphisme", "fr", card.UnderstoodSkill{Skill: "graphisme", Known: true}, "sait faire : graphisme"},
		{"Graphisme", "en", card.UnderstoodSkill{Skill: "graphisme", Known: true}, "can do: graphisme"},
		{"graphistes", "fr", card.UnderstoodSkill{Skill: "graphisme", Known: true}, "sait faire : graphisme (vous cherchiez « graphistes »)"},
		{"graphiste", "en", card.UnderstoodSkill{Skill: "graphic design", Known: true}, "can do: graphisme (you searched for “graphiste”)"},
		{"graphsime", "fr", card.UnderstoodSkill{Skill: "graphisme", Known: true, Corrected: true}, "sait faire : graphisme (vous cherchiez « graphsime »)"},
		{"licornerie", "fr", card.UnderstoodSkill{Skill: "licornerie", Known: true}, "sait faire : Licornerie"},
		{"licornrie", "fr", card.UnderstoodSkill{Skill: "Licornerie", Known: true, Corrected: true}, "sait faire : Licornerie (vous cherchiez « licornrie »)"},
		{"rien de tel", "fr", card.UnderstoodSkill{Skill: "rien de tel"}, ""},
	} {
		countNow(t, n)
		page, err := n.SearchProfiles(ctx, card.Search{Skills: []string{c.typed}, Lang: c.lang})
		c.want.Query = c.typed
		if err != nil || len(page.Skills) != 1 || page.Skills[0] != c.want || len(page.Results) == 0 != (c.reason == "") {
			t.Errorf("%s: %+v, %d results, %v", c.typed, page.Skills, len(page.Results), err)
			continue
		}
		if c.reason != "" && !slices.ContainsFunc(page.Results[0].Reasons, func(r card.Reason) bool { return r.Code == "skill" && r.Text == c.reason }) {
			t.Errorf("%s: %+v", c.typed, page.Results[0].Reasons)
		}
	}
	// A skill that was published a moment ago is never taken for a slip.
	mustPublish(t, n, camille("Écrivain", "graphsime"), "")
	page, err := n.SearchProfiles(ctx, card.Search{Skills: []string{"graphsime"}})
	if err != nil || len(page.Results) != 1 || page.Skills[0].Corrected || !page.Skills[0].Known {
		t.Error(page.Skills, len(page.Results), err)
	}
}

// countNow looks at all profiles, as the background does.
func countNow(t *testing.T, n *Node) {
	t.Helper()
	counts, err := n.countSkills(context.Background(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	n.skillBook.current.Store(counts)
}

func TestSearchSkills(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	mustPublish(t, n, camille("Une", "graphisme", "Licornerie"), "")
	mustPublish(t, n, camille("Deux", "Graphiste", "designer graphique", "licornerie"), "")
	mustPublish(t, n, camille("Trois", "graphic design", "Licornerie"), "")
	countNow(t, n)
	for _, c := range []struct {
		q, lang string
		want    card.Skill
	}{
		{"graphi", "fr", card.Skill{Skill: "graphisme", People: 3}},
		{"graphiste", "en", card.Skill{Skill: "graphic design", Matched: "graphiste", People: 3}},
		{"lic", "fr", card.Skill{Skill: "Licornerie", People: 3}},
		{"licrone", "fr", card.Skill{Skill: "Licornerie", People: 3}},
	} {
		got, err := n.SearchSkills(ctx, c.q, c.lang, 0)
		if err != nil || len(got) == 0 || got[0].Skill != c.want.Skill || got[0].Matched != c.want.Matched || got[0].People != c.want.People {
			t.Errorf("%s: %+v, %v", c.q, got, err)
		}
	}
	if got, err := n.SearchSkills(ctx, "a", "fr", 3); err != nil || len(got) != 3 {
		t.Error(got, err)
	}
	for _, limit := range []int{-1, 101} {
		_, err := n.SearchSkills(ctx, "a", "fr", limit)
		wantProblem(t, err, card.Invalid, "limit")
	}
	_, err := n.SearchSkills(ctx, strings.Repeat("a", 201), "fr", 1)
	wantProblem(t, err, card.Invalid, "q")
}

// The members' skills are summed by what they mean, as most write it.
func TestCollectiveSumsSkillsByMeaning(t *testing.T) {
	n := namedNode(t)
	for i, s := range []string{"graphiste", "Designer graphique", "graphiste", "Go"} {
		mustPublish(t, n, camille(fmt.Sprint(i), s, s+" "), "")
	}
	c, err := n.Collective(context.Background(), "")
	if err != nil || len(c.Skills) != 2 || c.Skills[0] != (card.SkillCount{Skill: "graphiste", Count: 3}) || c.Skills[1] != (card.SkillCount{Skill: "Go", Count: 1}) {
		t.Error(c.Skills, err)
	}
}

func TestKeepFrequent(t *testing.T) {
	words := map[string]*countedWord{}
	for i := range 10 {
		words[fmt.Sprint("w", i)] = &countedWord{people: i}
	}
	keepFrequent(words, 3)
	if len(words) != 3 || words["w9"] == nil || words["w7"] == nil {
		t.Error(words)
	}
	w := &countedWord{}
	for _, s := range []string{"a", "b", "b", "c", "b"} {
		w.vote(s)
	}
	if w.shown != "b" || w.people != 5 {
		t.Errorf("%+v", w)
	}
}

// A node that starts with another table finds by the new words at once.
func TestNewTableFilesCardsAnew(t *testing.T) {
	cfg := serviceConfig(t, t.TempDir())
	cfg.Store = func(c *store.Config) { c.BallastBytes = 0 }
	tableOf := func(text string) *skills.Table {
		table, err := skills.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	found := func(n *Node, skill string) int {
		page, err := n.SearchProfiles(context.Background(), card.Search{Skills: []string{skill}})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Results)
	}
	for i, c := range []struct{ table, asked, finds string }{
		{"luth | lute | luthier", "luth", "1"},
		{"luth | lute\nlutherie | instrument making | luthier", "luth", "0"},
		{"luth | lute\nlutherie | instrument making | luthier", "instrument making", "1"},
		{"luth | lute | luthier, fabrique de luths", "fabrique de luths", "1"},
	} {
		cfg.Skills = tableOf(c.table)
		n, err := New(cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			nameNode(t, n)
			mustPublish(t, n, camille("Luthière", "luthier"), "")
		}
		if got := fmt.Sprint(found(n, c.asked)); got != c.finds {
			t.Errorf("%q with %q: %s found", c.asked, c.table, got)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Counting follows what is published, without anybody waiting for it.
func TestSkillsAreCountedAnewWhenAsked(t *testing.T) {
	n := namedNode(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.runSkills(ctx) }()
	mustPublish(t, n, camille("Une", "licornerie"), "")
	for {
		got, err := n.SearchSkills(ctx, "licorn", "fr", 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 1 && got[0].People == 1 {
			break
		}
		runtime.Gosched()
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
