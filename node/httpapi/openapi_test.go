package httpapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// routes is the interface, as a second list that must agree with the code.
var routes = strings.Fields(`
GET/healthz GET/readyz GET/metrics GET/openapi.json
GET/api/v1/info GET/api/v1/status GET/api/v1/places GET/api/v1/skills GET/api/v1/skills/hints GET/api/v1/resolve
GET/api/v1/profiles POST/api/v1/profiles POST/api/v1/profiles/import
GET/api/v1/profiles/{id} PUT/api/v1/profiles/{id} DELETE/api/v1/profiles/{id} POST/api/v1/profiles/{id}/confirm
GET/api/v1/profiles/{id}/resume.json GET/api/v1/profiles/{id}/contact.vcf
GET/api/v1/collectives GET/api/v1/collectives/{id} PUT/api/v1/collectives/{id}
GET/api/v1/missions POST/api/v1/missions GET/api/v1/missions/{id} PUT/api/v1/missions/{id} DELETE/api/v1/missions/{id}
POST/api/v1/missions/{id}/publish POST/api/v1/missions/{id}/attribute POST/api/v1/missions/{id}/close
GET/api/v1/records/{id} POST/api/v1/records GET/api/v1/events
GET/api/v1/peers POST/api/v1/peers GET/api/v1/bootstrap POST/api/v1/bootstrap DELETE/api/v1/bootstrap/{peer_id} GET/api/v1/invites POST/api/v1/invites
GET/api/v1/keys POST/api/v1/keys/import POST/api/v1/keys/{id}/export POST/api/v1/keys/{id}/recover
POST/api/v1/backup POST/api/v1/verify POST/api/v1/console-links
GET/api/v1/reports DELETE/api/v1/reports/{id} GET/api/v1/hidden POST/api/v1/hidden DELETE/api/v1/hidden/{kind}/{id}
GET/api/v1/members POST/api/v1/members POST/api/v1/members/{id}/link DELETE/api/v1/members/{id}
POST/api/v1/briefs GET/api/v1/briefs/follow POST/api/v1/briefs/follow GET/api/v1/outbox
GET/api/v1/briefs GET/api/v1/briefs/{id} POST/api/v1/briefs/{id}/read POST/api/v1/briefs/{id}/approve POST/api/v1/briefs/{id}/decline DELETE/api/v1/briefs/{id}`)

// clientWrites need no token: a brief is anybody's to deposit, and whoever has
// its link answers for its client.
var clientWrites = []string{"POST/api/v1/briefs", "POST/api/v1/briefs/follow"}

func needsToken(route string) bool {
	if slices.Contains(clientWrites, route) {
		return false
	}
	return !strings.HasPrefix(route, "GET") || slices.Contains([]string{"GET/api/v1/briefs", "GET/api/v1/briefs/{id}", "GET/api/v1/outbox", "GET/api/v1/members", "GET/api/v1/status", "GET/api/v1/keys", "GET/api/v1/resolve", "GET/api/v1/skills/hints", "GET/api/v1/reports", "GET/api/v1/hidden"}, route)
}

type openAPIDocument struct {
	OpenAPI    string                                `json:"openapi"`
	Info       struct{ Title, Version string }       `json:"info"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Schemas         map[string]any `json:"schemas"`
		SecuritySchemes map[string]any `json:"securitySchemes"`
	} `json:"components"`
}

type openAPIOperation struct {
	OperationID string                     `json:"operationId"`
	Summary     string                     `json:"summary"`
	Responses   map[string]json.RawMessage `json:"responses"`
	Security    []map[string][]string      `json:"security"`
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   json.RawMessage
	} `json:"parameters"`
	RequestBody json.RawMessage `json:"requestBody"`
}

func readDocument(t *testing.T) (openAPIDocument, []byte) {
	t.Helper()
	a, _ := newTestAPI(t)
	w := call{method: "GET", path: "/openapi.json"}.do(t, a)
	var doc openAPIDocument
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != http.StatusOK {
		t.Fatal(err, w.Code)
	}
	return doc, w.Body.Bytes()
}

func TestOpenAPINamesEveryRoute(t *testing.T) {
	doc, _ := readDocument(t)
	if doc.OpenAPI != "3.1.0" || doc.Info.Title == "" || doc.Info.Version == "" || doc.Components.SecuritySchemes[bearer] == nil {
		t.Errorf("head: %q %+v", doc.OpenAPI, doc.Info)
	}
	seen := map[string]bool{}
	ids := map[string]string{}
	for path, operations := range doc.Paths {
		for method, raw := range operations {
			route := strings.ToUpper(method) + path
			seen[route] = true
			checkOperation(t, route, raw, ids)
		}
	}
	if got, want := slices.Sorted(maps.Keys(seen)), slices.Sorted(slices.Values(routes)); !slices.Equal(got, want) {
		t.Errorf("routes differ:\n%s\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func checkOperation(t *testing.T, route string, raw json.RawMessage, ids map[string]string) {
	t.Helper()
	var op openAPIOperation
	if err := json.Unmarshal(raw, &op); err != nil {
		t.Fatalf("%s: %v", route, err)
	}
	if op.OperationID == "" || op.Summary == "" || ids[op.OperationID] != "" {
		t.Errorf("%s: id %q (also of %q), summary %q", route, op.OperationID, ids[op.OperationID], op.Summary)
	}
	ids[op.OperationID] = route
	if op.Responses["default"] == nil || len(op.Responses) < 2 || !strings.Contains(string(op.Responses["default"]), "application/problem+json") {
		t.Errorf("%s: responses %v", route, slices.Collect(maps.Keys(op.Responses)))
	}
	if got := len(op.Security) > 0; got != needsToken(route) {
		t.Errorf("%s: asks for the token: %t", route, got)
	}
	for _, p := range op.Parameters {
		if p.Name == "" || len(p.Schema) == 0 || (p.In == "path" && (!p.Required || !strings.Contains(route, "{"+p.Name+"}"))) {
			t.Errorf("%s: parameter %+v", route, p)
		}
		if p.In == "header" && !slices.Contains([]string{"Last-Event-ID", "Idempotency-Key", "Brief-Secret"}, p.Name) {
			t.Errorf("%s: documents the header %s", route, p.Name)
		}
	}
	if got := strings.Count(route, "{"); got > 0 && len(op.Parameters) < got {
		t.Errorf("%s: path parameters missing", route)
	}
}

func TestOpenAPIReferencesResolve(t *testing.T) {
	doc, raw := readDocument(t)
	var whole any
	if err := json.Unmarshal(raw, &whole); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	found := 0
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				found++
				name, local := strings.CutPrefix(ref, "#/components/schemas/")
				if !local || doc.Components.Schemas[name] == nil {
					t.Errorf("reference %q leads nowhere", ref)
				}
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(whole)
	if found == 0 {
		t.Error("no references at all")
	}
	if strings.Contains(string(raw), "ErrorModel") || strings.Contains(string(raw), "$schema") {
		t.Error("parts of huma's own forms are in the document")
	}
}

// TestPrivateRoutesRefuseWithoutToken asks every route that says it needs one.
func TestPrivateRoutesRefuseWithoutToken(t *testing.T) {
	a, _ := newTestAPI(t)
	for _, route := range routes {
		method, path, _ := strings.Cut(route, "/")
		path = strings.NewReplacer("{id}", idOf(1), "{peer_id}", "12D3Koo", "{kind}", "profile").Replace("/" + path)
		if path == prefix+"/events" {
			continue
		}
		w := call{method: method, path: path, host: testHost}.do(t, a)
		if got := w.Code == http.StatusUnauthorized; got != needsToken(route) {
			t.Errorf("%s without token: %d", route, w.Code)
		}
	}
}

// TestImports: what answers HTTP sees no store, no database and no network.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "courtcircuit/node/httpapi", "courtcircuit/node/httpapi/client", "courtcircuit/node/web").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowedLibp2p := []string{"github.com/libp2p/go-libp2p/core/crypto", "github.com/libp2p/go-libp2p/core/peer", "github.com/libp2p/go-libp2p/core/internal", "github.com/libp2p/go-libp2p/core/record"}
	for _, name := range strings.Fields(string(out)) {
		forbidden := name == "courtcircuit/node" || strings.HasPrefix(name, "courtcircuit/store") || strings.Contains(name, "badger") || strings.Contains(name, "pubsub")
		if strings.HasPrefix(name, "github.com/libp2p/go-libp2p/") {
			forbidden = !slices.ContainsFunc(allowedLibp2p, func(p string) bool { return strings.HasPrefix(name, p) })
		}
		if forbidden {
			t.Errorf("%s is imported", name)
		}
	}
}
