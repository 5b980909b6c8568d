package node

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"courtcircuit/node/listener"
)

// ACMEConfig says who issues certificates for Config.Domains. The zero value
// is Let's Encrypt, told no address.
type ACMEConfig struct {
	Directory string // https address of the authority's directory
	CAFile    string // PEM of the authority's own roots, when the system does not know them
	Email     string
}

// plainOff as PublicHTTP opens no port for http beside https.
const plainOff = "off"

// withDomain fills in what domains imply: https on its usual port, http
// beside it, and the first domain as the address of the pages.
func (c Config) withDomain() Config {
	if len(c.Domains) == 0 {
		return c
	}
	if c.Public == "" {
		c.Public = ":443"
	}
	if c.PublicHTTP == "" {
		c.PublicHTTP = ":80"
	}
	if c.PublicURL == "" {
		if origin, err := listener.ParseOrigin("https://" + c.Domains[0]); err == nil {
			c.PublicURL = origin.String()
		}
	}
	return c
}

// validatePublic checks what is about the public listener.
func (c Config) validatePublic() error {
	if c.PublicURL != "" {
		if _, err := listener.ParseOrigin(c.PublicURL); err != nil {
			return fmt.Errorf("config %w", err)
		}
	}
	if err := checkPublicAddress("public", c.Public); err != nil {
		return err
	}
	if c.PublicHTTP != plainOff {
		if err := checkPublicAddress("public_http", c.PublicHTTP); err != nil {
			return err
		}
	}
	if _, err := listener.ParseProxies(c.TrustedProxies); err != nil {
		return fmt.Errorf("config %w", err)
	}
	if len(c.Domains) == 0 {
		if c.PublicHTTP != "" || c.ACME != (ACMEConfig{}) {
			return errors.New("config public_http and acme_… are for nodes that get their own certificate: set domain")
		}
		return nil
	}
	if err := (listener.CertificateConfig{Domains: c.Domains, Directory: c.ACME.Directory, Email: c.ACME.Email}).Validate(); err != nil {
		return fmt.Errorf("config %w", err)
	}
	return c.checkURLInDomains()
}

// checkURLInDomains: readers would be sent to a name without a certificate.
func (c Config) checkURLInDomains() error {
	if c.PublicURL == "" {
		return nil
	}
	origin, err := listener.ParseOrigin(c.PublicURL)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(c.Domains, func(d string) bool {
		name, err := idna.Lookup.ToASCII(d)
		return err == nil && name == origin.Hostname()
	})
	if origin.Scheme != "https" || !known {
		return fmt.Errorf("config public url %q: https and one of the domains expected (%s)", c.PublicURL, strings.Join(c.Domains, ", "))
	}
	return nil
}

func checkPublicAddress(name, address string) error {
	if address == "" {
		return nil
	}
	if strings.HasPrefix(address, "/") {
		return fmt.Errorf("config %s %q: an address to listen on such as :8080 expected; a multiaddr by which others reach this node goes to announce (--announce)", name, address)
	}
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("config %s %q: an address to listen on expected, such as :8080, 127.0.0.1:8080 or [::]:443", name, address)
	}
	return nil
}

// proxies are the trusted ones. A listener on loopback without a setting
// trusts this machine: every visitor then comes through a proxy that runs
// here, and would else share one client's bounds with all others. A listener
// that has its own certificates stands in front of everything by itself.
func (c Config) proxies() (listener.Proxies, error) {
	host, _, _ := net.SplitHostPort(c.Public)
	ip := net.ParseIP(host)
	if c.TrustedProxies == nil && len(c.Domains) == 0 && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return listener.LoopbackProxies(), nil
	}
	return listener.ParseProxies(c.TrustedProxies)
}
