package httpapi

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

func decode[T any](t *testing.T, c call, h http.Handler, status int) T {
	t.Helper()
	w := c.do(t, h)
	var v T
	if w.Code != status {
		t.Fatalf("%s %s: %d, want %d: %s", c.method, c.path, w.Code, status, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err, w.Body)
	}
	return v
}

func TestProfileLife(t *testing.T) {
	a, _ := newTestAPI(t)
	body := `{"name":"Camille Moreau","headline":"Graphiste","about":"…","place":{"lat":43.6,"lon":1.44},"radius_km":50,"skills":["graphisme"],"languages":["fr","en"],
		"modes":["onsite","hybrid"],"available_from":"2026-12-01","days_per_week":0,"since":2015,"links":[{"label":"Portfolio","url":"https://example.org"}]}`
	w := call{method: "POST", path: "/api/v1/profiles?ref=r1", body: body, token: true}.do(t, a)
	var made api.Published
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated {
		t.Fatal(err, w.Code, w.Body)
	}
	if w.Header().Get("Location") != "/api/v1/profiles/"+made.ID || made.RecoverySecret == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answer %s, header %v", w.Body, w.Header())
	}
	if made.DaysPerWeek == nil || *made.DaysPerWeek != 0 || made.Place.Resolved == nil {
		t.Errorf("zero days or the place were lost: %s", w.Body)
	}
	decode[api.Published](t, call{method: "POST", path: "/api/v1/profiles?ref=r1", body: body, token: true}, a, http.StatusOK)

	path := "/api/v1/profiles/" + made.ID
	got := decode[card.Profile](t, call{method: "GET", path: path}, a, http.StatusOK)
	got.Name = "Camille M."
	sent, err := json.Marshal(got) // what was answered may be sent back, fields of the server included
	if err != nil {
		t.Fatal(err)
	}
	if again := decode[card.Profile](t, call{method: "PUT", path: path, body: string(sent), token: true}, a, http.StatusOK); again.Name != "Camille M." {
		t.Errorf("got %+v", again)
	}
	decode[card.Profile](t, call{method: "POST", path: path + "/confirm", token: true}, a, http.StatusOK)
	if id := decode[resolved](t, call{method: "GET", path: "/api/v1/resolve?kind=profile&q=" + made.ID[:6], token: true}, a, http.StatusOK); id.ID != made.ID {
		t.Errorf("resolved %q", id.ID)
	}
	for name, media := range map[string]string{"resume.json": "application/json", "contact.vcf": "text/vcard; charset=utf-8"} {
		if w := (call{method: "GET", path: path + "/" + name}).do(t, a); w.Code != http.StatusOK || w.Header().Get("Content-Type") != media {
			t.Errorf("%s: %d %q", name, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if w := (call{method: "DELETE", path: path, token: true}).do(t, a); w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Errorf("delete: %d %s", w.Code, w.Body)
	}
}

func TestMissionLife(t *testing.T) {
	a, _ := newTestAPI(t)
	body := `{"title":"Identité visuelle","place":"31000","needs":[{"skill":"graphisme","count":1,"days":10}],"budget":{"min":4000,"max":6000,"currency":"EUR","per":"mission"}}`
	m := decode[card.Mission](t, call{method: "POST", path: "/api/v1/missions", body: body, token: true}, a, http.StatusCreated)
	if m.Status != statusDraft {
		t.Fatalf("status %q", m.Status)
	}
	path := "/api/v1/missions/" + m.ID
	if m = decode[card.Mission](t, call{method: "POST", path: path + "/publish", token: true}, a, http.StatusOK); m.Status != statusOpen {
		t.Errorf("status %q", m.Status)
	}
	decode[card.Mission](t, call{method: "GET", path: path}, a, http.StatusOK)
	if m = decode[card.Mission](t, call{method: "POST", path: path + "/attribute", token: true}, a, http.StatusOK); m.Status != "attributed" {
		t.Errorf("status %q", m.Status)
	}
	for _, c := range []call{
		{method: "POST", path: "/api/v1/missions?publish=true", body: body, token: true},
		{method: "POST", path: "/api/v1/missions", body: strings.Replace(body, `"title"`, `"status":"open","title"`, 1), token: true},
	} {
		if m := decode[card.Mission](t, c, a, http.StatusCreated); m.Status != statusOpen {
			t.Errorf("%s: %q", c.path, m.Status)
		}
	}
}

func TestOwnCollectiveHasAnAddressBeforeAnID(t *testing.T) {
	a, node := newTestAPI(t)
	decode[card.Collective](t, call{method: "GET", path: "/api/v1/collectives/own"}, a, http.StatusOK)
	decode[card.Collective](t, call{method: "PUT", path: "/api/v1/collectives/own", body: `{"name":"Les Indés","place":"Toulouse"}`, token: true}, a, http.StatusOK)
	if node.collected.Name != "Les Indés" || node.collected.ID != "" {
		t.Errorf("got %+v", node.collected)
	}
	decode[card.Collective](t, call{method: "PUT", path: "/api/v1/collectives/" + idOf(5), body: `{"name":"Les Indés","place":"Toulouse"}`, token: true}, a, http.StatusOK)
	if node.collected.ID != idOf(5) {
		t.Errorf("got %+v", node.collected)
	}
}

func sealedProfile(t *testing.T) []byte {
	t.Helper()
	author, _, err := protocol.NewAuthor(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := protocol.Profile{Name: "Camille Moreau", Place: protocol.PlaceAt(43.6, 1.44), Languages: []string{"fr"}, ConfirmedAtMillis: time.Now().UnixMilli()}
	p.Place.Name = "Toulouse"
	draft, err := p.Draft(nil, time.Now().UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	wire, err := protocol.Seal("test", author, draft)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func TestRecordIsGivenExactlyOrDescribed(t *testing.T) {
	a, node := newTestAPI(t)
	wire := sealedProfile(t)
	record, err := protocol.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	id := record.ID.String()
	node.records[id] = wire
	for _, accept := range []string{"", "*/*", "application/cbor", "application/cbor, application/json", "text/html"} {
		w := call{method: "GET", path: "/api/v1/records/" + id, header: map[string]string{"Accept": accept}}.do(t, a)
		if w.Header().Get("Content-Type") != recordType || !bytes.Equal(w.Body.Bytes(), wire) {
			t.Errorf("accept %q: %s, %d bytes of %d", accept, w.Header().Get("Content-Type"), w.Body.Len(), len(wire))
		}
	}
	described := decode[api.Record](t, call{method: "GET", path: "/api/v1/records/" + id, header: map[string]string{"Accept": "application/json;q=0.9"}}, a, http.StatusOK)
	identity := record.Header.Signer.Identity()
	if described.RecordID != id || described.Kind != "profile" || described.ID != identity.String() || described.Fingerprint != identity.Fingerprint() ||
		!bytes.Equal(described.Wire, wire) || described.Tombstone || described.Body == nil {
		t.Errorf("got %+v", described)
	}
}

// TestRecordsOfUnknownKindsAreNotShown: they are kept for others only.
func TestRecordsOfUnknownKindsAreNotShown(t *testing.T) {
	a, node := newTestAPI(t)
	author, _, err := protocol.NewAuthor(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := protocol.Seal("test", author, protocol.Draft{Kind: 1500, IssuedAtMillis: time.Now().UnixMilli(), BodyVersion: 1, Body: []byte{0xa0}})
	if err != nil {
		t.Fatal(err)
	}
	node.records[idOf(1)] = wire
	if w := (call{method: "GET", path: "/api/v1/records/" + idOf(1)}).do(t, a); w.Code != http.StatusNotFound {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestSubmitRecord(t *testing.T) {
	a, _ := newTestAPI(t)
	c := call{method: "POST", path: "/api/v1/records", body: string(sealedProfile(t)), token: true, header: map[string]string{"Content-Type": recordType}}
	if done := decode[api.Submitted](t, c, a, http.StatusOK); done.Outcome != "stored" {
		t.Errorf("got %+v", done)
	}
}

func TestSmallWrites(t *testing.T) {
	a, _ := newTestAPI(t)
	if p := decode[api.Peer](t, call{method: "POST", path: "/api/v1/peers", body: `{"multiaddr":"/ip4/192.0.2.1"}`, token: true}, a, 200); p.PeerID != "/ip4/192.0.2.1" {
		t.Errorf("got %+v", p)
	}
	decode[api.Bootstrap](t, call{method: "POST", path: "/api/v1/bootstrap", body: `{"name":"n","addrs":["/ip4/192.0.2.1"]}`, token: true}, a, 200)
	decode[api.Bootstrap](t, call{method: "DELETE", path: "/api/v1/bootstrap/12D3KooW", token: true}, a, 200)
	if k := decode[sealedKey](t, call{method: "POST", path: "/api/v1/keys/" + idOf(1) + "/export", body: `{"passphrase":"long enough"}`, token: true}, a, 200); k.Sealed != "sealed "+idOf(1) {
		t.Errorf("got %+v", k)
	}
	decode[api.Key](t, call{method: "POST", path: "/api/v1/keys/import", body: `{"sealed":"x","passphrase":"p"}`, token: true}, a, 200)
	decode[api.Key](t, call{method: "POST", path: "/api/v1/keys/" + idOf(1) + "/recover", body: `{"recovery_secret":"x"}`, token: true}, a, 200)
	decode[api.Backup](t, call{method: "POST", path: "/api/v1/backup", token: true}, a, 200)
	if b := decode[api.Backup](t, call{method: "POST", path: "/api/v1/backup", body: `{"path":"/tmp/b"}`, token: true}, a, 200); b.Path != "/tmp/b" {
		t.Errorf("got %+v", b)
	}
}

func TestHealth(t *testing.T) {
	a, node := newTestAPI(t)
	decode[health](t, call{method: "GET", path: "/readyz"}, a, http.StatusOK)
	node.unready = &card.Problem{Cause: card.Unavailable, Detail: "low on disk"}
	if p := decodeProblem(t, call{method: "GET", path: "/readyz"}.do(t, a)); p.Status != 503 || !strings.Contains(p.Detail, "low on disk") {
		t.Errorf("got %+v", p)
	}
	decode[health](t, call{method: "GET", path: "/healthz"}, a, http.StatusOK)
	if w := (call{method: "HEAD", path: "/healthz"}).do(t, a); w.Code != http.StatusOK {
		t.Errorf("head: %d", w.Code)
	}
}
