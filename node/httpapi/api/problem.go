package api

import (
	"net/http"

	"courtcircuit/node/card"
)

// ProblemType is the media type of every error answer (RFC 9457).
const ProblemType = "application/problem+json"

// Causes beside those of card: what the door itself refuses.
const (
	Unauthorized card.Cause = "unauthorized" // 401
	Refused      card.Cause = "refused"      // any other 4xx: method, size, media type, host, rate
	Internal     card.Cause = "internal"     // 500
)

// Problem is an error answer. Title and Status follow RFC 9457; the rest are
// its extension members.
type Problem struct {
	Title      string           `json:"title"`
	Status     int              `json:"status"`
	Detail     string           `json:"detail,omitempty"`
	Cause      card.Cause       `json:"cause"`
	Field      string           `json:"field,omitempty"`
	Expected   string           `json:"expected,omitempty"`
	Candidates []card.Candidate `json:"candidates,omitempty"`
	Errors     []FieldProblem   `json:"errors,omitempty"` // every wrong field, the first one is Field
}

// FieldProblem is one wrong field.
type FieldProblem struct {
	Field    string `json:"field"`
	Expected string `json:"expected"`
}

// statusOf is the one rule from cause to HTTP status.
var statusOf = map[card.Cause]int{
	card.Invalid:     http.StatusUnprocessableEntity,
	card.Ambiguous:   http.StatusUnprocessableEntity,
	card.NotFound:    http.StatusNotFound,
	card.Gone:        http.StatusGone,
	card.Conflict:    http.StatusConflict,
	card.Forbidden:   http.StatusForbidden,
	card.Unavailable: http.StatusServiceUnavailable,
	Unauthorized:     http.StatusUnauthorized,
}

// ProblemOf is the answer for an error that a person can act on.
func ProblemOf(p *card.Problem) *Problem {
	status, ok := statusOf[p.Cause]
	if !ok {
		status = http.StatusInternalServerError
	}
	answer := NewProblem(status, p.Detail)
	answer.Cause, answer.Field, answer.Expected, answer.Candidates = p.Cause, p.Field, p.Expected, p.Candidates
	return answer
}

// NewProblem is an answer of the door itself.
func NewProblem(status int, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail, Cause: causeOf(status)}
}

func causeOf(status int) card.Cause {
	switch status {
	case http.StatusUnauthorized:
		return Unauthorized
	case http.StatusUnprocessableEntity:
		return card.Invalid
	case http.StatusNotFound:
		return card.NotFound
	case http.StatusGone:
		return card.Gone
	case http.StatusConflict:
		return card.Conflict
	case http.StatusForbidden:
		return card.Forbidden
	case http.StatusServiceUnavailable:
		return card.Unavailable
	}
	if status >= 500 {
		return Internal
	}
	return Refused
}

// Card is the problem as the rest of the program knows it.
func (p *Problem) Card() *card.Problem {
	return &card.Problem{Cause: p.Cause, Field: p.Field, Expected: p.Expected, Detail: p.Detail, Candidates: p.Candidates}
}

func (p *Problem) Error() string { return p.Card().Error() }

// GetStatus is what the HTTP layer asks of an error.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes the answer say what it is.
func (p *Problem) ContentType(string) string { return ProblemType }
