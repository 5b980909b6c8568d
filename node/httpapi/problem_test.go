package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

const profileBodyText = `{"name":"Camille Moreau","place":"Toulouse"`

// TestEveryRefusal: each refusal is a problem that names the field and what
// was expected of it.
func TestEveryRefusal(t *testing.T) {
	id := idOf(1)
	upper := strings.ToUpper(id)
	cases := []struct {
		name     string
		call     call
		status   int
		field    string
		expected string // contained
	}{
		{"no such page", call{method: "GET", path: "/api/v1/nothing"}, 404, "", ""},
		{"no such page outside", call{method: "GET", path: "/nothing"}, 404, "", ""},
		{"slash at the end", call{method: "GET", path: "/api/v1/profiles/"}, 404, "", ""},
		{"empty part", call{method: "GET", path: "/api//v1/profiles"}, 404, "", ""},
		{"dotted part", call{method: "GET", path: "/api/v1/x/../profiles"}, 404, "", ""},
		{"wrong method", call{method: "PATCH", path: "/api/v1/profiles", body: "{}", token: true}, 405, "", "GET, HEAD, POST"},
		{"options", call{method: "OPTIONS", path: "/api/v1/info"}, 405, "", "GET"},

		{"unknown parameter", call{method: "GET", path: "/api/v1/profiles?skil=go"}, 422, "skil", "one of near, radius_km, skill"},
		{"parameter where none is", call{method: "GET", path: "/api/v1/info?verbose=1"}, 422, "verbose", "no query parameters"},
		{"sort", call{method: "GET", path: "/api/v1/profiles?sort=price"}, 422, "sort", "price never ranks"},
		{"order_by", call{method: "GET", path: "/api/v1/missions?order_by=budget"}, 422, "order_by", "price never ranks"},
		{"given twice", call{method: "GET", path: "/api/v1/profiles?near=a&near=b"}, 422, "near", "once"},
		{"empty value", call{method: "GET", path: "/api/v1/profiles?near="}, 422, "near", "a value"},
		{"bad escape", call{method: "GET", path: "/api/v1/profiles?near=%zz"}, 422, "query", "percent-encoded"},
		{"semicolon", call{method: "GET", path: "/api/v1/profiles?near=a;b=c"}, 422, "query", "percent-encoded"},
		{"not utf-8", call{method: "GET", path: "/api/v1/profiles?near=%ff"}, 422, "near", "UTF-8"},
		{"too many", call{method: "GET", path: "/api/v1/profiles?" + strings.Repeat("skill=a&", 33)}, 422, "skill", "at most 32"},
		{"too long", call{method: "GET", path: "/api/v1/profiles?cursor=" + strings.Repeat("a", 1025)}, 422, "cursor", "1024"},

		{"limit 0", call{method: "GET", path: "/api/v1/profiles?limit=0"}, 422, "limit", ">= 1"},
		{"limit 101", call{method: "GET", path: "/api/v1/profiles?limit=101"}, 422, "limit", "<= 100"},
		{"limit word", call{method: "GET", path: "/api/v1/profiles?limit=ten"}, 422, "limit", "a whole number"},
		{"limit -1", call{method: "GET", path: "/api/v1/places?q=a&limit=-1"}, 422, "limit", ">= 1"},
		{"radius word", call{method: "GET", path: "/api/v1/profiles?radius_km=far"}, 422, "radius_km", "a number"},
		{"radius below 0", call{method: "GET", path: "/api/v1/profiles?radius_km=-1"}, 422, "radius_km", ">= 0"},
		{"radius NaN", call{method: "GET", path: "/api/v1/profiles?radius_km=NaN"}, 422, "radius_km", "a number"},
		{"radius infinite", call{method: "GET", path: "/api/v1/profiles?radius_km=Inf"}, 422, "radius_km", "<= 20016"},
		{"mode", call{method: "GET", path: "/api/v1/profiles?mode=office"}, 422, "mode[0]", "onsite"},
		{"mode of collectives", call{method: "GET", path: "/api/v1/collectives?mode=onsite"}, 422, "mode", "one of near"},
		{"date", call{method: "GET", path: "/api/v1/profiles?available_by=tomorrow"}, 422, "available_by", "2026-12-01"},
		{"status", call{method: "GET", path: "/api/v1/missions?status=draft"}, 422, "status", "open"},
		{"collective prefix", call{method: "GET", path: "/api/v1/profiles?collective=" + id[:10]}, 422, "collective", "full id"},
		{"lang", call{method: "GET", path: "/api/v1/profiles?lang=de"}, 422, "lang", "fr"},
		{"mine word", call{method: "GET", path: "/api/v1/profiles?mine=perhaps"}, 422, "mine", "true or false"},
		{"places without q", call{method: "GET", path: "/api/v1/places"}, 422, "q", ""},

		{"id prefix", call{method: "GET", path: "/api/v1/profiles/" + id[:51]}, 422, "id", "full id"},
		{"id upper case", call{method: "GET", path: "/api/v1/profiles/" + upper}, 422, "id", "full id"},
		{"id of another spelling", call{method: "GET", path: "/api/v1/profiles/" + id[:51] + "b"}, 422, "id", "full id"},
		{"a name for an id", call{method: "DELETE", path: "/api/v1/profiles/Camille%20Moreau", token: true}, 422, "id", "full id"},
		{"unknown id", call{method: "GET", path: "/api/v1/profiles/" + id}, 404, "", ""},
		{"unknown record", call{method: "GET", path: "/api/v1/records/" + id}, 404, "", ""},
		{"own is for collectives", call{method: "GET", path: "/api/v1/profiles/own"}, 422, "id", "full id"},

		{"no token", call{method: "POST", path: "/api/v1/profiles", body: profileBodyText + "}"}, 401, "Authorization", "api-token"},
		{"unknown field", call{method: "POST", path: "/api/v1/profiles", body: profileBodyText + `,"rate":500}`, token: true}, 422, "rate", "no such field"},
		{"field of a search result", call{method: "POST", path: "/api/v1/profiles", body: profileBodyText + `,"distance_km":5}`, token: true}, 422, "distance_km", "no such field"},
		{"unknown nested field", call{method: "POST", path: "/api/v1/missions", body: `{"title":"t","place":"Lyon","needs":[{"skill":"go","rate":3}]}`, token: true}, 422, "needs[0].rate", "no such field"},
		{"wrong type", call{method: "POST", path: "/api/v1/profiles", body: profileBodyText + `,"days_per_week":"four"}`, token: true}, 422, "days_per_week", "integer"},
		{"wrong list", call{method: "POST", path: "/api/v1/profiles", body: profileBodyText + `,"skills":"go"}`, token: true}, 422, "skills", "array"},
		{"wrong place", call{method: "POST", path: "/api/v1/profiles", body: `{"name":"C","place":31000}`, token: true}, 422, "place", "a postcode"},
		{"half a place", call{method: "POST", path: "/api/v1/profiles", body: `{"name":"C","place":{"lat":43}}`, token: true}, 422, "place", "lon"},
		{"street in a place", call{method: "POST", path: "/api/v1/profiles", body: `{"name":"C","place":{"lat":43,"lon":1,"street":"x"}}`, token: true}, 422, "place", "lon"},
		{"place off the globe", call{method: "POST", path: "/api/v1/profiles", body: `{"name":"C","place":{"lat":430,"lon":1}}`, token: true}, 422, "place", "lat"},
		{"missing field", call{method: "POST", path: "/api/v1/profiles", body: `{"place":"Toulouse"}`, token: true}, 422, "name", "a value"},
		{"missing nested field", call{method: "POST", path: "/api/v1/missions", body: `{"title":"t","place":"Lyon","needs":[{"count":1}]}`, token: true}, 422, "needs[0].skill", "a value"},
		{"no body", call{method: "POST", path: "/api/v1/profiles", token: true}, 400, "", ""},
		{"not json", call{method: "POST", path: "/api/v1/profiles", body: `{"name":`, token: true}, 400, "body", "valid JSON"},
		{"two values", call{method: "POST", path: "/api/v1/profiles", body: profileBodyText + `}{}`, token: true}, 400, "body", "valid JSON"},
		{"not an object", call{method: "POST", path: "/api/v1/profiles", body: `[]`, token: true}, 422, "body", "object"},
		{"media type", call{method: "POST", path: "/api/v1/profiles", body: `name=C`, token: true, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 415, "Content-Type", "application/json"},
		{"record media type", call{method: "POST", path: "/api/v1/records", body: `{}`, token: true}, 415, "Content-Type", "application/cbor"},
		{"body too large", call{method: "POST", path: "/api/v1/profiles", body: profileBodyText + strings.Repeat(" ", 64<<10) + "}", token: true}, 413, "", ""},
		{"record too large", call{method: "POST", path: "/api/v1/records", body: strings.Repeat("x", 16<<10+1), token: true, header: map[string]string{"Content-Type": "application/cbor"}}, 413, "", ""},

		{"ambiguous place", call{method: "POST", path: "/api/v1/profiles", body: `{"name":"C","place":"Saint-Denis"}`, token: true}, 422, "place", "a postcode"},
		{"another's id", call{method: "PUT", path: "/api/v1/profiles/" + id, body: profileBodyText + `,"id":"` + idOf(2) + `"}`, token: true}, 422, "id", "the id of the address"},
		{"a name to resolve", call{method: "GET", path: "/api/v1/resolve?kind=profile&q=Camille", token: true}, 422, "q", ""},
		{"illegal step", call{method: "POST", path: "/api/v1/missions/" + id + "/close", token: true}, 409, "status", ""},
		{"deleting what is public", call{method: "DELETE", path: "/api/v1/missions/" + id, token: true}, 409, "status", ""},
		{"mission posted closed", call{method: "POST", path: "/api/v1/missions", body: `{"title":"t","place":"Lyon","status":"closed"}`, token: true}, 422, "status", "draft or open"},
		{"peer without an address", call{method: "POST", path: "/api/v1/peers", body: `{}`, token: true}, 422, "multiaddr", "a value"},
		{"short passphrase", call{method: "POST", path: "/api/v1/keys/" + id + "/export", body: `{"passphrase":"abc"}`, token: true}, 422, "passphrase", "length >= 8"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a, _ := newTestAPI(t)
			w := c.call.do(t, a)
			if w.Code != c.status {
				t.Fatalf("status %d, want %d: %s", w.Code, c.status, w.Body)
			}
			p := decodeProblem(t, w)
			if p.Field != c.field {
				t.Errorf("field %q, want %q: %s", p.Field, c.field, w.Body)
			}
			if !strings.Contains(p.Expected, c.expected) {
				t.Errorf("expected %q lacks %q", p.Expected, c.expected)
			}
		})
	}
}

func TestCausesBecomeStatuses(t *testing.T) {
	a, node := newTestAPI(t)
	for cause, status := range map[card.Cause]int{
		card.Invalid: 422, card.Ambiguous: 422, card.NotFound: 404, card.Gone: 410, card.Conflict: 409, card.Forbidden: 403, card.Unavailable: 503,
	} {
		node.fail = &card.Problem{Cause: cause, Detail: "as the node says", Field: "name", Expected: "something else"}
		w := call{method: "GET", path: "/api/v1/profiles/" + idOf(1)}.do(t, a)
		p := decodeProblem(t, w)
		if w.Code != status || p.Cause != cause || p.Field != "name" || p.Expected != "something else" {
			t.Errorf("%s: %d %+v", cause, w.Code, p)
		}
	}
}

func TestAmbiguousPlaceListsItsCandidates(t *testing.T) {
	a, _ := newTestAPI(t)
	p := decodeProblem(t, call{method: "POST", path: "/api/v1/profiles", body: `{"name":"C","place":"Saint-Denis"}`, token: true}.do(t, a))
	if p.Cause != card.Ambiguous || len(p.Candidates) != 2 || p.Candidates[1].Hint != "974" {
		t.Errorf("got %+v", p)
	}
}

func TestAllWrongFieldsAreNamed(t *testing.T) {
	a, _ := newTestAPI(t)
	p := decodeProblem(t, call{method: "POST", path: "/api/v1/profiles", token: true, body: `{"place":"Toulouse","days_per_week":"four","rate":1}`}.do(t, a))
	fields := map[string]bool{}
	for _, e := range p.Errors {
		fields[e.Field] = true
	}
	if len(fields) != 3 || !fields["name"] || !fields["days_per_week"] || !fields["rate"] {
		t.Errorf("got %+v", p.Errors)
	}
}

func TestProblemsDoNotEchoTheBody(t *testing.T) {
	a, _ := newTestAPI(t)
	for _, body := range []string{`{"name":5,"canary":"canary"}`, `"canary`, `["canary"]`} {
		w := call{method: "POST", path: "/api/v1/profiles", token: true, body: body}.do(t, a)
		if strings.Contains(strings.ReplaceAll(w.Body.String(), `"field":"canary"`, ""), "canary") && !strings.Contains(body, `"canary":"`) {
			t.Errorf("%s echoed: %s", body, w.Body)
		}
	}
}

// TestBodyOfExactlyTheLimit: the limit itself is allowed.
func TestBodyOfExactlyTheLimit(t *testing.T) {
	a, _ := newTestAPI(t)
	body := profileBodyText + strings.Repeat(" ", 64<<10-len(profileBodyText)-1) + "}"
	if w := (call{method: "POST", path: "/api/v1/profiles", body: body, token: true}).do(t, a); w.Code != http.StatusCreated {
		t.Errorf("%d bytes: %d %s", len(body), w.Code, w.Body)
	}
	if w := (call{method: "POST", path: "/api/v1/profiles", body: body + " ", token: true}).do(t, a); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d bytes: %d", len(body)+1, w.Code)
	}
}

func TestAnswersNeverSayNullForAList(t *testing.T) {
	a, _ := newTestAPI(t)
	for _, path := range []string{
		"/api/v1/profiles", "/api/v1/missions", "/api/v1/collectives", "/api/v1/missions?mine=true", "/api/v1/profiles?mine=true",
		"/api/v1/peers", "/api/v1/keys", "/api/v1/bootstrap", "/api/v1/info", "/api/v1/status",
	} {
		w := call{method: "GET", path: path, token: true}.do(t, a)
		if w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) || strings.Contains(w.Body.String(), "null") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
