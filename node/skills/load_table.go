package skills

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"courtcircuit/store/fold"
)

//go:embed skills.txt
var tableText string

// Table is immutable; its methods may be called from several goroutines.
type Table struct {
	rows    []row
	exact   map[string]int  // folded word → row
	bare    map[string]int  // the same without small words
	forms   []form          // all words, as the table lists them
	alone   map[string]bool // folded words that no row may have and no slip may change
	version string
}

// row is one skill.
type row struct {
	key               string // the folded French name
	french, inEnglish string
	aliases           []string // as the table writes them, patterns not included
}

// form is one word for a row, as it is compared and as it is shown.
type form struct {
	text  string   // folded
	words []string // of text, without small words
	size  int      // letters in words
	shown string
	row   int
	rank  int // 0, 1: a name; then the aliases; patternRank: made by a pattern
}

const patternRank = 1 << 10

// Load reads the table that is built in. It is read once for all callers.
func Load() (*Table, error) { return loadOnce() }

var loadOnce = sync.OnceValues(func() (*Table, error) { return Parse(tableText) })

// rulesVersion is raised whenever the rules in this package give other keys
// for the same table: replicas then file their cards anew.
const rulesVersion = "1"

// Parse reads a table; the head of skills.txt describes the form. The error
// names the line and what was expected.
func Parse(text string) (*Table, error) {
	t := &Table{exact: make(map[string]int, 1<<14), bare: make(map[string]int, 1<<14), alone: map[string]bool{}}
	sum := sha256.Sum256([]byte(rulesVersion + "\n" + text))
	t.version = hex.EncodeToString(sum[:8])
	var patterns []pattern
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		var err error
		switch rest, isForms := strings.CutPrefix(line, "forms:"); {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			patterns = nil
		case line[0] == '=':
			err = t.leaveAlone(line[1:])
		case isForms:
			patterns, err = parsePatterns(rest)
		default:
			err = t.addRow(line, patterns)
		}
		if err != nil {
			return nil, fmt.Errorf("table of skills, line %d: %w", i+1, err)
		}
	}
	for word := range t.alone {
		if i, ok := t.find(word); ok {
			return nil, fmt.Errorf("table of skills: %q is to be left alone, but stands for %q", word, t.rows[i].french)
		}
	}
	return t, nil
}

// leaveAlone takes words that are none of the table's.
func (t *Table) leaveAlone(list string) error {
	for word := range strings.SplitSeq(list, ",") {
		text := fold.Text(word)
		if text == "" || t.alone[text] {
			return fmt.Errorf("%q: a word expected, once", word)
		}
		t.alone[text] = true
	}
	return nil
}

// pattern makes further words: what stands before and behind one.
type pattern struct {
	before, behind             string
	foldedBefore, foldedBehind string
}

func parsePatterns(list string) (patterns []pattern, err error) {
	for text := range strings.SplitSeq(list, ";") {
		text = strings.TrimSpace(text)
		p := pattern{}
		var ok bool
		if p.before, p.behind, ok = strings.Cut(text, "*"); !ok || text == "*" || strings.Contains(p.behind, "*") {
			return nil, fmt.Errorf("pattern %q: words with one * expected", text)
		}
		if p.before != "" {
			p.foldedBefore = fold.Text(p.before) + " "
		}
		if p.behind != "" {
			p.foldedBehind = " " + fold.Text(p.behind)
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

// addRow takes a line French name | English name | alias, alias.
func (t *Table) addRow(line string, patterns []pattern) error {
	fields := strings.Split(line, "|")
	if len(fields) < 2 || len(fields) > 3 {
		return fmt.Errorf("%q: French name | English name | aliases expected", line)
	}
	r := row{french: strings.TrimSpace(fields[0]), inEnglish: strings.TrimSpace(fields[1])}
	if len(fields) == 3 {
		for a := range strings.SplitSeq(fields[2], ",") {
			r.aliases = append(r.aliases, strings.TrimSpace(a))
		}
	}
	r.key = fold.Text(r.french)
	t.rows = append(t.rows, r)
	words := append([]string{r.french, r.inEnglish}, r.aliases...)
	folded := make([]string, len(words))
	for rank, word := range words {
		folded[rank] = fold.Text(word)
		repeats := rank == 1 && folded[rank] == r.key
		if added, err := t.addForm(word, folded[rank], rank); err != nil {
			return err
		} else if !added && !repeats {
			return fmt.Errorf("%q stands twice for %q", word, r.french)
		}
	}
	for _, p := range patterns {
		for i, word := range words {
			if _, err := t.addForm(p.before+word+p.behind, p.foldedBefore+folded[i]+p.foldedBehind, patternRank); err != nil {
				return err
			}
		}
	}
	return nil
}

// addForm files a word under the last row; false when it stands there already.
func (t *Table) addForm(word, text string, rank int) (bool, error) {
	at := len(t.rows) - 1
	if text == "" {
		return false, fmt.Errorf("%q: a word expected", word)
	}
	words := bareWords(text)
	bare := strings.Join(words, " ")
	for _, known := range []struct {
		words map[string]int
		text  string
	}{{t.exact, text}, {t.bare, bare}} {
		if other, ok := known.words[known.text]; ok && other != at {
			return false, fmt.Errorf("%q stands for %q and for %q", word, t.rows[other].french, t.rows[at].french)
		}
	}
	if _, ok := t.exact[text]; ok {
		return false, nil
	}
	t.exact[text], t.bare[bare] = at, at
	t.forms = append(t.forms, form{text: text, words: words, size: letters(words), shown: word, row: at, rank: rank})
	return true, nil
}

// Version names the table and its rules; it changes when either does.
func (t *Table) Version() string { return t.version }

// Key is what a skill is filed under: the same for all words that mean the
// same. folded is the skill as fold.Text gives it; one that the table does not
// know is its own key.
func (t *Table) Key(folded string) string {
	if i, ok := t.find(folded); ok {
		return t.rows[i].key
	}
	return folded
}

// Name is the table's name of a key in lang, French unless it is "en"; "" for
// a key that is not the table's.
func (t *Table) Name(key, lang string) string {
	i, ok := t.exact[key]
	if !ok || t.rows[i].key != key {
		return ""
	}
	return t.rows[i].name(lang)
}

func (r *row) name(lang string) string {
	if lang == "en" {
		return r.inEnglish
	}
	return r.french
}
