package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/net/idna"
)

// CertificateConfig says for which names to hold certificates, and of whom.
type CertificateConfig struct {
	Domains   []string // the first is the address of the pages
	Folder    string   // keeps account, keys and certificates; made if missing, for this user alone
	Directory string   // of the authority (RFC 8555); "" is Let's Encrypt
	CAFile    string   // PEM of the authority's own roots; "" is the system's
	Email     string   // told to the authority, which may warn; may be ""
	// Held is called whenever a certificate was seen to be in order; may be
	// nil.
	Held func(domain string, until time.Time)

	RetryFirst, RetryMost time.Duration // between tries; default 1 min, doubled up to 1 h
	CheckEvery            time.Duration // of certificates in order; default 12 h
}

// maxDomains: more names on one page are a slip.
const maxDomains = 10

// Validate names the setting that cannot be used and what was expected.
func (c CertificateConfig) Validate() error {
	if len(c.Domains) == 0 || len(c.Domains) > maxDomains {
		return fmt.Errorf("domain: %d names, 1 to %d expected", len(c.Domains), maxDomains)
	}
	for _, d := range c.Domains {
		if name, err := idna.Lookup.ToASCII(d); err != nil || !strings.Contains(name, ".") || strings.HasSuffix(name, ".") || net.ParseIP(name) != nil {
			return fmt.Errorf("domain %q: a name such as lesindes.example expected, without https:// and port", d)
		}
	}
	if c.Directory != "" {
		if u, err := url.Parse(c.Directory); err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("acme_directory %q: an https address expected", c.Directory)
		}
	}
	if c.Email != "" && (strings.Count(c.Email, "@") != 1 || strings.ContainsAny(c.Email, " ,:<>")) {
		return fmt.Errorf("acme_email %q: one address such as moi@lesindes.example expected", c.Email)
	}
	return nil
}

// Certificates gets certificates by itself and renews them. Only Run asks the
// authority; a visitor's handshake never does, so that strangers cannot use
// up what the authority grants, nor wait minutes for an answer.
type Certificates struct {
	cfg     CertificateConfig
	log     *slog.Logger
	manager *autocert.Manager
	line    *authorityLine

	mu   sync.Mutex
	held map[string]bool
}

// NewCertificates reads the settings; nothing is asked before Run.
func NewCertificates(cfg CertificateConfig, log *slog.Logger) (*Certificates, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("keep certificates: %w", err)
	}
	line, err := newAuthorityLine(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	cfg.Domains = slices.Clone(cfg.Domains)
	for i, d := range cfg.Domains {
		cfg.Domains[i], _ = idna.Lookup.ToASCII(d) // validated
	}
	if cfg.Directory == "" {
		cfg.Directory = autocert.DefaultACMEDirectory
	}
	setDefault(&cfg.RetryFirst, time.Minute+time.Second) // the manager itself answers from memory for a minute
	setDefault(&cfg.RetryMost, time.Hour)
	setDefault(&cfg.CheckEvery, 12*time.Hour)
	return &Certificates{
		cfg: cfg, log: log, line: line, held: map[string]bool{},
		manager: &autocert.Manager{
			Prompt:     autocert.AcceptTOS, // whoever sets a domain was told so
			Cache:      autocert.DirCache(cfg.Folder),
			HostPolicy: autocert.HostWhitelist(cfg.Domains...),
			Email:      cfg.Email,
			Client:     &acme.Client{DirectoryURL: cfg.Directory, HTTPClient: line.client(), RetryBackoff: retryBackoff, UserAgent: "courtcircuit"},
		},
	}, nil
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

// TLSConfig is for the https listener. It also answers the authority's
// tls-alpn-01 challenge.
func (c *Certificates) TLSConfig() *tls.Config {
	config := c.manager.TLSConfig()
	config.MinVersion = tls.VersionTLS12
	config.GetCertificate = c.forVisitor
	return config
}

var errNotHeld = errors.New("no certificate is held for this name")

func (c *Certificates) forVisitor(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if slices.Equal(hello.SupportedProtos, []string{acme.ALPNProto}) {
		return c.manager.GetCertificate(hello)
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(hello.ServerName, "."))
	if err != nil || !c.Held(name) {
		return nil, errNotHeld
	}
	return c.certificate(name)
}

// certificate asks for one as a modern browser does: without that the manager
// orders a second one, of RSA, for clients that have not existed for years.
func (c *Certificates) certificate(domain string) (*tls.Certificate, error) {
	return c.manager.GetCertificate(&tls.ClientHelloInfo{
		ServerName: domain, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
	})
}

// Held says whether visitors of this name can be served over https.
func (c *Certificates) Held(domain string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held[strings.ToLower(domain)]
}

// AllHeld says whether every domain can be served over https.
func (c *Certificates) AllHeld() bool {
	return !slices.ContainsFunc(c.cfg.Domains, func(d string) bool { return !c.Held(d) })
}

// Run gets what is missing, tries again when the authority cannot be had, and
// watches what is there, until ctx ends. The listeners must be served
// meanwhile: the authority asks them.
func (c *Certificates) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, c.line.hangUp)
	defer func() { stop(); c.line.close() }()
	var domains sync.WaitGroup
	for _, domain := range c.cfg.Domains {
		domains.Go(func() { c.keep(ctx, domain) })
	}
	domains.Wait()
	return nil
}

func (c *Certificates) keep(ctx context.Context, domain string) {
	retry := c.cfg.RetryFirst
	for ctx.Err() == nil {
		wait := c.cfg.CheckEvery
		if err := c.obtain(ctx, domain); err == nil {
			retry = c.cfg.RetryFirst
		} else if ctx.Err() == nil {
			wait, retry = retry, min(retry*2, c.cfg.RetryMost)
			c.log.Error("no certificate: the pages are not reachable over https", "domain", domain, "authority", c.cfg.Directory, "error", err,
				"next_step", "check that "+domain+" leads to this machine and that ports 80 and 443 are open", "again_in", wait)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// obtain gives the certificate that is held, or gets one.
func (c *Certificates) obtain(ctx context.Context, domain string) error {
	cert, err := c.certificate(domain)
	if err != nil {
		return errors.Join(err, ctx.Err())
	}
	c.mu.Lock()
	first := !c.held[domain]
	c.held[domain] = true
	c.mu.Unlock()
	until, life := cert.Leaf.NotAfter, cert.Leaf.NotAfter.Sub(cert.Leaf.NotBefore)
	if c.cfg.Held != nil {
		c.cfg.Held(domain, until)
	}
	if first {
		c.log.Info("certificate held", "domain", domain, "until", until)
	}
	// The manager renews at a third of the life and says nothing when it fails.
	if left := time.Until(until); left < life/6 {
		c.log.Warn("certificate could not be renewed so far", "domain", domain, "until", until, "authority", c.cfg.Directory)
	}
	return nil
}
