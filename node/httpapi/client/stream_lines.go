package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"courtcircuit/node/httpapi/api"
)

// ImportProfiles sends cards while their results come back. each sees one
// result for every item, in order; its error ends the import, as does ctx.
// What was answered by then is published and stays.
func (c *Client) ImportProfiles(ctx context.Context, items iter.Seq[api.Import], each func(api.ImportResult) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines, send := io.Pipe()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		send.CloseWithError(sendItems(send, items))
	}()
	// The sender ends once nobody reads: that is what closing lines says.
	defer func() { lines.CloseWithError(io.ErrClosedPipe); <-sent }()
	answer, err := c.open(ctx, request{method: http.MethodPost, path: "/profiles/import", body: lines, media: linesType, accept: linesType})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	err = readResults(answer.Body, each)
	if ctx.Err() != nil {
		// What the broken connection says depends on where it broke.
		return fmt.Errorf("import profiles: %w", ctx.Err())
	}
	return err
}

func sendItems(w io.Writer, items iter.Seq[api.Import]) error {
	out := json.NewEncoder(w)
	for item := range items {
		if err := out.Encode(item); err != nil {
			return fmt.Errorf("send a card: %w", err)
		}
	}
	return nil
}

func readResults(r io.Reader, each func(api.ImportResult) error) error {
	results := json.NewDecoder(r)
	for {
		var result api.ImportResult
		err := results.Decode(&result)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the results of an import: %w", err)
		}
		if err := each(result); err != nil {
			return err
		}
	}
}

// Event is one event as it came; Data is JSON.
type Event struct {
	ID   string
	Type string
	Data json.RawMessage
}

const maxEventBytes = 1 << 20

// Events follows the node's events after lastEventID ("": from now) until
// ctx ends, each gives an error, or the node ends the stream (nil).
func (c *Client) Events(ctx context.Context, lastEventID string, each func(Event) error) error {
	answer, err := c.open(ctx, request{method: http.MethodGet, path: "/events", accept: "text/event-stream", after: lastEventID})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, maxEventBytes)
	var event Event
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			event.ID = value
		case "event":
			event.Type = value
		case "data":
			event.Data = json.RawMessage(value)
		case "":
			if lines.Text() == "" && event.Type != "" {
				if err := each(event); err != nil {
					return err
				}
			}
			event = Event{}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("follow the node's events: %w", err)
	}
	return nil
}
