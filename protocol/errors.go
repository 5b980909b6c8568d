package protocol

import (
	"errors"
	"fmt"
)

// What Open may answer. The first four are proved by the bytes alone and
// blame whoever sent them; the others depend on clocks, builds or policy.
var (
	ErrSize      = errors.New("record too large")
	ErrEncoding  = errors.New("record encoding")
	ErrSignature = errors.New("record signature")
	ErrHeader    = errors.New("record header")

	ErrEarly   = errors.New("record from the future")
	ErrExpired = errors.New("record expired")
	ErrStale   = errors.New("a newer version is held") // by the store, never by Open

	// ErrBody: the body does not fit its kind. The record stands without body.
	ErrBody = errors.New("record body")
	// ErrBodyUnknown: kind, version or a critical key that this version does
	// not know; judged again after an upgrade.
	ErrBodyUnknown = errors.New("record body not understood by this version")
)

// Verdict is what gossip does with a message.
type Verdict int

// Accept forwards, Ignore drops silently, Reject drops and blames the sender.
const (
	Accept Verdict = iota
	Ignore
	Reject
)

// VerdictOf is the one rule from error to verdict. Anything not listed is
// ignored: a local fault (a full disk) must never blame a peer, or honest
// nodes ban one another.
func VerdictOf(err error) Verdict {
	switch {
	case err == nil:
		return Accept
	case errors.Is(err, ErrSize), errors.Is(err, ErrEncoding), errors.Is(err, ErrSignature), errors.Is(err, ErrHeader):
		return Reject
	default:
		return Ignore
	}
}

// IsBodyFault says that only the body of a record was found wanting.
func IsBodyFault(err error) bool { return errors.Is(err, ErrBody) || errors.Is(err, ErrBodyUnknown) }

func faultf(class error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", class, fmt.Sprintf(format, args...))
}
