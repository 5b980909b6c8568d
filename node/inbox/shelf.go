package inbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ID is the key of a value within its space: random, or a hash.
type ID = [32]byte

// Space is one kind of private value; keys.go lists them all.
type Space byte

// Shelf keeps the values of one space as JSON. Its zero value is not valid:
// NewShelf makes it. Shelves are values and may be copied.
type Shelf[T any] struct {
	box   *Inbox
	space Space
	bound bound
}

// NewShelf opens a space for values of one type. It panics for a space that
// keys.go does not list.
func NewShelf[T any](b *Inbox, space Space) Shelf[T] {
	return Shelf[T]{b, space, boundOf(space)}
}

// envelope is how a shelf's value lies in the database.
type envelope struct {
	Version int             `json:"v"`
	Value   json.RawMessage `json:"value"`
}

// envelopeHead begins every envelope written here.
var envelopeHead = fmt.Appendf(nil, `{"v":%d,"value":`, formatVersion)

func sealEnvelope(value []byte) []byte {
	return append(slices.Concat(envelopeHead, value), '}')
}

// openEnvelope takes the value out without parsing it once more: whole shelves
// are read within steps, while everybody else waits.
func openEnvelope(data []byte) ([]byte, error) {
	if inner, ok := bytes.CutPrefix(data, envelopeHead); ok && bytes.HasSuffix(inner, []byte{'}'}) {
		return inner[:len(inner)-1], nil
	}
	if err := checkVersion(data); err != nil {
		return nil, err
	}
	var e envelope
	if err := json.Unmarshal(data, &e); err != nil || len(e.Value) == 0 {
		return nil, fmt.Errorf("%w: a value without content", ErrDamaged)
	}
	return e.Value, nil
}

func (s Shelf[T]) key(id ID) []byte { return append([]byte{byte(s.space)}, id[:]...) }

// Len is how many values the shelf holds.
func (s Shelf[T]) Len() int {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	return s.box.shelved[s.space].count
}

// Get reads one value; errors wrap ErrNotFound or ErrDamaged.
func (s Shelf[T]) Get(id ID) (v T, err error) {
	err = s.box.View(func(tx *Tx) error {
		v, err = s.GetIn(tx, id)
		return err
	})
	return v, err
}

// GetIn is Get within a step: it sees what the step wrote.
func (s Shelf[T]) GetIn(tx *Tx, id ID) (T, error) {
	data, err := get(tx.txn, s.key(id))
	if err != nil {
		var none T
		return none, fmt.Errorf("read %s: %w", s.bound.name, err)
	}
	return s.decode(data)
}

func (s Shelf[T]) decode(data []byte) (v T, err error) {
	value, err := openEnvelope(data)
	if err == nil {
		if err = json.Unmarshal(value, &v); err != nil {
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	if err != nil {
		return v, fmt.Errorf("read %s: %w", s.bound.name, err)
	}
	return v, nil
}

// Put keeps a value; errors wrap ErrFull or ErrTooLarge.
func (s Shelf[T]) Put(id ID, v T) error {
	return s.box.Update(func(tx *Tx) error { return s.PutIn(tx, id, v) })
}

// PutIn is Put within a step.
func (s Shelf[T]) PutIn(tx *Tx, id ID, v T) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("keep %s: %w", s.bound.name, err)
	}
	if err := s.set(tx, id, sealEnvelope(value)); err != nil {
		return fmt.Errorf("keep %s: %w", s.bound.name, err)
	}
	return nil
}

func (s Shelf[T]) set(tx *Tx, id ID, data []byte) error {
	if tx.change == nil {
		return errReading
	}
	if len(data) > s.bound.bytes {
		return fmt.Errorf("%w: %d bytes, at most %d expected", ErrTooLarge, len(data), s.bound.bytes)
	}
	more := usage{bytes: len(data)}
	former, err := get(tx.txn, s.key(id))
	switch {
	case errors.Is(err, ErrNotFound):
		more.count = 1
	case err != nil:
		return err
	}
	more.bytes -= len(former)
	now := tx.held(s.space)
	if after := now.plus(more); more.count > 0 && after.count > s.bound.count || more.bytes > 0 && after.bytes > s.bound.total {
		return fmt.Errorf("%w: it holds %d of them, %d bytes together", ErrFull, now.count, now.bytes)
	}
	if err := tx.txn.Set(s.key(id), data); err != nil {
		return err
	}
	tx.note(s.space, more)
	return nil
}

// Change reads a value, lets fn change it and keeps it, in one step.
func (s Shelf[T]) Change(id ID, fn func(*T) error) error {
	return s.box.Update(func(tx *Tx) error { return s.ChangeIn(tx, id, fn) })
}

// ChangeIn is Change within a step.
func (s Shelf[T]) ChangeIn(tx *Tx, id ID, fn func(*T) error) error {
	v, err := s.GetIn(tx, id)
	if err != nil {
		return err
	}
	if err := fn(&v); err != nil {
		return err
	}
	return s.PutIn(tx, id, v)
}

// Delete deletes values; those that are not there are no error. Their text
// leaves the files with the next Purge. Very many are deleted in several steps.
func (s Shelf[T]) Delete(ids ...ID) error {
	for batch := range slices.Chunk(ids, batchKeys) {
		if err := s.box.Discard(func(tx *Tx) error { return s.DeleteIn(tx, batch...) }); err != nil {
			return err
		}
	}
	return nil
}

// DeleteIn is Delete within a step.
func (s Shelf[T]) DeleteIn(tx *Tx, ids ...ID) error {
	for _, id := range ids {
		if err := s.blank(tx, id); err != nil {
			return fmt.Errorf("delete %s: %w", s.bound.name, err)
		}
	}
	return nil
}

func (s Shelf[T]) blank(tx *Tx, id ID) error {
	if tx.change == nil {
		return errReading
	}
	former, err := get(tx.txn, s.key(id))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err == nil {
		err = tx.txn.Set(s.key(id), nil)
	}
	if err != nil {
		return err
	}
	tx.note(s.space, usage{-1, -len(former)})
	tx.blanked++
	return nil
}

// Each reads every value in the order of ids until fn fails.
func (s Shelf[T]) Each(fn func(ID, T) error) error {
	return s.box.View(func(tx *Tx) error { return s.EachIn(tx, fn) })
}

// EachIn is Each within a step: it sees what the step wrote before, and not
// what fn writes meanwhile.
func (s Shelf[T]) EachIn(tx *Tx, fn func(ID, T) error) error {
	return each(tx.txn, []byte{byte(s.space)}, func(key, data []byte) error {
		v, err := s.decode(data)
		if err != nil {
			return err
		}
		return fn(ID(key[1:]), v)
	})
}
