package node

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi"
	"courtcircuit/node/listener"
	"courtcircuit/node/web"
)

// DefaultHTTPPort is where the page and the API are, unless told otherwise.
const DefaultHTTPPort = 7317

// Files in the home by which local commands reach the running node.
const (
	tokenFile   = "api-token"
	addressFile = "http-address"
)

// door is one port and who answers at it.
type door struct {
	listener net.Listener
	server   *http.Server
	secure   bool // TLS
}

// openHTTP opens the private listener: pages, API, health and metrics for
// this machine only. It binds the port, so that a port already taken is found before the
// node joins the network.
func (n *Node) openHTTP() error {
	if n.cfg.HTTP == "" {
		return nil
	}
	token, err := loadToken(filepath.Join(n.cfg.Home, tokenFile))
	if err != nil {
		return err
	}
	bound, err := listenHTTP(n.cfg.HTTP, n.cfg.HTTPFallback)
	if err != nil {
		return err
	}
	n.http = &door{listener: bound}
	if n.http.server, err = n.privateServer(bound.Addr().(*net.TCPAddr).Port, token); err != nil {
		return errors.Join(err, bound.Close())
	}
	return nil
}

// checkHTTPAddress takes loopback only: whoever reaches this listener reads
// everything without a token.
func checkHTTPAddress(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("config http %q: %w (expected an address such as 127.0.0.1:%d)", address, err, DefaultHTTPPort)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("config http %q: a loopback address expected, as 127.0.0.1:%d; this door is for the machine itself, reach it from elsewhere through ssh -L", address, DefaultHTTPPort)
	}
	return nil
}

func listenHTTP(address string, fallback bool) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	if fallback && errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(address)
		return net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("open the page's port: %s is taken, by another node or program; choose another with --http 127.0.0.1:PORT", address)
	}
	return nil, fmt.Errorf("open the page's port: %w", err)
}

func (n *Node) privateServer(port int, token string) (*http.Server, error) {
	cfg, err := n.apiConfig()
	if err != nil {
		return nil, err
	}
	cfg.Token = token
	cfg.Hosts = append(httpapi.LoopbackHosts(port), n.cfg.HTTPHosts...)
	cfg.Metrics = promhttp.HandlerFor(n.metrics.registry, promhttp.HandlerOpts{})
	api, err := httpapi.New(cfg, httpBackend{n}, n.log)
	if err != nil {
		return nil, err
	}
	packed, err := listener.Compress(api, isEventStream)
	if err != nil {
		return nil, err
	}
	server := httpapi.NewServer(n.cfg.HTTP, access.WithDoor(packed, access.Private), n.log)
	server.RegisterOnShutdown(api.StopStreams)
	return server, nil
}

// apiConfig is what both listeners have in common.
func (n *Node) apiConfig() (httpapi.Config, error) {
	if n.pages == nil {
		pages, err := web.New(n.webConfig(), webBackend{n}, n.doors(), n.log)
		if err != nil {
			return httpapi.Config{}, err
		}
		n.pages = pages
	}
	cfg := httpapi.DefaultConfig()
	cfg.Version = Version()
	cfg.Resume = card.WriteResume
	cfg.VCard = func(p card.Profile) ([]byte, error) { return card.WriteVCard(p), nil }
	cfg.Pages = n.pages
	return cfg, nil
}

// loadToken reads the token or draws one; an unreadable, short or unusable one is an
// error and never silently replaced, because programs hold copies of it.
func loadToken(path string) (string, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret := make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			return "", fmt.Errorf("draw API token: %w", err)
		}
		token := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret))
		return token, writeFileAtomic(path, []byte(token+"\n"))
	}
	if err != nil {
		return "", fmt.Errorf("read API token: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < 32 {
		return "", fmt.Errorf("%s holds %d characters, at least 32 expected; delete the file to get a new token", path, len(token))
	}
	if i := strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
		return "", fmt.Errorf("%s: character %d cannot be sent in a header, letters and digits expected; delete the file to get a new token", path, i+1)
	}
	return token, nil
}

// tellHTTPAddress writes where local commands find the node. It is written
// before the node says that it is ready: the port is bound, so a command that
// comes at once is answered as soon as runHTTP serves.
func (n *Node) tellHTTPAddress() error {
	return writeFileAtomic(filepath.Join(n.cfg.Home, addressFile), []byte(n.http.listener.Addr().String()+"\n"))
}

// runHTTP serves until ctx ends, then lets answers under way finish.
func (n *Node) runHTTP(ctx context.Context) error {
	defer os.Remove(filepath.Join(n.cfg.Home, addressFile)) // a command then says that no node runs
	return serveUntil(ctx, *n.http)
}

// serveUntil serves until ctx ends, then lets answers under way finish.
func serveUntil(ctx context.Context, d door) error {
	served := make(chan error, 1)
	go func() {
		if d.secure {
			served <- d.server.ServeTLS(d.listener, "", "")
			return
		}
		served <- d.server.Serve(d.listener)
	}()
	select {
	case err := <-served:
		return fmt.Errorf("serve %s: %w", d.listener.Addr(), err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := d.server.Shutdown(end)
	if err != nil {
		err = d.server.Close()
	}
	<-served
	return err
}

func (n *Node) closeHTTP() error {
	if n.http == nil {
		return nil
	}
	return closeListener(n.http.listener)
}

// closeListener closes one that its server may have closed already.
func closeListener(l net.Listener) error {
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// PageURL is the address to open in a browser, "" without a page.
func (n *Node) PageURL() string {
	if n.http == nil {
		return ""
	}
	return "http://" + n.http.listener.Addr().String() + "/"
}
