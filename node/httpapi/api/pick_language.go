package api

import (
	"golang.org/x/text/language"
)

// languages in the order of preference: French is the one for readers who
// say nothing.
var (
	languageNames = []string{"fr", "en"}
	languages     = language.NewMatcher([]language.Tag{language.French, language.English})
)

// PickLanguage is fr or en: what was asked by name, else the best of an
// Accept-Language header, else French.
func PickLanguage(asked, acceptLanguage string) string {
	for _, name := range languageNames {
		if asked == name {
			return name
		}
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return languageNames[0]
	}
	_, i, confidence := languages.Match(tags...)
	if confidence == language.No {
		return languageNames[0]
	}
	return languageNames[i]
}
