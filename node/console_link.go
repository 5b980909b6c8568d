package node

import (
	"context"
	"strings"

	"courtcircuit/node/access"
	"courtcircuit/node/httpapi/api"
)

// ConsoleLink makes a link by which the first coordinator comes in; see
// Node.ConsoleLink.
func (b httpBackend) ConsoleLink(ctx context.Context) (api.ConsoleLink, error) {
	return b.NewConsoleLink(ctx)
}

// NewConsoleLink is ConsoleLink as whole addresses: at the page on this
// machine, which is always there, and through the public address where that
// is https.
func (n *Node) NewConsoleLink(ctx context.Context) (api.ConsoleLink, error) {
	if n.http == nil {
		return api.ConsoleLink{}, conflict("this node serves no page on this machine, so it has no console; start it with --http 127.0.0.1:7317")
	}
	path, expires, err := n.ConsoleLink(ctx)
	if err != nil {
		return api.ConsoleLink{}, err
	}
	link := api.ConsoleLink{URL: strings.TrimSuffix(n.PageURL(), "/") + path, ExpiresAt: expires}
	if public, _ := n.PublicPage(); strings.HasPrefix(public, "https://") {
		link.PublicURL = strings.TrimSuffix(public, "/") + path
	}
	n.audit(access.Person{}, "console-link", "")
	return link, nil
}
