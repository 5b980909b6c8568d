package node

import (
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// absent tells what was erased from what was never here.
func (n *Node) absent(kind protocol.Kind, id [32]byte, now time.Time) error {
	text := protocol.StableID(id).String()
	at, gone := n.store.HasTombstone(kind, id)
	if !gone && (kind == protocol.KindProfile || kind == protocol.KindCollective) {
		at, gone = n.store.ErasedAt(protocol.Identity(id))
	}
	if !gone {
		return notFound(kind.String(), text)
	}
	return &card.Problem{
		Cause: card.Gone, Field: "id",
		Detail: fmt.Sprintf("this %s was erased on %s", kind, at.UTC().Format(time.DateOnly)),
	}
}

// isAbsent says that nothing live stands under a key.
func isAbsent(rec *protocol.Record, err error) bool {
	return errors.Is(err, store.ErrNotFound) || (err == nil && rec.Header.IsTombstone())
}
