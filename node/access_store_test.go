package node

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/access/accesstest"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
)

// accessOnDisk is a node whose inbox lies in its home.
func accessOnDisk(t *testing.T, home string) *Node {
	t.Helper()
	cfg := serviceConfig(t, home)
	cfg.Inbox, cfg.PublicURL = nil, "https://lesindes.example"
	n, err := New(cfg, testLog())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func enter(n *Node, secret string) (*httptest.ResponseRecorder, error) {
	w := httptest.NewRecorder()
	_, err := n.access.UseLink(w, accesstest.Request(access.Public, http.MethodPost, "https://lesindes.example/"), secret)
	return w, err
}

// Whoever came in is still in after a restart, and a link that was used is
// still used.
func TestAccessOutlivesTheProgram(t *testing.T) {
	home := t.TempDir()
	n := accessOnDisk(t, home)
	lou := access.Person{Role: access.Member, ID: drawID(), Name: "Lou"}
	used, _, err := n.access.NewLink(t.Context(), lou, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w, err := enter(n, used)
	if err != nil {
		t.Fatal(err)
	}
	waits, link, err := n.access.NewLink(t.Context(), lou, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}

	n = accessOnDisk(t, home)
	r := accesstest.Request(access.Public, http.MethodGet, "https://lesindes.example/", accesstest.CookieOf(t, w))
	if s, err := n.access.Session(r); err != nil || s.Person != lou {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := enter(n, used); !errors.Is(err, access.ErrBadLink) {
		t.Errorf("the used link: %v", err)
	}
	if l, err := n.access.PeekLink(waits); err != nil || l.Person != lou || !l.ExpiresAt.Equal(link.ExpiresAt) {
		t.Errorf("%+v, %v", l, err)
	}
	if err := n.access.EndAllOf(lou.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := n.access.Session(r); !errors.Is(err, access.ErrNoSession) {
		t.Errorf("ended: %v", err)
	}
}

// On the real shelves too, one of all who press at once comes in.
func TestAccessPressedAtOnce(t *testing.T) {
	n := accessOnDisk(t, t.TempDir())
	secret, _, err := n.access.NewLink(t.Context(), access.Person{Role: access.Member, ID: drawID()}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	in := make(chan bool, 50)
	for range 50 {
		all.Go(func() {
			if _, err := enter(n, secret); err == nil {
				in <- true
			} else if !errors.Is(err, access.ErrBadLink) && !errors.Is(err, access.ErrTooOften) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if held := n.accessStore().sessions.Len(); len(in) != 1 || held != 1 {
		t.Errorf("%d came in, %d sessions", len(in), held)
	}
}

func TestCoordinators(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	path, expires, err := n.ConsoleLink(t.Context())
	if err != nil || !strings.HasPrefix(path, "/_/entrer/") || time.Until(expires) > access.ConsoleLinkAge {
		t.Fatalf("%s, %s, %v", path, expires, err)
	}
	again, _, err := n.ConsoleLink(t.Context())
	if err != nil || again == path {
		t.Fatalf("%s, %v", again, err)
	}
	if _, err := n.access.PeekLink(strings.TrimPrefix(path, "/_/entrer/")); !errors.Is(err, access.ErrBadLink) {
		t.Errorf("the former link: %v", err)
	}
	people, err := n.Coordinators()
	if err != nil || len(people) != 1 || people[0].Name != "" || people[0].Role != access.Coordinator {
		t.Fatalf("%+v, %v", people, err)
	}
	first := people[0]
	wantProblem(t, n.RemoveCoordinator(first, first.ID), card.Conflict, "")
	wantProblem(t, n.RenameCoordinator(first, first.ID, " \n "), card.Invalid, "name")
	wantProblem(t, n.RenameCoordinator(first, drawID(), "Inès"), card.NotFound, "id")
	if err := n.RenameCoordinator(first, first.ID, "  Inès\tFaure "); err != nil {
		t.Fatal(err)
	}
	if l, err := n.access.PeekLink(strings.TrimPrefix(again, "/_/entrer/")); err != nil || l.Person.Name != "Inès Faure" {
		t.Errorf("the link of a person renamed: %+v, %v", l, err)
	}
	if _, err := n.AddCoordinator(first, strings.Repeat("x", 1000)); err == nil {
		t.Error("a name of a thousand letters")
	}
	second, err := n.AddCoordinator(first, "Malik")
	if err != nil {
		t.Fatal(err)
	}
	cookie := accesstest.Enter(t, n.access, second, access.Private, "http://localhost:7317/")
	if _, _, err := n.access.NewLink(t.Context(), second, time.Hour); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, n.RemoveCoordinator(first, drawID()), card.NotFound, "id")
	if err := n.RemoveCoordinator(first, second.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := n.access.Session(accesstest.Request(access.Private, http.MethodGet, "http://localhost:7317/", cookie)); !errors.Is(err, access.ErrNoSession) {
		t.Errorf("removed and still in: %v", err)
	}
	if links, err := n.access.Links(); err != nil || len(links) != 1 || links[0].Person.ID != first.ID {
		t.Errorf("%+v, %v", links, err)
	}
	if people, err := n.Coordinators(); err != nil || len(people) != 1 || people[0].ID != first.ID {
		t.Errorf("%+v, %v", people, err)
	}
}

func TestCoordinatorsAreBounded(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	for i := range 51 {
		_, err := n.AddCoordinator(access.Person{}, "Malik")
		if i < 50 && err != nil {
			t.Fatal(err)
		}
		if i == 50 {
			wantProblem(t, err, card.Conflict, "")
		}
	}
}

// Whoever asks for the first console link at the same moment gets one
// coordinator.
func TestConsoleLinkAtOnce(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, _, err := n.ConsoleLink(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	people, err := n.Coordinators()
	if links, linksErr := n.access.Links(); err != nil || linksErr != nil || len(people) != 1 || len(links) != 1 {
		t.Errorf("%d coordinators, %d links", len(people), len(links))
	}
}

func TestSweepAccess(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	if _, _, err := n.ConsoleLink(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{time.Hour, 1}, {26 * time.Hour, 0}} {
		if err := n.sweepAccess(now.Add(c.after)); err != nil {
			t.Fatal(err)
		}
		if held := n.accessStore().links.Len(); held != c.want {
			t.Errorf("after %s: %d links", c.after, held)
		}
	}
}

// What lies in the inbox holds no secret: a backup lets nobody in.
func TestNoSecretIsKept(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	secret, _, err := n.access.NewLink(t.Context(), access.Person{Role: access.Member, ID: drawID()}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	lou := access.Person{Role: access.Member, ID: drawID()}
	cookie := accesstest.Enter(t, n.access, lou, access.Private, "http://localhost:7317/")
	for _, space := range []inbox.Space{inbox.SpaceLinks, inbox.SpaceSessions} {
		seen := 0
		err := inbox.NewShelf[json.RawMessage](n.inbox, space).Each(func(key inbox.ID, v json.RawMessage) error {
			seen++
			for _, secret := range []string{secret, cookie.Value} {
				raw, err := base64.RawURLEncoding.DecodeString(secret)
				if err != nil || inbox.ID(raw) == key || bytes.Contains(v, []byte(secret)) || bytes.Contains(v, raw) {
					t.Errorf("a secret lies in the inbox: %v", err)
				}
			}
			return nil
		})
		if err != nil || seen != 1 {
			t.Errorf("%d values, %v", seen, err)
		}
	}
}

// What the keeper asks of a table that does not hold a key.
func TestAccessTables(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	err := n.accessStore().Update(func(tx access.Tx) error {
		if _, err := tx.Passkeys().Get(drawID()); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%v", err)
		}
		return tx.Sessions().Delete(drawID())
	})
	if err != nil {
		t.Error(err)
	}
}
