package inbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	badger "github.com/dgraph-io/badger/v4"
)

// MaxRefBytes bounds one reference.
const MaxRefBytes = 200

// Ref is what a collective's own list calls a profile: the ref column of a
// CSV. It makes a second import update instead of duplicate.
type Ref struct {
	Ref     string
	Profile [32]byte
}

type refJSON struct {
	Version int    `json:"v"`
	Profile []byte `json:"id"`
}

func decodeRef(value []byte) ([32]byte, error) {
	if err := checkVersion(value); err != nil {
		return [32]byte{}, err
	}
	var j refJSON
	if err := json.Unmarshal(value, &j); err != nil || len(j.Profile) != 32 {
		return [32]byte{}, fmt.Errorf("%w: a reference to %d bytes, 32 expected", ErrDamaged, len(j.Profile))
	}
	return [32]byte(j.Profile), nil
}

// Ref is the profile that a reference names; false when there is none. A
// failed read is an error and not "none", or an import would publish the
// person a second time.
func (b *Inbox) Ref(ref string) (profile [32]byte, ok bool, err error) {
	err = b.view(func(txn *badger.Txn) error {
		value, err := get(txn, refKey(refHash(ref)))
		if err != nil {
			return err
		}
		profile, err = decodeRef(value)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return [32]byte{}, false, nil
	}
	if err != nil {
		return [32]byte{}, false, fmt.Errorf("read reference: %w", err)
	}
	return profile, true, nil
}

// HasRef says whether a reference other than those named leads to a profile.
func (b *Inbox) HasRef(profile [32]byte, besides ...string) (found bool, err error) {
	err = b.view(func(txn *badger.Txn) error {
		return each(txn, ownerPrefix(profile), func(key, _ []byte) error {
			hash := [32]byte(key[33:])
			if !slices.ContainsFunc(besides, func(ref string) bool { return refHash(ref) == hash }) {
				found = true
			}
			return nil
		})
	})
	if err != nil {
		return false, fmt.Errorf("read references: %w", err)
	}
	return found, nil
}

// SetRef keeps one reference.
func (b *Inbox) SetRef(ref string, profile [32]byte) error { return b.SetRefs([]Ref{{ref, profile}}) }

// SetRefs keeps many references with few syncs; an import of thousands calls
// it once for each of its batches. A reference that named another profile
// names the new one. Errors wrap ErrFull at a bound; then a part may be kept,
// and calling again with the same references is safe.
func (b *Inbox) SetRefs(refs []Ref) error {
	for _, r := range refs {
		if r.Ref == "" || len(r.Ref) > MaxRefBytes {
			return fmt.Errorf("keep reference: it has %d bytes, 1 to %d expected", len(r.Ref), MaxRefBytes)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.checkSpace(); err != nil {
		return fmt.Errorf("keep reference: %w", err)
	}
	for len(refs) > 0 {
		n := min(len(refs), batchKeys)
		if err := b.setBatch(refs[:n]); err != nil {
			return fmt.Errorf("keep reference: %w", err)
		}
		refs = refs[n:]
	}
	return nil
}

func (b *Inbox) setBatch(refs []Ref) error {
	added := 0
	err := b.commit(func(txn *badger.Txn) error {
		for _, r := range refs {
			isNew, err := setRef(txn, refHash(r.Ref), r.Profile)
			if err != nil {
				return err
			}
			if isNew {
				added++
			}
		}
		if b.refs+added > b.cfg.MaxRefs {
			return fmt.Errorf("%w: at most %d references are kept", ErrFull, b.cfg.MaxRefs)
		}
		return nil
	})
	if err == nil {
		b.refs += added
	}
	return err
}

func setRef(txn *badger.Txn, hash, profile [32]byte) (isNew bool, err error) {
	value, err := get(txn, refKey(hash))
	switch {
	case errors.Is(err, ErrNotFound):
		isNew = true
	case err != nil:
		return false, err
	default:
		former, err := decodeRef(value)
		if err != nil || former == profile {
			return false, err
		}
		if err := txn.Delete(ownerKey(former, hash)); err != nil {
			return false, err
		}
	}
	if value, err = json.Marshal(refJSON{formatVersion, profile[:]}); err != nil {
		return false, err
	}
	if err := txn.Set(refKey(hash), value); err != nil {
		return false, err
	}
	return isNew, txn.Set(ownerKey(profile, hash), ownerMark)
}

// DeleteRefsOf forgets every reference to a profile, in the files too.
func (b *Inbox) DeleteRefsOf(profile [32]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var keys [][]byte
	err := b.view(func(txn *badger.Txn) error {
		return each(txn, ownerPrefix(profile), func(key, _ []byte) error {
			keys = append(keys, refKey([32]byte(key[33:])), key)
			return nil
		})
	})
	if err == nil {
		err = b.purge(keys)
	}
	if err != nil {
		return fmt.Errorf("delete references: %w", err)
	}
	return nil
}
