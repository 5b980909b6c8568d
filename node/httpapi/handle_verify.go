package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"courtcircuit/node/httpapi/api"
)

const linesType = "application/x-ndjson"

// longest is how long work may take that a person waits for and that answers
// only at its end.
const longest = 30 * time.Minute

type verifyInput struct {
	Body struct {
		Repair *bool `json:"repair,omitempty" doc:"set right what can be (default), or only look"`
	} `nameHint:"VerifyReplica" required:"false"`
}

func (a *API) registerVerify() {
	register(a, route{id: "verify-replica", method: http.MethodPost, path: prefix + "/verify", access: private,
		summary: "Check every signature, body and index of the replica; one line of progress after another, the last with the result"},
		func(ctx context.Context, in *verifyInput) (*stream, error) {
			repair := in.Body.Repair == nil || *in.Body.Repair
			return &stream{Body: func(hc huma.Context) {
				_, w := humago.Unwrap(hc)
				a.verifyReplica(ctx, w, repair)
			}}, nil
		},
		produces(linesType),
		func(op *huma.Operation) {
			a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.VerifyLine](), true, "VerifyLine")
			op.Description = "Lines are schema VerifyLine."
		})
}

// verifyEvery is how often a line of progress goes out.
const verifyEvery = 200 * time.Millisecond

// verifyReplica answers 200 before the work begins; what comes of it is said
// in the last line.
func (a *API) verifyReplica(ctx context.Context, w http.ResponseWriter, repair bool) {
	control, out := http.NewResponseController(w), json.NewEncoder(w)
	w.Header().Set("Content-Type", linesType)
	var mu sync.Mutex
	say := func(line api.VerifyLine) {
		mu.Lock()
		defer mu.Unlock()
		_ = control.SetWriteDeadline(time.Now().Add(writeTimeout))
		if out.Encode(line) == nil {
			_ = control.Flush()
		}
	}
	var last time.Time
	result, err := a.backend.VerifyReplica(ctx, repair, func(done, total int) {
		if now := time.Now(); now.Sub(last) >= verifyEvery {
			last = now
			say(api.VerifyLine{Done: done, Total: total})
		}
	})
	if err != nil {
		say(api.VerifyLine{Problem: a.problemOf(ctx, err)})
		return
	}
	if result.Faults == nil {
		result.Faults = []api.Fault{}
	}
	say(api.VerifyLine{Result: &result})
}

// slow lets an answer take longer than others; the server cuts off after
// writeTimeout else.
func slow(op *huma.Operation) {
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		_, w := humago.Unwrap(ctx)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(longest))
		next(ctx)
	})
}
