package card

import "fmt"

// Cause classes a Problem, so that every door (HTTP status, exit code) can
// decide without reading words.
type Cause string

// The causes, each with the HTTP status it becomes.
const (
	Invalid     Cause = "invalid"     // 422: a field is wrong
	Ambiguous   Cause = "ambiguous"   // 422: the words fit several places or records; see Candidates
	NotFound    Cause = "not-found"   // 404
	Gone        Cause = "gone"        // 410: erased
	Conflict    Cause = "conflict"    // 409: an illegal step, or the state changed
	Forbidden   Cause = "forbidden"   // 403: not this node's to do
	Unavailable Cause = "unavailable" // 503: disk full, not caught up yet after a restore
)

// Problem is an error that a person can act on: which field, what was
// expected, what could have been meant.
type Problem struct {
	Cause      Cause
	Field      string
	Expected   string
	Detail     string
	Candidates []Candidate
}

// Candidate is one thing that an ambiguous word could mean.
type Candidate struct {
	ID          string         `json:"id,omitempty"`
	Name        string         `json:"name"`
	Fingerprint string         `json:"fingerprint,omitempty"`
	Hint        string         `json:"hint,omitempty"` // what tells it apart
	Place       *ResolvedPlace `json:"place,omitempty"`
}

func (p *Problem) Error() string {
	text := p.Detail
	if p.Field != "" {
		text = p.Field + ": " + text
	}
	if p.Expected != "" {
		text += fmt.Sprintf(" (expected %s)", p.Expected)
	}
	return text
}
