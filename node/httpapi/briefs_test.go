package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

const clientSecret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I"

// fakeBriefs remembers what was asked of it.
type fakeBriefs struct {
	form     card.BriefForm
	key      string
	visitor  string
	answer   card.BriefAnswer
	proposed card.Mission
	audience string
	reason   string
	state    string // of the one brief
}

func (f *fakeNode) DepositBrief(_ context.Context, form card.BriefForm, key, visitor string) (card.Deposited, error) {
	f.briefs.form, f.briefs.key, f.briefs.visitor, f.briefs.state = form, key, visitor, card.BriefReceived
	return card.Deposited{Secret: clientSecret, Link: "/suivi/" + clientSecret, Track: card.Track{Form: form, State: card.BriefReceived}}, f.fail
}

func (f *fakeNode) FollowBrief(_ context.Context, secret string) (card.Track, error) {
	if secret != clientSecret {
		return card.Track{}, notFound("brief")
	}
	return card.Track{State: f.briefs.state}, f.fail
}

func (f *fakeNode) AnswerBrief(ctx context.Context, secret string, a card.BriefAnswer) (card.Track, error) {
	f.briefs.answer = a
	return f.FollowBrief(ctx, secret)
}

func (f *fakeNode) Briefs(context.Context) ([]card.Brief, error) {
	if f.briefs.state == "" {
		return nil, f.fail
	}
	return []card.Brief{{ID: idOf(5), BriefForm: f.briefs.form, State: f.briefs.state}}, f.fail
}

func (f *fakeNode) Brief(_ context.Context, id string) (card.Brief, error) {
	if id != idOf(5) {
		return card.Brief{}, notFound("brief")
	}
	return card.Brief{ID: id, State: f.briefs.state}, f.fail
}

func (f *fakeNode) ReadBrief(ctx context.Context, id string) (card.Brief, error) {
	f.briefs.state = card.BriefRead
	return f.Brief(ctx, id)
}

func (f *fakeNode) ProposeBrief(ctx context.Context, id string, m card.Mission, audience string) (card.Brief, error) {
	f.briefs.proposed, f.briefs.audience, f.briefs.state = m, audience, card.BriefProposed
	return f.Brief(ctx, id)
}

func (f *fakeNode) DeclineBrief(ctx context.Context, id, reason string) (card.Brief, error) {
	f.briefs.reason, f.briefs.state = reason, card.BriefDeclined
	return f.Brief(ctx, id)
}

func (f *fakeNode) DeleteBrief(ctx context.Context, id string) error {
	_, err := f.Brief(ctx, id)
	f.briefs.state = ""
	return err
}

func (f *fakeNode) Outbox(context.Context) ([]api.Waiting, error) {
	return []api.Waiting{{Collective: api.CollectiveRef{ID: idOf(8), Name: "La Fabrique"}, Messages: 2, Oldest: time.Unix(1_700_000_000, 0).UTC()}}, f.fail
}

const groceryJSON = `{"description":"Il nous faut un logo","place":"Toulouse","contact":{"name":"Dominique","email":"d@exemple.fr"}}`

// The one write that is open to the world, and what it is told of the visitor.
func TestDepositFromTheWorld(t *testing.T) {
	a, node := newPublicAPI(t)
	w := call{method: "POST", path: "/api/v1/briefs", body: groceryJSON, host: worldHost, remote: "203.0.113.9:4000",
		header: map[string]string{"Idempotency-Key": "clé-1"}}.do(t, a)
	if w.Code != http.StatusAccepted || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	var d card.Deposited
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || d.Secret != clientSecret || d.Track.State != card.BriefReceived {
		t.Fatal(err, w.Body)
	}
	if b := node.briefs; b.key != "clé-1" || b.visitor != "203.0.113.9:4000" || b.form.Place.Text != "Toulouse" || b.form.Contact.Email != "d@exemple.fr" {
		t.Errorf("%+v", b)
	}
	w = call{method: "POST", path: "/api/v1/briefs", body: groceryJSON, host: worldHost, header: map[string]string{"Origin": "https://evil.example"}}.do(t, a)
	if w.Code != http.StatusForbidden {
		t.Errorf("of a page of another site: %d", w.Code)
	}
	for body, field := range map[string]string{
		`{"place":"Toulouse","contact":{"name":"D"}}`:                                       "description",
		`{"description":"x","place":"Toulouse"}`:                                            "contact",
		`{"description":"x","contact":{"name":"D","email":"d@e.fr"},"secret":1}`:            "secret",
		`{"description":"x","contact":{"name":"D"},"to":{"collective":"x","person":"Lou"}}`: "to.person",
	} {
		w := call{method: "POST", path: "/api/v1/briefs", body: body, host: worldHost}.do(t, a)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"field":"`+field+`"`) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	large := strings.Replace(groceryJSON, "un logo", strings.Repeat("a", 70<<10), 1)
	if w := (call{method: "POST", path: "/api/v1/briefs", body: large, host: worldHost}).do(t, a); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("70 KiB: %d", w.Code)
	}
}

// Nothing else of the interface changes anything from outside, with the token
// or without.
func TestOnlyDepositsFromTheWorld(t *testing.T) {
	a, node := newPublicAPI(t)
	node.briefs.state = card.BriefProposed
	for _, c := range []call{
		{method: "POST", path: "/api/v1/briefs/follow", body: `{"secret":"` + clientSecret + `","withdraw":true}`},
		{method: "POST", path: "/api/v1/briefs/" + idOf(5) + "/approve", body: `{"mission":{"title":"x","place":"Toulouse"}}`},
		{method: "POST", path: "/api/v1/briefs/" + idOf(5) + "/decline", body: `{}`},
		{method: "POST", path: "/api/v1/briefs/" + idOf(5) + "/read"},
		{method: "DELETE", path: "/api/v1/briefs/" + idOf(5)},
		{method: "GET", path: "/api/v1/briefs"},
		{method: "GET", path: "/api/v1/briefs/" + idOf(5)},
		{method: "GET", path: "/api/v1/outbox"},
		{method: "PUT", path: "/api/v1/briefs"},
		{method: "DELETE", path: "/api/v1/briefs"},
	} {
		for _, c.token = range []bool{false, true} {
			c.host = worldHost
			if w := c.do(t, a); w.Code != http.StatusNotFound {
				t.Errorf("%s %s with the token %t: %d", c.method, c.path, c.token, w.Code)
			}
		}
	}
	if b := node.briefs; b.state != card.BriefProposed || b.answer.Withdraw {
		t.Errorf("%+v", b)
	}
	preflight := call{method: "OPTIONS", path: "/api/v1/briefs/follow", host: worldHost, header: map[string]string{
		"Origin": "https://other.example", "Access-Control-Request-Headers": "Brief-Secret", "Access-Control-Request-Method": "POST",
	}}.do(t, a)
	if h := preflight.Header(); strings.Contains(strings.ToLower(h.Get("Access-Control-Allow-Headers")), "secret") || strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") {
		t.Errorf("pages of other sites may use a client's link: %v", h)
	}
}

// A secret is read from the header or the body, never from the address.
func TestFollowBySecret(t *testing.T) {
	a, node := newTestAPI(t)
	node.briefs.state = card.BriefProposed
	secret := map[string]string{"Brief-Secret": clientSecret}
	w := call{method: "GET", path: "/api/v1/briefs/follow", header: secret}.do(t, a)
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := (call{method: "GET", path: "/api/v1/briefs/follow?secret=" + clientSecret}).do(t, a); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("in the address: %d", w.Code)
	}
	if w := (call{method: "GET", path: "/api/v1/briefs/follow"}).do(t, a); w.Code != http.StatusNotFound {
		t.Errorf("without: %d", w.Code)
	}
	if w := (call{method: "POST", path: "/api/v1/briefs/follow", header: secret, body: `{"change":"Plus court"}`}).do(t, a); w.Code != http.StatusOK || node.briefs.answer.Change != "Plus court" {
		t.Errorf("%d %+v", w.Code, node.briefs.answer)
	}
	if w := (call{method: "POST", path: "/api/v1/briefs/follow", body: `{"secret":"` + clientSecret + `","accept":"abc"}`}).do(t, a); w.Code != http.StatusOK || node.briefs.answer.Accept != "abc" {
		t.Errorf("%d %+v", w.Code, node.briefs.answer)
	}
}

func TestBriefDeskOverTheInterface(t *testing.T) {
	a, node := newTestAPI(t)
	if w := (call{method: "POST", path: "/api/v1/briefs", body: groceryJSON}).do(t, a); w.Code != http.StatusAccepted || node.briefs.visitor != "" {
		t.Fatalf("%d, visitor %q: this machine has no bound", w.Code, node.briefs.visitor)
	}
	path := "/api/v1/briefs/" + idOf(5)
	if got := decode[list[card.Brief]](t, call{method: "GET", path: "/api/v1/briefs", token: true}, a, http.StatusOK); len(got.Results) != 1 || got.Results[0].Contact.Name != "Dominique" {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		call  call
		state string
	}{
		{call{method: "GET", path: path}, card.BriefReceived},
		{call{method: "POST", path: path + "/read"}, card.BriefRead},
		{call{method: "POST", path: path + "/approve", body: `{"mission":{"title":"Logo","place":"Toulouse"},"audience":"network"}`}, card.BriefProposed},
		{call{method: "POST", path: path + "/decline", body: `{"reason":"Trop loin"}`}, card.BriefDeclined},
	} {
		c.call.token = true
		if b := decode[card.Brief](t, c.call, a, http.StatusOK); b.State != c.state {
			t.Errorf("%s: %+v", c.call.path, b)
		}
	}
	if b := node.briefs; b.proposed.Title != "Logo" || b.audience != "network" || b.reason != "Trop loin" {
		t.Errorf("%+v", b)
	}
	if w := (call{method: "DELETE", path: path, token: true}).do(t, a); w.Code != http.StatusNoContent || node.briefs.state != "" {
		t.Errorf("%d %+v", w.Code, node.briefs)
	}
	if got := decode[list[api.Waiting]](t, call{method: "GET", path: "/api/v1/outbox", token: true}, a, http.StatusOK); len(got.Results) != 1 || got.Results[0].Messages != 2 {
		t.Errorf("%+v", got)
	}
}

func TestClientOfBriefs(t *testing.T) {
	c, node := dialed(t)
	d, err := c.DepositBrief(t.Context(), card.BriefForm{Description: "Un logo", Place: card.Place{Text: "Toulouse"}, Contact: card.BriefContact{Name: "D", Phone: "0561000000"}}, "clé")
	if err != nil || d.Secret != clientSecret || node.briefs.key != "clé" {
		t.Fatal(err, d)
	}
	if tr, err := c.FollowBrief(t.Context(), d.Secret); err != nil || tr.State != card.BriefReceived {
		t.Error(err, tr)
	}
	if _, err := c.AnswerBrief(t.Context(), d.Secret, card.BriefAnswer{Withdraw: true}); err != nil || !node.briefs.answer.Withdraw {
		t.Error(err)
	}
	if got, err := c.Briefs(t.Context()); err != nil || len(got) != 1 {
		t.Error(err, got)
	}
	if b, err := c.ReadBrief(t.Context(), idOf(5)); err != nil || b.State != card.BriefRead {
		t.Error(err, b)
	}
	if b, err := c.Brief(t.Context(), idOf(5)); err != nil || b.State != card.BriefRead {
		t.Error(err, b)
	}
	if b, err := c.ProposeBrief(t.Context(), idOf(5), card.Mission{Title: "Logo", Place: card.Place{Text: "Toulouse"}}, "network"); err != nil || b.State != card.BriefProposed || node.briefs.audience != "network" {
		t.Error(err, b)
	}
	if b, err := c.DeclineBrief(t.Context(), idOf(5), "Non"); err != nil || b.State != card.BriefDeclined || node.briefs.reason != "Non" {
		t.Error(err, b)
	}
	if err := c.DeleteBrief(t.Context(), idOf(5)); err != nil || node.briefs.state != "" {
		t.Error(err)
	}
	if w, err := c.Outbox(t.Context()); err != nil || !slices.ContainsFunc(w, func(w api.Waiting) bool { return w.Collective.Name == "La Fabrique" }) {
		t.Error(err, w)
	}
}
