package node

import (
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/inbox"
)

// openAccess makes the keeper of the private pages over the inbox.
func (n *Node) openAccess() error {
	keeper, err := access.New(access.DefaultConfig(n.cfg.PublicURL), n.accessStore(), n.log)
	if err != nil {
		return fmt.Errorf("open private pages: %w", err)
	}
	n.access = keeper
	return nil
}

// sweepAccess deletes the sessions and links that have ended.
func (n *Node) sweepAccess(now time.Time) error {
	gone, err := n.access.Sweep(now)
	if err == nil && gone > 0 {
		n.log.Debug("sessions and links that ended were deleted", "count", gone)
	}
	return err
}

// accessStore lays what opens the private pages on the inbox's shelves.
type accessStore struct {
	box      *inbox.Inbox
	links    inbox.Shelf[access.Link]
	sessions inbox.Shelf[access.Session]
	passkeys inbox.Shelf[access.Passkey]
}

func (n *Node) accessStore() accessStore {
	return accessStore{
		box:      n.inbox,
		links:    inbox.NewShelf[access.Link](n.inbox, inbox.SpaceLinks),
		sessions: inbox.NewShelf[access.Session](n.inbox, inbox.SpaceSessions),
		passkeys: inbox.NewShelf[access.Passkey](n.inbox, inbox.SpacePasskeys),
	}
}

// in is the store within a step of the inbox, for what is done in one with
// other shelves.
func (s accessStore) in(tx *inbox.Tx) access.Tx { return accessTx{s, tx} }

func (s accessStore) View(fn func(access.Tx) error) error {
	return s.box.View(func(tx *inbox.Tx) error { return fn(s.in(tx)) })
}

func (s accessStore) Update(fn func(access.Tx) error) error {
	return s.box.Update(func(tx *inbox.Tx) error { return fn(s.in(tx)) })
}

func (s accessStore) Discard(fn func(access.Tx) error) error {
	return s.box.Discard(func(tx *inbox.Tx) error { return fn(s.in(tx)) })
}

type accessTx struct {
	accessStore
	tx *inbox.Tx
}

func (t accessTx) Links() access.Table[access.Link] {
	return accessTable[access.Link]{t.links, t.tx}
}

func (t accessTx) Sessions() access.Table[access.Session] {
	return accessTable[access.Session]{t.sessions, t.tx}
}

func (t accessTx) Passkeys() access.Table[access.Passkey] {
	return accessTable[access.Passkey]{t.passkeys, t.tx}
}

// accessTable is one shelf within a step.
type accessTable[T any] struct {
	shelf inbox.Shelf[T]
	tx    *inbox.Tx
}

func (t accessTable[T]) Get(id access.ID) (T, error) {
	v, err := t.shelf.GetIn(t.tx, id)
	if errors.Is(err, inbox.ErrNotFound) {
		err = access.ErrNotFound
	}
	return v, err
}

func (t accessTable[T]) Put(id access.ID, v T) error            { return t.shelf.PutIn(t.tx, id, v) }
func (t accessTable[T]) Delete(ids ...access.ID) error          { return t.shelf.DeleteIn(t.tx, ids...) }
func (t accessTable[T]) Each(fn func(access.ID, T) error) error { return t.shelf.EachIn(t.tx, fn) }
