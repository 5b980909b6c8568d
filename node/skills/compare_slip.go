package skills

import (
	"slices"
	"strings"
	"unicode"
)

// What one slip of the keyboard is: one letter too many, missing, wrong, or
// two neighbours swapped, in one word; or a space too many or missing.
//
// Real words must not become others. Below four letters nothing is forgiven:
// Go, C, R, UX and UI are one letter apart from half of all such words. With
// four and five, only two swapped letters are: one letter makes Java of kava and
// React of reach. When one of both has six, any letter may slip but the first,
// which people hardly ever miss and which tells ceinture from peinture. Digits
// and signs never do.
const (
	shortestSwap = 4
	shortestSlip = 6
)

// oneSlip says whether two folded words are one slip apart.
func oneSlip(typed, word string) bool {
	if typed == "" || word == "" || typed[0] != word[0] && (len(word) < 2 || typed[0] != word[1]) {
		return false // the first letter slips only by a swap
	}
	a, b := []rune(typed), []rune(word)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < shortestSwap || len(b)-len(a) > 1 {
		return false
	}
	i := 0 // what both begin with
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) && isSwap(a, b, i) {
		return true
	}
	if len(b) < shortestSlip || i == 0 || i == len(b) {
		return false
	}
	// One letter of the longer one is passed over; with equal lengths of both.
	if !unicode.IsLetter(b[i]) {
		return false
	}
	if len(a) < len(b) {
		return slices.Equal(a[i:], b[i+1:])
	}
	return unicode.IsLetter(a[i]) && slices.Equal(a[i+1:], b[i+1:])
}

// isSwap says that two words of one length differ in two neighbours, which
// stand the other way round.
func isSwap(a, b []rune, i int) bool {
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i] != a[i+1] &&
		unicode.IsLetter(a[i]) && unicode.IsLetter(a[i+1]) && slices.Equal(a[i+2:], b[i+2:])
}

// mayBeSlipped compares the numbers of letters, to pass over most words at
// once. A slip changes it by one, a Greek letter by two at most twice.
func mayBeSlipped(a, b int) bool { return a-b <= 4 && b-a <= 4 }

// beginsAlike compares first letters, for the same purpose: no slip changes
// them but a swap, and a sound written otherwise.
func beginsAlike(typed, text string) bool {
	if typed == "" || text == "" {
		return false
	}
	a, b := typed[0], text[0]
	return a == b || len(text) > 1 && a == text[1] || a == 'f' && b == 'p' || a == 'p' && b == 'f' || a == 'y' && b == 'i' || a == 'i' && b == 'y'
}

// slipped says whether two texts, as lists of words, are one slip apart.
func slipped(typed, words []string) bool {
	if len(typed) != len(words) {
		return letters(typed) >= shortestSlip && letters(typed) == letters(words) && strings.Join(typed, "") == strings.Join(words, "")
	}
	slips := 0
	for i := range typed {
		if typed[i] == words[i] {
			continue
		}
		if slips++; slips > 1 || !oneSlip(typed[i], words[i]) && !soundsAlike(typed[i], words[i]) {
			return false
		}
	}
	return slips == 1
}

func letters(words []string) (n int) {
	for _, w := range words {
		n += len(w)
	}
	return n
}

var plainSounds = strings.NewReplacer("ph", "f", "th", "t", "y", "i")

// soundsAlike forgives the Greek letters that French keeps: grafisme.
func soundsAlike(a, b string) bool {
	return max(len(a), len(b)) >= shortestSlip && plainSounds.Replace(a) == plainSounds.Replace(b)
}

// beginsSlipped says whether typed is the beginning of words but for one slip.
func beginsSlipped(typed, words []string) bool {
	last := len(typed) - 1
	if last < 0 || last >= len(words) {
		return false
	}
	slips := 0
	for i := range last {
		if typed[i] == words[i] {
			continue
		}
		if slips++; !oneSlip(typed[i], words[i]) {
			return false
		}
	}
	if slips > 0 {
		return slips == 1 && strings.HasPrefix(words[last], typed[last])
	}
	begun, word := []rune(typed[last]), []rune(words[last])
	if len(word) < len(begun)-1 || word[0] != begun[0] && (len(word) < 2 || word[1] != begun[0]) {
		return false
	}
	for length := len(begun) - 1; length <= len(begun)+1; length++ {
		if length > 0 && length <= len(word) && oneSlip(typed[last], string(word[:length])) {
			return true
		}
	}
	return false
}
