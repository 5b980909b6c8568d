package client

import (
	"context"
	"net/http"

	"courtcircuit/node/httpapi/api"
)

// ConsoleLink makes a link that opens the console, once.
func (c *Client) ConsoleLink(ctx context.Context) (api.ConsoleLink, error) {
	return call[api.ConsoleLink](ctx, c, http.MethodPost, "/console-links", nil, nil)
}
