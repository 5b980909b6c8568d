package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// internalDetail says nothing of the inside: the log does.
const internalDetail = "something went wrong here; the node's log says what"

// writeProblem writes an error answer outside of huma.
func writeProblem(w http.ResponseWriter, p *api.Problem) {
	body, err := json.Marshal(p)
	if err != nil { // strings only: cannot happen
		body = []byte(`{"status":500}`)
	}
	w.Header().Set("Content-Type", api.ProblemType)
	w.Header().Set("Cache-Control", "no-store")
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	w.Write(append(body, '\n')) //nolint:errcheck // the client is gone
}

// problemOf is the one switch from an error of the node to an answer.
func (a *API) problemOf(ctx context.Context, err error) *api.Problem {
	var answered *api.Problem
	var actionable *card.Problem
	switch {
	case errors.As(err, &answered):
		return answered
	case errors.As(err, &actionable):
		return api.ProblemOf(actionable)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return api.NewProblem(http.StatusServiceUnavailable, "the request ended before its answer was ready")
	}
	a.log.ErrorContext(ctx, "http request failed", "error", err)
	return api.NewProblem(http.StatusInternalServerError, internalDetail)
}

// asProblem turns the errors that huma finds by itself into our one form.
func asProblem(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := api.NewProblem(model.Status, model.Detail)
	for _, detail := range model.Errors {
		if detail == nil {
			continue
		}
		if model.Status == http.StatusBadRequest {
			p.Field, p.Expected, p.Detail = "body", "valid JSON", detail.Message
			return p, nil
		}
		p.Errors = append(p.Errors, fieldProblem(detail))
	}
	if len(p.Errors) > 0 {
		return invalidFields(p.Status, p.Errors), nil
	}
	return p, nil
}

// invalidFields is the answer to one or more wrong fields.
func invalidFields(status int, wrong []api.FieldProblem) *api.Problem {
	const maxListedErrors = 20
	p := api.NewProblem(status, "what was sent cannot be read: "+wrong[0].Field)
	p.Field, p.Expected = wrong[0].Field, wrong[0].Expected
	p.Errors = wrong[:min(len(wrong), maxListedErrors)]
	return p
}

// invalid is the answer to one wrong field.
func invalid(field, expected string) *api.Problem {
	return invalidFields(http.StatusUnprocessableEntity, []api.FieldProblem{{Field: field, Expected: expected}})
}

// plainWords puts huma's messages into words for people.
var plainWords = map[string]string{
	"unexpected property":                 "no such field",
	"invalid integer":                     "a whole number",
	"invalid float":                       "a number",
	"invalid boolean":                     "true or false",
	"expected string to be RFC 3339 date": "a date as 2026-12-01",
	"expected value to match at least one schema but matched none": `a name, a postcode or {"lat": …, "lon": …}`,
}

// fieldProblem reads where and what from huma's location ("body.needs[0].skill")
// and message.
func fieldProblem(detail *huma.ErrorDetail) api.FieldProblem {
	_, field, _ := strings.Cut(detail.Location, ".")
	if name, ok := strings.CutPrefix(detail.Message, "expected required property "); ok {
		name = strings.TrimSuffix(name, " to be present")
		if field != "" {
			name = field + "." + name
		}
		return api.FieldProblem{Field: shorten(name), Expected: "a value"}
	}
	if field == "" {
		field = strings.TrimSuffix(detail.Location, ".")
	}
	if words, ok := plainWords[detail.Message]; ok {
		return api.FieldProblem{Field: shorten(field), Expected: words}
	}
	expected := strings.TrimPrefix(detail.Message, "expected ")
	expected = strings.TrimPrefix(expected, "string to be ")
	return api.FieldProblem{Field: shorten(field), Expected: expected}
}
