package fold

import (
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                          {},
		"de la, to the":             {},
		"Chef de projet d'avenir":   {"avenir", "chef", "projet"},
		"C, C++ et C# : c'est tout": {"c", "c#", "c++", "est"},
		"Ingénieur du son, IT":      {"ingenieur", "it", "son"},
		"œuvre Œuvre oeuvres":       {"oeuvre", "oeuvres"},
	} {
		if got := Words(text); got == nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, expected %q", text, got, want)
		}
	}
	if got := Words("site web", "le site"); !slices.Equal(got, []string{"site", "web"}) {
		t.Errorf("two texts: %q", got)
	}
}

// Stop words are looked up folded, so each must be as folding leaves it.
func TestStopWordsAreFolded(t *testing.T) {
	for word := range stopWords {
		if Text(word) != word {
			t.Errorf("%q folds to %q", word, Text(word))
		}
	}
}

func TestWholeWords(t *testing.T) {
	for word, want := range map[string]bool{"c": true, "go": true, "c#": true, "c++": false, "été": false} {
		if IsWhole(word) != want {
			t.Errorf("%q", word)
		}
	}
}
