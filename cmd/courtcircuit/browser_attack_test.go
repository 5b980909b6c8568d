//go:build browser

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"
)

// What somebody who is in has open beside it does nothing in their name, a
// link opens once, and a cookie is worth nothing anywhere else.
func TestBrowserDoorsHold(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	desk := w.garonne.coordinator(t, b, reader{desktop, "light", "fr", false}, "Léa Brun")

	// Another site's page, and one of another port of this machine, which the
	// browser counts as the same site and sends the cookie for.
	evil := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, `<!doctype html><form method="post" action="%s%s"><input name="name" value="Intrus"><button id="go">go</button></form>`, w.garonne.page, r.URL.Path)
	}))
	defer evil.Close()
	for _, site := range []string{evil.URL, strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)} {
		for _, path := range []string{"/_/membres", "/_/acces", "/_/premiere-fois", "/sortir"} {
			v := desk.as(t, reader{desktop, "light", "fr", false})
			v.open(site + path)
			v.follow(v.see("#go", ""))
			v.see("body", "another site")
		}
	}
	members, err := w.garonne.client.Members(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		if m.Name == "Intrus" {
			t.Error("another site's page invited somebody")
		}
	}
	desk.open(w.garonne.page + "/_/")
	desk.see("main", "") // still in: nobody else signs out

	// The link that was used opens nothing, in this browser or another.
	other := openTab(t, b, reader{phone, "light", "fr", false})
	other.open(w.garonne.page + "/")
	if status := other.status(w.garonne.console); status != http.StatusNotFound {
		t.Errorf("a used link answers %d, 404 expected", status)
	}

	// The cookie, at this door and at others.
	cookies, err := proto.NetworkGetCookies{Urls: []string{w.garonne.page + "/_/"}}.Call(desk.whole)
	if err != nil || len(cookies.Cookies) == 0 {
		t.Fatalf("%v, %v", cookies, err)
	}
	var header []string
	for _, c := range cookies.Cookies {
		if strings.HasPrefix(c.Name, "courtcircuit") && (!c.HTTPOnly || c.SameSite != proto.NetworkCookieSameSiteLax) {
			t.Errorf("cookie %s: HttpOnly %t, SameSite %s", c.Name, c.HTTPOnly, c.SameSite)
		}
		header = append(header, c.Name+"="+c.Value)
	}
	ask := func(page, path, host string, cookies []string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		r.Header.Set("Cookie", strings.Join(cookies, "; "))
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	if got := ask(w.garonne.page, "/_/", "", header); got != http.StatusOK {
		t.Fatalf("the cookie itself answers %d, 200 expected", got)
	}
	for name, got := range map[string]int{
		"another node":                  ask(w.chartrons.page, "/_/", "", header),
		"the interface for programs":    ask(w.garonne.page, "/api/v1/members", "", header),
		"no cookie":                     ask(w.garonne.page, "/_/", "", nil),
		"a cookie that was never given": ask(w.garonne.page, "/_/", "", []string{strings.SplitN(header[0], "=", 2)[0] + "=" + neverDrawn}),
	} {
		if got != http.StatusUnauthorized {
			t.Errorf("%s answers %d, 401 expected", name, got)
		}
	}
	if got := ask(w.garonne.page, "/_/", "evil.example", header); got != http.StatusMisdirectedRequest {
		t.Errorf("another Host answers %d, 421 expected", got)
	}
	desk.open(w.garonne.page + "/_/")
	desk.leave("form[action='/sortir']")
	if got := ask(w.garonne.page, "/_/", "", header); got != http.StatusUnauthorized {
		t.Errorf("the cookie of a session that ended answers %d, 401 expected", got)
	}
}
