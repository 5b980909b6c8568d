package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"courtcircuit/node/httpapi/api"
)

// EventsPath is the one route whose answer does not end.
const EventsPath = prefix + "/events"

type eventsInput struct {
	OwnerToken
	LastEventID string `header:"Last-Event-ID" maxLength:"64" doc:"go on after this event"`
}

func (a *API) registerEvents() {
	register(a, route{id: "stream-events", method: http.MethodGet, path: EventsPath,
		summary: "Server-sent events: what happens here, to every reader what is theirs to know"},
		a.openEvents, produces("text/event-stream"))
}

// openEvents takes a place for the reader and starts the stream. A stream
// holds a connection and a goroutine for as long as its reader likes, so the
// places are counted.
func (a *API) openEvents(ctx context.Context, in *eventsInput) (*stream, error) {
	select {
	case a.streams <- struct{}{}:
	default:
		return nil, huma.ErrorWithHeaders(
			api.NewProblem(http.StatusTooManyRequests, fmt.Sprintf("%d readers follow the events already", a.cfg.MaxStreams)),
			http.Header{"Retry-After": {"30"}})
	}
	ctx, cancel := context.WithCancel(ctx)
	events, err := a.backend.Events(ctx, in.LastEventID)
	if err != nil {
		cancel()
		<-a.streams
		return nil, err
	}
	owner := a.holdsToken(in.Authorization)
	return &stream{Body: func(hc huma.Context) {
		defer func() { cancel(); <-a.streams }()
		r, w := humago.Unwrap(hc)
		if r.Method == http.MethodHead {
			return
		}
		a.writeEvents(ctx, w, events, owner)
	}}, nil
}

// writeEvents ends with the reader, with StopStreams, or when the node closes
// the channel because the reader is too slow.
func (a *API) writeEvents(ctx context.Context, w http.ResponseWriter, events <-chan api.Event, owner bool) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := eventWriter{w: w, control: http.NewResponseController(w)}
	heartbeat := time.NewTicker(a.cfg.Heartbeat)
	defer heartbeat.Stop()
	if out.send("retry: 3000\n\n") != nil {
		return
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-a.stop:
			return
		case <-heartbeat.C:
			err = out.send(": still here\n\n")
		case event, open := <-events:
			if !open {
				return
			}
			if event.Private && !owner {
				continue
			}
			err = a.sendEvent(&out, event)
		}
		if err != nil {
			return
		}
	}
}

func (a *API) sendEvent(out *eventWriter, event api.Event) error {
	data, err := json.Marshal(event.Data)
	if err != nil {
		a.log.Error("event cannot be written", "type", event.Type, "error", err)
		return nil
	}
	return out.send("id: " + oneLine(event.ID) + "\nevent: " + oneLine(event.Type) + "\ndata: " + string(data) + "\n\n")
}

// oneLine keeps a value from starting a field of its own.
func oneLine(s string) string {
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(s)
}

// eventWriter moves the deadline on with every piece, so that a stream may
// last while a reader that stops reading may not.
type eventWriter struct {
	w       io.Writer
	control *http.ResponseController
}

func (e *eventWriter) send(text string) error {
	// Test recorders know no deadlines; real connections all do.
	_ = e.control.SetReadDeadline(time.Time{})
	_ = e.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := io.WriteString(e.w, text); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return e.control.Flush()
}
