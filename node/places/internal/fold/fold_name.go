// Package fold reduces the name of a place to the key under which all ways of typing it meet.
//
// It promises that a key holds only lower-case ASCII letters, digits and single inner spaces, as far
// as the name is written in a Latin alphabet (other letters stay, lower-cased), and that folding a
// key gives the key again.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters are those which Unicode does not decompose (NFKD leaves them alone) but people type apart.
var letters = map[rune]string{
	'œ': "oe", 'æ': "ae", 'ß': "ss", 'ẞ': "ss", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i",
	'ə': "e", 'ŋ': "n", 'ħ': "h", 'ŧ': "t", 'ɓ': "b", 'ɗ': "d", 'ƙ': "k", 'ɛ': "e", 'ɔ': "o", 'ĸ': "k",
	'ǝ': "e", 'ɖ': "d", 'ƒ': "f", 'ƴ': "y",
}

// silent marks stand inside a word without parting it: Hawaiian and Arabic letters written as quotes.
const silent = "ʻʼʿʾʹʽ`"

// abbreviations are whole words that French addresses shorten.
var abbreviations = [...]struct{ short, full string }{
	{"st", "saint"}, {"ste", "sainte"}, {"sts", "saints"}, {"stes", "saintes"},
}

// Name folds accents, case, ligatures, apostrophes, hyphens and other marks, and spells out Saint.
func Name(s string) string {
	return string(Append(make([]byte, 0, len(s)+8), s))
}

// Append appends the key of s to key.
func Append(key []byte, s string) []byte {
	f := folder{key: key, base: len(key), word: len(key)}
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			f.ascii(c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if apart := norm.NFKD.PropertiesString(s[i:]).Decomposition(); apart != nil {
			for _, r := range string(apart) {
				f.rune(r)
			}
		} else {
			f.rune(r)
		}
		i += size
	}
	f.endWord()
	return f.key
}

// folder writes words behind one another; the one being written starts at word.
type folder struct {
	key        []byte
	base, word int
	pending    bool // a space is due before the next letter
}

func (f *folder) write(b byte) {
	if f.pending {
		f.key = append(f.key, ' ')
		f.word, f.pending = len(f.key), false
	}
	f.key = append(f.key, b)
}

func (f *folder) ascii(c byte) {
	switch {
	case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
		f.write(c)
	case 'A' <= c && c <= 'Z':
		f.write(c + 'a' - 'A')
	case c == '/' && !f.pending && string(f.key[f.word:]) == "s": // "Chalon s/ Saône"
		f.key = append(f.key[:f.word], "sur"...)
		f.endWord()
	case c == '/' && !f.pending && string(f.key[f.word:]) == "ss": // "Villiers ss/ Grez"
		f.key = append(f.key[:f.word], "sous"...)
		f.endWord()
	case c != '`':
		f.endWord()
	}
}

func (f *folder) rune(r rune) {
	switch {
	case r < utf8.RuneSelf:
		f.ascii(byte(r))
	case unicode.Is(unicode.M, r) || strings.ContainsRune(silent, r):
	case !unicode.IsLetter(r) && !unicode.IsDigit(r):
		f.endWord()
	default:
		r = unicode.ToLower(r)
		plain, ok := letters[r]
		if !ok {
			plain = string(r)
		}
		for i := range len(plain) {
			f.write(plain[i])
		}
	}
}

func (f *folder) endWord() {
	if f.pending || len(f.key) == f.base {
		return
	}
	for _, a := range abbreviations {
		if string(f.key[f.word:]) == a.short {
			f.key = append(f.key[:f.word], a.full...)
			break
		}
	}
	f.pending = true
}
