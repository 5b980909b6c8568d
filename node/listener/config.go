package listener

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// Config bounds what strangers may ask of the public listener. A client is
// one IPv4 address or one IPv6 /64, which is what a household is given.
type Config struct {
	// PublicURL is the one address of the pages (scheme and host): other
	// hosts are sent there. "" serves every host.
	PublicURL string
	// Proxies are believed about whom they speak for.
	Proxies Proxies

	// Reads count for everything that is only read, except the files that
	// pages load: those count as Files. A page names several of them at once,
	// they are served from memory and kept by browsers for good, so that they
	// would use up a reader's patience without costing us anything but
	// bandwidth. Everything else counts as Writes.
	Reads, Files, Writes Rate
	// Searches count for what is asked in words, which is looked for card after
	// card: one costs as much as hundreds of other reads.
	Searches   Rate
	MaxClients int // remembered by the rates

	MaxRequests, RequestsPerClient       int // answered at once
	MaxStreams, StreamsPerClient         int // event streams, which stay
	MaxConnections, ConnectionsPerClient int
	MaxBodyBytes                         int64

	// IsStream tells the requests whose answer goes on for as long as the
	// reader likes; nil: there are none.
	IsStream func(*http.Request) bool
	// Now is the clock of the rates.
	Now func() time.Time
}

// Rate is a bucket of Burst requests that fills by PerSecond.
type Rate struct {
	PerSecond float64
	Burst     int
}

// DefaultConfig has every bound.
func DefaultConfig() Config {
	return Config{
		Reads:      Rate{PerSecond: 10, Burst: 30},
		Files:      Rate{PerSecond: 100, Burst: 300},
		Writes:     Rate{PerSecond: 0.1, Burst: 5},
		Searches:   Rate{PerSecond: 1, Burst: 12},
		MaxClients: 10_000,

		MaxRequests: 256, RequestsPerClient: 32,
		MaxStreams: 240, StreamsPerClient: 4,
		MaxConnections: 2048, ConnectionsPerClient: 64,
		MaxBodyBytes: 64 << 10,

		Now: time.Now,
	}
}

// Validate names the bound that cannot be used.
func (c Config) Validate() error {
	if c.PublicURL != "" {
		if _, err := ParseOrigin(c.PublicURL); err != nil {
			return err
		}
	}
	for _, r := range []struct {
		name string
		rate Rate
	}{{"reads", c.Reads}, {"files", c.Files}, {"writes", c.Writes}, {"searches", c.Searches}} {
		if r.rate.PerSecond <= 0 || r.rate.Burst < 1 {
			return fmt.Errorf("listener %s: %v a second with a burst of %d: both above zero expected", r.name, r.rate.PerSecond, r.rate.Burst)
		}
	}
	for _, n := range []int{c.MaxClients, c.MaxRequests, c.RequestsPerClient, c.MaxStreams, c.StreamsPerClient,
		c.MaxConnections, c.ConnectionsPerClient, int(c.MaxBodyBytes)} {
		if n < 1 {
			return errors.New("listener: every bound must be above zero")
		}
	}
	if c.Now == nil {
		return errors.New("listener: a clock is missing")
	}
	return nil
}

// ParseOrigin reads an address of scheme and host alone. A path would be lost
// in redirections, which keep the path that was asked for.
func ParseOrigin(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") ||
		strings.TrimSuffix(s, "/") != u.Scheme+"://"+u.Host || strings.ContainsAny(s, " ;,'\"*") {
		return nil, fmt.Errorf("public url %q: an address such as https://lesindes.example expected, without a path", s)
	}
	host := u.Hostname()
	if !strings.Contains(host, ":") {
		if host, err = idna.Lookup.ToASCII(host); err != nil { // as browsers send it
			return nil, fmt.Errorf("public url %q: %w", s, err)
		}
	}
	if u.Port() != "" || strings.Contains(host, ":") {
		host = strings.TrimSuffix(net.JoinHostPort(host, u.Port()), ":")
	}
	u.Host, u.Path = withoutDefaultPort(u.Scheme, host), ""
	return u, nil
}

// Meter counts the requests and connections that a bound refused. bound is
// one of few fixed words: reads, files, writes, searches, requests, streams,
// connections, body, host.
type Meter interface {
	Refused(bound string)
}
