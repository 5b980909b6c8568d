package node

import (
	"errors"
	"fmt"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// A new person's key is kept before the card is published. The identities of
// the batch under way are noted before both: a key without a record could as
// well be an imported one, or that of a person whose card ran out, and these
// must stay.

const metaNewKeys = "new-keys" // identities, 32 bytes each

// noteNewKeys remembers the people of a batch; the note of the one before has
// done its service by then.
func (n *Node) noteNewKeys(authors []protocol.Author) error {
	if len(authors) == 0 {
		return nil
	}
	note := make([]byte, 0, 32*len(authors))
	for i := range authors {
		id := authors[i].Identity()
		note = append(note, id[:]...)
	}
	if err := n.store.SetMeta(metaNewKeys, note); err != nil {
		return fmt.Errorf("note new keys: %w", err)
	}
	return nil
}

// dropUnusedKeys removes the keys of a batch whose records were never stored.
func (n *Node) dropUnusedKeys() error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	return n.dropNewKeys()
}

// dropNewKeys wants the edits lock to be held, so that no batch is under way.
func (n *Node) dropNewKeys() error {
	note, err := n.store.Meta(metaNewKeys)
	if errors.Is(err, store.ErrNotFound) || (err == nil && len(note) == 0) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read note of new keys: %w", err)
	}
	if n.store.Damaged() {
		// That nothing is held of a person proves nothing now: the files lost
		// records, which peers may still have, and a key cannot be fetched.
		return n.store.SetMeta(metaNewKeys, nil)
	}
	var unused []protocol.Identity
	for ; len(note) >= 32; note = note[32:] {
		id := protocol.Identity(note[:32])
		// Whatever is held of the identity, also what has run out since.
		newest, err := n.store.NewestIssue(id)
		if err != nil {
			return fmt.Errorf("look for records of a new key: %w", err)
		}
		if newest == 0 {
			unused = append(unused, id)
		}
	}
	if err := n.keys.RemoveMembers(unused); err != nil {
		return err
	}
	if len(unused) > 0 {
		n.log.Info("keys of unpublished cards removed", "keys", len(unused))
	}
	return n.store.SetMeta(metaNewKeys, nil)
}
