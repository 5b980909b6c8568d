// Package french puts the prepositions before names as French does: the
// article of a place melts into them ("au Mans", "des Ulis"), and "de" loses
// its vowel before another ("d’Albi"). Sentences with a name in them leave
// their "à" or "de" to it, because the name decides.
package french

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// At gives a place with its "à".
func At(place string) string {
	if contracted, ok := contract(place, "au ", "aux "); ok {
		return contracted
	}
	return "à " + place
}

// Of gives a place with its "de".
func Of(place string) string {
	if contracted, ok := contract(place, "du ", "des "); ok {
		return contracted
	}
	return OfName(place)
}

// OfName gives what people call themselves with its "de". Its article stays:
// the name would no longer be theirs.
func OfName(name string) string {
	if elides(name) {
		return "d’" + name
	}
	return "de " + name
}

// contract takes "Le " or "Les " away for what stands in their stead; "La " and
// "L’" do not contract.
func contract(place, le, les string) (string, bool) {
	article, rest, ok := strings.Cut(place, " ")
	switch {
	case ok && strings.EqualFold(article, "le"):
		return le + rest, true
	case ok && strings.EqualFold(article, "les"):
		return les + rest, true
	}
	return "", false
}

const vowels = "aàáâãäåāæeèéêëēiìíîïīoòóôõöøōœuùúûüū"

// elides tells where "de" becomes "d’". An H may be aspirated, which spelling
// does not show: a missing elision is the smaller slip. A Y is a vowel (Ytrac)
// unless another follows (Yenne).
func elides(name string) bool {
	first, size := utf8.DecodeRuneInString(name)
	if first = unicode.ToLower(first); first == 'y' {
		return !startsWithVowel(name[size:])
	}
	return startsWithVowel(name)
}

func startsWithVowel(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune(vowels, unicode.ToLower(first))
}
