package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"courtcircuit/node/card"
)

// A node answers in English, because programs read what it says. For people
// the sentences are found again by their form, as a catalogue of messages does,
// only that here they come already filled in.

// sentence is one English form and its French.
type sentence struct {
	english *regexp.Regexp
	french  string // every verb is %s
	verbs   []string
}

var verb = regexp.MustCompile(`%[+#.0-9]*[a-zA-Z]`)

// frenchSentences reads the catalogue once; forms with more fixed words come
// first, because they fit less.
var frenchSentences = sync.OnceValue(func() []sentence {
	var catalogue map[string]string
	data, err := locales.ReadFile("locale/problems.fr.toml")
	if err == nil {
		err = toml.Unmarshal(data, &catalogue)
	}
	if err != nil {
		panic(fmt.Sprintf("embedded problems.fr.toml: %v", err)) // a build fault, caught by any test
	}
	forms := make([]string, 0, len(catalogue))
	for form := range catalogue {
		forms = append(forms, form)
	}
	slices.SortFunc(forms, func(a, b string) int {
		if d := len(verb.ReplaceAllString(b, "")) - len(verb.ReplaceAllString(a, "")); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	sentences := make([]sentence, len(forms))
	for i, form := range forms {
		sentences[i] = sentence{patternOf(form), verb.ReplaceAllString(catalogue[form], "%s"), verb.FindAllString(form, -1)}
	}
	return sentences
})

// patternOf finds what a form became. A number is digits: else "%d to %d" would
// fit whatever has "to" in it.
func patternOf(form string) *regexp.Regexp {
	fixed := verb.Split(form, -1)
	pattern := "(?s)^" + regexp.QuoteMeta(fixed[0])
	for i, v := range verb.FindAllString(form, -1) {
		value := "(.+?)"
		if v == "%d" {
			value = "(-?[0-9]+)"
		}
		pattern += value + regexp.QuoteMeta(fixed[i+1])
	}
	return regexp.MustCompile(pattern + "$")
}

// inLanguage gives a node's sentence in the person's language; what the
// catalogue does not know stays as it is.
func (a *app) inLanguage(english string) string {
	if a.lang != "fr" || english == "" {
		return english
	}
	for _, s := range frenchSentences() {
		if found := s.english.FindStringSubmatch(english); found != nil {
			values := make([]any, len(found)-1)
			for i, v := range found[1:] {
				values[i] = v
				if s.verbs[i] == "%v" { // another error, and no word of a person
					values[i] = a.inLanguage(v)
				}
			}
			return fmt.Sprintf(s.french, values...)
		}
	}
	return english
}

// problemText is a problem in the person's language: field, what is wrong,
// what was expected.
func (a *app) problemText(err error) string {
	var p *card.Problem
	if a.lang != "fr" {
		return err.Error()
	}
	if !errors.As(err, &p) {
		return a.inLanguage(err.Error())
	}
	translated := card.Problem{Field: p.Field, Detail: a.inLanguage(p.Detail)}
	text := strings.Replace(err.Error(), p.Error(), translated.Error(), 1)
	if p.Expected != "" {
		text += " (" + a.t("error.expected", "What", a.inLanguage(p.Expected)) + ")"
	}
	return text
}
