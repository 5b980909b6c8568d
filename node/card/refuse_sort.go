package card

import (
	"slices"
	"strings"
)

// sortNames and priceNames are looked for by whoever wants an order of their
// own, or to compare prices.
var (
	sortNames = []string{"sort", "sort_by", "sortby", "order", "order_by", "orderby", "tri"}

	priceNames = []string{
		"price", "min_price", "max_price", "prix", "rate", "day_rate", "daily_rate", "min_rate", "max_rate", "tjm", "min_tjm", "max_tjm", "tarif",
		"budget", "min_budget", "max_budget",
	}
)

// RefusedSearch says in lang, "fr" or else English, why searches and lists
// have no parameter or flag of a name; "" when there is no particular reason.
func RefusedSearch(name, lang string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	sorts, prices := slices.Contains(sortNames, name), slices.Contains(priceNames, name)
	switch {
	case sorts && lang == "fr":
		return "le plus proche vient d’abord, et aucune liste ne se trie, car le prix ne classe jamais"
	case sorts:
		return "nearest come first, and no list can be sorted, because price never ranks"
	case prices && lang == "fr":
		return "aucune recherche ne regarde les prix, car le prix ne classe jamais ; le budget d’une mission est affiché, et comparé à rien"
	case prices:
		return "no search looks at prices, because price never ranks; a mission’s budget is shown, and compared with nothing"
	}
	return ""
}
