package main

import (
	"embed"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locale/*.toml
var locales embed.FS

// words speaks one language, with English for what it lacks.
type words struct{ localizer *i18n.Localizer }

func newWords(lang string) *words {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, file := range []string{"locale/en.toml", "locale/fr.toml"} {
		if _, err := bundle.LoadMessageFileFS(locales, file); err != nil {
			panic(fmt.Sprintf("embedded %s: %v", file, err)) // a build fault, caught by any test
		}
	}
	return &words{i18n.NewLocalizer(bundle, lang, "en")}
}

// t gives a message; pairs are names and values for its template, and a pair
// named Count chooses the plural.
func (a *app) t(id string, pairs ...any) string {
	data := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[pairs[i].(string)] = pairs[i+1]
	}
	config := &i18n.LocalizeConfig{MessageID: id, TemplateData: data}
	if count, ok := data["Count"]; ok {
		config.PluralCount = count
	}
	text, err := a.words.localizer.Localize(config)
	if err != nil && text == "" {
		return id
	}
	return text
}

// keyboard gives the "d’" before a name the apostrophe of the terminal's other
// French texts; the name keeps its own.
func keyboard(ofName string) string {
	if name, elided := strings.CutPrefix(ofName, "d’"); elided {
		return "d'" + name
	}
	return ofName
}

// languageOf finds the language before flags are parsed, because the help
// text itself is translated: --lang, COURTCIRCUIT_LANG, then the locale.
func languageOf(args []string, env func(string) string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return value
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	for _, name := range []string{"COURTCIRCUIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := strings.ToLower(env(name)); value != "" {
			if strings.HasPrefix(value, "fr") {
				return "fr"
			}
			return "en"
		}
	}
	return "en"
}
