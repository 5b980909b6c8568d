package protocol

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks bounds combining marks in a row. Scripts stack a handful; dozens
// paint over the lines around them, and normalisers disagree beyond thirty.
const maxMarks = 8

// checkText bounds a text in characters (Unicode code points) and refuses
// what could make it look like another: not NFC, control, bidirectional and
// invisible characters.
func checkText(field, s string, minRunes, maxRunes int, multiline bool) error {
	if minRunes <= len(s) && len(s) <= maxRunes && isPrintable(s) {
		return nil
	}
	return checkRunes(field, s, minRunes, maxRunes, multiline)
}

// isPrintable says whether a text is printable ASCII without spaces at its ends, which
// no table has anything against.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}

func checkRunes(field, s string, minRunes, maxRunes int, multiline bool) error {
	n := utf8.RuneCountInString(s)
	if n < minRunes || n > maxRunes {
		return fieldf(field, "%d to %d characters, got %d", minRunes, maxRunes, n)
	}
	if !utf8.ValidString(s) || norm.NFC.QuickSpanString(s) < len(s) && !norm.NFC.IsNormalString(s) {
		return fieldf(field, "UTF-8 text in normal form NFC")
	}
	if strings.TrimSpace(s) != s {
		return fieldf(field, "no spaces at the beginning or end")
	}
	prev, marks, visible := ' ', 0, 0
	for i, r := range s {
		if ' ' < r && r <= '~' { // most of most texts, without the tables
			prev, marks, visible = r, 0, visible+1
			continue
		}
		switch {
		case !allowedRune(r, multiline):
			return fieldf(field, "no control, bidirectional or invisible characters, found %U", r)
		case isJoiner(r) && !joinsWell(prev, s[i+utf8.RuneLen(r):]):
			return fieldf(field, "%U only between letters or signs that join", r)
		case isSelector(r) && !selectable(prev):
			return fieldf(field, "%U only behind a sign that has several shapes", r)
		case !unicode.Is(unicode.M, r):
			marks = 0
		default:
			marks++
		}
		if marks > maxMarks {
			return fieldf(field, "at most %d combining marks in a row", maxMarks)
		}
		if !isJoiner(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.M, r) {
			visible++
		}
		prev = r
	}
	if n > 0 && visible == 0 {
		return fieldf(field, "at least one character that can be seen")
	}
	return nil
}

func allowedRune(r rune, multiline bool) bool {
	switch {
	case r == '\n':
		return multiline
	case isJoiner(r):
		return true
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029', r == utf8.RuneError:
		return false
	default:
		return !blankRune(r)
	}
}

// blankRune finds what Unicode calls letters, marks or signs and every font
// shows as nothing: the grapheme joiner, Hangul and Khmer fillers, the empty
// Braille cell.
func blankRune(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u2800', '\u3164', '\uffa0':
		return true
	}
	return false
}

// isJoiner finds the two format characters that Persian, Hindi and emoji
// cannot do without.
func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// joinsWell says whether a joiner between prev and rest can have an effect.
// Beside Latin, Greek or Cyrillic letters, digits, spaces and other joiners it
// only makes two texts that look the same.
func joinsWell(prev rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && joinable(prev) && joinable(next)
}

func joinable(r rune) bool {
	return r > unicode.MaxASCII && !unicode.IsSpace(r) && !isJoiner(r) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}

// isSelector finds the marks that choose between shapes of the sign before
// them, as between a text heart and a red one.
func isSelector(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) }

// selectable keeps selectors away from letters that have one shape only;
// digits stay, for keycap emoji.
func selectable(r rune) bool {
	return !unicode.IsSpace(r) && !isSelector(r) && !isJoiner(r) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}

// CleanText brings what a person typed into the form that bodies take: NFC,
// spaces trimmed and, on one line, folded, forbidden characters gone. Limits
// stay the person's business, so that nothing they see is cut silently.
func CleanText(s string, multiline bool) string {
	s = cleanRunes(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"), multiline)
	for {
		// Taking a joiner or a mark away can leave another one without effect.
		out := strings.TrimSpace(norm.NFC.String(dropStray(s)))
		if !multiline {
			out = strings.Join(strings.Fields(out), " ")
		}
		if out == s {
			return out
		}
		s = out
	}
}

func cleanRunes(s string, multiline bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || (r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029') && !multiline:
			return ' '
		case r == '\r' || r == '\u2028' || r == '\u2029':
			return '\n'
		case !allowedRune(r, multiline):
			return -1
		default:
			return r
		}
	}, s)
}

// dropStray leaves out joiners and selectors without effect and marks over
// the bound.
func dropStray(s string) string {
	var b strings.Builder
	prev, marks := ' ', 0
	for i, r := range s {
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		stray := isJoiner(r) && !joinsWell(prev, s[i+utf8.RuneLen(r):]) || isSelector(r) && !selectable(prev)
		if stray || marks > maxMarks || blankRune(r) {
			continue
		}
		b.WriteRune(r)
		prev = r
	}
	return b.String()
}
