package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"courtcircuit/node/access"
	"courtcircuit/node/access/accesstest"
)

const (
	atHome  = "http://localhost:7317"
	garonne = "https://lesindes.example"
)

var (
	lou  = accesstest.Person(access.Member, "Lou <b>Petit</b>")
	inès = accesstest.Person(access.Coordinator, "Inès Faure")
)

// doorway is the pages as they are behind one listener, with two private pages
// that only show whose they are.
type doorway struct {
	*Pages
	t      *testing.T
	keeper *access.Keeper
	store  *accesstest.Memory
	clock  *accesstest.Clock
	door   access.Door
	base   string
}

func newDoorway(t *testing.T, door access.Door, publicURL string) *doorway {
	t.Helper()
	keeper, store, clock := accesstest.NewKeeper(t, publicURL, func(c *access.Config) { c.MaxAttempts = 200 })
	p, err := New(Config{PublicURL: publicURL}, newFakeReader(), Doors{Access: keeper}, nil)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(_ context.Context, _ *http.Request, v *page, who access.Session) (view, error) {
		v.Head.Title = "Essai"
		v.Data = message{Title: "Essai", Text: "pour " + who.Person.Name}
		return view{Template: "message.html"}, nil
	}
	p.privatePage("/_/essai", access.Coordinator, shown)
	p.privateForm("/moi/essai", access.Member, shown, shown)
	base := garonne
	if door == access.Private {
		base = atHome
	}
	return &doorway{p, t, keeper, store, clock, door, base}
}

// visit asks for a page, or sends form to it, and checks what must hold of
// every page.
func (d *doorway) visit(method, path string, form url.Values, header ...string) visit {
	d.t.Helper()
	r := httptest.NewRequest(method, d.base+path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	access.WithDoor(d.Pages, d.door).ServeHTTP(w, r)
	v := visit{code: w.Code, header: w.Header(), body: w.Body.String()}
	if w.Code < 300 || w.Code >= 400 {
		if method == http.MethodHead {
			return v
		}
		doc, err := html.Parse(strings.NewReader(v.body))
		if err != nil {
			d.t.Fatal(err)
		}
		v.doc = doc
		for _, fault := range faultsOf(v) {
			d.t.Errorf("%s %s: %s", method, path, fault)
		}
	}
	d.checkPrivate(method, path, v)
	return v
}

// checkPrivate is what must hold of every answer of a private page.
func (d *doorway) checkPrivate(method, path string, v visit) {
	d.t.Helper()
	if v.code == http.StatusMethodNotAllowed {
		return
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"} {
		if got := v.header.Get(name); got != want {
			d.t.Errorf("%s %s: %s is %q", method, path, name, got)
		}
	}
	if v.doc != nil && !strings.Contains(v.body, `<meta name="robots" content="noindex`) {
		d.t.Errorf("%s %s: to be indexed", method, path)
	}
}

func (d *doorway) link(p access.Person) string {
	d.t.Helper()
	secret, _, err := d.keeper.NewLink(d.t.Context(), p, time.Hour)
	if err != nil {
		d.t.Fatal(err)
	}
	return access.LinkPath(p.Role, secret)
}

// enter is the Cookie header of somebody who pressed the button of a link.
func (d *doorway) enter(p access.Person) string {
	d.t.Helper()
	v := d.visit(http.MethodPost, d.link(p), url.Values{})
	name, value, _ := strings.Cut(v.header.Get("Set-Cookie"), "=")
	value, _, _ = strings.Cut(value, ";")
	if v.code != http.StatusSeeOther || value == "" {
		d.t.Fatalf("%d %s", v.code, v.header)
	}
	return name + "=" + value
}

func TestComingInByLink(t *testing.T) {
	for _, c := range []struct {
		door   access.Door
		person access.Person
		home   string
		cookie string
	}{
		{access.Private, lou, "/moi", "courtcircuit-7317=*; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax"},
		{access.Private, inès, "/_/", "courtcircuit-7317=*; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"},
		{access.Public, lou, "/moi", "__Host-courtcircuit=*; Path=/; Max-Age=15552000; HttpOnly; Secure; SameSite=Lax"},
		{access.Public, inès, "/_/", "__Host-courtcircuit=*; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax"},
	} {
		d := newDoorway(t, c.door, garonne)
		path := d.link(c.person)
		before := d.store.Writes
		for range 3 {
			for _, lang := range []string{"fr", "en"} {
				v := d.visit(http.MethodGet, path+"?lang="+lang, nil)
				if v.code != http.StatusOK || !strings.Contains(v.text(), c.person.Name) || strings.Count(v.body, "<form") != 1 || strings.Contains(v.body, "<script") {
					t.Errorf("%s %d %s", path, v.code, v.text())
				}
			}
			d.visit(http.MethodHead, path, nil)
		}
		if d.store.Writes != before {
			t.Error("reading the page wrote something")
		}
		v := d.visit(http.MethodPost, path, url.Values{})
		value, _, _ := strings.Cut(v.header.Get("Set-Cookie"), ";")
		_, value, _ = strings.Cut(value, "=")
		if got := strings.Replace(v.header.Get("Set-Cookie"), value, "*", 1); v.code != http.StatusSeeOther || v.header.Get("Location") != c.home || got != c.cookie {
			t.Errorf("%s: %d to %s with %s", path, v.code, v.header.Get("Location"), got)
		}
		if strings.Contains(path, value) {
			t.Error("the secret of the link became that of the session")
		}
	}
}

// All links that let nobody in are answered alike, to the last letter.
func TestWrongLinksAreAnsweredAlike(t *testing.T) {
	d := newDoorway(t, access.Public, garonne)
	used := d.link(lou)
	d.visit(http.MethodPost, used, url.Values{})
	replaced := d.link(lou)
	expired := d.link(lou)
	d.clock.Move(2 * time.Hour)
	made := strings.Repeat("A", 43)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		want := d.visit(method, "/moi/entrer/"+made, nil)
		if want.code != http.StatusNotFound || len(want.header.Values("Set-Cookie")) > 0 {
			t.Fatalf("%d %s", want.code, want.header)
		}
		for name, path := range map[string]string{"used": used, "replaced": replaced, "expired": expired, "short": "/moi/entrer/Zq9", "long": "/moi/entrer/" + strings.Repeat("é", 500)} {
			got := d.visit(method, path, nil)
			secret := url.PathEscape(strings.TrimPrefix(path, "/moi/entrer/"))
			if body := strings.ReplaceAll(strings.ReplaceAll(got.body, secret, made), strings.TrimPrefix(path, "/moi/entrer/"), made); got.code != want.code || body != want.body || len(got.header) != len(want.header) {
				t.Errorf("%s %s: %d, or other words", method, name, got.code)
			}
		}
	}
}

func TestLinkReplayed(t *testing.T) {
	d := newDoorway(t, access.Public, garonne)
	path := d.link(lou)
	var all sync.WaitGroup
	var mu sync.Mutex
	codes := map[int]int{}
	for range 50 {
		all.Go(func() {
			w := httptest.NewRecorder()
			access.WithDoor(d.Pages, d.door).ServeHTTP(w, httptest.NewRequest(http.MethodPost, garonne+path, nil))
			mu.Lock()
			defer mu.Unlock()
			codes[w.Code]++
		})
	}
	all.Wait()
	if _, sessions, _ := d.store.Counts(); sessions != 1 || codes[http.StatusSeeOther] != 1 || codes[http.StatusNotFound] != 49 {
		t.Errorf("%d sessions, answers %v", sessions, codes)
	}
	if v := d.visit(http.MethodPost, path, url.Values{}); v.code != http.StatusNotFound {
		t.Errorf("once more: %d", v.code)
	}
}

func TestTooManyAttempts(t *testing.T) {
	d := newDoorway(t, access.Public, garonne)
	last := 0
	for range 201 {
		last = d.visit(http.MethodPost, "/moi/entrer/"+strings.Repeat("A", 43), url.Values{}).code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the last one: %d", last)
	}
}

// Who may open what, at both doors, in both languages.
func TestPrivatePages(t *testing.T) {
	for _, door := range []access.Door{access.Private, access.Public} {
		d := newDoorway(t, door, garonne)
		member, coordinator := d.enter(lou), d.enter(inès)
		for _, c := range []struct {
			name, cookie, method, path string
			want                       int
			say                        string
		}{
			{"nobody", "", "GET", "/_/essai", 401, "door_needed"},
			{"nobody", "", "GET", "/moi/essai", 401, "door_needed"},
			{"nobody writes", "", "POST", "/moi/essai", 401, "door_lost"},
			{"nobody", "", "GET", "/acces", 401, "door_needed"},
			{"made up", strings.Split(member, "=")[0] + "=" + strings.Repeat("A", 43), "GET", "/moi/essai", 401, "door_needed"},
			{"member", member, "GET", "/moi/essai", 200, ""},
			{"member writes", member, "POST", "/moi/essai", 200, ""},
			{"member at the console", member, "GET", "/_/essai", 403, "door_not_coordinator"},
			{"coordinator", coordinator, "GET", "/_/essai", 200, ""},
			{"coordinator at a member's", coordinator, "GET", "/moi/essai", 403, "door_not_member"},
			{"coordinator writes there", coordinator, "POST", "/moi/essai", 403, "door_not_member"},
			{"member", member, "GET", "/acces", 200, "door_own"},
			{"coordinator", coordinator, "GET", "/acces", 200, "door_own"},
			{"nobody", "", "GET", "/entrer", 200, "door_entry"},
			{"member", member, "GET", "/entrer", 200, "door_entry"},
		} {
			for _, lang := range []string{"fr", "en"} {
				var form url.Values
				if c.method == "POST" {
					form = url.Values{}
				}
				v := d.visit(c.method, c.path+"?lang="+lang, form, "Cookie", c.cookie)
				if v.code != c.want || !strings.Contains(v.text(), wordsFor(lang).Say(c.say)) {
					t.Errorf("%s: %s at %s: %d, want %d with %q", c.name, c.path, door, v.code, c.want, c.say)
				}
				if v.code >= 400 && !strings.Contains(v.text(), fmt.Sprint(v.code)) {
					t.Errorf("%s: %s does not say its number", c.name, c.path)
				}
				in := c.name != "nobody" && c.name != "made up" && c.name != "nobody writes"
				if strings.Contains(v.body, `action="/sortir"`) != in {
					t.Errorf("%s: %s: a way out: %v", c.name, c.path, !in)
				}
				if c.want == 403 && strings.Contains(v.text(), "pour ") && strings.Contains(v.text(), "Essai") {
					t.Errorf("%s: %s shows what it must not", c.name, c.path)
				}
			}
		}
	}
}

// Without https the public door has no private page at all.
func TestPublicDoorIsClosed(t *testing.T) {
	for _, publicURL := range []string{"", "http://lesindes.example"} {
		d := newDoorway(t, access.Public, publicURL)
		link := d.link(lou)
		for _, path := range []string{"/_/essai", "/moi/essai", "/acces", "/entrer", link} {
			for _, lang := range []string{"fr", "en"} {
				v := d.visit(http.MethodGet, path+"?lang="+lang, nil)
				if v.code != http.StatusNotFound || !strings.Contains(v.text(), wordsFor(lang).Say("door_closed_text")) || strings.Contains(v.body, lou.Name) {
					t.Errorf("%q %s: %d", publicURL, path, v.code)
				}
			}
		}
		if v := d.visit(http.MethodPost, link, url.Values{}); v.code != http.StatusNotFound || len(v.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%q: %d", publicURL, v.code)
		}
		if links, sessions, _ := d.store.Counts(); links != 1 || sessions != 0 {
			t.Errorf("%q: %d links, %d sessions", publicURL, links, sessions)
		}
		home := &doorway{d.Pages, t, d.keeper, d.store, d.clock, access.Private, atHome}
		if v := home.visit(http.MethodGet, link, nil); v.code != http.StatusOK {
			t.Errorf("%q: at home: %d", publicURL, v.code)
		}
	}
}

func TestSigningOut(t *testing.T) {
	d := newDoorway(t, access.Public, garonne)
	cookie := d.enter(lou)
	if v := d.visit(http.MethodGet, "/sortir", nil, "Cookie", cookie); v.code != http.StatusSeeOther || v.header.Get("Set-Cookie") != "" {
		t.Errorf("read: %d %s", v.code, v.header)
	}
	if v := d.visit(http.MethodGet, "/moi/essai", nil, "Cookie", cookie); v.code != http.StatusOK {
		t.Fatalf("reading the way out led out: %d", v.code)
	}
	if v := d.visit(http.MethodPost, "/sortir", url.Values{}, "Cookie", cookie); v.code != http.StatusSeeOther || !strings.Contains(v.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("pressed: %d %s", v.code, v.header)
	}
	if v := d.visit(http.MethodGet, "/moi/essai", nil, "Cookie", cookie); v.code != http.StatusUnauthorized {
		t.Errorf("after: %d", v.code)
	}
}

// The page of a link says when it would sign somebody else out.
func TestLinkForSomebodyElse(t *testing.T) {
	d := newDoorway(t, access.Public, garonne)
	cookie := d.enter(inès)
	if v := d.visit(http.MethodGet, d.link(lou), nil, "Cookie", cookie); !strings.Contains(v.text(), inès.Name) {
		t.Errorf("%s", v.text())
	}
	if v := d.visit(http.MethodGet, d.link(inès), nil, "Cookie", cookie); strings.Contains(v.text(), wordsFor("fr").Say("door_link_replaces")) {
		t.Errorf("%s", v.text())
	}
}

func TestOwnAccess(t *testing.T) {
	d := newDoorway(t, access.Public, garonne)
	cookie := d.enter(lou)
	d.clock.Move(time.Minute)
	other, foreign := d.enter(lou), d.enter(inès)
	own, err := d.keeper.Sessions(lou.ID)
	if err != nil || len(own) != 2 {
		t.Fatal(own, err)
	}
	theirs, err := d.keeper.Sessions(inès.ID)
	if err != nil {
		t.Fatal(err)
	}
	end := func(key access.ID) int {
		return d.visit(http.MethodPost, "/acces", url.Values{"do": {"end"}, "key": {fmt.Sprintf("%x", key)}}, "Cookie", cookie).code
	}
	if code := end(theirs[0].Key); code != http.StatusSeeOther {
		t.Errorf("of somebody else: %d", code)
	}
	if v := d.visit(http.MethodGet, "/_/essai", nil, "Cookie", foreign); v.code != http.StatusOK {
		t.Errorf("a member ended a coordinator's session: %d", v.code)
	}
	for _, s := range own { // the last used is the other browser
		end(s.Key)
	}
	for _, c := range []string{cookie, other} {
		if v := d.visit(http.MethodGet, "/moi/essai", nil, "Cookie", c); v.code != http.StatusUnauthorized {
			t.Errorf("still in: %d", v.code)
		}
	}
	cookie = d.enter(lou)
	for name, form := range map[string]url.Values{
		"nothing": {}, "no key": {"do": {"end"}}, "half a key": {"do": {"end"}, "key": {"abcd"}}, "another act": {"do": {"become"}, "key": {strings.Repeat("00", 32)}},
		"too long": {"do": {"rename"}, "key": {strings.Repeat("00", 32)}, "name": {strings.Repeat("x", maxPrivateFormBytes)}},
	} {
		if v := d.visit(http.MethodPost, "/acces", form, "Cookie", cookie); v.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, v.code)
		}
	}
	for _, act := range []string{"rename", "remove", "end"} {
		if v := d.visit(http.MethodPost, "/acces", url.Values{"do": {act}, "key": {strings.Repeat("00", 32)}, "name": {"x"}}, "Cookie", cookie); v.code != http.StatusSeeOther {
			t.Errorf("%s what is not there: %d", act, v.code)
		}
	}
}

func TestPrivatePageOnAFault(t *testing.T) {
	d := newDoorway(t, access.Public, garonne)
	link := d.link(lou)
	d.store.Full = errors.New("the disk is full")
	if v := d.visit(http.MethodPost, link, url.Values{}); v.code != http.StatusInternalServerError || strings.Contains(v.body, "disk") {
		t.Errorf("%d %s", v.code, v.text())
	}
}
