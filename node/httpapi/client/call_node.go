package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"syscall"

	"courtcircuit/node/httpapi/api"
)

const (
	jsonType   = "application/json"
	recordType = "application/cbor"
	linesType  = "application/x-ndjson"
)

// request is one call; body is already encoded.
type request struct {
	method string
	path   string
	query  url.Values
	body   io.Reader
	media  string // of body
	accept string
	after  string // Last-Event-ID
	header map[string]string
}

// open sends a request and gives the answer of a success, whose body the
// caller closes.
func (c *Client) open(ctx context.Context, r request) (*http.Response, error) {
	address := c.base + "/api/v1" + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, r.body)
	if err != nil {
		return nil, fmt.Errorf("call the node: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	for name, value := range map[string]string{"Content-Type": r.media, "Accept": r.accept, "Last-Event-ID": r.after} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	for name, value := range r.header {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	answer, err := c.http.Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, &NotRunningError{Home: c.home, Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("call the node: %w", err)
	}
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, refusal(answer)
}

// refusal reads a problem; anything else did not come from a node of ours.
func refusal(answer *http.Response) error {
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if media != api.ProblemType {
		return fmt.Errorf("call the node: unexpected answer %s of type %q: something else may listen at this address", answer.Status, media)
	}
	var p api.Problem
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswerBytes)).Decode(&p); err != nil {
		return fmt.Errorf("read the node's refusal (%s): %w", answer.Status, err)
	}
	return p.Card()
}

// fetch sends a request and gives the whole answer.
func (c *Client) fetch(ctx context.Context, r request) ([]byte, error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	answer, err := c.open(ctx, r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the node's answer: %w", err)
	}
	if len(body) > maxAnswerBytes {
		return nil, fmt.Errorf("read the node's answer: more than %d bytes", maxAnswerBytes)
	}
	return body, nil
}

// call sends JSON (nil: no body) and reads JSON. Fields that this version
// does not know are skipped: the node may be newer.
func call[T any](ctx context.Context, c *Client, method, path string, query url.Values, body any) (T, error) {
	var result T
	r := request{method: method, path: path, query: query, accept: jsonType}
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return result, fmt.Errorf("encode the request: %w", err)
		}
		r.body, r.media = bytes.NewReader(b), jsonType
	}
	answer, err := c.fetch(ctx, r)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		var zero T
		return zero, fmt.Errorf("read the node's answer: %w", err)
	}
	return result, nil
}

// list unwraps {"results": […]}.
func list[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	answer, err := call[struct {
		Results []T `json:"results"`
	}](ctx, c, http.MethodGet, path, query, nil)
	return answer.Results, err
}

func pathOf(kind, id string, rest ...string) string {
	path := "/" + kind + "/" + url.PathEscape(id)
	for _, part := range rest {
		path += "/" + part
	}
	return path
}
