package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// DepositBrief sends a client's request. key makes it safe to send it again;
// "" is for once.
func (c *Client) DepositBrief(ctx context.Context, f card.BriefForm, key string) (card.Deposited, error) {
	var d card.Deposited
	body, err := json.Marshal(f)
	if err != nil {
		return d, fmt.Errorf("encode the request: %w", err)
	}
	answer, err := c.fetch(ctx, request{
		method: http.MethodPost, path: "/briefs", body: bytes.NewReader(body), media: jsonType, accept: jsonType,
		header: map[string]string{"Idempotency-Key": key},
	})
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(answer, &d); err != nil {
		return card.Deposited{}, fmt.Errorf("read the node's answer: %w", err)
	}
	return d, nil
}

// FollowBrief reads how a brief stands, by the secret of its client's link.
func (c *Client) FollowBrief(ctx context.Context, secret string) (card.Track, error) {
	var t card.Track
	answer, err := c.fetch(ctx, request{method: http.MethodGet, path: "/briefs/follow", accept: jsonType, header: map[string]string{"Brief-Secret": secret}})
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(answer, &t); err != nil {
		return card.Track{}, fmt.Errorf("read the node's answer: %w", err)
	}
	return t, nil
}

// AnswerBrief is what the client does with a brief.
func (c *Client) AnswerBrief(ctx context.Context, secret string, a card.BriefAnswer) (card.Track, error) {
	return call[card.Track](ctx, c, http.MethodPost, "/briefs/follow", nil, struct {
		Secret string `json:"secret"`
		card.BriefAnswer
	}{secret, a})
}

// Briefs are what clients ask of the collective, newest first.
func (c *Client) Briefs(ctx context.Context) ([]card.Brief, error) {
	return list[card.Brief](ctx, c, "/briefs", nil)
}

// Brief reads one brief; its client is told nothing.
func (c *Client) Brief(ctx context.Context, id string) (card.Brief, error) {
	return call[card.Brief](ctx, c, http.MethodGet, pathOf("briefs", id), nil, nil)
}

// ReadBrief reads one brief; its client is told.
func (c *Client) ReadBrief(ctx context.Context, id string) (card.Brief, error) {
	return call[card.Brief](ctx, c, http.MethodPost, pathOf("briefs", id, "read"), nil, nil)
}

// ProposeBrief sends the client the exact public text; "" is the audience
// collective.
func (c *Client) ProposeBrief(ctx context.Context, id string, m card.Mission, audience string) (card.Brief, error) {
	return call[card.Brief](ctx, c, http.MethodPost, pathOf("briefs", id, "approve"), nil, struct {
		Mission  card.Mission `json:"mission"`
		Audience string       `json:"audience,omitempty"`
	}{m, audience})
}

// DeclineBrief tells the client no.
func (c *Client) DeclineBrief(ctx context.Context, id, reason string) (card.Brief, error) {
	return call[card.Brief](ctx, c, http.MethodPost, pathOf("briefs", id, "decline"), nil, map[string]string{"reason": reason})
}

// DeleteBrief deletes a brief for good.
func (c *Client) DeleteBrief(ctx context.Context, id string) error {
	_, err := c.fetch(ctx, request{method: http.MethodDelete, path: pathOf("briefs", id)})
	return err
}

// Outbox lists the collectives that messages wait for.
func (c *Client) Outbox(ctx context.Context) ([]api.Waiting, error) {
	return list[api.Waiting](ctx, c, "/outbox", nil)
}
