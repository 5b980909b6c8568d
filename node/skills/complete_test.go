package skills

import (
	"slices"
	"strings"
	"testing"

	"courtcircuit/store/fold"
)

func TestComplete(t *testing.T) {
	table := mustLoad(t)
	held := cards{"graphisme": 12, "go": 3, "graphologie des licornes": 2, "facilitation graphique": 1, "gone": 0}
	for _, c := range []struct {
		typed, lang string
		want        string // skill (matched) people, the first ones
	}{
		{"go", "fr", "Go () 3"},
		{"graphi", "fr", "graphisme () 12, facilitation graphique (graphic facilitation) 1"},
		{"graphiste", "fr", "graphisme (graphiste) 12"},
		{"graphiste", "en", "graphic design (graphiste) 12"},
		{"graphism", "en", "graphic design (graphisme) 12"},
		{"grpahi", "fr", "graphisme () 12"},
		{"grapho", "fr", "Graphologie des licornes () 2"},
		{"licorn", "fr", "Graphologie des licornes () 2"},
		{"designer gr", "fr", "graphisme (designer graphique) 12"},
		{"developpeur g", "fr", "Go (développeur Go) 3"},
		{"k8", "fr", "Kubernetes (k8s) 0"},
		{"DA", "fr", "direction artistique (DA) 0"},
		{"", "fr", "graphisme () 12, Go () 3"},
		{"zzzz", "fr", ""},
		{"gone", "fr", ""},
		{strings.Repeat("mot ", 50), "fr", ""},
	} {
		var got []string
		for _, f := range table.Complete(c.typed, c.lang, 3, held) {
			got = append(got, f.Skill+" ("+f.Matched+") "+string(rune('0'+f.People/10%10))+string(rune('0'+f.People%10)))
		}
		joined := strings.ReplaceAll(strings.Join(got, ", "), ") 0", ") ")
		if !strings.HasPrefix(joined, c.want) || c.want == "" && joined != "" {
			t.Errorf("%q: %s; %s expected", c.typed, joined, c.want)
		}
	}
	for _, f := range table.Complete("graphi", "fr", 100, held) {
		if len(f.Aliases) > maxAliases || slices.Contains(f.Aliases, f.Skill) {
			t.Errorf("%+v", f)
		}
	}
	if n := len(table.Complete("a", "fr", 7, held)); n != 7 {
		t.Errorf("%d completions, 7 asked for", n)
	}
}

func FuzzComplete(f *testing.F) {
	for _, s := range []string{"g", "graphi", "développeur g", "\xff", "c#", "", "l'", "d d d"} {
		f.Add(s)
	}
	table := mustLoad(f)
	held := cards{"licornerie": 2, "graphologie": 1}
	f.Fuzz(func(t *testing.T, typed string) {
		seen := map[string]bool{}
		for _, c := range table.Complete(typed, "en", 20, held) {
			if seen[c.Key] || c.Skill == "" || c.Key == "" {
				t.Fatalf("%q: %+v", typed, c)
			}
			seen[c.Key] = true
			if got := table.Key(fold.Text(c.Skill)); got != c.Key {
				t.Fatalf("%q: %q would be searched as %q, not %q", typed, c.Skill, got, c.Key)
			}
		}
	})
}

func BenchmarkComplete(b *testing.B) {
	table := mustLoad(b)
	for _, typed := range []string{"g", "graphi", "grpahi"} {
		b.Run(typed, func(b *testing.B) {
			for b.Loop() {
				table.Complete(typed, "fr", 10, NoCards{})
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Parse(tableText); err != nil {
			b.Fatal(err)
		}
	}
}

// manyCards has as many words of its own as a node keeps.
type manyCards struct {
	NoCards
	words []Word
}

func (c manyCards) Words() []Word     { return c.words }
func (c manyCards) People(string) int { return 1 }

func BenchmarkCompleteManyCards(b *testing.B) {
	table := mustLoad(b)
	held := manyCards{}
	for i := range 20_000 {
		word := "compétence inventée " + strings.Repeat(string(rune('a'+i%26)), 1+i%7)
		held.words = append(held.words, Word{fold.Text(word), word})
	}
	for _, typed := range []string{"g", "grpahi"} {
		b.Run(typed, func(b *testing.B) {
			for b.Loop() {
				table.Complete(typed, "fr", 10, held)
			}
		})
	}
}
