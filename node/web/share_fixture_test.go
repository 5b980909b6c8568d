package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

const testURL = "https://lesindes.example"

// sharePages are pages over a fake, known to the world under publicURL.
func sharePages(t testing.TB, node Reader, publicURL string) *Pages {
	t.Helper()
	p, err := New(Config{PublicURL: publicURL}, node, Doors{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask sends one request; header are pairs of name and value.
func ask(p *Pages, method, target string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// read is the body of a page that must be there.
func read(t testing.TB, p *Pages, target string, header ...string) string {
	t.Helper()
	w := ask(p, http.MethodGet, target, nil, header...)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", target, w.Code, w.Body)
	}
	return w.Body.String()
}

// withHome lets another collective publish the address of its pages.
func withHome(f *fakeReader, address string) *fakeReader {
	other := f.collectives[fakeID("other")]
	other.URL = address
	f.collectives[other.ID] = other
	far := fakeMission("far", "Traduction d’un catalogue", "open", other)
	f.missions[far.ID] = far
	return f
}

func foundMissions(missions ...card.Mission) *card.Page[card.FoundMission] {
	page := &card.Page[card.FoundMission]{}
	for _, m := range missions {
		page.Results = append(page.Results, card.FoundMission{Mission: m, Found: card.Found{Trust: card.Trust{Tier: "own"}}})
	}
	return page
}
