package httpapi

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"reflect"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"courtcircuit/node/httpapi/api"
)

// prefix is where the interface lives; health pages are outside of it.
const prefix = "/api/v1"

// access says who may call a route.
type access int

const (
	public  access = iota // public data, readable without the token
	local                 // readable without the token on this machine, but not by the world: whom this node knows
	private               // writes, and reads of what is this node's own
)

// route is one line of the interface.
type route struct {
	id      string
	method  string
	path    string
	access  access
	status  int // of success; 0: 200, or 204 without a body
	summary string
}

// answer is what most handlers give.
type answer[T any] struct {
	Body T
}

// file is an answer that is not JSON of ours.
type file struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Vary        string `header:"Vary"`
	Body        []byte
}

// stream is an answer written piece by piece.
type stream struct {
	Body func(huma.Context)
}

type none struct{}

// IDPath is the path of one thing. It is exported, as are all parts that
// inputs embed, because huma passes over unexported ones in silence. The pattern is that of protocol.ParseID: 52
// characters, of which the last carries one bit, so that one id has one
// spelling.
type IDPath struct {
	ID string `path:"id" pattern:"^[a-z2-7]{51}[aq]$" patternDescription:"a full id, 52 characters of a-z and 2-7" doc:"full id, lower-case base32"`
}

// register adds a route with the checks that all routes share. edit may add
// to the operation.
func register[I, O any](a *API, r route, handler func(context.Context, *I) (*O, error), edit ...func(*huma.Operation)) {
	if a.public && r.access != public {
		return
	}
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Summary: r.summary, DefaultStatus: r.status,
		// huma takes a body of exactly the limit for one beyond it.
		MaxBodyBytes:    a.cfg.MaxBodyBytes + 1,
		BodyReadTimeout: readTimeout,
		Responses:       map[string]*huma.Response{"default": a.problemResponse()},
		Middlewares:     huma.Middlewares{a.checkCall(r.access)},
	}
	if r.access == private {
		op.Security = []map[string][]string{{bearer: {}}}
	}
	for _, change := range edit {
		change(&op)
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		var withHeaders huma.HeadersError
		if errors.As(err, &withHeaders) {
			return nil, err
		}
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}

func (a *API) problemResponse() *huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.Problem](), true, "Problem")
	return &huma.Response{
		Description: "Refused: which field, and what was expected (RFC 9457)",
		Content:     map[string]*huma.MediaType{api.ProblemType: {Schema: schema}},
	}
}

// checkCall runs before anything of the request is read.
func (a *API) checkCall(who access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		if who == private || r.Header.Get("Authorization") != "" {
			w.Header().Set("Cache-Control", "no-store")
		}
		if who == private && !a.holdsToken(r.Header.Get("Authorization")) {
			writeProblem(w, tokenProblem())
			return
		}
		if wrong := checkQuery(r.URL.RawQuery, reasonLanguage(r), ctx.Operation().Parameters); len(wrong) > 0 {
			writeProblem(w, invalidFields(http.StatusUnprocessableEntity, wrong))
			return
		}
		if p := checkMediaType(r, ctx.Operation().RequestBody); p != nil {
			writeProblem(w, p)
			return
		}
		next(ctx)
	}
}

// reasonLanguage is French for whoever asks for it. Problems are in English
// otherwise, as all of this interface for programs.
func reasonLanguage(r *http.Request) string {
	asked, accepted := r.URL.Query().Get("lang"), r.Header.Get("Accept-Language")
	if asked == "" && accepted == "" {
		return "en"
	}
	return api.PickLanguage(asked, accepted)
}

// checkMediaType refuses a body of another kind than the route reads. A
// missing media type is taken for the right one.
func checkMediaType(r *http.Request, expected *huma.RequestBody) *api.Problem {
	given := r.Header.Get("Content-Type")
	if expected == nil || given == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(given)
	if err == nil && expected.Content[media] != nil {
		return nil
	}
	var names []string
	for name := range expected.Content {
		names = append(names, name)
	}
	sort.Strings(names)
	p := api.NewProblem(http.StatusUnsupportedMediaType, "a body of this media type cannot be read here")
	p.Field, p.Expected = "Content-Type", strings.Join(names, " or ")
	return p
}
