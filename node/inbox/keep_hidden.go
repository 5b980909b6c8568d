package inbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	badger "github.com/dgraph-io/badger/v4"
)

// Hidden names a record that is held here and shown to nobody. The words of
// the record are not kept with it: they would outlive the record's erasure.
type Hidden struct {
	Kind    string   // profile, mission or collective
	Subject [32]byte // public id of the record
	Reason  string   // in the collective's own words; may be empty
	At      time.Time
}

type hiddenJSON struct {
	Version int       `json:"v"`
	Kind    string    `json:"kind"`
	Subject []byte    `json:"subject"`
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
}

// hiddenKey hashes kind and id into one: a person and a collective may share
// an identity, and all keys of a space have one length.
func hiddenKey(kind string, subject [32]byte) []byte {
	hash := sha256.Sum256(append([]byte("courtcircuit-hidden/1 "+kind+" "), subject[:]...))
	return append([]byte{hiddenSpace}, hash[:]...)
}

func decodeHidden(key, value []byte) (Hidden, error) {
	if err := checkVersion(value); err != nil {
		return Hidden{}, err
	}
	var j hiddenJSON
	if err := json.Unmarshal(value, &j); err != nil || len(j.Subject) != 32 {
		return Hidden{}, fmt.Errorf("%w: a hidden record with an id of %d bytes, 32 expected", ErrDamaged, len(j.Subject))
	}
	h := Hidden{Kind: j.Kind, Subject: [32]byte(j.Subject), Reason: j.Reason, At: j.At}
	if !bytes.Equal(key, hiddenKey(h.Kind, h.Subject)) {
		return Hidden{}, fmt.Errorf("%w: a hidden record stands under another's key", ErrDamaged)
	}
	return h, nil
}

// PutHidden keeps a record from being shown, or changes the reason. Errors
// wrap ErrFull at a bound.
func (b *Inbox) PutHidden(h Hidden) error {
	value, err := json.Marshal(hiddenJSON{formatVersion, h.Kind, h.Subject[:], h.Reason, h.At.UTC()})
	if err != nil {
		return fmt.Errorf("hide record: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.checkSpace(); err != nil {
		return fmt.Errorf("hide record: %w", err)
	}
	added := 0
	key := hiddenKey(h.Kind, h.Subject)
	err = b.commit(func(txn *badger.Txn) error {
		_, err := get(txn, key)
		if errors.Is(err, ErrNotFound) {
			added = 1
		} else if err != nil {
			return err
		}
		if b.hidden+added > b.cfg.MaxHidden {
			return fmt.Errorf("%w: %d records are hidden; show some again", ErrFull, b.hidden)
		}
		return txn.Set(key, value)
	})
	if err != nil {
		return fmt.Errorf("hide record: %w", err)
	}
	b.hidden += added
	return nil
}

// Hidden reads all hidden records, newest first.
func (b *Inbox) Hidden() ([]Hidden, error) {
	var out []Hidden
	err := b.view(func(txn *badger.Txn) error {
		return each(txn, []byte{hiddenSpace}, func(key, value []byte) error {
			h, err := decodeHidden(key, value)
			out = append(out, h)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read hidden records: %w", err)
	}
	slices.SortFunc(out, func(x, y Hidden) int {
		if c := y.At.Compare(x.At); c != 0 {
			return c
		}
		return bytes.Compare(x.Subject[:], y.Subject[:])
	})
	return out, nil
}

// DeleteHidden lets a record be shown again; one that is not hidden is no
// error.
func (b *Inbox) DeleteHidden(kind string, subject [32]byte) error {
	if err := b.deleteOne(hiddenKey(kind, subject)); err != nil {
		return fmt.Errorf("show record again: %w", err)
	}
	return nil
}

// deleteOne purges the value under a key, if there is one.
func (b *Inbox) deleteOne(key []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.view(func(txn *badger.Txn) error {
		_, err := get(txn, key)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.purge([][]byte{key})
}
