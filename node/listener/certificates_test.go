package listener

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/listener/acmetest"
)

const ourDomain = "lesindes.example"

// logged is a log that the test reads.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
	line chan struct{} // a line was written
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.line <- struct{}{}:
	default:
	}
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// site is a page with certificates of its own, on ports of its own.
type site struct {
	certs        *Certificates
	secure, open string // addresses
	log          *logged
	held         chan time.Time
	stop         func()
}

func runSite(t *testing.T, a *acmetest.Authority, edit ...func(*CertificateConfig)) *site {
	t.Helper()
	return runLedSite(t, a, a.Lead, edit...)
}

// runLedSite says by lead where the site's names lead to, before it asks for
// certificates.
func runLedSite(t *testing.T, a *acmetest.Authority, lead func(secure, open string), edit ...func(*CertificateConfig)) *site {
	t.Helper()
	s := &site{log: &logged{line: make(chan struct{}, 1)}, held: make(chan time.Time, 100)}
	cfg := CertificateConfig{
		Domains: []string{ourDomain}, Folder: filepath.Join(t.TempDir(), "certificates"), Directory: a.Directory(), CAFile: a.CAFile(t),
		Email: "moi@lesindes.example", Held: func(_ string, until time.Time) { s.held <- until },
	}
	for _, change := range edit {
		change(&cfg)
	}
	var err error
	if s.certs, err = NewCertificates(cfg, slog.New(slog.NewTextHandler(s.log, nil))); err != nil {
		t.Fatal(err)
	}
	public, err := ParseOrigin("https://" + cfg.Domains[0])
	if err != nil {
		t.Fatal(err)
	}
	secure := &http.Server{TLSConfig: s.certs.TLSConfig(), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })}
	plain := &http.Server{Handler: s.certs.PlainHandler(public)}
	var running sync.WaitGroup
	serve := func(run func(net.Listener) error) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		running.Go(func() {
			if err := run(l); !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		})
		return l.Addr().String()
	}
	s.secure = serve(func(l net.Listener) error { return secure.ServeTLS(l, "", "") })
	s.open = serve(plain.Serve)
	lead(s.secure, s.open)
	ctx, cancel := context.WithCancel(context.Background())
	running.Go(func() {
		if err := s.certs.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	s.stop = sync.OnceFunc(func() {
		cancel()
		secure.Close()
		plain.Close()
		running.Wait()
	})
	t.Cleanup(s.stop)
	return s
}

// awaitBound ends what waits in vain; it asserts nothing.
const awaitBound = 30 * time.Second

func (s *site) awaitHeld(t *testing.T) time.Time {
	t.Helper()
	select {
	case until := <-s.held:
		return until
	case <-time.After(awaitBound):
		t.Fatalf("no certificate: %s", s.log)
		panic("unreachable")
	}
}

// get reads an address as a visitor does, wherever its name leads.
func get(t *testing.T, addr, url string, a *acmetest.Authority, method ...string) (*http.Response, string, error) {
	t.Helper()
	transport := &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: a.Roots()},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
	}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequest(append(method, http.MethodGet)[0], url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body), nil
}

func TestCertificateByEachChallenge(t *testing.T) {
	for _, challenge := range []string{"tls-alpn-01", "http-01"} {
		t.Run(challenge, func(t *testing.T) {
			a := acmetest.New(t, challenge)
			s := runSite(t, a)
			if until := s.awaitHeld(t); time.Until(until) < 80*24*time.Hour {
				t.Errorf("holds until %s", until)
			}
			answer, body, err := get(t, s.secure, "https://"+ourDomain+"/", a)
			if err != nil || answer.StatusCode != http.StatusOK || body != "HTTP/2.0" {
				t.Fatalf("%v %q: %v", answer, body, err)
			}
			if a.Issued() != 1 || len(a.Failures()) > 0 {
				t.Errorf("%d issued, failures %v", a.Issued(), a.Failures())
			}
		})
	}
}

func TestStrangersOrderNothing(t *testing.T) {
	a := acmetest.New(t, "tls-alpn-01", "http-01")
	early, err := NewCertificates(CertificateConfig{Domains: []string{ourDomain}, Folder: t.TempDir(), Directory: a.Directory(), CAFile: a.CAFile(t)}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	hello := &tls.ClientHelloInfo{ServerName: ourDomain, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
	if _, err := early.TLSConfig().GetCertificate(hello); !errors.Is(err, errNotHeld) || a.Asked() != 0 {
		t.Errorf("a visitor before Run: %v, %d orders", err, a.Asked())
	}
	early.line.close()
	s := runSite(t, a)
	s.awaitHeld(t)
	for _, name := range []string{"evil.example", "www." + ourDomain, ourDomain + ".evil.example", "127.0.0.1", "localhost"} {
		if _, _, err := get(t, s.secure, "https://"+name+"/", a); err == nil {
			t.Errorf("%s is served", name)
		}
	}
	// Without elliptic curves a manager left to itself would order another
	// certificate for the same name.
	old := &tls.Config{ServerName: ourDomain, RootCAs: a.Roots(), MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}}
	if conn, err := tls.Dial("tcp", s.secure, old); err == nil {
		conn.Close()
		t.Error("an RSA handshake went through")
	}
	if a.Asked() != 1 {
		t.Errorf("%d orders, 1 expected", a.Asked())
	}
}

func TestPlainDoorLeadsToHTTPS(t *testing.T) {
	a := acmetest.New(t, "http-01")
	s := runSite(t, a)
	s.awaitHeld(t)
	for _, c := range []struct {
		method, url, to string
		status          int
	}{
		{"GET", "http://" + ourDomain + "/p/x?lang=en", "https://" + ourDomain + "/p/x?lang=en", http.StatusPermanentRedirect},
		{"HEAD", "http://LESINDES.example:8080/", "https://" + ourDomain + "/", http.StatusPermanentRedirect},
		{"GET", "http://" + ourDomain + "//evil.example/", "https://" + ourDomain + "//evil.example/", http.StatusPermanentRedirect},
		{"POST", "http://" + ourDomain + "/signaler", "", http.StatusMisdirectedRequest},
		{"GET", "http://evil.example/", "", http.StatusMisdirectedRequest},
		{"GET", "http://127.0.0.1/", "", http.StatusMisdirectedRequest},
		{"GET", "http://" + ourDomain + "/.well-known/acme-challenge/guessed", "", http.StatusNotFound},
		{"GET", "http://evil.example/.well-known/acme-challenge/guessed", "", http.StatusForbidden},
	} {
		answer, body, err := get(t, s.open, c.url, a, c.method)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != c.status || answer.Header.Get("Location") != c.to {
			t.Errorf("%s %s: %d to %q: %s", c.method, c.url, answer.StatusCode, answer.Header.Get("Location"), body)
		}
		if answer.Header.Get("Strict-Transport-Security") != "" {
			t.Error("a promise over a line that anybody can change")
		}
	}
}

// A restart finds what it had, even while the authority cannot be had.
func TestRestartUsesTheFolder(t *testing.T) {
	a := acmetest.New(t, "tls-alpn-01")
	folder := filepath.Join(t.TempDir(), "certificates")
	same := func(c *CertificateConfig) { c.Folder = folder }
	s := runSite(t, a, same)
	s.awaitHeld(t)
	s.stop()
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
	a.SetDown(true)
	s = runSite(t, a, same)
	s.awaitHeld(t)
	if _, _, err := get(t, s.secure, "https://"+ourDomain+"/", a); err != nil || a.Asked() != 1 {
		t.Errorf("%v, %d orders", err, a.Asked())
	}
}

// An authority that cannot be had is named in the log, with what to do, and
// visitors are told the truth; the next start gets the certificate.
func TestAuthorityDown(t *testing.T) {
	a := acmetest.New(t, "tls-alpn-01")
	a.SetDown(true)
	s := runSite(t, a)
	select {
	case <-s.log.line:
	case <-time.After(awaitBound):
		t.Fatal("nothing in the log")
	}
	for _, part := range []string{"level=ERROR", ourDomain, a.Directory(), "ports 80 and 443", "again_in=1m1s"} {
		if !strings.Contains(s.log.String(), part) {
			t.Errorf("%q is not in the log: %s", part, s.log)
		}
	}
	answer, body, err := get(t, s.open, "http://"+ourDomain+"/", a)
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "certificat") || answer.Header.Get("Retry-After") == "" {
		t.Errorf("%v %q %v", answer, body, err)
	}
	if _, _, err := get(t, s.secure, "https://"+ourDomain+"/", a); err == nil {
		t.Error("served without a certificate")
	}
	s.stop()
	a.SetDown(false)
	s = runSite(t, a)
	s.awaitHeld(t)
}

// A name that leads elsewhere gets nothing, and the reason is in the log.
func TestNameThatLeadsElsewhere(t *testing.T) {
	a := acmetest.New(t, "http-01")
	other := http.Server{Handler: http.NotFoundHandler()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- other.Serve(l) }()
	defer func() { other.Close(); <-ended }()
	s := runLedSite(t, a, func(string, string) { a.Lead(l.Addr().String(), l.Addr().String()) })
	select {
	case <-s.log.line:
	case <-time.After(awaitBound):
		t.Fatal("nothing in the log")
	}
	if a.Issued() != 0 || len(a.Failures()) != 1 || !strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("%d issued, failures %v: %s", a.Issued(), a.Failures(), s.log)
	}
}

// What is about to run out is said: the manager renews in silence.
func TestRunningOutIsSaid(t *testing.T) {
	a := acmetest.New(t, "tls-alpn-01")
	a.SetLife(5 * time.Second) // beside the minute that lies in the past
	s := runSite(t, a, func(c *CertificateConfig) { c.CheckEvery = time.Hour })
	s.awaitHeld(t)
	for !strings.Contains(s.log.String(), "could not be renewed") {
		select {
		case <-s.log.line:
		case <-time.After(awaitBound):
			t.Fatalf("not said: %s", s.log)
		}
	}
}

func TestCertificateConfig(t *testing.T) {
	good := CertificateConfig{Domains: []string{ourDomain}, Folder: t.TempDir()}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(*CertificateConfig)
		says string
	}{
		"none":             {func(c *CertificateConfig) { c.Domains = nil }, "1 to 10"},
		"an address":       {func(c *CertificateConfig) { c.Domains = []string{"https://a.example"} }, "without https://"},
		"a port":           {func(c *CertificateConfig) { c.Domains = []string{"a.example:443"} }, "a.example:443"},
		"a number":         {func(c *CertificateConfig) { c.Domains = []string{"192.0.2.7"} }, "192.0.2.7"},
		"one word":         {func(c *CertificateConfig) { c.Domains = []string{"localhost"} }, "localhost"},
		"a star":           {func(c *CertificateConfig) { c.Domains = []string{"*.a.example"} }, "*.a.example"},
		"plain authority":  {func(c *CertificateConfig) { c.Directory = "http://ca.example/" }, "https"},
		"two mail boxes":   {func(c *CertificateConfig) { c.Email = "a@b.example, c@d.example" }, "acme_email"},
		"no roots in file": {func(c *CertificateConfig) { c.CAFile = empty }, empty},
		"no such file":     {func(c *CertificateConfig) { c.CAFile = empty + "x" }, "acme_ca_file"},
	} {
		cfg := good
		c.edit(&cfg)
		if _, err := NewCertificates(cfg, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, domain := range []string{"a.example", "été.example", "A.Example"} {
		cfg := good
		cfg.Domains = []string{domain}
		if _, err := NewCertificates(cfg, slog.New(slog.DiscardHandler)); err != nil {
			t.Errorf("%s: %v", domain, err)
		}
	}
}
