package acmetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/acme"
)

// message is a request: what it asks and by which key.
type message struct {
	key     crypto.PublicKey
	account string // URL; "" when the key itself is given
	payload []byte
}

func (a *Authority) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	down := a.down
	a.nonces++
	w.Header().Set("Replay-Nonce", "nonce-"+strconv.Itoa(a.nonces))
	a.mu.Unlock()
	switch {
	case down:
		panic(http.ErrAbortHandler) // cuts the connection
	case r.URL.Path == "/directory":
		a.say(w, http.StatusOK, map[string]any{
			"newNonce": a.at("/nonce"), "newAccount": a.at("/account"), "newOrder": a.at("/order"), "revokeCert": a.at("/revoke"), "keyChange": a.at("/key"),
		})
		return
	case r.URL.Path == "/nonce":
		return
	}
	m, err := a.read(r)
	if err == nil {
		err = a.step(w, r.URL.Path, m)
	}
	if err != nil {
		w.Header().Set("Content-Type", "application/problem+json")
		a.say(w, http.StatusForbidden, map[string]any{"type": "urn:ietf:params:acme:error:unauthorized", "detail": err.Error(), "status": http.StatusForbidden})
	}
}

func (a *Authority) at(path string) string { return a.server.URL + path }

func (a *Authority) say(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// step answers one signed request.
func (a *Authority) step(w http.ResponseWriter, path string, m message) error {
	if path == "/account" {
		thumb, err := acme.JWKThumbprint(m.key)
		if err != nil {
			return err
		}
		account, status := a.at("/account/"+thumb), http.StatusCreated
		a.mu.Lock()
		if a.accounts[account] != nil {
			status = http.StatusOK
		}
		a.accounts[account] = m.key
		a.mu.Unlock()
		w.Header().Set("Location", account)
		a.say(w, status, map[string]any{"status": "valid"})
		return nil
	}
	if path == "/order" {
		return a.open(w, m)
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	number, err := strconv.Atoi(parts[len(parts)-1])
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil || number < 0 || number >= len(a.orders) {
		return fmt.Errorf("no such thing: %s", path)
	}
	o := a.orders[number]
	switch parts[0] {
	case "orders":
	case "authz":
		a.say(w, http.StatusOK, a.authorization(number, o))
		return nil
	case "challenge":
		a.mu.Unlock() // the one who is asked may take its time
		err := a.check(o, parts[1], m.key)
		a.mu.Lock()
		if o.status = "ready"; err != nil {
			o.status, a.failures = "invalid", append(a.failures, fmt.Errorf("%s: %w", parts[1], err))
		}
		a.say(w, http.StatusOK, a.challenge(number, o, parts[1]))
		return nil
	case "finalize":
		if err := a.finalize(o, m.payload); err != nil {
			return err
		}
	case "certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, err := w.Write(o.chain)
		return err
	}
	w.Header().Set("Location", a.at(fmt.Sprintf("/orders/%d", number)))
	a.say(w, http.StatusOK, a.describe(number, o))
	return nil
}

func (a *Authority) open(w http.ResponseWriter, m message) error {
	var asked struct {
		Identifiers []struct{ Type, Value string }
	}
	if err := json.Unmarshal(m.payload, &asked); err != nil || len(asked.Identifiers) != 1 || asked.Identifiers[0].Type != "dns" {
		return fmt.Errorf("one dns name expected: %s", m.payload)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	o := &order{domain: asked.Identifiers[0].Value, token: rand.Text(), status: "pending"}
	a.orders = append(a.orders, o)
	number := len(a.orders) - 1
	w.Header().Set("Location", a.at(fmt.Sprintf("/orders/%d", number)))
	a.say(w, http.StatusCreated, a.describe(number, o))
	return nil
}

func (a *Authority) finalize(o *order, payload []byte) error {
	var asked struct{ CSR string }
	if err := json.Unmarshal(payload, &asked); err != nil || o.status != "ready" {
		return fmt.Errorf("order is %s, ready expected (%v)", o.status, err)
	}
	csr, err := base64.RawURLEncoding.DecodeString(asked.CSR)
	if err != nil {
		return err
	}
	return a.issue(o, csr)
}

func (a *Authority) describe(number int, o *order) map[string]any {
	d := map[string]any{
		"status": o.status, "identifiers": []any{map[string]any{"type": "dns", "value": o.domain}},
		"authorizations": []string{a.at(fmt.Sprintf("/authz/%d", number))}, "finalize": a.at(fmt.Sprintf("/finalize/%d", number)),
	}
	if o.chain != nil {
		d["certificate"] = a.at(fmt.Sprintf("/certificate/%d", number))
	}
	return d
}

func (a *Authority) authorization(number int, o *order) map[string]any {
	var challenges []any
	for _, kind := range a.challenges {
		challenges = append(challenges, a.challenge(number, o, kind))
	}
	status := map[string]string{"ready": "valid"}[o.status]
	if status == "" {
		status = o.status
	}
	return map[string]any{"status": status, "identifier": map[string]any{"type": "dns", "value": o.domain}, "challenges": challenges}
}

func (a *Authority) challenge(number int, o *order, kind string) map[string]any {
	return map[string]any{"type": kind, "url": a.at(fmt.Sprintf("/challenge/%s/%d", kind, number)), "token": o.token, "status": "pending"}
}

// read takes a JWS apart. Signatures are not looked at: the client's library
// has tests of its own for them.
func (a *Authority) read(r *http.Request) (m message, err error) {
	var jws struct{ Protected, Payload string }
	if err := json.NewDecoder(r.Body).Decode(&jws); err != nil {
		return m, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	head, err := base64.RawURLEncoding.DecodeString(jws.Protected)
	if err != nil {
		return m, err
	}
	var protected struct {
		Kid string
		JWK *struct{ X, Y string }
	}
	if err := json.Unmarshal(head, &protected); err != nil {
		return m, err
	}
	if m.payload, err = base64.RawURLEncoding.DecodeString(jws.Payload); err != nil {
		return m, err
	}
	if protected.JWK == nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		m.account, m.key = protected.Kid, a.accounts[protected.Kid]
		if m.key == nil {
			return m, fmt.Errorf("no account %q", protected.Kid)
		}
		return m, nil
	}
	x, errX := base64.RawURLEncoding.DecodeString(protected.JWK.X)
	y, errY := base64.RawURLEncoding.DecodeString(protected.JWK.Y)
	if errX != nil || errY != nil {
		return m, fmt.Errorf("key: %v %v", errX, errY)
	}
	m.key, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	return m, err
}
