package web

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"courtcircuit/node/french"
)

// Words speak the reader's language.
type Words struct {
	Lang  string // fr or en
	Other string // the one to switch to
}

func wordsFor(lang string) Words {
	if lang == "en" {
		return Words{Lang: "en", Other: "fr"}
	}
	return Words{Lang: "fr", Other: "en"}
}

// Say gives the sentence of a key. An unknown key is shown as it is, so that
// a slip is seen instead of hidden.
func (w Words) Say(key string, args ...any) string {
	sentence, ok := sentences[key]
	if !ok {
		return key
	}
	text := sentence.fr
	if w.Lang == "en" {
		text = sentence.en
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// At gives a place for a sentence whose French has "à" before it: there the
// name decides how that is said ("au Mans"), in English the sentence has all.
func (w Words) At(place string) string {
	if w.Lang == "en" {
		return place
	}
	return french.At(place)
}

// Of is At for "de": "d’Orléans".
func (w Words) Of(place string) string {
	if w.Lang == "en" {
		return place
	}
	return french.Of(place)
}

// languages names BCP 47 tags in the reader's language.
func (w Words) languages(tags []string) string {
	namer := display.Tags(language.Make(w.Lang))
	names := make([]string, 0, len(tags))
	for _, tag := range tags {
		parsed, err := language.Parse(tag)
		if name := namer.Name(parsed); err == nil && name != "" {
			names = append(names, name)
			continue
		}
		names = append(names, tag)
	}
	return strings.Join(names, ", ")
}

type sentence struct{ fr, en string }

// sentences are all words of the pages; each file of pages brings its own.
var sentences = join(briefWords, shellWords, peopleWords, searchWords, shareWords, doorWords, meWords, consoleWords, worksWords)

func join(tables ...map[string]sentence) map[string]sentence {
	all := map[string]sentence{}
	for _, table := range tables {
		for key, s := range table {
			if _, twice := all[key]; twice {
				panic("the words of the pages have the key " + key + " twice")
			}
			all[key] = s
		}
	}
	return all
}
