package listener

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/httpapi/api"
)

// counted is a Meter that remembers.
type counted struct {
	mu sync.Mutex
	by map[string]int
}

func (c *counted) Refused(bound string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]int{}
	}
	c.by[bound]++
}

func (c *counted) of(bound string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[bound]
}

func newGuard(t *testing.T, edit ...func(*Config)) (*Guard, *counted) {
	t.Helper()
	cfg, meter := DefaultConfig(), &counted{}
	cfg.Now = func() time.Time { return clockStart }
	cfg.IsStream = func(r *http.Request) bool { return r.URL.Path == "/api/v1/events" }
	for _, change := range edit {
		change(&cfg)
	}
	g, err := New(cfg, meter)
	if err != nil {
		t.Fatal(err)
	}
	return g, meter
}

func ask(h http.Handler, method, target string, edit ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for _, change := range edit {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var served = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) })

func TestOnlyThePublicNameIsServed(t *testing.T) {
	type row struct {
		status int
		to     string
	}
	for public, hosts := range map[string]map[string]bool{
		"": {"a.example": true, "evil.example": true, "192.0.2.7:8080": true, "": true},
		"https://a.example": {
			"a.example": true, "A.Example": true, "a.example:443": true, "a.example:80": false, "a.example.": false, "evil.example": false,
			"a.example.evil.example": false, "192.0.2.7": false, "": false, "a.example:8443": false,
		},
		"https://a.example:8443/": {"a.example:8443": true, "a.example": false, "a.example:443": false},
		"http://a.example":        {"a.example:80": true, "a.example": true, "a.example:443": false},
		"https://été.example":     {"xn--t-9fab.example": true, "XN--T-9FAB.example:443": true},
		"https://[2001:db8::7]":   {"[2001:db8::7]": true, "[2001:db8::7]:443": true, "[2001:db8::8]": false},
	} {
		g, meter := newGuard(t, func(c *Config) { c.PublicURL = public })
		h := g.Wrap(served)
		refused, asked := 0, 0
		for host, right := range hosts {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
				want := row{http.StatusOK, ""}
				if !right {
					refused++
					want.status = http.StatusMisdirectedRequest
					if method == "GET" || method == "HEAD" {
						want = row{http.StatusPermanentRedirect, strings.TrimSuffix(public, "/") + "/p/x?lang=en&q=%2F"}
					}
				}
				w := ask(h, method, "/p/x?lang=en&q=%2F", func(r *http.Request) {
					r.Host = host
					asked++
					r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1", asked) // no flood
				})
				if got := (row{w.Code, w.Header().Get("Location")}); got != want {
					t.Errorf("public %q, host %q, %s: %v, want %v", public, host, method, got, want)
				}
			}
		}
		if meter.of("host") != refused {
			t.Errorf("public %q: %d counted, %d refused", public, meter.of("host"), refused)
		}
	}
}

func TestRedirectionStaysAtHome(t *testing.T) {
	g, _ := newGuard(t, func(c *Config) { c.PublicURL = "https://a.example" })
	h := g.Wrap(served)
	for target, want := range map[string]string{
		"//evil.example/x":       "https://a.example//evil.example/x",
		"/\\evil.example":        "https://a.example/%5Cevil.example",
		"/a%0d%0aSet-Cookie:x":   "https://a.example/a%0d%0aSet-Cookie:x",
		"/recherche?near=Foix&q": "https://a.example/recherche?near=Foix&q",
	} {
		w := ask(h, "GET", "/", func(r *http.Request) {
			r.Host = "other.example"
			u, err := r.URL.Parse("http://other.example" + target)
			if err != nil {
				t.Fatal(err)
			}
			r.URL = u
		})
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("%s leads to %s", target, got)
		}
	}
	// What watches the machine asks by number.
	if w := ask(h, "GET", "/healthz", func(r *http.Request) { r.Host = "192.0.2.7:8080" }); w.Code != http.StatusOK {
		t.Errorf("health by number: %d", w.Code)
	}
}

func TestRefusalsSpeakToWhoAsks(t *testing.T) {
	g, meter := newGuard(t, func(c *Config) { c.Reads = Rate{PerSecond: 0.5, Burst: 1} })
	h := g.Wrap(served)
	ask(h, "GET", "/")
	w := ask(h, "GET", "/api/v1/profiles")
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusTooManyRequests || p.Status != w.Code || p.Detail == "" || w.Header().Get("Content-Type") != api.ProblemType {
		t.Errorf("%d %v %s: %v", w.Code, w.Header(), w.Body, err)
	}
	if w.Header().Get("Retry-After") != "2" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%v", w.Header())
	}
	for accept, want := range map[string]string{"": "trop de demandes", "en": "too many requests"} {
		w = ask(h, "GET", "/", func(r *http.Request) { r.Header.Set("Accept-Language", accept) })
		if !strings.Contains(w.Body.String(), want) || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %s %v", accept, w.Body, w.Header())
		}
	}
	if meter.of("reads") != 3 {
		t.Errorf("counted %v", meter.by)
	}
}

// A page and all its files load, and a form may be sent, within one burst.
func TestClassesDoNotPayForEachOther(t *testing.T) {
	g, _ := newGuard(t, func(c *Config) {
		c.Reads, c.Files, c.Writes = Rate{1, 1}, Rate{1, 2}, Rate{1, 1}
	})
	h := g.Wrap(served)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/", 200}, {"GET", "/assets/x/style.css", 200}, {"HEAD", "/assets/x/a.js", 200}, {"POST", "/signaler/p/x", 200},
		{"GET", "/p/x", 429}, {"GET", "/assets/x/b.js", 429}, {"DELETE", "/p/x", 429}, {"POST", "/assets/x/style.css", 429}, {"OPTIONS", "/", 429},
	} {
		if w := ask(h, c.method, c.path); w.Code != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.want)
		}
	}
}

func TestStrictTransportOnlyOverHTTPS(t *testing.T) {
	for public, want := range map[string]map[string]string{
		"https://a.example": {"https": strictTransport, "http": "", "": ""},
		"http://a.example":  {"https": "", "http": ""},
		"":                  {"https": "", "http": ""},
	} {
		g, _ := newGuard(t, func(c *Config) { c.PublicURL, c.Proxies = public, LoopbackProxies() })
		for scheme, header := range want {
			w := ask(g.Wrap(served), "GET", "/", func(r *http.Request) {
				r.Host, r.RemoteAddr = "a.example", "127.0.0.1:1"
				r.Header.Set("X-Forwarded-Proto", scheme)
			})
			if got := w.Header().Get("Strict-Transport-Security"); got != header {
				t.Errorf("public %q over %q: %q", public, scheme, got)
			}
		}
	}
}

func TestThePagesSeeTheClient(t *testing.T) {
	g, _ := newGuard(t, func(c *Config) { c.Proxies = LoopbackProxies() })
	for peer, want := range map[string]string{"127.0.0.1:7": "[2001:db8::7]:7", "203.0.113.5:7": "203.0.113.5:7", "@": "0.0.0.0:0"} {
		w := ask(g.Wrap(served), "GET", "/", func(r *http.Request) {
			r.RemoteAddr = peer
			r.Header.Set("X-Forwarded-For", "2001:db8::7")
		})
		if w.Body.String() != want {
			t.Errorf("from %s: %s", peer, w.Body)
		}
	}
}

// Whoever makes the proxy contradict itself is not taken for the proxy, whose
// address is that of a program on this machine.
func TestNobodyPassesForTheProxy(t *testing.T) {
	g, _ := newGuard(t, func(c *Config) { c.Proxies = LoopbackProxies() })
	w := ask(g.Wrap(served), "GET", "/", func(r *http.Request) {
		r.RemoteAddr = "127.0.0.1:4711"
		r.Header.Set("X-Forwarded-For", "203.0.113.7")
		r.Header.Set("Forwarded", "for=198.51.100.1")
	})
	if got := w.Body.String(); got != "0.0.0.0:4711" {
		t.Errorf("the pages see %s", got)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	g, meter := newGuard(t, func(c *Config) { c.MaxBodyBytes = 10 })
	var failed error
	h := g.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, failed = io.ReadAll(r.Body) }))
	send := func(size int, told bool) int {
		r := httptest.NewRequest("POST", "/signaler", strings.NewReader(strings.Repeat("x", size)))
		if !told {
			r.ContentLength = -1
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	if got := send(10, true); got != http.StatusOK || failed != nil {
		t.Errorf("10 bytes: %d, %v", got, failed)
	}
	if got := send(11, true); got != http.StatusRequestEntityTooLarge || meter.of("body") != 1 {
		t.Errorf("11 bytes: %d", got)
	}
	if send(11, false); failed == nil {
		t.Error("a body of no told length was read beyond the bound")
	}
}

// held runs a handler that stays until the test lets it go.
type held struct {
	in, out chan struct{}
	ended   sync.WaitGroup
}

func newHeld() *held { return &held{in: make(chan struct{}), out: make(chan struct{})} }

func (s *held) ServeHTTP(http.ResponseWriter, *http.Request) { s.in <- struct{}{}; <-s.out }

func (s *held) open(h http.Handler, path, remote string) {
	s.ended.Go(func() { ask(h, "GET", path, func(r *http.Request) { r.RemoteAddr = remote }) })
	<-s.in
}

func TestWhatIsUnderWayIsBounded(t *testing.T) {
	for path, c := range map[string]struct {
		name   string
		status int
	}{"/": {"requests", 503}, "/api/v1/events": {"streams", 429}} {
		g, meter := newGuard(t, func(c *Config) {
			c.MaxRequests, c.RequestsPerClient, c.MaxStreams, c.StreamsPerClient = 3, 2, 3, 2
		})
		under := newHeld()
		h := g.Wrap(under)
		under.open(h, path, "192.0.2.1:1")
		under.open(h, path, "192.0.2.1:2")
		if w := ask(h, "GET", path, func(r *http.Request) { r.RemoteAddr = "192.0.2.1:3" }); w.Code != c.status || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: a third of one client: %d", path, w.Code)
		}
		under.open(h, path, "192.0.2.2:1")
		if w := ask(h, "GET", path, func(r *http.Request) { r.RemoteAddr = "192.0.2.3:1" }); w.Code != c.status {
			t.Errorf("%s: a fourth in all: %d", path, w.Code)
		}
		if meter.of(c.name) != 2 {
			t.Errorf("%s: counted %v", path, meter.by)
		}
		close(under.out)
		under.ended.Wait()
		if len(g.requests.of) != 0 || g.requests.all != 0 || len(g.streams.of) != 0 || g.streams.all != 0 {
			t.Errorf("%s: places were not given back: %+v", path, g.requests)
		}
	}
}

// A handler that fails gives its place back too.
func TestPanicGivesThePlaceBack(t *testing.T) {
	g, _ := newGuard(t)
	h := g.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	func() {
		defer func() { _ = recover() }()
		ask(h, "GET", "/")
	}()
	if g.requests.all != 0 {
		t.Error("the place is lost")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		proxies Proxies
		within  int
	}{"of one client": {Proxies{}, 2}, "of a proxy": {LoopbackProxies(), 3}} {
		g, meter := newGuard(t, func(cfg *Config) {
			cfg.Proxies, cfg.ConnectionsPerClient, cfg.MaxConnections = c.proxies, 2, 3
		})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		bounded := g.Listen(l)
		accepted := make(chan net.Conn)
		go func() {
			defer close(accepted)
			for {
				conn, err := bounded.Accept()
				if err != nil {
					return
				}
				accepted <- conn
			}
		}()
		dial := func() net.Conn {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			return conn
		}
		var kept []net.Conn
		for range c.within {
			dial()
			kept = append(kept, <-accepted)
		}
		over := dial()
		if _, err := over.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: one more was served", name)
		}
		if meter.of("connections") != 1 {
			t.Errorf("%s: counted %v", name, meter.by)
		}
		kept[0].Close()
		kept[0].Close() // as servers do
		dial()
		again := <-accepted
		for _, conn := range append(kept[1:], again) {
			conn.Close()
		}
		if g.connections.all+g.proxied.all != 0 {
			t.Errorf("%s: %d places lost", name, g.connections.all+g.proxied.all)
		}
		bounded.Close()
		<-accepted
	}
}

func TestValidate(t *testing.T) {
	for name, edit := range map[string]func(*Config){
		"a path":            func(c *Config) { c.PublicURL = "https://a.example/x" },
		"no scheme":         func(c *Config) { c.PublicURL = "a.example" },
		"two addresses":     func(c *Config) { c.PublicURL = "https://a.example, https://b.example" },
		"a user":            func(c *Config) { c.PublicURL = "https://me@a.example" },
		"no clients":        func(c *Config) { c.MaxClients = 0 },
		"no rate":           func(c *Config) { c.Writes = Rate{} },
		"no clock":          func(c *Config) { c.Now = nil },
		"no body":           func(c *Config) { c.MaxBodyBytes = 0 },
		"no connections":    func(c *Config) { c.ConnectionsPerClient = 0 },
		"negative requests": func(c *Config) { c.MaxRequests = -1 },
	} {
		cfg := DefaultConfig()
		edit(&cfg)
		if _, err := New(cfg, &counted{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
