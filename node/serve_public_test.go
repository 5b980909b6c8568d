package node

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/listener/acmetest"
	"courtcircuit/protocol"
)

// publicGet asks a public listener under a name, wherever the name leads.
func publicGet(t *testing.T, ctx context.Context, n *Node, url string, trust *acmetest.Authority) *http.Response {
	t.Helper()
	_, listening := n.PublicPage()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, listening)
	}}
	if trust != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: trust.Roots()}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// Both listeners take their port before the network is joined, and end with
// the node.
func TestPublicPort(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	cfg := loopConfig(t, t.TempDir())
	cfg.HTTP, cfg.Public = "", other.Addr().String()
	if _, err := New(cfg, testLog()); err == nil || !strings.Contains(err.Error(), "is taken") || !strings.Contains(err.Error(), cfg.Public) {
		t.Errorf("%v; the port and what to do expected", err)
	}
	cfg.Public = "127.0.0.1:0"
	n, stop := runNode(t, cfg)
	path := filepath.Join(cfg.Home, publicAddressFile)
	written, err := os.ReadFile(path)
	if _, listening := n.PublicPage(); err != nil || strings.TrimSpace(string(written)) != listening {
		t.Errorf("%q in the file, %s is listened on: %v", written, listening, err)
	}
	if answer := publicGet(t, context.Background(), n, "http://any.example/", nil); answer.StatusCode != http.StatusOK {
		t.Error(answer.Status)
	}
	stop()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

// An open stream does not keep the node from stopping.
func TestPublicEvents(t *testing.T) {
	cfg := loopConfig(t, t.TempDir())
	cfg.Public = "127.0.0.1:0"
	n, stop := runNode(t, cfg)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	answer := publicGet(t, ctx, n, "http://any.example/api/v1/events", nil)
	lines := bufio.NewScanner(answer.Body)
	if !lines.Scan() || lines.Text() != "retry: 3000" {
		t.Fatalf("%q, %v", lines.Text(), lines.Err())
	}
	n.events.emit(Event{Type: EventPeerConnected, Peer: "12D3KooSomebody"})
	n.events.emit(Event{Type: EventCatchUpDone, Peer: "12D3KooSomebody"})
	n.events.emit(Event{Type: EventRecordStored, Kind: protocol.KindErasure.String(), PublicID: "forgotten"})
	n.events.emit(Event{Type: EventRecordStored, Kind: protocol.KindProfile.String(), PublicID: "camille"})
	for lines.Scan() && !strings.Contains(lines.Text(), "camille") {
		if strings.Contains(lines.Text(), "12D3") || strings.Contains(lines.Text(), "forgotten") {
			t.Errorf("the world was told %q", lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	stop()
	if rest, err := io.ReadAll(answer.Body); err != nil {
		t.Errorf("the stream was cut after %q: %v", rest, err)
	}
}

func TestWorldEvents(t *testing.T) {
	for _, c := range []struct {
		event Event
		want  bool
	}{
		{Event{Type: EventRecordStored, Kind: "profile"}, true},
		{Event{Type: EventRecordRemoved, Kind: "mission"}, true},
		{Event{Type: EventRecordStored, Kind: "collective"}, true},
		{Event{Type: EventRecordStored, Kind: "vouch"}, false},
		{Event{Type: EventRecordStored, Kind: ""}, false},
		{Event{Type: EventGap}, true},
		{Event{Type: EventPeerConnected, Kind: "profile"}, false},
		{Event{Type: EventPeerDisconnected}, false},
		{Event{Type: EventCatchUpProgress}, false},
		{Event{Type: EventCatchUpFailed}, false},
		{Event{Type: "something-new", Kind: "profile"}, false},
	} {
		if got := isWorldEvent(c.event); got != c.want {
			t.Errorf("%s of %q: %t", c.event.Type, c.event.Kind, got)
		}
	}
}

func TestWorldAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"/ip4/203.0.113.7/tcp/4137": false, // a documentation network is not public
		"/ip4/51.15.0.1/tcp/4137":   true, "/ip6/2a01:e0a::1/udp/4137/quic-v1": true, "/dns4/noeud.example.org/tcp/4137/p2p/12D3KooWGzBXWNvHpLALvTVb1jVYm5TbkvSbgZb3iWQJ7mDLSHzL": true,
		"/ip4/192.168.1.4/tcp/4137": false, "/ip4/127.0.0.1/tcp/4137": false, "/ip4/10.0.0.1/tcp/1": false, "/ip6/fe80::1/tcp/1": false, "/ip6/fd00::1/tcp/1": false,
		"/dns4/nas.local/tcp/1": false, "/dns4/nas/tcp/1": false, "nonsense": false, "": false,
	} {
		if got := isWorldAddress(address); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

// lineAwaited is a log in which the line about a held certificate counts.
type lineAwaited chan struct{}

func (l lineAwaited) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "certificate held") {
		l <- struct{}{}
	}
	return len(b), nil
}

// The whole way of --domain: the node gets its certificate of an authority,
// serves its pages with it, and sends http there.
func TestDomain(t *testing.T) {
	authority := acmetest.New(t, "http-01")
	cfg := loopConfig(t, t.TempDir())
	cfg.Domains, cfg.Public, cfg.PublicHTTP = []string{"lesindes.example"}, "127.0.0.1:0", "127.0.0.1:0"
	cfg.ACME = ACMEConfig{Directory: authority.Directory(), CAFile: authority.CAFile(t)}
	held := make(lineAwaited, 1)
	n, err := New(cfg, slog.New(slog.NewTextHandler(held, nil)))
	if err != nil {
		t.Fatal(err)
	}
	plain := n.public.plain.listener.Addr().String()
	authority.Lead(n.public.main.listener.Addr().String(), plain)
	if c := n.checkPublic(); c.State != checkFailed || c.NextStep == "" {
		t.Errorf("without a certificate: %+v", c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	select {
	case <-held:
	case <-time.After(time.Minute):
		t.Fatal("no certificate", authority.Failures())
	}
	answer := publicGet(t, ctx, n, "https://lesindes.example/", authority)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s %v", answer.Status, answer.Header)
	}
	if address, _ := n.PublicPage(); address != "https://lesindes.example/" {
		t.Errorf("the page is at %q", address)
	}
	if c := n.checkPublic(); c.State != checkOK {
		t.Errorf("%+v", c)
	}
	r, err := http.NewRequest(http.MethodGet, "http://"+plain+"/p/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "lesindes.example"
	answer, err = (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil || answer.Header.Get("Location") != "https://lesindes.example/p/x" {
		t.Errorf("%v: %v", answer, err)
	}
	answer.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The trusted default is the machine itself, and only behind loopback.
func TestDefaultProxies(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  Config
		want bool
	}{
		"loopback":                 {Config{Public: "127.0.0.1:8080"}, true},
		"loopback of IPv6":         {Config{Public: "[::1]:8080"}, true},
		"by name":                  {Config{Public: "localhost:8080"}, true},
		"everywhere":               {Config{Public: ":8080"}, false},
		"one address":              {Config{Public: "192.0.2.7:8080"}, false},
		"loopback, trusting none":  {Config{Public: "127.0.0.1:8080", TrustedProxies: []string{}}, false},
		"loopback with domains":    {Config{Public: "127.0.0.1:8443", Domains: []string{"a.example"}}, false},
		"everywhere, set":          {Config{Public: ":8080", TrustedProxies: []string{"127.0.0.1"}}, true},
		"loopback, trusting other": {Config{Public: "127.0.0.1:8080", TrustedProxies: []string{"10.0.0.1"}}, false},
	} {
		p, err := c.cfg.proxies()
		if err != nil || p.Trusts("127.0.0.1") != c.want {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

// Both listeners pack what they answer, and the public one takes neither a
// long head nor a long body.
func TestListenersAreBounded(t *testing.T) {
	cfg := loopConfig(t, t.TempDir())
	cfg.HTTP, cfg.Public = "127.0.0.1:0", "127.0.0.1:0"
	n, _ := runNode(t, cfg)
	_, listening := n.PublicPage()
	private := strings.TrimSuffix(strings.TrimPrefix(n.PageURL(), "http://"), "/")
	long := strings.Repeat("x", 17<<10)
	for name, c := range map[string]struct {
		address, method, path, header, body string
		status                              int
		packed                              bool
	}{
		"public, packed":    {listening, "GET", "/openapi.json", "", "", http.StatusOK, true},
		"private, packed":   {private, "GET", "/openapi.json", "", "", http.StatusOK, true},
		"a long head":       {listening, "GET", "/", long, "", http.StatusRequestHeaderFieldsTooLarge, false},
		"a long body":       {listening, "POST", "/signaler", "", strings.Repeat("x", 64<<10+1), http.StatusRequestEntityTooLarge, false},
		"a body of no page": {listening, "POST", "/nothing", "", "x=y", http.StatusNotFound, false},
	} {
		r, err := http.NewRequest(c.method, "http://"+c.address+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("X", c.header)
		answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.status || (answer.Header.Get("Content-Encoding") == "gzip") != c.packed {
			t.Errorf("%s: %s, %q", name, answer.Status, answer.Header.Get("Content-Encoding"))
		}
	}
}
