// Package fold brings words into the one form in which they are compared
// everywhere: in the replica's indexes, in the table of skills, in queries.
package fold

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// unaccented are letters that Unicode does not take apart but people do.
var unaccented = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// Text folds a skill, a name or a query: lower case, without accents,
// punctuation as single spaces. + and # stay where they follow a letter, a
// digit or one of themselves: without them C, C++ and C# would be one skill.
func Text(s string) string {
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
