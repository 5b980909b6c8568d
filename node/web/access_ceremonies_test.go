package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"courtcircuit/node/access"
	"courtcircuit/node/access/accesstest"
)

// tell sends what the script of a page would, and reads the answer.
func (d *doorway) tell(path, body string, header ...string) (answer struct {
	Options json.RawMessage `json:"options"`
	To      string          `json:"to"`
	Problem string          `json:"problem"`
}, w *httptest.ResponseRecorder) {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodPost, d.base+path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w = httptest.NewRecorder()
	access.WithDoor(d.Pages, d.door).ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		d.t.Fatalf("%s: %d %s: %v", path, w.Code, w.Body, err)
	}
	if h := w.Header(); h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
		d.t.Errorf("%s: %s", path, h)
	}
	return answer, w
}

// Making a passkey and coming back by it, as the script does it.
func TestCeremonies(t *testing.T) {
	d := newDoorway(t, access.Public, garonne)
	cookie := d.enter(lou)
	site := virtualwebauthn.RelyingParty{ID: "lesindes.example", Name: "Courtcircuit", Origin: garonne}
	phone, key := virtualwebauthn.NewAuthenticator(), accesstest.NewCredential()

	asked, _ := d.tell("/acces/cles/commencer", "{}", "Cookie", cookie)
	creation, err := virtualwebauthn.ParseAttestationOptions(string(asked.Options))
	if err != nil {
		t.Fatal(err)
	}
	made := `{"name":"Mon <b>téléphone</b>","credential":` + virtualwebauthn.CreateAttestationResponse(site, phone, key, *creation) + `}`
	if _, w := d.tell("/acces/cles/finir", made); w.Code != http.StatusUnauthorized {
		t.Errorf("without the session: %d", w.Code)
	}
	if said, w := d.tell("/acces/cles/finir", made, "Cookie", cookie); w.Code != http.StatusOK || said.To != "/acces" {
		t.Fatalf("%d %+v", w.Code, said)
	}
	if said, w := d.tell("/acces/cles/finir", made, "Cookie", cookie); w.Code != http.StatusForbidden || said.Problem != wordsFor("fr").Say("door_passkey_bad") {
		t.Errorf("a second time: %d %+v", w.Code, said)
	}
	if v := d.visit(http.MethodGet, "/acces", nil, "Cookie", cookie); !strings.Contains(v.text(), "Mon <b>téléphone</b>") {
		t.Errorf("%s", v.text())
	}

	asked, _ = d.tell("/acces/entrer/commencer", "{}")
	login, err := virtualwebauthn.ParseAssertionOptions(string(asked.Options))
	if err != nil {
		t.Fatal(err)
	}
	phone.Options.UserHandle, key.Counter = lou.ID[:], 1
	proof := `{"credential":` + virtualwebauthn.CreateAssertionResponse(site, phone, key, *login) + `}`
	said, w := d.tell("/acces/entrer/finir", proof)
	if set := w.Header().Get("Set-Cookie"); w.Code != http.StatusOK || said.To != "/moi" || !strings.HasPrefix(set, "__Host-courtcircuit=") || !strings.Contains(set, "; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("%d %+v %s", w.Code, said, set)
	}
	if said, w := d.tell("/acces/entrer/finir", proof, "Accept-Language", "en"); w.Code != http.StatusForbidden || w.Header().Get("Set-Cookie") != "" || said.Problem != wordsFor("en").Say("door_passkey_bad") {
		t.Errorf("replayed: %d %+v", w.Code, said)
	}
}

func TestCeremoniesRefused(t *testing.T) {
	public, closed := newDoorway(t, access.Public, garonne), newDoorway(t, access.Public, "")
	numbers := newDoorway(t, access.Private, "")
	numbers.base = "http://127.0.0.1:7317"
	for name, c := range map[string]struct {
		door       *doorway
		path, body string
		want       int
	}{
		"nobody makes a passkey":    {public, "/acces/cles/commencer", "{}", http.StatusUnauthorized},
		"nobody finishes one":       {public, "/acces/cles/finir", "{}", http.StatusUnauthorized},
		"no answer":                 {public, "/acces/entrer/finir", "", http.StatusForbidden},
		"no credential":             {public, "/acces/entrer/finir", "{}", http.StatusForbidden},
		"not what was asked for":    {public, "/acces/entrer/finir", `{"credential":{"id":1}}`, http.StatusForbidden},
		"a list":                    {public, "/acces/entrer/finir", `[]`, http.StatusForbidden},
		"too long":                  {public, "/acces/entrer/finir", `{"credential":"` + strings.Repeat("x", maxCeremonyBytes) + `"}`, http.StatusForbidden},
		"without https":             {closed, "/acces/entrer/commencer", "{}", http.StatusConflict},
		"an address of numbers":     {numbers, "/acces/entrer/commencer", "{}", http.StatusConflict},
		"the same, with a proof":    {numbers, "/acces/entrer/finir", "{}", http.StatusConflict},
		"without https, a passkey":  {closed, "/acces/cles/commencer", "{}", http.StatusUnauthorized},
		"without https, with proof": {closed, "/acces/entrer/finir", "{}", http.StatusConflict},
	} {
		said, w := c.door.tell(c.path, c.body)
		if w.Code != c.want || said.Problem == "" || strings.Contains(said.Problem, "door_") || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %+v", name, w.Code, said)
		}
	}
	for _, path := range []string{"/acces/cles/commencer", "/acces/cles/finir", "/acces/entrer/commencer", "/acces/entrer/finir"} {
		if w := ask(public.Pages, http.MethodGet, path, nil); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
}

// The page at an address of numbers leads to the one that has a name.
func TestEntryWithoutAName(t *testing.T) {
	d := newDoorway(t, access.Private, "")
	d.base = "http://127.0.0.1:7317"
	v := d.visit(http.MethodGet, "/entrer", nil)
	if !strings.Contains(v.text(), "http://localhost:7317/entrer") || strings.Contains(v.body, "passkey.js") {
		t.Errorf("%s", v.text())
	}
	d.base = atHome
	if v := d.visit(http.MethodGet, "/entrer", nil); !strings.Contains(v.body, "passkey.js") {
		t.Errorf("%s", v.text())
	}
}
