package store

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// unaccented are letters that Unicode does not take apart but people do.
var unaccented = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// FoldSkill brings a skill, a name or a query into the form in which they are
// compared: lower case, without accents, punctuation as single spaces. + and #
// stay where they follow a letter, a digit or one of themselves: without them
// C, C++ and C# would be one skill.
func FoldSkill(s string) string {
	s = unaccented.Replace(strings.ToLower(norm.NFKD.String(strings.ToLower(s))))
	var b strings.Builder
	b.Grow(len(s))
	joined := false // the rune before was part of a word
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r), (r == '+' || r == '#') && joined:
			b.WriteRune(r)
			joined = true
		case joined:
			b.WriteByte(' ')
			joined = false
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// hash64 stands for a text in keys and rows; what it finds is compared as text
// before it is shown.
func hash64(s string) uint64 {
	h := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint64(h[:8])
}

// languageForms are the tags under which a language tag is found: itself and
// what it begins with, as "fr" finds "fr-CA".
func languageForms(tag string) []string {
	forms := []string{tag}
	for i := len(tag) - 1; i > 0; i-- {
		if tag[i] == '-' {
			forms = append(forms, tag[:i])
		}
	}
	return forms
}

// speaks says whether a language tag answers a query for another.
func speaks(tag, wanted string) bool {
	return tag == wanted || strings.HasPrefix(tag, wanted+"-")
}
