package listener

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	authorityTimeout  = 30 * time.Second
	maxAuthorityBytes = 1 << 20
	maxAuthorityWait  = 3 // seconds between two looks at an order
)

var errHungUp = errors.New("the node is stopping")

// authorityLine is how the certificate manager reaches the authority. The
// manager works on contexts of its own and cannot be stopped; without a line
// it ends at the next step.
type authorityLine struct {
	transport *http.Transport
	ctx       context.Context
	hangUp    context.CancelFunc

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

func newAuthorityLine(caFile string) (*authorityLine, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if caFile != "" {
		data, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("acme_ca_file: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("acme_ca_file %s: no certificate in it, PEM expected", caFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	l := &authorityLine{transport: transport}
	l.ctx, l.hangUp = context.WithCancel(context.Background())
	return l, nil
}

func (l *authorityLine) client() *http.Client {
	return &http.Client{Transport: l, Timeout: authorityTimeout}
}

// close hangs up and waits for the calls under way.
func (l *authorityLine) close() {
	l.hangUp()
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.calls.Wait()
	l.transport.CloseIdleConnections()
}

// RoundTrip is part of http.RoundTripper. It reads the whole answer, which is
// bounded like everything from outside.
func (l *authorityLine) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil, errHungUp
	}
	l.calls.Add(1)
	l.mu.Unlock()
	defer l.calls.Done()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	answer, err := l.transport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAuthorityBytes))
	answer.Body.Close()
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	// The client waits as long as it is told to, and cannot be woken.
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); answer.Header.Get("Retry-After") != "" && (err != nil || seconds > maxAuthorityWait) {
		answer.Header.Set("Retry-After", strconv.Itoa(maxAuthorityWait))
	}
	return answer, nil
}

// retryBackoff tries a failed step a few times, as a used nonce needs; what
// lasts longer is left to Run, which waits longer.
func retryBackoff(try int, _ *http.Request, _ *http.Response) time.Duration {
	if try > 3 {
		return 0
	}
	return time.Second
}
