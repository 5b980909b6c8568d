package web

import "net/http"

// The pages of clients.
const (
	depositPath = "/missions/nouvelle"
	trackPath   = "/suivi/"
)

// routeBrief registers the pages of this door.
func (p *Pages) routeBrief() {
	p.mux.HandleFunc(depositPath, p.only(p.serveDeposit, http.MethodGet, http.MethodHead, http.MethodPost))
	p.mux.HandleFunc(trackPath+"{secret}", p.only(p.secluded(p.showTrack, p.takeAnswer), http.MethodGet, http.MethodHead, http.MethodPost))
}

// serveDeposit keeps what was typed out of caches, but not the empty form: a
// browser that goes back to a page it must not keep asks for a fresh one, and
// the fresh token in it would make the same request a second one.
func (p *Pages) serveDeposit(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		p.secluded(nil, p.takeDeposit)(w, r)
		return
	}
	p.serve(w, r, p.showDeposit)
}
