package inbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"courtcircuit/node/card"

	badger "github.com/dgraph-io/badger/v4"
)

// Draft is a mission that was not published yet.
type Draft struct {
	ID        [32]byte // the stable id it will have when published
	Slot      [16]byte // drawn once, for all its versions
	Mission   card.Mission
	CreatedAt time.Time
	PostedBy  string // who wrote it, in the words of the door it came by; may be empty
	Audience  string // collective: a mission for the members, which never leaves this node; "" for a plain draft
}

type draftJSON struct {
	Version   int          `json:"v"`
	Slot      []byte       `json:"slot"`
	Mission   card.Mission `json:"mission"`
	CreatedAt time.Time    `json:"created_at"`
	PostedBy  string       `json:"posted_by,omitempty"`
	Audience  string       `json:"audience,omitempty"`
}

// PutDraft keeps a draft or replaces the one of that id. Errors wrap ErrFull
// at a bound.
func (b *Inbox) PutDraft(d Draft) error {
	value, err := json.Marshal(draftJSON{formatVersion, d.Slot[:], d.Mission, d.CreatedAt.UTC(), d.PostedBy, d.Audience})
	if err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	if len(value) > b.cfg.MaxDraftBytes {
		return fmt.Errorf("keep draft: %w: it has %d bytes, at most %d expected", ErrFull, len(value), b.cfg.MaxDraftBytes)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.checkSpace(); err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	added := 0
	err = b.commit(func(txn *badger.Txn) error {
		_, err := get(txn, draftKey(d.ID))
		if errors.Is(err, ErrNotFound) {
			added = 1
		} else if err != nil {
			return err
		}
		if b.drafts+added > b.cfg.MaxDrafts {
			return fmt.Errorf("%w: it holds %d drafts; publish or delete some", ErrFull, b.drafts)
		}
		return txn.Set(draftKey(d.ID), value)
	})
	if err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	b.drafts += added
	return nil
}

func decodeDraft(id, value []byte) (Draft, error) {
	if err := checkVersion(value); err != nil {
		return Draft{}, err
	}
	var j draftJSON
	if err := json.Unmarshal(value, &j); err != nil {
		return Draft{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(j.Slot) != 16 || len(id) != 32 {
		return Draft{}, fmt.Errorf("%w: id of %d and slot of %d bytes, 32 and 16 expected", ErrDamaged, len(id), len(j.Slot))
	}
	return Draft{ID: [32]byte(id), Slot: [16]byte(j.Slot), Mission: j.Mission, CreatedAt: j.CreatedAt, PostedBy: j.PostedBy, Audience: j.Audience}, nil
}

// checkVersion reads the version alone, because a newer one may have changed
// everything else.
func checkVersion(value []byte) error {
	var v struct {
		Version int `json:"v"`
	}
	if err := json.Unmarshal(value, &v); err != nil || v.Version < 1 {
		return fmt.Errorf("%w: a value without version", ErrDamaged)
	}
	if v.Version > formatVersion {
		return fmt.Errorf("value version %d, up to %d known: %w", v.Version, formatVersion, ErrNewerFormat)
	}
	return nil
}

// Draft reads one draft, or ErrNotFound.
func (b *Inbox) Draft(id [32]byte) (d Draft, err error) {
	err = b.view(func(txn *badger.Txn) error {
		value, err := get(txn, draftKey(id))
		if err != nil {
			return err
		}
		d, err = decodeDraft(id[:], value)
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("read draft: %w", err)
	}
	return d, nil
}

// Drafts reads all drafts, newest first.
func (b *Inbox) Drafts() ([]Draft, error) {
	var out []Draft
	err := b.view(func(txn *badger.Txn) error {
		return each(txn, []byte{draftSpace}, func(key, value []byte) error {
			d, err := decodeDraft(key[1:], value)
			out = append(out, d)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	slices.SortFunc(out, func(x, y Draft) int {
		if c := y.CreatedAt.Compare(x.CreatedAt); c != 0 {
			return c
		}
		return bytes.Compare(x.ID[:], y.ID[:])
	})
	return out, nil
}

// DeleteDraft deletes a draft, its text in the files too; one that is not
// there is no error.
func (b *Inbox) DeleteDraft(id [32]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.view(func(txn *badger.Txn) error {
		_, err := get(txn, draftKey(id))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err == nil {
		err = b.purge([][]byte{draftKey(id)})
	}
	if err != nil {
		return fmt.Errorf("delete draft: %w", err)
	}
	return nil
}
