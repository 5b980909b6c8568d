package places

import (
	"strings"
	"unicode"

	"courtcircuit/node/places/internal/fold"
)

// query is a text as far as it is understood before any name is looked up.
type query struct {
	key   string    // folded, without what narrows it
	whole string    // folded, all of it
	only  narrowing // from a postcode, or from brackets or a comma
}

// parseQuery folds the text and takes apart what stands beside the name: "Valence (26)",
// "Valence, Drôme", "31000 Toulouse", "F-31000 Toulouse CEDEX 9".
func (g *Gazetteer) parseQuery(text string) query {
	q := query{whole: withoutCedex(fold.Name(text))}
	q.key = q.whole
	if at := strings.LastIndexAny(text, "(,"); at > 0 {
		name, beside := fold.Name(text[:at]), fold.Name(text[at:])
		if only, ok := g.narrow(beside); ok && name != "" {
			q.key, q.only = name, only
			return q
		}
	}
	words := strings.Fields(q.whole)
	for i, w := range words {
		if len(words) == 1 || !isDigits(w) || len(w) != 5 {
			continue
		}
		only, ok := g.narrow(w)
		if !ok {
			break
		}
		rest := append(append([]string{}, words[:i]...), words[i+1:]...)
		if len(rest) > 1 && i == 1 && (rest[0] == "f" || rest[0] == "fr") {
			rest = rest[1:]
		}
		q.key, q.only = strings.Join(rest, " "), only
		break
	}
	return q
}

// withoutCedex drops "cedex" and the number behind it, which belong to a post office.
func withoutCedex(key string) string {
	words := strings.Fields(key)
	for i := 1; i < len(words); i++ {
		if words[i] == "cedex" {
			return strings.Join(words[:i], " ")
		}
	}
	return key
}

// narrow understands a postcode, a department's number or name, a region or a country.
func (g *Gazetteer) narrow(key string) (narrowing, bool) {
	if isDigits(key) && len(key) == 5 {
		rows := g.postcodeRows(key)
		return narrowing{postcodes: rows}, len(rows) > 0
	}
	if len(key) == 1 && isDigits(key) {
		key = "0" + key
	}
	areas := g.byArea[key]
	return narrowing{areas: areas}, areas != nil
}

// postcodeRows returns the places of five digits. One that no commune has is understood where it is
// the CEDEX of a large post office ("31093": as 31000) or the number people invent for the chief town
// of a department ("75000", "69000").
func (g *Gazetteer) postcodeRows(digits string) []postcodeRow {
	n := uint32(0)
	for _, c := range []byte(digits) {
		n = 10*n + uint32(c-'0')
	}
	if rows := g.postcodeRange(n, n+1); len(rows) > 0 {
		return rows
	}
	if rows := g.postcodeRange(n/100*100, n/100*100+1); len(rows) > 0 {
		return rows
	}
	if n%1000 != 0 {
		return nil
	}
	for _, area := range g.byArea[digits[:2]] {
		seat := g.areas[area].Seat
		for _, p := range g.postcodeRange(n, n+1000) {
			if g.codes[5*p.row:5*p.row+5] == seat {
				return []postcodeRow{{n, p.row}}
			}
		}
	}
	return nil
}

func isDigits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// isBlank says whether nothing of a text can be a name.
func isBlank(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0
}
