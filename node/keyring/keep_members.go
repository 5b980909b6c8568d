package keyring

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"

	"courtcircuit/protocol"
)

// Member is the author of a member whose key is kept here.
func (k *Keyring) Member(id protocol.Identity) (protocol.Author, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.members.of(id)
	if !ok {
		return protocol.Author{}, false
	}
	return s.author(), true
}

// HasMember says whether a member's key is kept here, without expanding it.
func (k *Keyring) HasMember(id protocol.Identity) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.members.of(id)
	return ok
}

// Members lists the identities whose keys are kept, in rising order.
func (k *Keyring) Members() []protocol.Identity {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.DeleteFunc(sortedIDs(k.members.keys), func(id protocol.Identity) bool { return k.members.spare[id] })
}

func sortedIDs[T any](keys map[protocol.Identity]T) []protocol.Identity {
	return slices.SortedFunc(maps.Keys(keys), func(a, b protocol.Identity) int { return bytes.Compare(a[:], b[:]) })
}

// CreateMember makes and keeps a new person's key from rand. The recovery
// secret is not kept: the caller hands it to the person.
func (k *Keyring) CreateMember(rand io.Reader) (protocol.Author, protocol.RecoverySecret, error) {
	a, secret, err := protocol.NewAuthor(rand)
	if err != nil {
		return protocol.Author{}, protocol.RecoverySecret{}, fmt.Errorf("create member key: %w", err)
	}
	if err := k.AddMember(a); err != nil {
		return protocol.Author{}, protocol.RecoverySecret{}, err
	}
	return a, secret, nil
}

// AddMember keeps a member's key. The same key again is no error; another key
// of the identity is ErrExists.
func (k *Keyring) AddMember(a protocol.Author) error { return k.AddMembers([]protocol.Author{a}) }

// AddMembers keeps many keys with one sync: what an import of thousands calls
// with authors made by protocol.NewAuthor. Spare keys become members', which
// writes nothing as long as the file is the one that they were written to. When
// it fails, none is kept.
func (k *Keyring) AddMembers(authors []protocol.Author) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.add(authors); err != nil {
		return err
	}
	for i := range authors {
		delete(k.members.spare, authors[i].Identity())
	}
	return nil
}

// AddSpares keeps keys that nobody has yet, made ahead so that the next person
// need not wait for a sync. Until AddMembers takes it, such a key is no
// member's and in no backup. That it is a spare one is known to this Keyring
// alone: whoever opens the folder next finds members' keys, and has to know
// which of them were never used.
func (k *Keyring) AddSpares(authors []protocol.Author) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range authors {
		if id := authors[i].Identity(); k.members.has(id) && !k.members.spare[id] {
			return fmt.Errorf("keep spare key %s: %w", id.Fingerprint(), ErrExists)
		}
	}
	if err := k.add(authors); err != nil {
		return err
	}
	for i := range authors {
		k.members.spare[authors[i].Identity()] = true
	}
	return nil
}

// Spares lists the identities of the spare keys, in rising order.
func (k *Keyring) Spares() []protocol.Identity {
	k.mu.Lock()
	defer k.mu.Unlock()
	return sortedIDs(k.members.spare)
}

func (k *Keyring) add(authors []protocol.Author) error {
	batch := make([]storedKey, 0, len(authors))
	seen := make(map[protocol.Identity]storedKey, len(authors))
	touched := len(k.members.spare) > 0 && !k.members.untouched()
	for _, a := range authors {
		s, err := storeForm(a)
		if err != nil {
			return fmt.Errorf("keep member key: %w", err)
		}
		old, kept := k.members.keys[s.id]
		if !kept {
			old, kept = seen[s.id]
		}
		switch {
		case kept && old == s && touched && k.members.spare[s.id]: // perhaps no longer on the disk
		case kept && old == s:
			continue
		case kept:
			return fmt.Errorf("keep member key of %s: %w", s.id.Fingerprint(), ErrExists)
		}
		seen[s.id] = s
		batch = append(batch, s)
	}
	if len(batch) == 0 {
		return nil
	}
	if err := k.members.add(batch); err != nil {
		return fmt.Errorf("keep member key: %w", err)
	}
	return nil
}

// Succeeded lists the authors, the collective's first, whose identity has
// moved to the key kept here. Only these are expanded: they are few.
func (k *Keyring) Succeeded() []protocol.Author {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []protocol.Author
	if k.collective != nil && k.collective.succeeded {
		out = append(out, k.collective.author())
	}
	for _, id := range sortedIDs(k.members.keys) {
		if s := k.members.keys[id]; s.succeeded {
			out = append(out, s.author())
		}
	}
	return out
}

// RemoveMember forgets a member's key: the file is written without it and the
// former file's bytes are overwritten where the system allows it. A key that
// is not kept is no error.
func (k *Keyring) RemoveMember(id protocol.Identity) error {
	return k.RemoveMembers([]protocol.Identity{id})
}

// RemoveMembers forgets many keys and writes the file once.
func (k *Keyring) RemoveMembers(ids []protocol.Identity) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	gone := make(map[protocol.Identity]bool, len(ids))
	for _, id := range ids {
		if k.members.has(id) {
			gone[id] = true
		}
	}
	if len(gone) == 0 && !k.members.rewrite { // else an addition that failed may be in the file
		return nil
	}
	if err := k.members.write(nil, gone); err != nil {
		return fmt.Errorf("remove %d member keys: %w", len(gone), err)
	}
	for id := range gone {
		delete(k.members.spare, id)
	}
	return nil
}
