package client

import (
	"context"
	"net/http"

	"courtcircuit/node/card"
)

// Reports are what visitors reported, newest first.
func (c *Client) Reports(ctx context.Context) ([]card.Report, error) {
	return list[card.Report](ctx, c, "/reports", nil)
}

// DismissReport deletes a report.
func (c *Client) DismissReport(ctx context.Context, id string) error {
	_, err := c.fetch(ctx, request{method: http.MethodDelete, path: pathOf("reports", id)})
	return err
}

// HiddenRecords are held by the node and shown to nobody.
func (c *Client) HiddenRecords(ctx context.Context) ([]card.Hidden, error) {
	return list[card.Hidden](ctx, c, "/hidden", nil)
}

// Hide has the node stop showing a record; kind is profile, mission or
// collective.
func (c *Client) Hide(ctx context.Context, kind, id, reason string) (card.Hidden, error) {
	return call[card.Hidden](ctx, c, http.MethodPost, "/hidden", nil, map[string]string{"kind": kind, "id": id, "reason": reason})
}

// Unhide has the node show a record again.
func (c *Client) Unhide(ctx context.Context, kind, id string) error {
	_, err := c.fetch(ctx, request{method: http.MethodDelete, path: pathOf("hidden", kind, id)})
	return err
}
