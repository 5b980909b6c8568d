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

const (
	metaNewKeys = "new-keys" // identities, 32 bytes each
	// maxUnusedNoted keeps a note in what the store takes. What is forgotten
	// stays: better a key of nobody than none of somebody.
	maxUnusedNoted = 2 * importBatch
)

// noteNewKeys remembers the people of a batch, beside the keys made ahead and
// those noted before that could not be removed yet. For keys made ahead alone
// there is nothing to write.
func (n *Node) noteNewKeys(authors []protocol.Author) error {
	ahead := n.keys.Spares()
	var made []protocol.Identity
	for i := range authors {
		if id := authors[i].Identity(); !slices.Contains(ahead, id) {
			made = append(made, id)
		}
	}
	if len(made) == 0 {
		return nil
	}
	unused, _, err := n.unusedKeys(ahead)
	if err != nil {
		return err
	}
	unused = unused[max(0, len(unused)-maxUnusedNoted):]
	return n.writeKeyNote(slices.Concat(ahead, unused, made))
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

// unusedKeys lists who is noted, not ahead and without a record; noted counts
// those with one too.
func (n *Node) unusedKeys(ahead []protocol.Identity) (unused []protocol.Identity, noted int, err error) {
	note, err := n.store.Meta(metaNewKeys)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, 0, fmt.Errorf("read note of new keys: %w", err)
	}
	for ; len(note) >= 32; note = note[32:] {
		id := protocol.Identity(note[:32])
		if slices.Contains(ahead, id) {
			continue
		}
		noted++
		// Whatever is held of the identity, also what has run out since.
		newest, err := n.store.NewestIssue(id)
		if err != nil {
			return nil, 0, fmt.Errorf("look for records of a new key: %w", err)
		}
		if newest == 0 {
			unused = append(unused, id)
		}
	}
	return unused, noted, nil
}

// dropUnusedKeys removes the keys of a batch whose records were never stored.
func (n *Node) dropUnusedKeys() error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	return n.dropNewKeys()
}

// dropKeysAhead removes the keys that nobody took, at the end of a run.
func (n *Node) dropKeysAhead() error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	ahead := n.keys.Spares()
	if len(ahead) == 0 {
		return nil
	}
	return errors.Join(n.keys.RemoveMembers(ahead), n.dropNewKeys())
}

// dropNewKeys wants the edits lock to be held, so that no batch is under way
// but that of the authors, which failed.
func (n *Node) dropNewKeys(authors ...protocol.Author) error {
	ahead := n.keys.Spares() // of this run: nobody has them yet
	unused, noted, err := n.unusedKeys(ahead)
	if err != nil {
		return err
	}
	var gone, left []protocol.Identity
	switch {
	case n.store.Damaged():
		// That nothing is held of a person proves nothing here: the files lost
		// records, which peers may still have, and a key cannot be fetched.
	case n.peers == nil || n.caughtUp():
		gone = unused
	default:
		// Nor does it here: the replica may have been put back from a copy that
		// is older than the person's card.
		for _, id := range unused {
			if slices.ContainsFunc(authors, func(a protocol.Author) bool { return a.Identity() == id }) {
				gone = append(gone, id)
			} else {
				left = append(left, id)
			}
		}
	}
	if len(gone) > 0 {
		if err := n.keys.RemoveMembers(gone); err != nil {
			return err
		}
		n.log.Info("keys of unpublished cards removed", "keys", len(gone))
	}
	if len(left) == noted {
		return nil // as noted already
	}
	return n.writeKeyNote(slices.Concat(ahead, left))
}
