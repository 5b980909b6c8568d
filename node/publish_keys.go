package node

import (
	"errors"
	"fmt"
	"slices"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// A new person's key is kept before the card is published. The identities of
// the batch under way are noted before both: a key without a record could as
// well be an imported one, or that of a person whose card ran out, and these
// must stay.

const metaNewKeys = "new-keys" // identities, 32 bytes each

// noteNewKeys remembers the people of a batch, beside the keys made ahead; the
// note of the one before has done its service by then. For keys made ahead
// alone there is nothing to write.
func (n *Node) noteNewKeys(authors []protocol.Author) error {
	ahead := n.keys.Spares()
	ids := slices.Clone(ahead)
	for i := range authors {
		if id := authors[i].Identity(); !slices.Contains(ahead, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == len(ahead) {
		return nil
	}
	return n.writeKeyNote(ids)
}

func (n *Node) writeKeyNote(ids []protocol.Identity) error {
	note := make([]byte, 0, 32*len(ids))
	for _, id := range ids {
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
	ahead := n.keys.Spares() // of this run: nobody has them yet
	var unused []protocol.Identity
	done := 0
	for ; len(note) >= 32; note = note[32:] {
		id := protocol.Identity(note[:32])
		if slices.Contains(ahead, id) {
			continue
		}
		done++
		// Whatever is held of the identity, also what has run out since.
		newest, err := n.store.NewestIssue(id)
		if err != nil {
			return fmt.Errorf("look for records of a new key: %w", err)
		}
		if newest == 0 {
			unused = append(unused, id)
		}
	}
	// That nothing is held of a person proves nothing in a damaged replica: its
	// files lost records, which peers may still have, and a key cannot be fetched.
	if len(unused) > 0 && !n.store.Damaged() {
		if err := n.keys.RemoveMembers(unused); err != nil {
			return err
		}
		n.log.Info("keys of unpublished cards removed", "keys", len(unused))
	}
	if done == 0 {
		return nil
	}
	return n.writeKeyNote(ahead)
}
