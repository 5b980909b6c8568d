// Package access decides who may open the private pages: the coordinators'
// console and each member's own page. It hands out single-use links, keeps
// sessions, and takes passkeys.
//
// Its promise: a secret (of a link, of a cookie) is never kept, only its hash;
// a link lets in once, however many press its button at once; every entry
// starts a new session and ends the browser's former one; and whatever is kept
// here has an end and a bound.
package access

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// ID is 32 bytes: of a person, or the hash of a secret.
type ID = [32]byte

// Role is what a session may open.
type Role string

const (
	Coordinator Role = "coordinator" // the console
	Member      Role = "member"      // one person's own page
)

// Person is whom a session is for. ID is that of the entry in the inbox
// (coordinators or members), never a public identity.
type Person struct {
	Role Role   `json:"role"`
	ID   ID     `json:"id"`
	Name string `json:"name"` // as it is shown and noted; may be empty
}

// Door is the listener that a request came in by. A session of one is worth
// nothing at the other.
type Door string

const (
	Private Door = "private" // loopback
	Public  Door = "public"
)

// Session is somebody who came in.
type Session struct {
	Key       ID        `json:"-"` // hash of the cookie
	Person    Person    `json:"person"`
	Door      Door      `json:"door"`
	Device    string    `json:"device,omitempty"` // short words for the browser, to tell sessions apart
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`    // to about an hour
	ExpiresAt time.Time `json:"expires_at"` // unless it is used before
}

// Link is a single-use link as the console lists it.
type Link struct {
	Key       ID        `json:"-"` // hash of the secret
	Person    Person    `json:"person"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

var (
	// ErrNoSession: nobody came in, or the session has ended.
	ErrNoSession = errors.New("no session")
	// ErrBadLink: the link was used, has expired, or never was one.
	ErrBadLink = errors.New("this link was used, has expired, or never was one")
	// ErrClosed: private pages at the public door need https, so that neither
	// link nor cookie goes through the network in the open.
	ErrClosed = errors.New("the private pages are open at this machine's own address only, until the public address is https")
	// ErrTooOften: this visitor came with too many wrong links or passkeys.
	ErrTooOften = errors.New("too many wrong attempts; try again in some minutes")
	// ErrNotFound is what a Table answers for a key that it does not hold.
	ErrNotFound = errors.New("not kept")
)

type doorKey struct{}

// WithDoor marks every request with the listener it came in by.
func WithDoor(next http.Handler, d Door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), doorKey{}, d)))
	})
}

// DoorOf is the listener of a request; the public one unless it is known to be
// the other.
func DoorOf(ctx context.Context) Door {
	if d, ok := ctx.Value(doorKey{}).(Door); ok {
		return d
	}
	return Public
}
