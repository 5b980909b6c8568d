package store

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound: no live record, or no such node state.
	ErrNotFound = errors.New("not in the replica")
	// ErrDiskFull: the free space is under Config.MinFreeBytes. Reading goes on.
	ErrDiskFull = errors.New("disk nearly full")
	// ErrNewerFormat: a newer version of the program wrote this replica.
	ErrNewerFormat = errors.New("replica written by a newer version")
	// ErrLocked: another process has the replica open; the message names it.
	ErrLocked = errors.New("replica in use")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("replica closed")
	// errNotVerified: the zero Verified, which only a programming error offers.
	errNotVerified = errors.New("record was not verified")
)

// CursorError says that a cursor is damaged or belongs to another query.
type CursorError struct{ Reason string }

func (e *CursorError) Error() string { return fmt.Sprintf("cursor: %s", e.Reason) }
