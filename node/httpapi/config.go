package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"courtcircuit/node/card"
)

// Config says what the interface needs beside the node.
type Config struct {
	// Token opens writes and private reads: the content of the file api-token
	// in the home. At least 32 characters.
	Token string
	// Hosts are the exact values of the Host header that are served; see
	// LoopbackHosts. Anything else is a page that rebinds a name to us.
	Hosts []string
	// Version stands in the OpenAPI document.
	Version string
	// Resume writes a profile as JSON Resume, VCard as a vCard 4.
	Resume func(card.Profile) ([]byte, error)
	VCard  func(card.Profile) ([]byte, error)
	// Pages answers whatever is not /api/v1 or one of the health pages; nil:
	// nothing else is here.
	Pages http.Handler
	// Metrics answers /metrics, to loopback only; nil: no such page.
	Metrics http.Handler

	MaxBodyBytes   int64         // default 64 KiB, every body but an import's
	MaxImportBytes int64         // default 64 MiB, about 50,000 profiles
	ImportBatch    int           // default 200 profiles handed on together; one group commit each
	MaxStreams     int           // default 16 event readers at once
	Heartbeat      time.Duration // default 15 s; keeps proxies and phones from closing an idle stream
}

// DefaultConfig has every bound; Token, Hosts, Resume and VCard are missing.
func DefaultConfig() Config {
	return Config{
		Version:        "dev",
		MaxBodyBytes:   64 << 10,
		MaxImportBytes: 64 << 20,
		ImportBatch:    200,
		MaxStreams:     16,
		Heartbeat:      15 * time.Second,
	}
}

// minTokenLength keeps a token out of reach of guessing: 32 characters of
// base32 or hex are 128 bits and more.
const minTokenLength = 32

// Validate refuses a configuration that would serve to anyone or nobody.
func (c Config) Validate() error {
	switch {
	case len(c.Token) < minTokenLength:
		return fmt.Errorf("http token: expected at least %d characters, got %d", minTokenLength, len(c.Token))
	case len(c.Hosts) == 0:
		return errors.New("http hosts: expected at least one name to answer to")
	case c.Resume == nil || c.VCard == nil:
		return errors.New("http config: Resume and VCard are missing")
	}
	return c.validateBounds()
}

func (c Config) validateBounds() error {
	if c.MaxBodyBytes <= 0 || c.MaxImportBytes <= 0 || c.ImportBatch <= 0 || c.MaxStreams <= 0 || c.Heartbeat <= 0 {
		return errors.New("http config: every bound must be above zero")
	}
	return nil
}

// LoopbackHosts are the Host values under which a browser on the same machine
// reaches the port.
func LoopbackHosts(port int) []string {
	var hosts []string
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		hosts = append(hosts, net.JoinHostPort(name, strconv.Itoa(port)))
	}
	return hosts
}

func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
