package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"

	"courtcircuit/node/card"

	"golang.org/x/net/html"
)

// fakeBriefs keeps requests as they came.
type fakeBriefs struct {
	mu       sync.Mutex
	tracks   map[string]card.Track // by secret
	keys     map[string]string     // secret by key
	got      []card.BriefForm
	answered []card.BriefAnswer
	offered  []string
	visitors []string
	err      error // of all but FollowBrief
}

var errNoTrack = &card.Problem{Cause: card.NotFound, Field: "secret", Detail: "this link leads to no request"}

// fakeSecret has the form of one.
func fakeSecret(n int) string { return strings.Repeat("s3cr3t", 6) + fmt.Sprintf("-_%05d", n) }

func (f *fakeBriefs) DepositBrief(_ context.Context, form card.BriefForm, key, visitor string) (card.Deposited, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.visitors = append(f.visitors, visitor)
	if f.err != nil {
		return card.Deposited{}, f.err
	}
	if secret, again := f.keys[key]; again {
		if !reflect.DeepEqual(f.tracks[secret].Form, form) {
			return card.Deposited{}, &card.Problem{Cause: card.Conflict, Field: "Idempotency-Key"}
		}
		return card.Deposited{Secret: secret, Track: f.tracks[secret]}, nil
	}
	f.got = append(f.got, form)
	secret := fakeSecret(len(f.got))
	f.keys[key] = secret
	f.tracks[secret] = card.Track{Form: form, To: card.Membership{ID: form.To.Collective, Name: "Les Indés de la Garonne"}, State: card.BriefReceived,
		Steps: []card.BriefStep{{At: today, State: card.BriefReceived}}, DeleteAt: today.AddDate(0, 6, 0)}
	return card.Deposited{Secret: secret, Track: f.tracks[secret]}, nil
}

func (f *fakeBriefs) FollowBrief(_ context.Context, secret string) (card.Track, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	track, ok := f.tracks[secret]
	if !ok {
		return track, errNoTrack
	}
	return track, nil
}

func (f *fakeBriefs) AnswerBrief(ctx context.Context, secret string, a card.BriefAnswer) (card.Track, error) {
	if f.err != nil {
		return card.Track{}, f.err
	}
	f.answered = append(f.answered, a)
	return f.FollowBrief(ctx, secret)
}

func (f *fakeBriefs) OfferBrief(_ context.Context, secret, id string) (card.Deposited, error) {
	if f.err != nil {
		return card.Deposited{}, f.err
	}
	f.offered = append(f.offered, id)
	return card.Deposited{Secret: fakeSecret(99)}, nil
}

func (f *fakeBriefs) EraseBrief(_ context.Context, secret string) error {
	if f.err != nil {
		return f.err
	}
	if _, ok := f.tracks[secret]; !ok {
		return errNoTrack
	}
	delete(f.tracks, secret)
	return nil
}

func newFakeBriefs() *fakeBriefs {
	return &fakeBriefs{tracks: map[string]card.Track{}, keys: map[string]string{}}
}

// briefPages are pages that take requests.
func briefPages(t testing.TB, publicURL string) (*Pages, *fakeReader, *fakeBriefs) {
	t.Helper()
	reader, briefs := newFakeReader(), newFakeBriefs()
	p, err := New(Config{PublicURL: publicURL}, reader, Doors{Briefs: briefs}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, reader, briefs
}

// fakeTrack is a request to another collective, as far as the state.
func fakeTrack(state string) card.Track {
	other := fakeCollective("other", "La Fabrique des Chartrons", "Bordeaux", "Gironde", 44.84, -0.58)
	t := card.Track{
		To: card.Membership{ID: other.ID, Name: other.Name, Verified: true}, ToName: "Malik Benali", State: state, DeleteAt: today.AddDate(0, 6, 0),
		Form: card.BriefForm{
			Title: "Un logo", Description: "Nous ouvrons une épicerie.\nIl nous faut un nom et un logo.", Place: other.Place, When: "en mars",
			Contact:  card.BriefContact{Name: "Inès Haddad", Email: "ines@epicerie.example", Phone: "05 56 00 00 00"},
			Audience: card.AudienceNetwork, Language: "fr",
		},
	}
	history := []card.BriefStep{
		{State: card.BriefSending}, {State: card.BriefReceived}, {State: card.BriefRead, By: "Léa Martin"}, {State: card.BriefProposed, By: "Léa Martin"},
		{State: card.BriefRead, Words: "Dites plutôt « un logo et un nom »."}, {State: card.BriefProposed, By: "Léa Martin"},
		{State: card.BriefAccepted}, {State: card.BriefPublished},
	}
	reached := map[string]int{card.BriefSending: 1, card.BriefReceived: 2, card.BriefRead: 3, card.BriefProposed: 6, card.BriefAccepted: 7, card.BriefPublished: 8,
		card.BriefDeclined: 3, card.BriefWithdrawn: 3, card.BriefUndeliverable: 1}[state]
	t.Steps = append(t.Steps, history[:reached]...)
	switch state {
	case card.BriefDeclined:
		t.Steps = append(t.Steps, card.BriefStep{State: state, By: "Léa Martin", Words: "Nous sommes complets jusqu’en avril.\n\nBonne chance !"})
	case card.BriefWithdrawn, card.BriefUndeliverable:
		t.Steps = append(t.Steps, card.BriefStep{State: state})
	}
	for i := range t.Steps {
		t.Steps[i].At = today.AddDate(0, 0, i)
	}
	if state == card.BriefProposed || state == card.BriefAccepted || state == card.BriefPublished {
		mission := fakeMission("text", "Un nom et un logo pour une épicerie associative", "", other)
		mission.Meta, mission.Collective = card.Meta{}, nil
		t.Text = &card.BriefText{Mission: mission, Audience: card.AudienceNetwork, Digest: "d1g3st"}
	}
	if state == card.BriefPublished {
		t.MissionID, t.MissionURL = fakeID("open"), testURL+"/missions/"+fakeID("open")
	}
	t.CanOffer = state == card.BriefDeclined || state == card.BriefUndeliverable
	return t
}

// send posts a form and checks what must hold of every page.
func send(t testing.TB, p *Pages, target string, form url.Values, header ...string) visit {
	t.Helper()
	return visitOf(t, target, ask(p, http.MethodPost, target, form, header...))
}

func visitOf(t testing.TB, target string, w *httptest.ResponseRecorder) visit {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	v := visit{w.Code, w.Header(), w.Body.String(), doc}
	if w.Code/100 != 3 {
		for _, fault := range faultsOf(v) {
			t.Errorf("%s: %s", target, fault)
		}
	}
	return v
}

// asked is a request that is taken.
func asked(change ...string) url.Values {
	v := url.Values{
		"description": {"Nous ouvrons une épicerie.\r\nIl nous faut un logo."}, "title": {"Un logo"}, "place": {"Toulouse"}, "when": {"en mars"},
		"name": {"Inès Haddad"}, "email": {"ines@epicerie.example"}, "phone": {"05 61 00 00 00"}, "audience": {"collective"}, "token": {"T0KEN"}, "website": {""},
	}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}
