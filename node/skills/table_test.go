package skills

import (
	"slices"
	"strings"
	"testing"

	"courtcircuit/store/fold"
)

func mustLoad(t testing.TB) *Table {
	t.Helper()
	table, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// priceWords rank people by what they cost, which nothing here does.
var priceWords = []string{"tjm", "tarif", "prix", "cher", "bas cout", "low cost", "cheap", "price", "pricing", "day rate", "gratuit", "free of charge", "discount"}

func TestTable(t *testing.T) {
	table := mustLoad(t)
	if len(table.rows) < 400 {
		t.Errorf("%d skills, 400 expected", len(table.rows))
	}
	aliases := 0
	for i := range table.rows {
		r := &table.rows[i]
		aliases += len(r.aliases)
		for _, word := range append([]string{r.french, r.inEnglish}, r.aliases...) {
			if word == "" || word != strings.TrimSpace(word) || strings.ContainsAny(word, "()[]*") || strings.Contains(word, "  ") {
				t.Errorf("%s: %q", r.french, word)
			}
			for _, p := range priceWords {
				if slices.Contains(strings.Fields(fold.Text(word)), p) || strings.Contains(fold.Text(word), p+" ") && strings.Contains(p, " ") {
					t.Errorf("%s: %q speaks of a price", r.french, word)
				}
			}
			if key := table.Key(fold.Text(word)); key != r.key {
				t.Errorf("%s: %q has the key %q", r.french, word, key)
			}
		}
		if table.Name(r.key, "fr") != r.french || table.Name(r.key, "en") != r.inEnglish {
			t.Errorf("%s: names %q and %q", r.french, table.Name(r.key, "fr"), table.Name(r.key, "en"))
		}
	}
	if aliases < 3*len(table.rows)/2 {
		t.Errorf("%d aliases for %d skills", aliases, len(table.rows))
	}
	if table.Name("no such skill", "fr") != "" || table.Name("graphiste", "fr") != "" {
		t.Error("a name for what is no key")
	}
}

// A key is its own key: filing twice changes nothing.
func TestKeysAreStable(t *testing.T) {
	table := mustLoad(t)
	for i := range table.rows {
		if key := table.rows[i].key; table.Key(key) != key || fold.Text(key) != key {
			t.Errorf("%q becomes %q", key, table.Key(key))
		}
	}
}

// Rows stand in order inside their section, so that a reviewer finds them.
func TestTableIsSorted(t *testing.T) {
	last, section := "", ""
	rows := 0
	for line := range strings.SplitSeq(tableText, "\n") {
		switch {
		case strings.HasPrefix(line, "["):
			if section != "" && rows < 5 {
				t.Errorf("%s has %d rows", section, rows)
			}
			last, section, rows = "", line, 0
		case line == "" || line[0] == '#' || strings.HasPrefix(line, "forms:"):
		default:
			name, _, _ := strings.Cut(line, "|")
			if folded := fold.Text(name); folded < last {
				t.Errorf("%s: %q stands behind %q", section, folded, last)
			} else {
				last = folded
			}
			rows++
		}
	}
}

func TestParseNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"graphisme":                            "line 1: \"graphisme\": French name",
		"a | b | c | d":                        "line 1",
		"\n# x\ngraphisme | | graphiste":       "line 3: \"\": a word expected",
		"graphisme | design | a, , b":          "a word expected",
		"luth | lute | luthier\n= luthière":    "\"luthiere\" is to be left alone, but stands for \"luth\"",
		"= luth, luth":                         "once",
		"luth | lute | luth":                   "\"luth\" stands twice for \"luth\"",
		"luth | lute | le luth\nluth d'or | x": "",
		"luth | lute\nlutherie | luths | Lute": "\"Lute\" stands for \"luth\" and for \"lutherie\"",
		"luth | lute\nart du luth | x | art luth\nz | y | l'art luth": "stands for \"art du luth\" and for \"z\"",
		"forms: *":       "words with one *",
		"forms: dev * *": "words with one *",
		"forms: dev":     "words with one *",
		"[a]\nforms: dev *\nGo | Go\nC | C | dev Go": "\"dev Go\" stands for \"Go\" and for \"C\"",
	} {
		_, err := Parse(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, %q expected", text, err, want)
		}
	}
}

func TestVersionFollowsTheText(t *testing.T) {
	a, err := Parse("luth | lute")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse("luth | lute | lutiste")
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("luth | lute")
	if err != nil || a.Version() == b.Version() || a.Version() != again.Version() || a.Version() == "" {
		t.Error(a.Version(), b.Version(), again.Version(), err)
	}
}

func TestPatternsEndWithTheirSection(t *testing.T) {
	table, err := Parse("[a]\nforms: dev *; * developer\nGo | Go | golang\n[b]\nluth | lute")
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]string{"dev golang": "go", "go developer": "go", "dev go": "go", "dev luth": "dev luth", "luth": "luth"} {
		if got := table.Key(word); got != want {
			t.Errorf("%s: %s", word, got)
		}
	}
}
