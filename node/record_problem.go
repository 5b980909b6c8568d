package node

import (
	"errors"
	"fmt"
	"strings"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

func invalid(field, expected, format string, args ...any) *card.Problem {
	return &card.Problem{Cause: card.Invalid, Field: field, Expected: expected, Detail: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) *card.Problem {
	return &card.Problem{Cause: card.Conflict, Detail: fmt.Sprintf(format, args...)}
}

func forbidden(format string, args ...any) *card.Problem {
	return &card.Problem{Cause: card.Forbidden, Detail: fmt.Sprintf(format, args...)}
}

func unavailable(format string, args ...any) *card.Problem {
	return &card.Problem{Cause: card.Unavailable, Detail: fmt.Sprintf(format, args...)}
}

func notFound(kind, id string) *card.Problem {
	return &card.Problem{Cause: card.NotFound, Field: "id", Detail: fmt.Sprintf("no %s %s is known here", kind, shortWords(id))}
}

// problemOf turns the errors that a person can act on into Problems and
// leaves the others as they are: their words are for the log.
func problemOf(err error) error {
	var problem *card.Problem
	var field *protocol.FieldError
	var cursor *store.CursorError
	switch {
	case err == nil || errors.As(err, &problem):
		if problem != nil {
			return problem // without the steps it passed, which are the program's
		}
		return nil
	case errors.As(err, &field):
		return invalid(field.Field, field.Expected, "the value cannot be published")
	case errors.As(err, &cursor):
		return invalid("cursor", "the next_cursor of an answer to the same query", "the cursor does not belong to this query")
	case errors.Is(err, protocol.ErrSize):
		return invalid("", fmt.Sprintf("at most %d bytes in all", protocol.MaxRecordBytes), "the card is too long: shorten its longest text")
	case errors.Is(err, store.ErrDiskFull):
		return unavailable("the disk is nearly full, so nothing is stored; make room and try again")
	case errors.Is(err, protocol.ErrEarly):
		return unavailable("the clock of this machine or of an earlier one is wrong: %v", err)
	}
	return err
}

// parseID reads a full id as HTTP gives it; what is no id names nothing.
func parseID(kind, text string) ([32]byte, error) {
	id, err := protocol.ParseID(text)
	if err != nil {
		p := notFound(kind, text)
		p.Expected = "a full id: 52 characters of a-z and 2-7"
		return id, p
	}
	return id, nil
}

// shortWords keeps what somebody typed readable in a message.
func shortWords(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
