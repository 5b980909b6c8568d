// Package fold brings words into the one form in which they are compared
// everywhere: in the replica's indexes, in the table of skills, in queries.
package fold

import (
	"slices"
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
	var w writer
	w.out.Grow(len(s))
	for _, r := range s {
		if r >= rune(len(parts)) {
			return rare(s)
		}
		if c := plain[r]; c != 0 {
			w.out.WriteByte(c)
			w.joined = true
			continue
		}
		for _, p := range parts[r] {
			w.add(p)
		}
	}
	return w.text()
}

// parts are what each letter of the European languages is made of. A letter
// folds by itself, whatever stands beside it, so that most texts need no
// normalisation, which costs ten times as much.
var parts = func() (out [0x180][]rune) {
	for r := range out {
		out[r] = []rune(takeApart(string(rune(r))))
	}
	return out
}()

// plain is, for letters that fold to one ASCII letter or digit, that; most do.
var plain = func() (out [len(parts)]byte) {
	for r, p := range parts {
		if len(p) > 0 && isPlain(p[0]) && !slices.ContainsFunc(p[1:], func(r rune) bool { return !unicode.Is(unicode.Mn, r) }) {
			out[r] = byte(p[0])
		}
	}
	return out
}()

// rare folds texts with letters that parts does not have.
func rare(s string) string {
	var w writer
	w.out.Grow(len(s))
	for _, r := range takeApart(s) {
		w.add(r)
	}
	return w.text()
}

func takeApart(s string) string {
	return unaccented.Replace(strings.ToLower(norm.NFKD.String(strings.ToLower(s))))
}

func isPlain(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' }

// writer puts words together.
type writer struct {
	out    strings.Builder
	joined bool // the rune before was part of a word
}

func (w *writer) add(r rune) {
	const ascii = 0x80 // below it no table is asked
	switch {
	case isPlain(r):
		w.out.WriteByte(byte(r))
		w.joined = true
	case r >= ascii && unicode.Is(unicode.Mn, r):
	case r >= ascii && (unicode.IsLetter(r) || unicode.IsDigit(r)), (r == '+' || r == '#') && w.joined:
		w.out.WriteRune(r)
		w.joined = true
	case w.joined:
		w.out.WriteByte(' ')
		w.joined = false
	}
}

func (w *writer) text() string { return strings.TrimRight(w.out.String(), " ") }
