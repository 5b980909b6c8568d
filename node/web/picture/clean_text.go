package picture

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxRunes bounds a text before anything is measured; what is longer never
// fits the picture.
const maxRunes = 300

// drawable is the text as it can be drawn on one line, "" when a letter of it
// cannot: half a name is another name. Pictograms that no font here has are
// left out, since the words around them say enough.
func (f fonts) drawable(s string) string {
	s = cleanText(s)
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.So, unicode.Sk) && f.forText(string(r)) == nil {
			return -1
		}
		return r
	}, s)
	// Marks that stand apart from their letter would be drawn beside it.
	if strings.ContainsFunc(s, unicode.IsMark) || f.forText(s) == nil || f.forName(s) == nil {
		return ""
	}
	return strings.Join(strings.Fields(s), " ")
}

// cleanText takes away what is not seen: control and bidirectional characters
// could turn a text into another.
func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "")))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxRunes {
		return string(runes[:maxRunes])
	}
	return s
}
