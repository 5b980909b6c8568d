// Package accesstest lets tests come in: a store in memory, a clock that
// stands still, and sessions without a browser.
package accesstest

import (
	"cmp"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/access"
)

// Memory is an access.Store that forgets. A step that fails leaves nothing, and
// steps follow one another, as the promise is.
type Memory struct {
	mu   sync.Mutex
	held tables
	// Full refuses steps that write, as a full disk does; nil: none.
	Full error
	// Writes counts the steps that were kept.
	Writes int
}

type tables struct {
	links    table[access.Link]
	sessions table[access.Session]
	passkeys table[access.Passkey]
}

// NewMemory is an empty store.
func NewMemory() *Memory {
	return &Memory{held: tables{table[access.Link]{}, table[access.Session]{}, table[access.Passkey]{}}}
}

// View is as access.Store has it.
func (m *Memory) View(fn func(access.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn(m.held)
}

// Update is as access.Store has it.
func (m *Memory) Update(fn func(access.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Full != nil {
		return m.Full
	}
	return m.step(fn)
}

// Discard is as access.Store has it.
func (m *Memory) Discard(fn func(access.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.step(fn)
}

func (m *Memory) step(fn func(access.Tx) error) error {
	next := tables{maps.Clone(m.held.links), maps.Clone(m.held.sessions), maps.Clone(m.held.passkeys)}
	if err := fn(next); err != nil {
		return err
	}
	m.held = next
	m.Writes++
	return nil
}

// Counts says how much is held.
func (m *Memory) Counts() (links, sessions, passkeys int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.held.links), len(m.held.sessions), len(m.held.passkeys)
}

func (t tables) Links() access.Table[access.Link]       { return t.links }
func (t tables) Sessions() access.Table[access.Session] { return t.sessions }
func (t tables) Passkeys() access.Table[access.Passkey] { return t.passkeys }

type table[T any] map[access.ID]T

func (t table[T]) Get(key access.ID) (T, error) {
	v, ok := t[key]
	if !ok {
		return v, access.ErrNotFound
	}
	return v, nil
}

func (t table[T]) Put(key access.ID, v T) error {
	t[key] = v
	return nil
}

func (t table[T]) Delete(keys ...access.ID) error {
	for _, key := range keys {
		delete(t, key)
	}
	return nil
}

func (t table[T]) Each(fn func(access.ID, T) error) error {
	keys := slices.SortedFunc(maps.Keys(t), func(a, b access.ID) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		if err := fn(key, t[key]); err != nil {
			return err
		}
	}
	return nil
}

// Clock stands still until it is moved.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock begins on a day of November 2026.
func NewClock() *Clock { return &Clock{at: time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)} }

// Now is what access.Config.Now takes.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Move puts the clock forward, or back.
func (c *Clock) Move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// NewKeeper is one over memory, on a site at publicURL.
func NewKeeper(t testing.TB, publicURL string, edit ...func(*access.Config)) (*access.Keeper, *Memory, *Clock) {
	t.Helper()
	cfg, store, clock := access.DefaultConfig(publicURL), NewMemory(), NewClock()
	cfg.Now = clock.Now
	for _, change := range edit {
		change(&cfg)
	}
	k, err := access.New(cfg, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k, store, clock
}

// Person is somebody with a role; the name tells them apart.
func Person(role access.Role, name string) access.Person {
	p := access.Person{Role: role, Name: name}
	copy(p.ID[:], cmp.Or(name, "nobody"))
	return p
}

// Request is one that came in by a door, with cookies.
func Request(door access.Door, method, target string, cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return At(door, r)
}

// At is the request as it comes in by a door.
func At(door access.Door, r *http.Request) (at *http.Request) {
	access.WithDoor(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { at = r }), door).ServeHTTP(nil, r)
	return at
}

// Enter lets a person in by a link at the address of target, and answers the
// cookie that their browser has from then on.
func Enter(t testing.TB, k *access.Keeper, p access.Person, door access.Door, target string) *http.Cookie {
	t.Helper()
	secret, _, err := k.NewLink(t.Context(), p, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if _, err := k.UseLink(w, Request(door, http.MethodPost, target), secret); err != nil {
		t.Fatal(err)
	}
	return CookieOf(t, w)
}

// CookieOf is the one cookie that an answer sets.
func CookieOf(t testing.TB, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies are set, one expected", len(cookies))
	}
	return cookies[0]
}
