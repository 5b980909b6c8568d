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
		"Maison de THÉ":             {"maison", "the"},
		"the\u0301 vert":            {"the", "vert"},
		"the cathédrale":            {"cathedrale"},
	} {
		if got := Words(text); got == nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, expected %q", text, got, want)
		}
	}
	if got := Words("site web", "le site"); !slices.Equal(got, []string{"site", "web"}) {
		t.Errorf("two texts: %q", got)
	}
}

// What HasAll says is what a look at Words says.
func TestHasAll(t *testing.T) {
	texts := []string{"Salon de thé d'avenir", "C++, over there"}
	for asked, want := range map[string]bool{
		"": true, "thé": true, "sal theo": false, "sal thé": true, "ave over": true, "c": false, "c++": true, "there": true, "ther": false, "sl": false,
	} {
		if HasAll(Words(asked), texts...) != want {
			t.Errorf("%q", asked)
		}
	}
	if HasAll(Words("thé"), "over the top") {
		t.Error("an article taken for tea")
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
