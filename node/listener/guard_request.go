package listener

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// strictTransport is for this host alone: the collective's other sites may
// not be ready for it.
const strictTransport = "max-age=31536000"

// Guard holds the bounds of the public listener. One guard serves all its
// ports, so that a client cannot have more by using several.
type Guard struct {
	cfg    Config
	meter  Meter
	public *url.URL // nil: any host

	rates       *rateTable
	requests    *slots
	streams     *slots
	connections *slots
	proxied     *slots
}

// New builds the guard.
func New(cfg Config, meter Meter) (*Guard, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	g := &Guard{
		cfg: cfg, meter: meter, rates: newRateTable(cfg),
		requests:    newSlots(cfg.MaxRequests, cfg.RequestsPerClient),
		streams:     newSlots(cfg.MaxStreams, cfg.StreamsPerClient),
		connections: newSlots(cfg.MaxConnections, cfg.ConnectionsPerClient),
		proxied:     newSlots(cfg.MaxConnections, cfg.MaxConnections),
	}
	if cfg.PublicURL != "" {
		g.public, _ = ParseOrigin(cfg.PublicURL) // validated
	}
	return g, nil
}

// Wrap lets through what is within the bounds. To next, RemoteAddr is the
// client, whichever proxies stand between.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr, https := g.cfg.Proxies.client(r)
		client := clientKey(addr)
		r = from(r, addr)
		if https && g.public != nil && g.public.Scheme == "https" {
			w.Header().Set("Strict-Transport-Security", strictTransport)
		}
		kind := classOf(r)
		if wait := g.rates.take(g.cfg.Now(), client, kind); wait > 0 {
			g.meter.Refused(classNames[kind])
			refuse(w, r, tooFast(wait))
			return
		}
		if sentElsewhere(w, r, g.public) {
			g.meter.Refused("host")
			return
		}
		if r.ContentLength > g.cfg.MaxBodyBytes {
			g.meter.Refused("body")
			refuse(w, r, tooLarge(g.cfg.MaxBodyBytes))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, g.cfg.MaxBodyBytes)
		g.admit(w, r, client, next)
	})
}

// admit counts what is under way.
func (g *Guard) admit(w http.ResponseWriter, r *http.Request, client netip.Prefix, next http.Handler) {
	held, name, why := g.requests, "requests", tooMany()
	if g.cfg.IsStream != nil && g.cfg.IsStream(r) {
		held, name, why = g.streams, "streams", tooManyStreams()
	}
	if !held.take(client) {
		g.meter.Refused(name)
		refuse(w, r, why)
		return
	}
	defer held.give(client)
	next.ServeHTTP(w, r)
}

// from is the request as if the client had asked by itself.
func from(r *http.Request, addr netip.Addr) *http.Request {
	r = r.WithContext(r.Context())
	_, port, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		port = "0"
	}
	if !addr.IsValid() {
		// Left as it was it would be the proxy's, and a stranger would pass for
		// a program on this machine.
		addr = netip.IPv4Unspecified()
	}
	r.RemoteAddr = net.JoinHostPort(addr.String(), port)
	return r
}

func classOf(r *http.Request) class {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
		return writes
	case strings.HasPrefix(r.URL.Path, "/assets/"):
		return files
	case r.URL.Query().Get("q") != "" && r.URL.Path != "/api/v1/places" && r.URL.Path != "/api/v1/skills":
		return searches // those two complete what is being typed, from memory
	}
	return reads
}
