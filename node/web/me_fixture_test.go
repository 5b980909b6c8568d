package web

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"courtcircuit/node/access"
	"courtcircuit/node/access/accesstest"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// fakeMembers holds one entry for each person, and judges cards by the very
// rules of the network.
type fakeMembers struct {
	mu       sync.Mutex // held by each question: a page may be sent twice at once
	entries  map[access.ID]*card.Me
	missions []card.FoundMission
	works    []card.Work
	places   *card.Problem // what the place of a card is answered with
	fail     error
	calls    []string // what was asked for, and of whom
}

const recoverySecret = "CCR1-0000000-1111111-2222222-3333333-4444444-5555555-6666666-7777777"

func newFakeMembers(people ...access.Person) *fakeMembers {
	f := &fakeMembers{entries: map[access.ID]*card.Me{}}
	for _, p := range people {
		f.entries[p.ID] = &card.Me{Member: card.Member{ID: fakeID(strings.ToLower(p.Name)), Name: p.Name, State: card.MemberInvited}}
	}
	return f
}

// withCard gives a person a published card.
func (f *fakeMembers) withCard(who access.Person) *card.Me {
	me := f.entries[who.ID]
	c := newFakeReader().profiles[camille]
	me.Card, me.Profile, me.State, me.SecretKept = &c, c.ID, card.MemberPublished, true
	return me
}

func (f *fakeMembers) of(who access.Person, call string) (*card.Me, error) {
	f.calls = append(f.calls, call+" "+who.Name)
	me, ok := f.entries[who.ID]
	if !ok {
		return nil, &card.Problem{Cause: card.NotFound, Field: "id", Detail: "no such member"}
	}
	return me, f.fail
}

func (f *fakeMembers) Me(_ context.Context, who access.Person) (card.Me, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	me, err := f.of(who, "me")
	if err != nil {
		return card.Me{}, err
	}
	return *me, nil
}

func (f *fakeMembers) CheckCard(_ context.Context, who access.Person, p card.Profile) (card.Profile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.check(who, p)
}

func (f *fakeMembers) check(who access.Person, p card.Profile) (card.Profile, error) {
	if _, err := f.of(who, "check"); err != nil {
		return card.Profile{}, err
	}
	place := fakePlace("Toulouse", "Haute-Garonne", 43.6, 1.44)
	if p.Place.Resolved != nil {
		place = p.Place
	} else if f.places != nil {
		return card.Profile{}, f.places
	}
	body, err := p.Body(place.Resolved.Protocol(), today)
	if err != nil {
		return card.Profile{}, err
	}
	return card.ProfileOf(body), nil
}

func (f *fakeMembers) KeepDraft(_ context.Context, who access.Person, p card.Profile) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	me, err := f.of(who, "draft")
	if err != nil {
		return err
	}
	me.Draft, me.HasDraft = &p, true
	return nil
}

func (f *fakeMembers) PublishCard(_ context.Context, who access.Person, p card.Profile, consents []card.Consent) (api.Published, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	me, err := f.of(who, "publish")
	if err != nil {
		return api.Published{}, err
	}
	first := me.Card == nil
	if p, err = f.check(who, p); err != nil {
		return api.Published{}, err
	}
	p.Meta = fakeMeta(who.Name)
	me.Card, me.Profile, me.State, me.Draft, me.HasDraft = &p, p.ID, card.MemberPublished, nil, false
	me.Consents = append(me.Consents, consents...)
	done := api.Published{Profile: p, Created: first}
	if first {
		done.RecoverySecret = recoverySecret
	}
	return done, nil
}

func (f *fakeMembers) SetAvailability(_ context.Context, who access.Person, a card.Availability) (card.Profile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	me, err := f.of(who, "availability")
	if err != nil {
		return card.Profile{}, err
	}
	me.Card.DaysPerWeek, me.Card.AvailableFrom = a.DaysPerWeek, a.From
	return *me.Card, nil
}

func (f *fakeMembers) ConfirmCard(_ context.Context, who access.Person) (card.Profile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.of(who, "confirm")
	return card.Profile{}, err
}

func (f *fakeMembers) KeepSecret(_ context.Context, who access.Person) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	me, err := f.of(who, "kept")
	if err == nil {
		me.SecretKept = true
	}
	return err
}

func (f *fakeMembers) MoveIn(_ context.Context, who access.Person, id, secret string, _ []card.Consent) (card.Profile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.of(who, "move "+id); err != nil {
		return card.Profile{}, err
	}
	if secret != recoverySecret {
		return card.Profile{}, &card.Problem{Cause: card.Invalid, Field: "recovery_secret"}
	}
	return *f.withCard(who).Card, nil
}

func (f *fakeMembers) ExportKey(_ context.Context, who access.Person, passphrase string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.of(who, "export")
	return []byte("-----BEGIN AGE ENCRYPTED FILE-----"), err
}

func (f *fakeMembers) EraseMember(_ context.Context, who access.Person) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.of(who, "erase")
	delete(f.entries, who.ID)
	return err
}

func (f *fakeMembers) MissionsNear(context.Context, access.Person, string) ([]card.FoundMission, error) {
	return f.missions, nil
}

func (f *fakeMembers) MissionFor(_ context.Context, _ access.Person, id string) (card.Mission, error) {
	for _, m := range f.missions {
		if m.ID == id && m.RecordID == "" {
			return m.Mission, nil
		}
	}
	return card.Mission{}, &card.Problem{Cause: card.NotFound, Field: "id", Detail: "no such mission"}
}

func (f *fakeMembers) WorksOf(context.Context, access.Person) ([]card.Work, error) {
	return f.works, nil
}

func (f *fakeMembers) AgreeWork(_ context.Context, who access.Person, id string, agree bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, "work "+id+" "+map[bool]string{true: "yes", false: "no"}[agree])
	return nil
}

// asked says whether the node was asked for something.
func (f *fakeMembers) asked(call string) bool {
	return slices.ContainsFunc(f.calls, func(c string) bool { return strings.HasPrefix(c, call+" ") })
}

// meDoor is the pages with somebody let in.
type meDoor struct {
	t      *testing.T
	pages  *Pages
	fake   *fakeMembers
	cookie *http.Cookie
	lang   string
}

var camilleHere = accesstest.Person(access.Member, "Camille")

func newMeDoor(t *testing.T) *meDoor {
	t.Helper()
	keeper, _, _ := accesstest.NewKeeper(t, garonne)
	fake := newFakeMembers(camilleHere)
	pages, err := New(Config{PublicURL: garonne}, newFakeReader(), Doors{Access: keeper, Members: fake}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &meDoor{t, pages, fake, accesstest.Enter(t, keeper, camilleHere, access.Public, garonne+"/"), "fr"}
}

func (d *meDoor) get(path string) visit { return d.send(http.MethodGet, path, nil, "") }

// post sends a form and follows nothing.
func (d *meDoor) post(path string, fields ...string) visit {
	d.t.Helper()
	return d.send(http.MethodPost, path, strings.NewReader(formOfPairs(fields).Encode()), "application/x-www-form-urlencoded")
}

func formOfPairs(fields []string) url.Values {
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	return values
}

// upload sends a form as browsers do that one with a file.
func (d *meDoor) upload(path, file string, fields ...string) visit {
	d.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			d.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "cv.json")
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := part.Write([]byte(file)); err != nil {
		d.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		d.t.Fatal(err)
	}
	return d.send(http.MethodPost, path, &body, w.FormDataContentType())
}

func (d *meDoor) send(method, path string, body interface{ Read([]byte) (int, error) }, media string) visit {
	d.t.Helper()
	r := httptest.NewRequest(method, garonne+path, body)
	r.Header.Set("Accept-Language", d.lang)
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	if d.cookie != nil {
		r.AddCookie(d.cookie)
	}
	w := httptest.NewRecorder()
	access.WithDoor(d.pages, access.Public).ServeHTTP(w, r)
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		d.t.Fatal(err)
	}
	v := visit{w.Code, w.Header(), w.Body.String(), doc}
	if v.header.Get("Cache-Control") != "no-store" {
		d.t.Errorf("%s %s may be cached: %q", method, path, v.header.Get("Cache-Control"))
	}
	if v.code >= 300 && v.code < 400 || path == "/moi/apercu" {
		return v
	}
	for _, fault := range faultsOf(v) {
		d.t.Errorf("%s %s: %s", method, path, fault)
	}
	return v
}

// value is what stands in a field of the page.
func (v visit) value(name string) string {
	for _, n := range v.named("input", "textarea") {
		if attr(n, "name") != name {
			continue
		}
		if n.Data == "textarea" {
			return textOf(n)
		}
		return attr(n, "value")
	}
	return ""
}

// refusingMembers publishes nothing.
type refusingMembers struct {
	*fakeMembers
	with error
}

func (f *refusingMembers) PublishCard(context.Context, access.Person, card.Profile, []card.Consent) (api.Published, error) {
	return api.Published{}, f.with
}

func pairsOf(values url.Values) (pairs []string) {
	for name, all := range values {
		for _, value := range all {
			pairs = append(pairs, name, value)
		}
	}
	return pairs
}

func isInvalidOrError(n *html.Node) bool {
	return attr(n, "aria-invalid") == "true" || attr(n, "class") == "error"
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
