package skills

import (
	"cmp"
	"slices"
	"strings"

	"courtcircuit/store/fold"
)

// Completion is one skill that what was typed may become.
type Completion struct {
	Key     string
	Skill   string   // its name in the language asked for
	Matched string   // the word that was recognised, when it is another than Skill
	Aliases []string // some other words for it
	People  int
}

// maxAliases is how many other words a completion shows.
const maxAliases = 5

// How well a form fits what was typed, best first.
const (
	fitsWhole = iota
	fitsBeginning
	fitsWord    // a later word of it begins so
	fitsPattern // only together with a word such as "développeur"
	fitsSlip
	fitsNot
)

// fit is a form's or a word's way into the answer.
type fit struct {
	how, rank int
	text      string // shown
}

// Complete lists skills that a text begins, best first: those it is, those
// whose name or alias begins so, those with such a word inside; when there are
// none, those that begin so but for one slip. Among equals, what more people
// have comes first, then what begins by its name, then the name. An empty text lists what most people have.
func (t *Table) Complete(typed, lang string, limit int, cards Cards) []Completion {
	m := matcher{typed: fold.Text(typed)}
	if m.words = bareWords(m.typed); len(m.words) > maxWords {
		return nil
	}
	m.inside = " " + m.typed
	found := t.fitting(&m, lang, cards)
	if len(found) == 0 {
		m.forgives = true
		found = t.fitting(&m, lang, cards)
	}
	slices.SortFunc(found, func(a, b fitted) int {
		return cmp.Or(cmp.Compare(a.how, b.how), cmp.Compare(b.people, a.people), cmp.Compare(a.rank, b.rank), cmp.Compare(a.key, b.key))
	})
	out := make([]Completion, 0, min(len(found), limit))
	for _, f := range found[:min(len(found), limit)] {
		out = append(out, t.completion(f, lang))
	}
	return out
}

// fitted is a skill with the word by which it fits.
type fitted struct {
	fit
	key    string
	row    int // notInTable for one that stands on cards only
	people int
}

const notInTable = -1

// fitting gives each skill once, with its best fitting word.
func (t *Table) fitting(m *matcher, lang string, cards Cards) (out []fitted) {
	best := map[int]fit{}
	for i := range t.forms {
		f := &t.forms[i]
		how := m.fit(f.text, f.words)
		if how == fitsNot {
			continue
		}
		if f.rank == patternRank && (how == fitsBeginning || how == fitsWord) {
			how = fitsPattern
		}
		now := fit{how, f.rank, f.shown}
		if f.shown == t.rows[f.row].name(lang) {
			now.rank = -1
		}
		if held, ok := best[f.row]; !ok || now.better(held) {
			best[f.row] = now
		}
	}
	for i, b := range best {
		b.rank = min(b.rank, 2)
		out = append(out, fitted{b, t.rows[i].key, i, cards.People(t.rows[i].key)})
	}
	for _, w := range cards.Words() {
		how := m.fit(w.Key, nil)
		if how == fitsNot {
			continue
		}
		if people := cards.People(w.Key); people > 0 {
			out = append(out, fitted{fit{how, 0, w.Shown}, w.Key, notInTable, people})
		}
	}
	return out
}

// matcher compares what was typed with all words.
type matcher struct {
	typed, inside string
	words         []string
	forgives      bool // one slip, and nothing else
}

// fit takes a folded text and its words, which may be left to be made.
func (m *matcher) fit(text string, words []string) int {
	switch {
	case m.forgives:
		if words == nil && len(m.words) > 0 && beginsAlike(m.words[0], text) {
			words = strings.Fields(text)
		}
		if len(words) == 0 || len(m.words) == 0 || !beginsAlike(m.words[0], words[0]) {
			break
		}
		if slipped(m.words, words) || beginsSlipped(m.words, words) {
			return fitsSlip
		}
	case text == m.typed:
		return fitsWhole
	case strings.HasPrefix(text, m.typed):
		return fitsBeginning
	case strings.Contains(text, m.inside):
		return fitsWord
	}
	return fitsNot
}

func (f fit) better(o fit) bool {
	return cmp.Or(cmp.Compare(f.how, o.how), cmp.Compare(f.rank, o.rank), cmp.Compare(len(f.text), len(o.text)), cmp.Compare(f.text, o.text)) < 0
}

func (t *Table) completion(f fitted, lang string) Completion {
	if f.row == notInTable {
		return Completion{Key: f.key, Skill: f.text, People: f.people}
	}
	r := &t.rows[f.row]
	c := Completion{Key: r.key, Skill: r.name(lang), People: f.people}
	if fold.Text(f.text) != fold.Text(c.Skill) {
		c.Matched = f.text
	}
	for _, a := range append([]string{r.french, r.inEnglish}, r.aliases...) {
		if a != c.Skill && a != c.Matched && len(c.Aliases) < maxAliases && !slices.Contains(c.Aliases, a) {
			c.Aliases = append(c.Aliases, a)
		}
	}
	return c
}
