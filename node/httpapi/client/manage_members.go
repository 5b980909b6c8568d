package client

import (
	"context"
	"net/http"

	"courtcircuit/node/card"
)

// Members are the invited and the members, by name.
func (c *Client) Members(ctx context.Context) ([]card.Member, error) {
	return list[card.Member](ctx, c, "/members", nil)
}

// InviteMember makes a link that lets somebody new in once.
func (c *Client) InviteMember(ctx context.Context, name string) (card.MemberLink, error) {
	return call[card.MemberLink](ctx, c, http.MethodPost, "/members", nil, map[string]string{"name": name})
}

// LinkMember makes a fresh link for a member; id may be that of a card.
func (c *Client) LinkMember(ctx context.Context, id string) (card.MemberLink, error) {
	return call[card.MemberLink](ctx, c, http.MethodPost, pathOf("members", id, "link"), nil, nil)
}

// RemoveMember deletes what the node keeps of somebody beside the card.
func (c *Client) RemoveMember(ctx context.Context, id string) error {
	_, err := c.fetch(ctx, request{method: http.MethodDelete, path: pathOf("members", id)})
	return err
}
