package httpapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Whoever wants to sort, or to compare prices, is told why that is not
// possible, in the language they read.
func TestNothingSortsOrComparesPrices(t *testing.T) {
	a, node := newTestAPI(t)
	for _, path := range []string{"/api/v1/profiles", "/api/v1/missions", "/api/v1/collectives"} {
		for _, query := range []string{"sort=price", "sort=tjm", "sort=rate", "sort=budget", "sort=distance", "Order=price", "order_by=name", "max_price=400", "tjm=400", "rate=1", "budget=5000", "min_budget=1"} {
			field := query[:strings.Index(query, "=")]
			for language, want := range map[string]string{"": "price never ranks", "en-GB": "price never ranks", "fr": "le prix ne classe jamais"} {
				node.searched.Near = "nobody searched"
				w := call{method: "GET", path: path + "?" + query, header: map[string]string{"Accept-Language": language}}.do(t, a)
				p := decodeProblem(t, w)
				if w.Code != http.StatusUnprocessableEntity || p.Field != field || !strings.Contains(p.Expected, want) || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
					t.Errorf("%s?%s in %q: %d %s", path, query, language, w.Code, w.Body)
				}
				if node.searched.Near != "nobody searched" {
					t.Errorf("%s?%s was searched for", path, query)
				}
			}
		}
	}
	values := url.Values{"sort": {"price"}, "lang": {"fr"}}
	if p := decodeProblem(t, call{method: "GET", path: "/api/v1/profiles?" + values.Encode()}.do(t, a)); !strings.Contains(p.Expected, "le prix ne classe jamais") {
		t.Errorf("%+v", p)
	}
}
