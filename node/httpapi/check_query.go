package httpapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

const (
	maxListed     = 32   // values of one repeated parameter
	maxQueryBytes = 1024 // of one value
)

// noSuchParameter stands before the reason why there is none.
var noSuchParameter = map[string]string{"en": "no such parameter: ", "fr": "aucun paramètre de ce nom : "}

// checkQuery looks at the raw query before it is read into fields. Reading
// alone would drop what it does not know, take the first of two values and
// take an empty one for none: each answers another question than was asked. lang
// is that of the reasons: fr or en.
func checkQuery(raw, lang string, params []*huma.Param) []api.FieldProblem {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return []api.FieldProblem{{Field: "query", Expected: "percent-encoded name=value pairs joined by &"}}
	}
	var wrong []api.FieldProblem
	for _, name := range sortedKeys(values) {
		if expected := checkValues(name, lang, values[name], params); expected != "" {
			if name == "" {
				name = "query"
			}
			wrong = append(wrong, api.FieldProblem{Field: shorten(name), Expected: expected})
		}
	}
	return wrong
}

// checkValues says what was expected of the values of one name, or nothing.
func checkValues(name, lang string, values []string, params []*huma.Param) string {
	i := slices.IndexFunc(params, func(p *huma.Param) bool { return p.In == "query" && p.Name == name })
	if i < 0 {
		if why := card.RefusedSearch(name, lang); why != "" {
			return noSuchParameter[lang] + why
		}
		return expectedNames(params)
	}
	list := params[i].Schema.Type == huma.TypeArray
	if !list && len(values) > 1 {
		return "to be given once"
	}
	if len(values) > maxListed {
		return "at most " + strconv.Itoa(maxListed) + " times"
	}
	for _, value := range values {
		switch {
		case value == "":
			return "a value, or the parameter left out"
		case len(value) > maxQueryBytes:
			return "at most " + strconv.Itoa(maxQueryBytes) + " bytes"
		case !utf8.ValidString(value):
			return "text in UTF-8"
		}
	}
	return ""
}

func expectedNames(params []*huma.Param) string {
	var names []string
	for _, p := range params {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return "no query parameters here"
	}
	return "one of " + strings.Join(names, ", ")
}

func sortedKeys(values url.Values) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// shorten keeps a hostile name from filling the answer.
func shorten(name string) string {
	name = strings.ToValidUTF8(name, "�")
	if runes := []rune(name); len(runes) > 64 {
		return string(runes[:64]) + "…"
	}
	return name
}
