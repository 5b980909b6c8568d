package web

import (
	"context"
	"net/http"

	"courtcircuit/node/access"
)

// privateShow is show for somebody who came in.
type privateShow func(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error)

// privatePage registers a page that only a session of the role opens. It is
// never cached, and at the public listener only over https.
func (p *Pages) privatePage(pattern string, role access.Role, s privateShow) {
	p.page(pattern, p.asPerson(role, s))
}

// privateForm registers one that is written to as well.
func (p *Pages) privateForm(pattern string, role access.Role, read, write privateShow) {
	p.form(pattern, p.asPerson(role, read), p.asPerson(role, write))
}

func (p *Pages) asPerson(role access.Role, s privateShow) show {
	return func(ctx context.Context, r *http.Request, v *page) (view, error) {
		return s(ctx, r, v, access.Session{})
	}
}

// routeAccess registers how people come in and go.
func (p *Pages) routeAccess() {}
