package node

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/access"
)

// frontDoors is a node with both listeners open, as in the field; requests go
// to their handlers, through every guard that stands before the pages.
type frontDoors struct {
	t       *testing.T
	n       *Node
	private http.Handler
	public  http.Handler
	port    string
	asked   int
}

const publicSite = "https://lesindes.example"

func openFrontDoors(t *testing.T) *frontDoors {
	t.Helper()
	cfg := serviceConfig(t, t.TempDir())
	cfg.PublicURL, cfg.HTTP, cfg.Public = publicSite, "127.0.0.1:0", "127.0.0.1:0"
	n := openService(t, cfg)
	if err := n.openHTTP(); err != nil {
		t.Fatal(err)
	}
	if err := n.openPublic(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(n.http.listener.Addr().String(), ":")
	return &frontDoors{t, n, n.http.server.Handler, n.public.main.server.Handler, port, 0}
}

func (f *frontDoors) home() string { return "http://localhost:" + f.port }

// ask sends a request to one of the doors; header are pairs of name and value.
func (f *frontDoors) ask(h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	f.asked++
	r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1", f.asked%250) // no flood
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (f *frontDoors) link(role access.Role) string {
	f.t.Helper()
	secret, _, err := f.n.access.NewLink(f.t.Context(), access.Person{Role: role, ID: drawID(), Name: "Lou"}, time.Hour)
	if err != nil {
		f.t.Fatal(err)
	}
	return access.LinkPath(role, secret)
}

// Pages of other sites, of other ports of this machine and of other names that
// lead here make the browser press nothing.
func TestOtherSitesPressNothing(t *testing.T) {
	f := openFrontDoors(t)
	for name, c := range map[string]struct {
		door   http.Handler
		base   string
		want   int
		header []string
	}{
		"another site":                       {f.public, publicSite, 403, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}},
		"another site, an older browser":     {f.public, publicSite, 403, []string{"Origin", "https://evil.example"}},
		"a name beside":                      {f.public, publicSite, 403, []string{"Sec-Fetch-Site", "same-site", "Origin", "https://a.lesindes.example"}},
		"no origin told":                     {f.public, publicSite, 403, []string{"Origin", "null"}},
		"another name of the public door":    {f.public, "https://evil.example", 421, []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://evil.example"}},
		"at home, another site":              {f.private, f.home(), 403, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}},
		"at home, another program's port":    {f.private, f.home(), 403, []string{"Sec-Fetch-Site", "same-site", "Origin", "http://localhost:9999"}},
		"the same, an older browser":         {f.private, f.home(), 403, []string{"Origin", "http://localhost:9999"}},
		"at home, a name that leads here":    {f.private, "http://evil.example:" + f.port, 421, []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://evil.example:" + f.port}},
		"the public name at the private one": {f.private, publicSite, 421, nil},
	} {
		link := f.link(access.Coordinator)
		for _, path := range []string{link, "/sortir", "/acces", "/acces/entrer/commencer", "/acces/entrer/finir", "/acces/cles/commencer", "/acces/cles/finir"} {
			w := f.ask(c.door, http.MethodPost, c.base+path, c.header...)
			if w.Code != c.want || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s: %s: %d, want %d", name, path, w.Code, c.want)
			}
		}
		if w := f.ask(f.public, http.MethodPost, publicSite+link, "Sec-Fetch-Site", "same-origin", "Origin", publicSite); w.Code != http.StatusSeeOther {
			t.Errorf("%s: the link was lost: %d", name, w.Code)
		}
	}
}

// A cookie opens the door at which it was given; the token of the interface
// opens no page, and a cookie nothing of the interface.
func TestOneDoorOneCookie(t *testing.T) {
	f := openFrontDoors(t)
	enter := func(h http.Handler, base string, role access.Role) *http.Cookie {
		w := f.ask(h, http.MethodPost, base+f.link(role))
		if w.Code != http.StatusSeeOther || len(w.Result().Cookies()) != 1 {
			t.Fatalf("%d %s", w.Code, w.Header())
		}
		return w.Result().Cookies()[0]
	}
	in, out := enter(f.private, f.home(), access.Coordinator), enter(f.public, publicSite, access.Coordinator)
	if in.Name != "courtcircuit-"+f.port || in.Secure || !in.HttpOnly || out.Name != "__Host-courtcircuit" || !out.Secure || !out.HttpOnly || out.Path != "/" || out.Domain != "" {
		t.Errorf("%s, %s", in, out)
	}
	numbers := "http://127.0.0.1:" + f.port
	for name, c := range map[string]struct {
		door http.Handler
		base string
		path string
		head []string
		want int
	}{
		"at home":                        {f.private, f.home(), "/acces", []string{"Cookie", in.Name + "=" + in.Value}, 200},
		"at home, by its numbers":        {f.private, numbers, "/acces", []string{"Cookie", in.Name + "=" + in.Value}, 200},
		"in public":                      {f.public, publicSite, "/acces", []string{"Cookie", out.Name + "=" + out.Value}, 200},
		"nobody":                         {f.public, publicSite, "/acces", nil, 401},
		"the private cookie in public":   {f.public, publicSite, "/acces", []string{"Cookie", in.Name + "=" + in.Value}, 401},
		"the same under the other name":  {f.public, publicSite, "/acces", []string{"Cookie", out.Name + "=" + in.Value}, 401},
		"the public cookie at home":      {f.private, f.home(), "/acces", []string{"Cookie", out.Name + "=" + out.Value}, 401},
		"the same under its name":        {f.private, f.home(), "/acces", []string{"Cookie", in.Name + "=" + out.Value}, 401},
		"two of the name":                {f.public, publicSite, "/acces", []string{"Cookie", out.Name + "=" + out.Value + "; " + out.Name + "=planted"}, 401},
		"the token for a page":           {f.private, f.home(), "/acces", []string{"Authorization", "Bearer " + token(t, f.n)}, 401},
		"the cookie for the interface":   {f.private, f.home(), "/api/v1/reports", []string{"Cookie", in.Name + "=" + in.Value}, 401},
		"the interface is not in public": {f.public, publicSite, "/api/v1/reports", []string{"Cookie", out.Name + "=" + out.Value}, 404},
	} {
		if w := f.ask(c.door, http.MethodGet, c.base+c.path, c.head...); w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
}

func token(t *testing.T, n *Node) string {
	t.Helper()
	text, err := loadToken(n.cfg.Home + "/" + tokenFile)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Programs that check mail open every link, with GET and HEAD.
func TestReadingALinkUsesNothing(t *testing.T) {
	f := openFrontDoors(t)
	link := f.link(access.Member)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet, "OPTIONS", http.MethodPut, http.MethodDelete} {
		w := f.ask(f.public, method, publicSite+link, "User-Agent", "Mail scanner")
		if read := method == http.MethodGet || method == http.MethodHead; (w.Code == http.StatusOK) != read || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d", method, w.Code)
		}
		if h := w.Header(); w.Code == http.StatusOK && (h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'")) {
			t.Errorf("%s: %s", method, h)
		}
	}
	if w := f.ask(f.public, http.MethodPost, publicSite+link); w.Code != http.StatusSeeOther {
		body, _ := io.ReadAll(w.Body)
		t.Errorf("pressed: %d %s", w.Code, body)
	}
}

// The private pages stand in no list that search engines read.
func TestPrivatePagesAreInNoList(t *testing.T) {
	f := openFrontDoors(t)
	for _, path := range []string{"/sitemap.xml", "/", "/robots.txt"} {
		body := f.ask(f.public, http.MethodGet, publicSite+path).Body.String()
		for _, private := range []string{publicSite + "/moi", publicSite + "/_/", publicSite + "/acces<", publicSite + "/entrer", "/sortir"} {
			if strings.Contains(body, private) {
				t.Errorf("%s names %s", path, private)
			}
		}
	}
}
