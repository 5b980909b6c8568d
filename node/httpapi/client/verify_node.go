package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"courtcircuit/node/httpapi/api"
)

// VerifyReplica checks the running node's replica, and sets right what can be
// when repair is set. progress is called while it lasts.
func (c *Client) VerifyReplica(ctx context.Context, repair bool, progress func(done, total int)) (api.Verification, error) {
	body, err := json.Marshal(map[string]bool{"repair": repair})
	if err != nil {
		return api.Verification{}, fmt.Errorf("encode the request: %w", err)
	}
	answer, err := c.open(ctx, request{method: http.MethodPost, path: "/verify", body: bytes.NewReader(body), media: jsonType, accept: linesType})
	if err != nil {
		return api.Verification{}, err
	}
	defer answer.Body.Close()
	lines := json.NewDecoder(answer.Body)
	for {
		var line api.VerifyLine
		switch err := lines.Decode(&line); {
		case err != nil:
			return api.Verification{}, fmt.Errorf("read the node's answer: %w", errors.Join(err, ctx.Err()))
		case line.Problem != nil:
			return api.Verification{}, line.Problem.Card()
		case line.Result != nil:
			return *line.Result, nil
		default:
			progress(line.Done, line.Total)
		}
	}
}

// Invite is a line by which another node joins the running one.
func (c *Client) Invite(ctx context.Context) (api.Invite, error) {
	return call[api.Invite](ctx, c, http.MethodGet, "/invites", nil, nil)
}

// Join takes another node's line.
func (c *Client) Join(ctx context.Context, line string) (api.Joined, error) {
	return call[api.Joined](ctx, c, http.MethodPost, "/invites", nil, map[string]string{"line": line})
}
