package fold

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words gives the words of texts, folded, each once, in order, without those
// that say nothing by themselves. It is never nil.
func Words(texts ...string) []string {
	bytes := 0
	for _, t := range texts {
		bytes += len(t) + 1
	}
	out := make([]string, 0, 1+bytes/bytesPerWord)
	for _, t := range texts {
		for word := range eachWord(t) {
			out = append(out, word)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// HasAll says whether each word asked for, as Words gives them, is one of the
// words of texts, or begins one.
func HasAll(asked []string, texts ...string) bool {
	missing := slices.Clone(asked)
	for i := 0; i < len(texts) && len(missing) > 0; i++ {
		for word := range eachWord(texts[i]) {
			missing = slices.DeleteFunc(missing, func(m string) bool { return word == m || !IsWhole(m) && strings.HasPrefix(word, m) })
		}
	}
	return len(missing) == 0
}

// bytesPerWord is what a word takes in most texts, its space included and words
// left out counted with it.
const bytesPerWord = 7

func eachWord(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for word := range strings.SplitSeq(Text(text), " ") {
			if word == "" || IsStopWord(word) && !writes(text, accented[word]) {
				continue
			}
			if !yield(word) {
				return
			}
		}
	}
}

// accented are words that say something and fold into a stop word. The text
// itself tells them apart; de and dé it could, too, but de is in every text.
var accented = map[string]string{"the": "thé"}

// writes says whether a word stands in a text as it is.
func writes(text, word string) bool {
	if word == "" {
		return false
	}
	for w := range strings.FieldsFuncSeq(strings.ToLower(norm.NFC.String(text)), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if w == word {
			return true
		}
	}
	return false
}

// wholeBelow is how many letters a word that is asked for has at least to
// find longer ones that it begins: "go" would find every "gouvernance".
const wholeBelow = 3

// IsWhole says that a word asked for stands for itself only.
func IsWhole(word string) bool { return utf8.RuneCountInString(word) < wholeBelow }

// IsStopWord says that a folded word is in nearly every text, whatever it is
// about. Words that also name something are none, however frequent: it
// (informatics), son (sound), car (coach), or (gold), ete (summer), c and r
// (languages).
func IsStopWord(word string) bool {
	_, ok := stopWords[word]
	return ok
}

var stopWords = func() map[string]struct{} {
	out := map[string]struct{}{}
	for word := range strings.FieldsSeq(frenchStopWords + englishStopWords) {
		out[word] = struct{}{}
	}
	return out
}()

const frenchStopWords = `
a ai afin ainsi alors au aucun aussi autre autres aux avec avez avons ce ceci cela celle celles celui ces cet cette ceux chaque chez comme
d dans de depuis des donc dont du elle elles en entre es et etaient etait etant etre eu eux fait il ils j je jusque l la le les leur leurs
lors lorsque lui m ma mais me meme memes mes moi mon n ne ni nos notre nous on ont ou par parce pendant peu peut plus pour pourquoi puis
qu quand que quel quelle quelles quels qui quoi s sa sans se selon ses si soi soit sont sous suis sur t ta tandis te tes toi ton tous tout
toute toutes tres tu un une vers vos votre vous y
`

const englishStopWords = `
about after all also am an and any are as at be because been before being between both but by can could did do does doing during each few for
from further had has have having he her here hers him his how i if in into is its itself just me more most my myself no nor not of on once
only other our ours out over own same she should so some such than that the their theirs them then there these they this those through to
too under until up very was we were what when where which while who whom why will with would you your yours
`
