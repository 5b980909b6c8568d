package access_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/access/accesstest"
)

const (
	site  = "https://lesindes.example"
	local = "http://localhost:7317/"
)

var (
	camille = accesstest.Person(access.Member, "Camille")
	malik   = accesstest.Person(access.Coordinator, "Malik")
)

func newLink(t *testing.T, k *access.Keeper, p access.Person) string {
	t.Helper()
	secret, _, err := k.NewLink(t.Context(), p, access.MemberLinkAge)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func use(k *access.Keeper, secret string, cookies ...*http.Cookie) (access.Session, *httptest.ResponseRecorder, error) {
	w := httptest.NewRecorder()
	s, err := k.UseLink(w, accesstest.Request(access.Private, http.MethodPost, local, cookies...), secret)
	return s, w, err
}

func who(k *access.Keeper, door access.Door, target string, cookies ...*http.Cookie) (access.Session, error) {
	return k.Session(accesstest.Request(door, http.MethodGet, target, cookies...))
}

func TestLinkLetsInOnce(t *testing.T) {
	k, store, _ := accesstest.NewKeeper(t, site)
	secret := newLink(t, k, camille)
	for range 3 {
		if l, err := k.PeekLink(secret); err != nil || l.Person != camille {
			t.Fatalf("%+v, %v", l, err)
		}
	}
	s, w, err := use(k, secret)
	if err != nil || s.Person != camille || s.Door != access.Private {
		t.Fatalf("%+v, %v", s, err)
	}
	got, err := who(k, access.Private, local, accesstest.CookieOf(t, w))
	if err != nil || got != s {
		t.Errorf("in as %+v, want %+v: %v", got, s, err)
	}
	if _, w, err := use(k, secret); !errors.Is(err, access.ErrBadLink) || len(w.Result().Cookies()) > 0 {
		t.Errorf("a second time: %v", err)
	}
	if _, err := k.PeekLink(secret); !errors.Is(err, access.ErrBadLink) {
		t.Errorf("it still is one: %v", err)
	}
	if links, sessions, _ := store.Counts(); links != 0 || sessions != 1 {
		t.Errorf("%d links and %d sessions", links, sessions)
	}
}

// However many press at once, one comes in.
func TestLinkPressedAtOnce(t *testing.T) {
	k, store, _ := accesstest.NewKeeper(t, site, func(c *access.Config) { c.MaxAttempts = 100 })
	secret := newLink(t, k, camille)
	var all sync.WaitGroup
	in := make(chan access.Session, 50)
	for range 50 {
		all.Go(func() {
			if s, _, err := use(k, secret); err == nil {
				in <- s
			} else if !errors.Is(err, access.ErrBadLink) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, sessions, _ := store.Counts(); len(in) != 1 || sessions != 1 {
		t.Errorf("%d came in, %d sessions", len(in), sessions)
	}
}

// A full disk lets nobody in, and the link is not lost by the attempt.
func TestLinkOnAFullDisk(t *testing.T) {
	k, store, _ := accesstest.NewKeeper(t, site)
	secret := newLink(t, k, camille)
	store.Full = errors.New("the disk is full")
	if _, w, err := use(k, secret); !errors.Is(err, store.Full) || len(w.Result().Cookies()) > 0 {
		t.Errorf("%v", err)
	}
	store.Full = nil
	if _, _, err := use(k, secret); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestLinkReplacesTheFormer(t *testing.T) {
	k, _, clock := accesstest.NewKeeper(t, site)
	first, other := newLink(t, k, camille), newLink(t, k, malik)
	clock.Move(time.Minute)
	second := newLink(t, k, camille)
	if _, err := k.PeekLink(first); !errors.Is(err, access.ErrBadLink) {
		t.Errorf("the former link: %v", err)
	}
	links, err := k.Links()
	if err != nil || len(links) != 2 || links[0].Person != camille || links[1].Person != malik {
		t.Fatalf("%+v, %v", links, err)
	}
	for _, secret := range []string{second, other} {
		if _, err := k.PeekLink(secret); err != nil {
			t.Error(err)
		}
	}
	if err := k.EndLink(links[0].Key); err != nil {
		t.Fatal(err)
	}
	if _, _, err := use(k, second); !errors.Is(err, access.ErrBadLink) {
		t.Errorf("a link taken back: %v", err)
	}
}

func TestLinkEnds(t *testing.T) {
	k, _, clock := accesstest.NewKeeper(t, site)
	secret, l, err := k.NewLink(t.Context(), malik, access.ConsoleLinkAge)
	if err != nil || l.ExpiresAt != clock.Now().Add(time.Hour) {
		t.Fatalf("%+v, %v", l, err)
	}
	clock.Move(time.Hour - time.Second)
	if _, err := k.PeekLink(secret); err != nil {
		t.Error(err)
	}
	clock.Move(time.Second)
	if _, _, err := use(k, secret); !errors.Is(err, access.ErrBadLink) {
		t.Errorf("at its end: %v", err)
	}
	if links, err := k.Links(); err != nil || len(links) != 0 {
		t.Errorf("%+v, %v", links, err)
	}
	if _, l, err := k.NewLink(t.Context(), camille, 10*365*24*time.Hour); err != nil || l.ExpiresAt.After(clock.Now().Add(60*24*time.Hour)) {
		t.Errorf("a link for ten years: %+v, %v", l, err)
	}
	for _, bad := range []struct {
		role access.Role
		ttl  time.Duration
	}{{access.Member, 0}, {access.Member, -time.Hour}, {"visitor", time.Hour}, {"", time.Hour}} {
		if _, _, err := k.NewLink(t.Context(), access.Person{Role: bad.role}, bad.ttl); err == nil {
			t.Errorf("%+v was made", bad)
		}
	}
}

// Wrong secrets are all one to whoever tries them.
func TestWrongSecretsAreAlike(t *testing.T) {
	k, _, clock := accesstest.NewKeeper(t, site)
	used, expired, replaced := newLink(t, k, camille), "", newLink(t, k, malik)
	if _, _, err := use(k, used); err != nil {
		t.Fatal(err)
	}
	newLink(t, k, malik)
	expired, _, _ = k.NewLink(t.Context(), accesstest.Person(access.Member, "Lou"), time.Minute)
	clock.Move(time.Hour)
	for name, secret := range map[string]string{
		"used": used, "expired": expired, "replaced": replaced, "made up": strings.Repeat("A", 43), "empty": "", "long": strings.Repeat("A", 4000), "odd": "../../etc/passwd",
	} {
		if _, err := k.PeekLink(secret); err != access.ErrBadLink {
			t.Errorf("%s: read: %v", name, err)
		}
		if _, w, err := use(k, secret); err != access.ErrBadLink || len(w.Header()) > 0 {
			t.Errorf("%s: used: %v, %v", name, err, w.Header())
		}
	}
}

// Guessing is bounded for each visitor, and does not lock out the others; to
// read is not to guess, because other sites' pages can make a browser read.
func TestAttemptsAreBounded(t *testing.T) {
	k, _, clock := accesstest.NewKeeper(t, site)
	secret := newLink(t, k, camille)
	from := func(address, secret string) error {
		r := accesstest.Request(access.Public, http.MethodPost, site)
		r.RemoteAddr = address
		_, err := k.UseLink(httptest.NewRecorder(), r, secret)
		return err
	}
	for range 100 {
		if _, err := k.PeekLink(strings.Repeat("A", 43)); !errors.Is(err, access.ErrBadLink) {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		if err := from("192.0.2.7:1", "wrong"); !errors.Is(err, access.ErrBadLink) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	if err := from("192.0.2.7:9", secret); !errors.Is(err, access.ErrTooOften) {
		t.Errorf("the next: %v", err)
	}
	if err := from("192.0.2.8:1", "wrong"); !errors.Is(err, access.ErrBadLink) {
		t.Errorf("a neighbour: %v", err)
	}
	clock.Move(30 * time.Second)
	if err := from("192.0.2.7:1", "wrong"); !errors.Is(err, access.ErrBadLink) {
		t.Errorf("half a minute later: %v", err)
	}
	if err := from("192.0.2.7:1", "wrong"); !errors.Is(err, access.ErrTooOften) {
		t.Errorf("one more: %v", err)
	}
	clock.Move(10 * time.Minute)
	if err := from("192.0.2.7:1", secret); err != nil {
		t.Errorf("with the right link: %v", err)
	}
}

// One household has a whole network of the newer addresses.
func TestAttemptsOfOneNetwork(t *testing.T) {
	k, _, _ := accesstest.NewKeeper(t, site, func(c *access.Config) { c.MaxAttempts = 1 })
	var errs []error
	for _, address := range []string{"[2001:db8:1:2::7]:1", "[2001:db8:1:2:ffff::9]:2", "[2001:db8:1:3::7]:1", "[::ffff:192.0.2.7]:1", "192.0.2.7:1"} {
		r := accesstest.Request(access.Public, http.MethodPost, site)
		r.RemoteAddr = address
		_, err := k.UseLink(httptest.NewRecorder(), r, "wrong")
		errs = append(errs, err)
	}
	want := []error{access.ErrBadLink, access.ErrTooOften, access.ErrBadLink, access.ErrBadLink, access.ErrTooOften}
	for i := range want {
		if !errors.Is(errs[i], want[i]) {
			t.Errorf("%d: %v, want %v", i, errs[i], want[i])
		}
	}
}
