package node

import (
	"errors"

	"courtcircuit/protocol"
)

// ignoreReason names why a message was ignored, for a counter: few fixed
// names, because peers choose what they send.
func ignoreReason(err error) string {
	for _, c := range []struct {
		class error
		name  string
	}{
		{protocol.ErrStale, "stale"},
		{protocol.ErrEarly, "early"},
		{protocol.ErrExpired, "expired"},
		{protocol.ErrBodyUnknown, "body-unknown"},
		{protocol.ErrBody, "body"},
	} {
		if errors.Is(err, c.class) {
			return c.name
		}
	}
	return "local" // a fault of this node, such as a full disk
}
