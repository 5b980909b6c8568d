package access_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/access/accesstest"
)

func TestCookies(t *testing.T) {
	k, _, _ := accesstest.NewKeeper(t, site)
	for name, c := range map[string]struct {
		person access.Person
		door   access.Door
		target string
		want   string
	}{
		"member, public":            {camille, access.Public, site, "__Host-courtcircuit=S; Path=/; Max-Age=15552000; HttpOnly; Secure; SameSite=Lax"},
		"coordinator, public":       {malik, access.Public, site, "__Host-courtcircuit=S; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax"},
		"member, private":           {camille, access.Private, "http://127.0.0.1:7317/", "courtcircuit-7317=S; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax"},
		"private, another port":     {camille, access.Private, "http://localhost:8080/", "courtcircuit-8080=S; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax"},
		"private, without a port":   {camille, access.Private, "http://localhost/", "courtcircuit-80=S; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax"},
		"private, the newer kind":   {camille, access.Private, "http://[::1]:7317/", "courtcircuit-7317=S; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax"},
		"public, whatever the Host": {camille, access.Public, "http://evil.example:99/", "__Host-courtcircuit=S; Path=/; Max-Age=15552000; HttpOnly; Secure; SameSite=Lax"},
	} {
		secret := newLink(t, k, c.person)
		w := httptest.NewRecorder()
		if _, err := k.UseLink(w, accesstest.Request(c.door, http.MethodPost, c.target), secret); err != nil {
			t.Fatal(err)
		}
		value := accesstest.CookieOf(t, w).Value
		if got := strings.Replace(w.Header().Get("Set-Cookie"), value, "S", 1); got != c.want || len(value) != 43 || value == secret {
			t.Errorf("%s: %s", name, got)
		}
		if got, err := who(k, c.door, c.target, accesstest.CookieOf(t, w)); err != nil || got.Person != c.person {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// A cookie opens the door at which it was given, and only that one.
func TestCookieOfAnotherDoor(t *testing.T) {
	k, _, _ := accesstest.NewKeeper(t, site)
	private, public := accesstest.Enter(t, k, camille, access.Private, local), accesstest.Enter(t, k, camille, access.Public, site)
	named := func(name string, c *http.Cookie) *http.Cookie { return &http.Cookie{Name: name, Value: c.Value} }
	other, _, _ := accesstest.NewKeeper(t, site)
	for name, c := range map[string]struct {
		k       *access.Keeper
		door    access.Door
		target  string
		cookies []*http.Cookie
	}{
		"none":                                 {k, access.Public, site, nil},
		"the private one at the public door":   {k, access.Public, site, []*http.Cookie{private}},
		"under the name of the public door":    {k, access.Public, site, []*http.Cookie{named("__Host-courtcircuit", private)}},
		"the public one at the private door":   {k, access.Private, local, []*http.Cookie{public}},
		"under the name of the private door":   {k, access.Private, local, []*http.Cookie{named("courtcircuit-7317", public)}},
		"the one of another port":              {k, access.Private, "http://localhost:7318/", []*http.Cookie{private}},
		"the same at another node":             {other, access.Private, local, []*http.Cookie{private}},
		"two of the name, one of them planted": {k, access.Private, local, []*http.Cookie{private, named("courtcircuit-7317", &http.Cookie{Value: strings.Repeat("A", 43)})}},
		"made up":                              {k, access.Private, local, []*http.Cookie{named("courtcircuit-7317", &http.Cookie{Value: strings.Repeat("A", 43)})}},
		"no secret at all":                     {k, access.Private, local, []*http.Cookie{named("courtcircuit-7317", &http.Cookie{Value: "x"})}},
		"a request of which no door is known":  {k, "", local, []*http.Cookie{private}},
	} {
		r := accesstest.Request(c.door, http.MethodGet, c.target, c.cookies...)
		if c.door == "" {
			r = httptest.NewRequest(http.MethodGet, c.target, nil)
			r.AddCookie(c.cookies[0])
		}
		if s, err := c.k.Session(r); !errors.Is(err, access.ErrNoSession) {
			t.Errorf("%s: in as %+v: %v", name, s, err)
		}
	}
}

// Without https the public door is closed, whatever comes.
func TestPublicDoorWithoutHTTPS(t *testing.T) {
	for _, url := range []string{"", "http://lesindes.example"} {
		k, store, _ := accesstest.NewKeeper(t, url)
		secret := newLink(t, k, camille)
		r := accesstest.Request(access.Public, http.MethodPost, "http://lesindes.example/")
		if k.Open(r) {
			t.Errorf("%q: open", url)
		}
		if _, err := k.UseLink(httptest.NewRecorder(), r, secret); !errors.Is(err, access.ErrClosed) {
			t.Errorf("%q: link: %v", url, err)
		}
		if _, err := k.BeginLogin(r); !errors.Is(err, access.ErrNoPasskeys) {
			t.Errorf("%q: passkey: %v", url, err)
		}
		if links, sessions, _ := store.Counts(); links != 1 || sessions != 0 {
			t.Errorf("%q: %d links, %d sessions", url, links, sessions)
		}
		if _, _, err := use(k, secret); err != nil || !k.Open(accesstest.Request(access.Private, http.MethodGet, local)) {
			t.Errorf("%q: the private door: %v", url, err)
		}
	}
}

// Nobody can have planted the id of a session before it begins, and the one
// that the browser had ends.
func TestEntryStartsAnew(t *testing.T) {
	k, store, _ := accesstest.NewKeeper(t, site)
	planted := &http.Cookie{Name: "courtcircuit-7317", Value: strings.Repeat("B", 43)}
	_, w, err := use(k, newLink(t, k, camille), planted)
	if err != nil {
		t.Fatal(err)
	}
	first := accesstest.CookieOf(t, w)
	if first.Value == planted.Value {
		t.Error("the planted id was taken")
	}
	if _, err := who(k, access.Private, local, planted); !errors.Is(err, access.ErrNoSession) {
		t.Errorf("the planted id is in: %v", err)
	}
	elsewhere := accesstest.Enter(t, k, camille, access.Private, local)
	_, w, err = use(k, newLink(t, k, malik), first)
	if err != nil {
		t.Fatal(err)
	}
	if second := accesstest.CookieOf(t, w); second.Value == first.Value {
		t.Error("the same id")
	}
	if _, err := who(k, access.Private, local, first); !errors.Is(err, access.ErrNoSession) {
		t.Errorf("the former session: %v", err)
	}
	if s, err := who(k, access.Private, local, elsewhere); err != nil || s.Person != camille {
		t.Errorf("that of another browser: %v", err)
	}
	if _, sessions, _ := store.Counts(); sessions != 2 {
		t.Errorf("%d sessions", sessions)
	}
}

func TestSessionLastsAsLongAsItIsUsed(t *testing.T) {
	k, store, clock := accesstest.NewKeeper(t, site)
	cookie := accesstest.Enter(t, k, camille, access.Private, local)
	before := store.Writes
	for range 500 {
		clock.Move(time.Minute)
		if _, err := who(k, access.Private, local, cookie); err != nil {
			t.Fatal(err)
		}
	}
	if written := store.Writes - before; written != 500/60 {
		t.Errorf("%d uses were written in 500 minutes", written)
	}
	days := 0
	for ; days < 400; days++ {
		if _, err := who(k, access.Private, local, cookie); err != nil {
			break
		}
		clock.Move(24 * time.Hour)
	}
	if days != 180 {
		t.Errorf("it lasted %d days", days)
	}
}

// That a use cannot be written is no reason to refuse the page.
func TestUseOnAFullDisk(t *testing.T) {
	k, store, clock := accesstest.NewKeeper(t, site)
	cookie := accesstest.Enter(t, k, camille, access.Private, local)
	store.Full = errors.New("the disk is full")
	clock.Move(29 * 24 * time.Hour)
	if s, err := who(k, access.Private, local, cookie); err != nil || s.Person != camille {
		t.Errorf("%+v, %v", s, err)
	}
	if err := k.End(httptest.NewRecorder(), accesstest.Request(access.Private, http.MethodPost, local, cookie)); err != nil {
		t.Errorf("to go: %v", err)
	}
	if err := k.EndAllOf(camille.ID); err != nil {
		t.Errorf("to lock out: %v", err)
	}
	clock.Move(-29 * 24 * time.Hour)
	if _, err := who(k, access.Private, local, cookie); !errors.Is(err, access.ErrNoSession) {
		t.Errorf("still in: %v", err)
	}
}

func TestEnd(t *testing.T) {
	k, _, _ := accesstest.NewKeeper(t, site)
	cookie, other := accesstest.Enter(t, k, camille, access.Public, site), accesstest.Enter(t, k, camille, access.Public, site)
	w := httptest.NewRecorder()
	if err := k.End(w, accesstest.Request(access.Public, http.MethodPost, site, cookie)); err != nil {
		t.Fatal(err)
	}
	if got := w.Header().Get("Set-Cookie"); got != "__Host-courtcircuit=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("%s", got)
	}
	if _, err := who(k, access.Public, site, cookie); !errors.Is(err, access.ErrNoSession) {
		t.Errorf("still in: %v", err)
	}
	if _, err := who(k, access.Public, site, other); err != nil {
		t.Errorf("the other browser: %v", err)
	}
	if err := k.End(httptest.NewRecorder(), accesstest.Request(access.Public, http.MethodPost, site)); err != nil {
		t.Errorf("nobody goes: %v", err)
	}
}

func TestSessionsOfAPerson(t *testing.T) {
	k, store, clock := accesstest.NewKeeper(t, site, func(c *access.Config) { c.MaxSessions = 3 })
	var cookies []*http.Cookie
	for range 5 {
		clock.Move(time.Hour)
		cookies = append(cookies, accesstest.Enter(t, k, camille, access.Private, local))
	}
	accesstest.Enter(t, k, malik, access.Private, local)
	clock.Move(2 * time.Hour)
	if _, err := who(k, access.Private, local, cookies[2]); err != nil {
		t.Fatal(err)
	}
	own, err := k.Sessions(camille.ID)
	if err != nil || len(own) != 3 || !own[0].SeenAt.Equal(clock.Now()) || own[1].CreatedAt.Before(own[2].CreatedAt) {
		t.Fatalf("%+v, %v", own, err)
	}
	for i, want := range []bool{false, false, true, true, true} {
		if _, err := who(k, access.Private, local, cookies[i]); (err == nil) != want {
			t.Errorf("session %d: %v", i, err)
		}
	}
	if err := k.EndSession(own[0].Key); err != nil {
		t.Fatal(err)
	}
	if _, err := who(k, access.Private, local, cookies[2]); !errors.Is(err, access.ErrNoSession) {
		t.Errorf("ended elsewhere: %v", err)
	}
	if all, err := k.AllSessions(access.Coordinator); err != nil || len(all) != 1 || all[0].Person != malik {
		t.Errorf("%+v, %v", all, err)
	}
	if err := k.EndVisits(camille.ID); err != nil {
		t.Fatal(err)
	}
	if _, sessions, _ := store.Counts(); sessions != 1 {
		t.Errorf("%d sessions", sessions)
	}
}

func TestRename(t *testing.T) {
	k, _, _ := accesstest.NewKeeper(t, site)
	cookie := accesstest.Enter(t, k, camille, access.Private, local)
	secret := newLink(t, k, camille)
	accesstest.Enter(t, k, malik, access.Private, local)
	if err := k.Rename(camille.ID, "Camille Moreau"); err != nil {
		t.Fatal(err)
	}
	if s, err := who(k, access.Private, local, cookie); err != nil || s.Person.Name != "Camille Moreau" {
		t.Errorf("%+v, %v", s, err)
	}
	if l, err := k.PeekLink(secret); err != nil || l.Person.Name != "Camille Moreau" {
		t.Errorf("%+v, %v", l, err)
	}
	if all, err := k.AllSessions(access.Coordinator); err != nil || all[0].Person.Name != "Malik" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestSweep(t *testing.T) {
	k, store, clock := accesstest.NewKeeper(t, site)
	for i := range 10 {
		p := accesstest.Person(access.Coordinator, fmt.Sprint("c", i))
		accesstest.Enter(t, k, p, access.Private, local)
		newLink(t, k, p)
	}
	cookie := accesstest.Enter(t, k, camille, access.Private, local)
	for _, c := range []struct {
		after                 time.Duration
		gone, links, sessions int
	}{
		{0, 0, 10, 11}, {12 * time.Hour, 10, 10, 1}, {14*24*time.Hour + 11*time.Hour, 0, 10, 1}, {time.Hour, 10, 0, 1},
	} {
		clock.Move(c.after)
		gone, err := k.Sweep(clock.Now())
		if links, sessions, _ := store.Counts(); err != nil || gone != c.gone || links != c.links || sessions != c.sessions {
			t.Errorf("after %s: %d gone, %d links, %d sessions: %v", c.after, gone, links, sessions, err)
		}
	}
	if _, err := who(k, access.Private, local, cookie); err != nil {
		t.Errorf("swept away: %v", err)
	}
}
