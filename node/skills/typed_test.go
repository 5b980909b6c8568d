package skills

import (
	_ "embed"
	"slices"
	"strings"
	"testing"

	"courtcircuit/store/fold"
)

// typedWords are inputs and what they mean.
//
//go:embed testdata/typed.txt
var typedWords string

// typedLine is one of them.
type typedLine struct {
	typed, want string
	slip        bool
}

func typedLines(t testing.TB) (lines []typedLine) {
	t.Helper()
	for line := range strings.Lines(typedWords) {
		line, slip := strings.CutPrefix(strings.TrimSpace(line), "~ ")
		if line == "" || line[0] == '#' {
			continue
		}
		typed, want, ok := strings.Cut(line, "  ")
		if !ok {
			t.Fatalf("%q: two spaces expected", line)
		}
		lines = append(lines, typedLine{typed, strings.TrimSpace(want), slip})
	}
	return lines
}

func TestTyped(t *testing.T) {
	table := mustLoad(t)
	count, alone := 0, 0
	for _, line := range typedLines(t) {
		typed, want, slip := line.typed, line.want, line.slip
		count++
		got := table.Understand(typed, "fr", NoCards{})
		key := fold.Text(want)
		if want == "=" {
			alone++
			if got.Known || got.Corrected || got.Skill != typed || got.Key != fold.Text(typed) {
				t.Errorf("%q became %+v", typed, got)
			}
			continue
		}
		if got.Key != key || !got.Known || got.Corrected != slip {
			t.Errorf("%q: %+v, %q expected", typed, got, want)
		}
		if !slip && table.Key(fold.Text(typed)) != key {
			t.Errorf("%q is filed under %q", typed, table.Key(fold.Text(typed)))
		}
		if slip && table.Key(fold.Text(typed)) != fold.Text(typed) {
			t.Errorf("a card with %q would be filed under %q", typed, table.Key(fold.Text(typed)))
		}
	}
	if count < 150 || alone < 20 {
		t.Errorf("%d inputs, %d of them to be left alone", count, alone)
	}
}

// cards is a small replica.
type cards map[string]int // by key

func (c cards) Seen(key string) bool  { return c[key] > 0 }
func (c cards) People(key string) int { return c[key] }
func (c cards) Words() (out []Word) {
	table, _ := Load()
	for key := range c {
		if table.Name(key, "fr") == "" {
			out = append(out, Word{key, strings.ToUpper(key[:1]) + key[1:]})
		}
	}
	slices.SortFunc(out, func(a, b Word) int { return strings.Compare(a.Key, b.Key) })
	return out
}

func TestUnderstandWithCards(t *testing.T) {
	table := mustLoad(t)
	held := cards{"licornerie": 2, "graphsime": 1, "balades": 3, "balados": 1, "plombs": 1, "plomba": 1}
	for typed, want := range map[string]Understood{
		"graphsime":   {Skill: "graphsime", Key: "graphsime", Known: true},                    // somebody writes it so
		" Licornerie": {Skill: "Licornerie", Key: "licornerie", Known: true},                  // not of the table
		"licornrie":   {Skill: "Licornerie", Key: "licornerie", Known: true, Corrected: true}, // nor this
		"baladox":     {Skill: "Balados", Key: "balados", Known: true, Corrected: true},       // two slips from the others
		"balads":      {Skill: "Balades", Key: "balades", Known: true, Corrected: true},       // more people have it
		"plombx":      {Skill: "plombx", Key: "plombx"},                                       // nobody knows which
	} {
		if got := table.Understand(typed, "fr", held); got != want {
			t.Errorf("%q: %+v, %+v expected", typed, got, want)
		}
	}
	if got := table.Understand("Graphiste", "en", held); got.Skill != "graphic design" || got.Key != "graphisme" {
		t.Errorf("%+v", got)
	}
	if got := table.Understand("graphisme", "en", held); got.Skill != "graphisme" {
		t.Errorf("%+v", got)
	}
}

func TestOneSlip(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"go", "g", false}, {"ux", "ui", false}, {"php", "phd", false}, {"java", "lava", false}, {"java", "jaba", false}, {"java", "jvaa", true},
		{"java", "ajva", true}, {"java", "javas", false}, {"scala", "scalar", true}, {"scala", "scalb", false}, {"react", "reach", false}, {"scalar", "scalas", true}, {"scala", "acala", false},
		{"scala", "csala", true}, {"scala", "scala", false}, {"blender", "blenber", true}, {"webweb34", "webweb35", false}, {"phpphp78", "phpphp87", false},
		{"abcdef", "abcdefg", true}, {"abcdef", "xbcdef", false}, {"abcdef", "abxdyf", false}, {"ёжичек", "ёжичет", true}, {"", "", false}, {"raphisme", "graphisme", false}, {"ggraphisme", "graphisme", true},
		{"abcde#", "abcde+", false}, {"abcde", "abcde#", false},
	} {
		if oneSlip(c.a, c.b) != c.want || oneSlip(c.b, c.a) != c.want {
			t.Errorf("%s %s: %t expected", c.a, c.b, c.want)
		}
	}
}

// Whatever is typed, the answer is one of: known as it is, corrected to what
// is known, or left alone; and reading the answer again changes nothing.
func FuzzUnderstand(f *testing.F) {
	for _, line := range typedLines(f) {
		f.Add(line.typed)
	}
	f.Add("\xff\x00 ·.,;")
	f.Add("a a a a a a a a a a a a a a a")
	table := mustLoad(f)
	held := cards{"licornerie": 2, "graphologie": 1}
	f.Fuzz(func(t *testing.T, typed string) {
		u := table.Understand(typed, "fr", held)
		if !u.Corrected && table.Key(fold.Text(typed)) != u.Key {
			t.Fatalf("%q is filed under %q and understood as %+v", typed, table.Key(fold.Text(typed)), u)
		}
		if u.Corrected && !u.Known {
			t.Fatalf("%q corrected to what nobody knows: %+v", typed, u)
		}
		if again := table.Understand(u.Skill, "fr", held); again.Corrected || again.Key != u.Key && u.Known {
			t.Fatalf("%q: %+v, then %+v", typed, u, again)
		}
		if key := table.Key(u.Key); key != u.Key {
			t.Fatalf("%q: key %q, then %q", typed, u.Key, key)
		}
	})
}

func BenchmarkUnderstand(b *testing.B) {
	table := mustLoad(b)
	for _, typed := range []string{"graphiste", "graphsime"} {
		b.Run(typed, func(b *testing.B) {
			for b.Loop() {
				table.Understand(typed, "fr", NoCards{})
			}
		})
	}
}

func BenchmarkKeyOfUnknown(b *testing.B) {
	table := mustLoad(b)
	for b.Loop() {
		table.Key("licornes des autrices")
	}
}

// countedCards are how many people have each word.
type countedCards map[string]int

func (c countedCards) Seen(key string) bool  { return c[key] > 0 }
func (c countedCards) People(key string) int { return c[key] }

func (c countedCards) Words() (words []Word) {
	for key := range c {
		words = append(words, Word{Key: key, Shown: key})
	}
	return words
}

// A hint is given for what nobody knows and few write; it is never given for
// what the table knows, for real words, or for what several use.
func TestMeant(t *testing.T) {
	table, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	cards := countedCards{"licornerie": 3, "licornrie": 1, "enluminrue": 2}
	for written, want := range map[string]string{
		"graphsime": "graphisme", "Graphisme": "", "graphiste": "", "javascrpit": "JavaScript", "java": "", "kava": "", "go": "", "gi": "",
		"licornrie": "licornerie", "licornerie": "", "enluminrue": "", "rien de tel": "", "": "", strings.Repeat("a ", 40): "",
	} {
		if got := table.Meant(written, "fr", cards); got != want {
			t.Errorf("%q: %q, %q expected", written, got, want)
		}
	}
	if got := table.Meant("graphsime", "en", NoCards{}); got != "graphic design" {
		t.Errorf("in English: %q", got)
	}
}
