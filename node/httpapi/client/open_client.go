package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files that a running node keeps in its home.
const (
	AddressFile = "http-address" // host:port, while it runs
	TokenFile   = "api-token"
)

// callTimeout bounds a call whose context has no deadline of its own. Writes
// wait until they are durable and first searches for a warm cache: both are
// far below it.
const callTimeout = 60 * time.Second

// maxAnswerBytes bounds what is read of one answer: a page of 100 cards of
// 16 KiB each, with room for reasons.
const maxAnswerBytes = 8 << 20

// NotRunningError says that no node answers for the home.
type NotRunningError struct {
	Home string
	Err  error
}

func (e *NotRunningError) Error() string {
	return fmt.Sprintf("no node is running for %s: start it with `courtcircuit serve` (%v)", e.Home, e.Err)
}

func (e *NotRunningError) Unwrap() error { return e.Err }

// Client calls one node.
type Client struct {
	home  string
	base  string // http://host:port
	token string
	http  *http.Client
}

// Open reads where the home's node listens. It does not call it yet.
func Open(home string) (*Client, error) {
	address, err := os.ReadFile(filepath.Join(home, AddressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotRunningError{Home: home, Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("read the node's address: %w", err)
	}
	hostPort := strings.TrimSpace(string(address))
	if _, _, err := net.SplitHostPort(hostPort); err != nil {
		return nil, fmt.Errorf("read the node's address: %s: expected host:port, got %q: %w", filepath.Join(home, AddressFile), hostPort, err)
	}
	token, err := os.ReadFile(filepath.Join(home, TokenFile))
	if err != nil {
		return nil, fmt.Errorf("read the node's token: %w", err)
	}
	return &Client{
		home: home, base: "http://" + hostPort, token: strings.TrimSpace(string(token)),
		// No proxy: the node is on this machine, and the token is for it alone.
		// No redirects: the interface has none.
		http: &http.Client{
			Transport:     &http.Transport{Proxy: nil, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// withTimeout adds callTimeout when the caller set no deadline.
func withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, callTimeout)
}
