package skills

import (
	"slices"
	"strings"
)

// isSmall names the words that say nothing about a skill, so that "création de
// site" and "création site" are one. Words that make a difference elsewhere are
// not among them: "in design" is not "design".
func isSmall(word string) bool {
	switch word {
	case "d", "de", "du", "des", "l", "le", "la", "les", "un", "une", "et", "en", "of", "the", "and", "for":
		return true
	}
	return false
}

// bareWords are the words of a folded text but the small ones. The last one
// always stays: R&D is not R.
func bareWords(text string) []string {
	words := strings.Fields(text)
	kept := words[:0]
	for i, w := range words {
		if i == len(words)-1 || !isSmall(w) {
			kept = append(kept, w)
		}
	}
	return kept
}

// find looks a folded text up: as it is, without small words, without the
// endings of inclusive spelling, and with each word as a man's form in the
// singular. Only a form that the table has is ever found, so a rule that cuts
// a word wrongly finds nothing.
func (t *Table) find(folded string) (row int, ok bool) {
	if row, ok = t.exact[folded]; ok {
		return row, true
	}
	words := bareWords(folded)
	if row, ok = t.bare[strings.Join(words, " ")]; ok {
		return row, true
	}
	if len(words) == 0 || len(words) > maxWords {
		return 0, false
	}
	if row, ok = t.findVariant(words); ok {
		return row, true
	}
	if plain := withoutInclusive(words); len(plain) < len(words) {
		return t.findVariant(plain)
	}
	return 0, false
}

// The bounds of one look-up: longer texts are sentences, not skills.
const (
	maxWords   = 8
	maxLookUps = 64
)

// findVariant tries each word in its forms, those with the fewest changes at
// the end of the text first.
func (t *Table) findVariant(words []string) (row int, ok bool) {
	forms := make([][]string, len(words))
	total := 1
	for i, w := range words {
		forms[i] = variants(w)
		total = min(total*len(forms[i]), maxLookUps)
	}
	chosen := make([]string, len(words))
	for n := range total {
		for i, rest := len(words)-1, n; i >= 0; i-- {
			chosen[i] = forms[i][rest%len(forms[i])]
			rest /= len(forms[i])
		}
		if row, ok = t.bare[strings.Join(chosen, " ")]; ok {
			return row, true
		}
	}
	return 0, false
}

// endings are those of women's and of joined forms (autrice, auteurice),
// without accents, and the men's. Only the first that fits is tried, so the
// longer ones come first; euse is that of two.
var endings = []struct{ her, his string }{
	{"eurice", "eur"}, {"trice", "teur"}, {"eure", "eur"}, {"euse", "eur"}, {"ffe", "f"}, {"ienne", "ien"}, {"eenne", "een"}, {"onne", "on"}, {"iere", "ier"},
	{"ere", "er"}, {"ive", "if"}, {"elle", "el"}, {"ee", "e"}, {"te", "t"}, {"de", "d"}, {"le", "l"}, {"ne", "n"}, {"se", "s"},
}

const (
	shortestPlural = 4 // of three letters the last is part of the word: css, sas
	shortestHers   = 6
)

// variants are a word, its singular and its man's form, without repetition.
func variants(word string) []string {
	out := []string{word}
	add := func(w string) {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	one := word
	if len(word) >= shortestPlural {
		switch {
		case strings.HasSuffix(word, "eaux"), strings.HasSuffix(word, "eux"), strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss"):
			one = word[:len(word)-1]
		case strings.HasSuffix(word, "aux"):
			one = word[:len(word)-2] + "l"
		}
		add(one)
	}
	if len(one) >= shortestHers {
		for _, e := range endings {
			if stem, ok := strings.CutSuffix(one, e.her); ok {
				add(stem + e.his)
				if e.her == "euse" {
					add(stem + "er") // designeuse
				}
				break
			}
		}
	}
	return out
}

// inclusiveEndings are what is left of développeur·euse, graphiste(s) or
// chargé-e-s once punctuation is a space.
var inclusiveEndings = []string{
	"e", "s", "es", "se", "ses", "euse", "euses", "rice", "rices", "trice", "trices", "ice", "ices", "ne", "nes",
	"enne", "ennes", "ienne", "iennes", "ere", "eres", "iere", "ieres", "ive", "ives", "ve", "le", "les",
}

// withoutInclusive drops such endings behind a word of four letters and more,
// and the second of "développeur développeuse".
func withoutInclusive(words []string) []string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		if len(out) > 0 {
			before := out[len(out)-1]
			if len(before) >= shortestPlural && slices.Contains(inclusiveEndings, w) {
				continue
			}
			if sameTrade(before, w) {
				continue
			}
		}
		out = append(out, w)
	}
	return out
}

// sameTrade says that one word is the other's woman's form.
func sameTrade(a, b string) bool {
	return len(a) >= shortestPlural && (slices.Contains(variants(b), a) || slices.Contains(variants(a), b))
}
