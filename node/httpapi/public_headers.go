package httpapi

import (
	"net/http"
	"path"
	"strings"

	"courtcircuit/node/httpapi/api"
)

// openToOthers lets programs and pages of other sites read what is public. It
// answers the question that browsers ask before (OPTIONS) and is true then.
func (a *API) openToOthers(w http.ResponseWriter, r *http.Request) bool {
	if isShared(r.URL.Path) {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if !isInterface(r.URL.Path) {
		return false
	}
	h := w.Header()
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		// Without credentials: there are none to take along.
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "Retry-After")
	}
	if r.Method != http.MethodOptions {
		return false
	}
	if _, pattern := a.mux.Handler(getOf(r)); pattern == "" {
		writeProblem(w, api.NewProblem(http.StatusNotFound, "there is no such page; /openapi.json lists all there are"))
		return true
	}
	h.Set("Allow", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "Accept, Accept-Language, If-None-Match, Last-Event-ID")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// getOf is the same question as a read.
func getOf(r *http.Request) *http.Request {
	read := r.WithContext(r.Context())
	read.Method = http.MethodGet
	return read
}

func isInterface(name string) bool {
	return strings.HasPrefix(name, prefix+"/") || name == "/openapi.json"
}

// isShared names what other sites may embed: data, feeds, calendars and the
// pictures that stand beside a link.
func isShared(name string) bool {
	switch path.Ext(name) {
	case ".png", ".atom", ".json", ".ics", ".vcf":
		return true
	}
	return isInterface(name)
}
