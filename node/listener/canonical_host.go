package listener

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// sentElsewhere answers a request under another name than the public one:
// readers are sent to the right address, writers are refused, because a form
// sent again to another address is not what the person pressed. It is false
// when the name is right.
func sentElsewhere(w http.ResponseWriter, r *http.Request, public *url.URL) bool {
	if public == nil || withoutDefaultPort(public.Scheme, strings.ToLower(r.Host)) == public.Host || isProbe(r.URL.Path) {
		return false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuse(w, r, &refusal{
			status: http.StatusMisdirectedRequest,
			en:     "this name is not served here; the address is " + public.String(),
			fr:     "ce nom n'est pas servi ici ; l'adresse est " + public.String(),
		})
		return true
	}
	w.Header().Set("Location", public.String()+pathAndQuery(r.URL))
	// A page of another site that reads the interface under the old name may
	// follow.
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Set("Cache-Control", "no-cache") // an operator may change the address again
	w.WriteHeader(http.StatusPermanentRedirect)
	return true
}

// isProbe: what watches a machine asks by its number, not by its name.
func isProbe(path string) bool { return path == "/healthz" || path == "/readyz" }

// pathAndQuery is never an address of its own: it follows scheme and host.
func pathAndQuery(u *url.URL) string {
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

// withoutDefaultPort makes example.org:443 and example.org one.
func withoutDefaultPort(scheme, host string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil || port != map[string]string{"https": "443", "http": "80"}[scheme] {
		return host
	}
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}
