package listener

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// PlainHandler is for port 80 beside an https listener: it answers the
// authority's http-01 challenge and sends everybody else to https. public is
// the address of the pages. While no certificate is held it says so: sending
// readers on would show them their browser's warning, and serving the pages
// in the clear would teach them an address that is not the one.
func (c *Certificates) PlainHandler(public *url.URL) http.Handler {
	return c.manager.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !c.isOurs(r.Host) || (r.Method != http.MethodGet && r.Method != http.MethodHead):
			refuse(w, r, &refusal{
				status: http.StatusMisdirectedRequest,
				en:     "nothing is served here; the address is " + public.String(),
				fr:     "rien n'est servi ici ; l'adresse est " + public.String(),
			})
		case !c.Held(c.cfg.Domains[0]):
			refuse(w, r, &refusal{
				status: http.StatusServiceUnavailable, retry: time.Minute,
				en: "This page is not ready yet: the certificate that protects your visit has not been issued so far. Please try again in a few minutes.",
				fr: "Cette page n'est pas encore prête : le certificat qui protège votre visite n'a pas encore été délivré. Réessayez dans quelques minutes.",
			})
		default:
			w.Header().Set("Location", public.String()+pathAndQuery(r.URL))
			w.WriteHeader(http.StatusPermanentRedirect)
		}
	}))
}

// isOurs compares the name only: a router may have moved the port.
func (c *Certificates) isOurs(host string) bool {
	u := url.URL{Host: strings.ToLower(host)}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(u.Hostname(), "."))
	return err == nil && slices.Contains(c.cfg.Domains, name)
}
