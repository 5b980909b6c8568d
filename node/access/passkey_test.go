package access_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"courtcircuit/node/access"
	"courtcircuit/node/access/accesstest"
)

// device is somebody's phone, with one passkey at most.
type device struct {
	t       *testing.T
	k       *access.Keeper
	clock   *accesstest.Clock // nil: the test does not move it
	door    access.Door
	target  string
	site    virtualwebauthn.RelyingParty
	options virtualwebauthn.AuthenticatorOptions
	key     virtualwebauthn.Credential
	cookie  *http.Cookie
}

// newDevice is in as camille at the public door.
func newDevice(t *testing.T, k *access.Keeper) *device {
	return &device{
		t: t, k: k, door: access.Public, target: site + "/",
		site:   virtualwebauthn.RelyingParty{ID: "lesindes.example", Name: "Courtcircuit", Origin: site},
		key:    accesstest.NewCredential(),
		cookie: accesstest.Enter(t, k, camille, access.Public, site+"/"),
	}
}

func (d *device) request(cookies ...*http.Cookie) *http.Request {
	return accesstest.Request(d.door, http.MethodPost, d.target, cookies...)
}

func (d *device) session() access.Session {
	d.t.Helper()
	s, err := d.k.Session(d.request(d.cookie))
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// asked is what BeginRegister or BeginLogin said, as JSON.
func asked(t *testing.T, options any, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// made is what the device answers to the making of a passkey.
func (d *device) made() []byte {
	d.t.Helper()
	options, err := d.k.BeginRegister(d.request(d.cookie), d.session())
	read, err := virtualwebauthn.ParseAttestationOptions(asked(d.t, options, err))
	if err != nil {
		d.t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(d.site, virtualwebauthn.NewAuthenticatorWithOptions(d.options), d.key, *read))
}

// register keeps the device's passkey.
func (d *device) register(name string) access.Passkey {
	d.t.Helper()
	p, err := d.k.FinishRegister(d.request(d.cookie), d.session(), name, d.made())
	if err != nil {
		d.t.Fatal(err)
	}
	d.options.UserHandle = camille.ID[:]
	return p
}

// proof is what the device answers who it is, the counter one further.
func (d *device) proof() []byte {
	d.t.Helper()
	options, err := d.k.BeginLogin(d.request())
	read, err := virtualwebauthn.ParseAssertionOptions(asked(d.t, options, err))
	if err != nil {
		d.t.Fatal(err)
	}
	d.key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(d.site, virtualwebauthn.NewAuthenticatorWithOptions(d.options), d.key, *read))
}

func (d *device) login(proof []byte, cookies ...*http.Cookie) (access.Session, *httptest.ResponseRecorder, error) {
	w := httptest.NewRecorder()
	s, err := d.k.FinishLogin(w, d.request(cookies...), proof)
	return s, w, err
}

func TestPasskey(t *testing.T) {
	k, _, clock := accesstest.NewKeeper(t, site)
	d := newDevice(t, k)
	p := d.register("  Mon   téléphone\n")
	if p.Name != "Mon téléphone" || p.Site != "lesindes.example" || p.Person != camille || len(p.Credential.Attestation.Object) > 0 {
		t.Errorf("%+v", p)
	}
	for range 3 {
		clock.Move(time.Hour)
		s, w, err := d.login(d.proof(), d.cookie)
		if err != nil || s.Person != camille || s.Door != access.Public {
			t.Fatalf("%+v, %v", s, err)
		}
		if _, err := who(k, access.Public, site, d.cookie); !errors.Is(err, access.ErrNoSession) {
			t.Errorf("the former session: %v", err)
		}
		d.cookie = accesstest.CookieOf(t, w)
		if got, err := who(k, access.Public, site, d.cookie); err != nil || got != s {
			t.Errorf("%+v, %v", got, err)
		}
	}
	held, err := k.Passkeys(camille.ID)
	if err != nil || len(held) != 1 || held[0].UsedAt != clock.Now() || held[0].Credential.Authenticator.SignCount != 3 {
		t.Errorf("%+v, %v", held, err)
	}
}

// The browser asks for the person to be recognised, and for no list of names.
func TestPasskeyAsksForEnough(t *testing.T) {
	k, _, _ := accesstest.NewKeeper(t, site)
	d := newDevice(t, k)
	d.register("")
	creation, err := k.BeginRegister(d.request(d.cookie), d.session())
	for _, want := range []string{`"userVerification":"required"`, `"residentKey":"required"`, `"id":"lesindes.example"`, `"excludeCredentials":[{`, `"name":"Camille"`} {
		if text := asked(t, creation, err); !strings.Contains(text, want) {
			t.Errorf("%s lacks %s", text, want)
		}
	}
	login, err := k.BeginLogin(d.request())
	if text := asked(t, login, err); !strings.Contains(text, `"userVerification":"required"`) || strings.Contains(text, "allowCredentials") {
		t.Errorf("%s", text)
	}
}

func TestPasskeyRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(d *device)           // before the proof
		late  func(d *device)           // after it
		twist func(proof string) string // of the proof
		want  error
	}{
		"another origin":       {spoil: func(d *device) { d.site.Origin = "https://evil.example" }},
		"another port":         {spoil: func(d *device) { d.site.Origin = site + ":8443" }},
		"without https":        {spoil: func(d *device) { d.site.Origin = "http://lesindes.example" }},
		"a name below":         {spoil: func(d *device) { d.site.Origin = "https://a.lesindes.example" }},
		"another site":         {spoil: func(d *device) { d.site.ID = "evil.example" }},
		"the site at home":     {spoil: func(d *device) { d.site.ID, d.site.Origin = "localhost", "http://localhost:7317" }},
		"nobody recognised":    {spoil: func(d *device) { d.options.UserNotVerified = true }},
		"nobody there":         {spoil: func(d *device) { d.options.UserNotPresent = true }},
		"somebody else's name": {spoil: func(d *device) { d.options.UserHandle = malik.ID[:] }},
		"no name":              {spoil: func(d *device) { d.options.UserHandle = nil }},
		"another key":          {spoil: func(d *device) { d.key.Key = accesstest.NewCredential().Key }},
		"an unknown id":        {spoil: func(d *device) { d.key.ID = []byte("unknown") }},
		"counter back":         {spoil: func(d *device) { d.key.Counter = 3 }, want: access.ErrCopied},
		"counter the same":     {spoil: func(d *device) { d.key.Counter = 9 }, want: access.ErrCopied},
		"counter at zero":      {spoil: func(d *device) { d.key.Counter = ^uint32(0) }, want: access.ErrCopied},
		"too late":             {late: func(d *device) { d.clock.Move(5 * time.Minute) }},
		"removed meanwhile":    {late: func(d *device) { d.k.EndAllOf(camille.ID) }},
		"another challenge":    {twist: func(s string) string { return strings.Replace(s, `"clientDataJSON":"ey`, `"clientDataJSON":"eyI`, 1) }},
		"cut":                  {twist: func(s string) string { return s[:len(s)/2] }},
		"empty":                {twist: func(string) string { return "" }},
		"null":                 {twist: func(string) string { return "null" }},
		"a list":               {twist: func(string) string { return "[]" }},
		"something more":       {twist: func(s string) string { return s + s }},
	} {
		t.Run(name, func(t *testing.T) {
			k, store, clock := accesstest.NewKeeper(t, site)
			d := newDevice(t, k)
			d.clock = clock
			d.register("")
			d.key.Counter = 9
			if _, _, err := d.login(d.proof()); err != nil {
				t.Fatal(err)
			}
			if c.spoil != nil {
				c.spoil(d)
			}
			proof := d.proof()
			if c.late != nil {
				c.late(d)
			}
			if c.twist != nil {
				proof = []byte(c.twist(string(proof)))
			}
			want := c.want
			if want == nil {
				want = access.ErrBadPasskey
			}
			_, before, _ := store.Counts()
			_, w, err := d.login(proof)
			if _, after, _ := store.Counts(); !errors.Is(err, want) || len(w.Header()) > 0 || after != before {
				t.Errorf("%v, %v, %d sessions after %d", err, w.Header(), after, before)
			}
		})
	}
}

// An answer that somebody overheard is worth nothing, however often and at
// once it is sent.
func TestPasskeyReplayed(t *testing.T) {
	k, _, _ := accesstest.NewKeeper(t, site, func(c *access.Config) { c.MaxAttempts = 100 })
	d := newDevice(t, k)
	d.register("")
	proof := d.proof()
	var all sync.WaitGroup
	in := make(chan bool, 50)
	for range 50 {
		all.Go(func() {
			if _, _, err := d.login(proof); err == nil {
				in <- true
			} else if !errors.Is(err, access.ErrBadPasskey) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(in) != 1 {
		t.Errorf("%d came in", len(in))
	}
	if _, _, err := d.login(proof); !errors.Is(err, access.ErrBadPasskey) {
		t.Errorf("later: %v", err)
	}
}

func TestRegistrationRefused(t *testing.T) {
	k, _, moved := accesstest.NewKeeper(t, site)
	d := newDevice(t, k)
	finish := func(r *http.Request, s access.Session, answer []byte) error {
		_, err := k.FinishRegister(r, s, "", answer)
		return err
	}
	answer := d.made()
	if err := finish(d.request(d.cookie), d.session(), answer); err != nil {
		t.Fatal(err)
	}
	if err := finish(d.request(d.cookie), d.session(), answer); !errors.Is(err, access.ErrBadPasskey) {
		t.Errorf("a second time: %v", err)
	}
	if err := finish(d.request(d.cookie), d.session(), d.made()); !errors.Is(err, access.ErrBadPasskey) {
		t.Errorf("an id that is known: %v", err)
	}
	d.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA)
	other := newDevice(t, k)
	if err := finish(d.request(), other.session(), d.made()); !errors.Is(err, access.ErrBadPasskey) {
		t.Errorf("in another session: %v", err)
	}
	proof := d.made()
	moved.Move(5 * time.Minute)
	if err := finish(d.request(), d.session(), proof); !errors.Is(err, access.ErrBadPasskey) {
		t.Errorf("too late: %v", err)
	}
	proof, was := d.made(), d.session()
	if err := k.EndAllOf(camille.ID); err != nil {
		t.Fatal(err)
	}
	if err := finish(d.request(), was, proof); !errors.Is(err, access.ErrNoSession) {
		t.Errorf("removed meanwhile: %v", err)
	}
	if held, _ := k.Passkeys(camille.ID); len(held) != 0 {
		t.Errorf("%d passkeys outlive their person", len(held))
	}
	for _, spoil := range []func(d *device){
		func(d *device) { d.site.Origin = "https://evil.example" }, func(d *device) { d.site.ID = "evil.example" },
		func(d *device) { d.options.UserNotVerified = true }, func(d *device) { d.options.UserNotPresent = true },
	} {
		d := newDevice(t, k)
		spoil(d)
		if err := finish(d.request(), d.session(), d.made()); !errors.Is(err, access.ErrBadPasskey) {
			t.Errorf("%+v, %+v: %v", d.site, d.options, err)
		}
	}
}

func TestPasskeysAreOnesOwn(t *testing.T) {
	k, _, _ := accesstest.NewKeeper(t, site, func(c *access.Config) { c.MaxPasskeys = 2 })
	d := newDevice(t, k)
	p := d.register("Téléphone")
	if err := k.NamePasskey(camille.ID, p.Key, strings.Repeat("é", 100)); err != nil {
		t.Fatal(err)
	}
	if err := k.NamePasskey(malik.ID, p.Key, "Mine"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("somebody else names it: %v", err)
	}
	if err := k.RemovePasskey(malik.ID, p.Key); err != nil {
		t.Error(err)
	}
	held, err := k.Passkeys(camille.ID)
	if err != nil || len(held) != 1 || held[0].Name != strings.Repeat("é", 60) {
		t.Fatalf("%+v, %v", held, err)
	}
	d.key = accesstest.NewCredential()
	if second := d.register(""); second.Name != "lesindes.example" {
		t.Errorf("without a name: %q", second.Name)
	}
	if _, err := k.BeginRegister(d.request(d.cookie), d.session()); !errors.Is(err, access.ErrTooMany) {
		t.Errorf("a third: %v", err)
	}
	if err := k.RemovePasskey(camille.ID, p.Key); err != nil {
		t.Fatal(err)
	}
	if held, err := k.Passkeys(camille.ID); err != nil || len(held) != 1 {
		t.Errorf("%+v, %v", held, err)
	}
}

// Passkeys are for a name: at the private door that is localhost, and an
// address of numbers says where to go instead.
func TestPasskeySites(t *testing.T) {
	for name, c := range map[string]struct {
		url, target string
		door        access.Door
		site, go_   string
		ok          bool
	}{
		"public":                {site, site + "/entrer", access.Public, "lesindes.example", "", true},
		"public, with a port":   {"https://Lesindes.example:8443", "https://lesindes.example:8443/", access.Public, "lesindes.example", "", true},
		"public, numbers":       {"https://192.0.2.7", "https://192.0.2.7/", access.Public, "", "", false},
		"public, without https": {"http://lesindes.example", "http://lesindes.example/", access.Public, "", "", false},
		"localhost":             {site, "http://localhost:7317/entrer", access.Private, "localhost", "", true},
		"127.0.0.1":             {site, "http://127.0.0.1:7317/entrer", access.Private, "", "http://localhost:7317/entrer", false},
		"::1":                   {site, "http://[::1]:7317/entrer", access.Private, "", "http://localhost:7317/entrer", false},
		"a name of the house":   {"", "http://nas.lan:7317/entrer", access.Private, "", "http://localhost:7317/entrer", false},
	} {
		k, _, _ := accesstest.NewKeeper(t, c.url)
		r := accesstest.Request(c.door, http.MethodGet, c.target)
		host, elsewhere, ok := k.PasskeySite(r, "/entrer")
		if host != c.site || elsewhere != c.go_ || ok != c.ok {
			t.Errorf("%s: %q, %q, %v", name, host, elsewhere, ok)
		}
		if _, err := k.BeginLogin(r); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A passkey of the private door opens that one.
func TestPasskeyAtHome(t *testing.T) {
	k, _, _ := accesstest.NewKeeper(t, site)
	d := newDevice(t, k)
	d.door, d.target = access.Private, "http://localhost:7317/"
	d.site = virtualwebauthn.RelyingParty{ID: "localhost", Name: "Courtcircuit", Origin: "http://localhost:7317"}
	d.cookie = accesstest.Enter(t, k, camille, access.Private, d.target)
	d.register("")
	if s, _, err := d.login(d.proof()); err != nil || s.Door != access.Private {
		t.Errorf("%+v, %v", s, err)
	}
	d.site.Origin = "http://localhost:9999" // another program of this machine
	if _, _, err := d.login(d.proof()); !errors.Is(err, access.ErrBadPasskey) {
		t.Errorf("from another port: %v", err)
	}
	d.site, d.door, d.target = virtualwebauthn.RelyingParty{ID: "localhost", Origin: site}, access.Public, site+"/"
	if _, _, err := d.login(d.proof()); !errors.Is(err, access.ErrBadPasskey) {
		t.Errorf("at the public door: %v", err)
	}
}
