package listener

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func proxies(t testing.TB, list ...string) Proxies {
	t.Helper()
	p, err := ParseProxies(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestClientAddress(t *testing.T) {
	trusted := proxies(t, "127.0.0.1", "::1", "10.0.0.0/8", "fd00::/8")
	type headers = map[string][]string
	for name, c := range map[string]struct {
		peer string
		h    headers
		want string
	}{
		"no proxy":                           {"203.0.113.5:1", nil, "203.0.113.5"},
		"a stranger's word is not taken":     {"203.0.113.5:1", headers{"X-Forwarded-For": {"198.51.100.1"}, "Forwarded": {"for=198.51.100.1"}}, "203.0.113.5"},
		"one proxy":                          {"127.0.0.1:1", headers{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		"a forged entry in front":            {"127.0.0.1:1", headers{"X-Forwarded-For": {"192.0.2.66, 198.51.100.1"}}, "198.51.100.1"},
		"a forged trusted entry in front":    {"127.0.0.1:1", headers{"X-Forwarded-For": {"10.0.0.1, 198.51.100.1"}}, "198.51.100.1"},
		"forged chain of trusted ones":       {"127.0.0.1:1", headers{"X-Forwarded-For": {"192.0.2.66, 10.0.0.9, 198.51.100.1"}}, "198.51.100.1"},
		"two proxies":                        {"127.0.0.1:1", headers{"X-Forwarded-For": {"192.0.2.66, 198.51.100.1, 10.1.2.3"}}, "198.51.100.1"},
		"several header lines are one list":  {"127.0.0.1:1", headers{"X-Forwarded-For": {"192.0.2.66", "198.51.100.1", "10.1.2.3"}}, "198.51.100.1"},
		"all trusted: the farthest":          {"127.0.0.1:1", headers{"X-Forwarded-For": {"10.9.9.9, 10.1.2.3"}}, "10.9.9.9"},
		"no header at all":                   {"127.0.0.1:1", nil, "127.0.0.1"},
		"empty header":                       {"127.0.0.1:1", headers{"X-Forwarded-For": {""}}, "127.0.0.1"},
		"garbage":                            {"127.0.0.1:1", headers{"X-Forwarded-For": {"unknown"}}, "127.0.0.1"},
		"garbage last":                       {"127.0.0.1:1", headers{"X-Forwarded-For": {"198.51.100.1, _hidden"}}, "127.0.0.1"},
		"garbage behind a proxy":             {"127.0.0.1:1", headers{"X-Forwarded-For": {"198.51.100.1, <script>, 10.1.2.3"}}, "10.1.2.3"},
		"comma last":                         {"127.0.0.1:1", headers{"X-Forwarded-For": {"198.51.100.1,"}}, "127.0.0.1"},
		"with a port":                        {"127.0.0.1:1", headers{"X-Forwarded-For": {"198.51.100.1:4711"}}, "198.51.100.1"},
		"port that is none":                  {"127.0.0.1:1", headers{"X-Forwarded-For": {"198.51.100.1:http"}}, "127.0.0.1"},
		"IPv6":                               {"[::1]:1", headers{"X-Forwarded-For": {"2001:db8::7"}}, "2001:db8::7"},
		"IPv6 in brackets with a port":       {"[::1]:1", headers{"X-Forwarded-For": {"[2001:db8::7]:443"}}, "2001:db8::7"},
		"IPv6 in brackets":                   {"[::1]:1", headers{"X-Forwarded-For": {"[2001:db8::7]"}}, "2001:db8::7"},
		"IPv4 in brackets":                   {"[::1]:1", headers{"X-Forwarded-For": {"[198.51.100.1]"}}, "::1"},
		"zone":                               {"[::1]:1", headers{"X-Forwarded-For": {"fe80::7%eth0"}}, "fe80::7"},
		"trusted peer with a zone":           {"[fd00::1%eth0]:1", headers{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		"IPv4 mapped into IPv6":              {"[::ffff:127.0.0.1]:1", headers{"X-Forwarded-For": {"::ffff:198.51.100.1"}}, "198.51.100.1"},
		"a mapped trusted hop":               {"127.0.0.1:1", headers{"X-Forwarded-For": {"198.51.100.1, ::ffff:10.0.0.4"}}, "198.51.100.1"},
		"octal is not an address":            {"127.0.0.1:1", headers{"X-Forwarded-For": {"198.051.100.1"}}, "127.0.0.1"},
		"Forwarded":                          {"127.0.0.1:1", headers{"Forwarded": {`for=192.0.2.66, For="198.51.100.1:80";proto=https;by=10.0.0.1`}}, "198.51.100.1"},
		"Forwarded with IPv6":                {"127.0.0.1:1", headers{"Forwarded": {`proto=https; for="[2001:db8::7]:4711"`}}, "2001:db8::7"},
		"Forwarded without for":              {"127.0.0.1:1", headers{"Forwarded": {`proto=https`}}, "127.0.0.1"},
		"Forwarded hidden":                   {"127.0.0.1:1", headers{"Forwarded": {`for=192.0.2.66, for=_gazonk`}}, "127.0.0.1"},
		"an open quote in front":             {"127.0.0.1:1", headers{"Forwarded": {`for="192.0.2.66, for=198.51.100.1`}}, "198.51.100.1"},
		"both agree":                         {"127.0.0.1:1", headers{"X-Forwarded-For": {"198.51.100.1"}, "Forwarded": {"for=198.51.100.1"}}, "198.51.100.1"},
		"both differ: one was forged":        {"127.0.0.1:1", headers{"X-Forwarded-For": {"192.0.2.66"}, "Forwarded": {"for=198.51.100.1"}}, "invalid IP"},
		"a chain without end":                {"127.0.0.1:1", headers{"X-Forwarded-For": {"192.0.2.66" + strings.Repeat(", 10.0.0.1", 500)}}, "127.0.0.1"},
		"a peer that is no address (socket)": {"@", headers{"X-Forwarded-For": {"198.51.100.1"}}, "invalid IP"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header = c.peer, c.h
		if got, _ := trusted.client(r); got.String() != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestForwardedScheme(t *testing.T) {
	trusted := proxies(t, "127.0.0.1")
	for name, c := range map[string]struct {
		peer, proto, forwarded string
		tls, want              bool
	}{
		"plain":                       {"127.0.0.1:1", "", "", false, false},
		"the proxy says so":           {"127.0.0.1:1", "https", "", false, true},
		"in capitals":                 {"127.0.0.1:1", " HTTPS ", "", false, true},
		"a stranger says so":          {"203.0.113.5:1", "https", "proto=https", false, false},
		"the visitor's value is left": {"127.0.0.1:1", "https, http", "", false, false},
		"Forwarded":                   {"127.0.0.1:1", "", `for=192.0.2.1;proto=http, for=192.0.2.2;proto="https"`, false, true},
		"another scheme":              {"127.0.0.1:1", "wss", "", false, false},
		"TLS to us":                   {"203.0.113.5:1", "http", "", true, true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		if c.forwarded != "" {
			r.Header.Set("Forwarded", c.forwarded)
		}
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if _, https := trusted.client(r); https != c.want {
			t.Errorf("%s: %t", name, https)
		}
	}
}

func TestParseProxies(t *testing.T) {
	for s, want := range map[string]string{
		"127.0.0.1": "127.0.0.1/32", "10.1.2.3/8": "10.0.0.0/8", "::1": "::1/128", "fd00::/8": "fd00::/8", "::ffff:10.0.0.0/104": "10.0.0.0/8",
	} {
		if p, err := ParseProxies([]string{s}); err != nil || p.trusted[0].String() != want {
			t.Errorf("%s: %v, %v", s, p.trusted, err)
		}
	}
	for _, s := range []string{"", "proxy.example", "10.0.0.0/33", "0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "::ffff:0.0.0.0/90", "127.0.0.1:80", "[::1]", "fe80::1%eth0", "10.0.0.0/", "10.0.0.0-10.0.0.9"} {
		if _, err := ParseProxies([]string{"127.0.0.1", s}); err == nil || !strings.Contains(err.Error(), `"`+s+`"`) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestClientKey(t *testing.T) {
	for a, b := range map[string]string{
		"2001:db8:0:1::1": "2001:db8:0:1:ffff::9", "192.0.2.1": "::ffff:192.0.2.1",
	} {
		if keyOf(t, a) != keyOf(t, b) {
			t.Errorf("%s and %s are two clients", a, b)
		}
	}
	for a, b := range map[string]string{"2001:db8:0:1::1": "2001:db8:0:2::1", "192.0.2.1": "192.0.2.2"} {
		if keyOf(t, a) == keyOf(t, b) {
			t.Errorf("%s and %s are one client", a, b)
		}
	}
}

// FuzzForwarded: whatever a visitor sends, what our proxy appends decides.
func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{"", "192.0.2.1", `for="`, "10.0.0.1, 10.0.0.2", ",,,", "[", "for=[::1", `"\"`, "fe80::1%", "for=\"_a,b\";proto=x"} {
		f.Add(seed)
	}
	trusted := proxies(f, "127.0.0.1", "10.0.0.0/8")
	f.Fuzz(func(t *testing.T, sent string) {
		for _, header := range []string{"X-Forwarded-For", "Forwarded"} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header[header] = []string{sent}
			r.RemoteAddr = "203.0.113.5:1"
			if got, https := trusted.client(r); got.String() != "203.0.113.5" || https {
				t.Errorf("%s %q of a stranger was believed: %s", header, sent, got)
			}
			r.RemoteAddr = "127.0.0.1:1"
			trusted.client(r) // must not panic
			appended := "198.51.100.1"
			if header == "Forwarded" {
				appended = "for=" + appended
			}
			for _, lines := range [][]string{{sent + ", " + appended}, {sent, appended}} {
				r.Header[header] = lines
				if got, _ := trusted.client(r); got.String() != "198.51.100.1" {
					t.Errorf("%s %q: %s", header, lines, got)
				}
			}
		}
	})
}
