package picture

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

const ellipsis = "…"

// wrap breaks a text into at most maxLines lines no wider than width, at
// spaces, inside a word only where the word alone is too wide. What does not
// fit ends in an ellipsis; whole says that everything did.
func wrap(face font.Face, text string, width fixed.Int26_6, maxLines int) (lines []string, whole bool) {
	words := strings.Fields(text)
	var line string
	for len(words) > 0 {
		longer := words[0]
		if line != "" {
			longer = line + " " + words[0]
		}
		if font.MeasureString(face, longer) <= width {
			line, words = longer, words[1:]
			continue
		}
		if line == "" {
			n := fitting(face, words[0], width)
			line, words[0] = words[0][:n], words[0][n:]
		}
		if len(lines) == maxLines-1 {
			return append(lines, shorten(face, line+" "+strings.Join(words, " "), width)), false
		}
		lines, line = append(lines, line), ""
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines, true
}

// fitting is how many bytes of a word fit, at least its first character:
// otherwise a line narrower than a letter would never end.
func fitting(face font.Face, word string, width fixed.Int26_6) int {
	_, end := utf8.DecodeRuneInString(word)
	for end < len(word) {
		_, size := utf8.DecodeRuneInString(word[end:])
		if font.MeasureString(face, word[:end+size]) > width {
			break
		}
		end += size
	}
	return end
}

// shorten cuts a text that is too wide and says so with an ellipsis.
func shorten(face font.Face, text string, width fixed.Int26_6) string {
	if font.MeasureString(face, text) <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 {
		runes = runes[:len(runes)-1]
		short := strings.TrimRight(string(runes), " ,;:.–-") + ellipsis
		if font.MeasureString(face, short) <= width {
			return short
		}
	}
	return ellipsis
}
