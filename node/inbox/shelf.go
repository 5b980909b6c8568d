package inbox

import (
	"encoding/json"
	"errors"
	"fmt"

	badger "github.com/dgraph-io/badger/v4"
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

// Tx is one durable step over several shelves: all of it or nothing.
type Tx struct {
	box   *Inbox
	txn   *badger.Txn
	added map[Space]int
	gone  [][]byte // blanked in this step
}

// envelope is how a shelf's value lies in the database.
type envelope struct {
	Version int             `json:"v"`
	Value   json.RawMessage `json:"value"`
}

// Update runs one step; it is on the disk when Update returns nil, and nothing
// of it is kept when fn fails. Steps follow one another, so that what fn reads
// is what it changes. fn must not call Update.
func (b *Inbox) Update(fn func(*Tx) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.checkSpace(); err != nil {
		return err
	}
	return b.step(fn)
}

// Discard is Update for a step that only deletes: it also works on a full disk.
func (b *Inbox) Discard(fn func(*Tx) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.step(fn)
}

func (b *Inbox) step(fn func(*Tx) error) error {
	tx := &Tx{box: b, added: map[Space]int{}}
	err := b.db.Update(func(txn *badger.Txn) error {
		tx.txn = txn
		return fn(tx)
	})
	if err != nil {
		return err
	}
	for space, n := range tx.added {
		b.shelved[space] += n
	}
	if b.leaving = append(b.leaving, tx.gone...); len(b.leaving) < maxLeaving {
		return nil
	}
	return b.dropLeaving()
}

// View reads several shelves as they are at one moment.
func (b *Inbox) View(fn func(*Tx) error) error {
	return b.db.View(func(txn *badger.Txn) error { return fn(&Tx{box: b, txn: txn}) })
}

// Purge takes the text of everything that was deleted out of the files. Until
// then it lies there under a key that nothing reads any more.
func (b *Inbox) Purge() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropLeaving()
}

func (s Shelf[T]) key(id ID) []byte { return append([]byte{byte(s.space)}, id[:]...) }

// Len is how many values the shelf holds.
func (s Shelf[T]) Len() int {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	return s.box.shelved[s.space]
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
	if err := checkVersion(data); err != nil {
		return v, fmt.Errorf("read %s: %w", s.bound.name, err)
	}
	var e envelope
	if err = json.Unmarshal(data, &e); err == nil {
		err = json.Unmarshal(e.Value, &v)
	}
	if err != nil {
		return v, fmt.Errorf("read %s: %w: %w", s.bound.name, ErrDamaged, err)
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
	data, err := json.Marshal(envelope{formatVersion, value})
	if err != nil {
		return fmt.Errorf("keep %s: %w", s.bound.name, err)
	}
	if len(data) > s.bound.bytes {
		return fmt.Errorf("keep %s: %w: %d bytes, at most %d expected", s.bound.name, ErrTooLarge, len(data), s.bound.bytes)
	}
	_, err = get(tx.txn, s.key(id))
	switch {
	case errors.Is(err, ErrNotFound):
		if held := s.box.shelved[s.space] + tx.added[s.space]; held >= s.bound.count {
			return fmt.Errorf("keep %s: %w: it holds %d of them", s.bound.name, ErrFull, held)
		}
		tx.added[s.space]++
	case err != nil:
		return fmt.Errorf("keep %s: %w", s.bound.name, err)
	}
	if err := tx.txn.Set(s.key(id), data); err != nil {
		return fmt.Errorf("keep %s: %w", s.bound.name, err)
	}
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
// leaves the files with the next Purge.
func (s Shelf[T]) Delete(ids ...ID) error {
	return s.box.Discard(func(tx *Tx) error { return s.DeleteIn(tx, ids...) })
}

// DeleteIn is Delete within a step.
func (s Shelf[T]) DeleteIn(tx *Tx, ids ...ID) error {
	for _, id := range ids {
		key := s.key(id)
		_, err := get(tx.txn, key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err == nil {
			err = tx.txn.Set(key, nil)
		}
		if err != nil {
			return fmt.Errorf("delete %s: %w", s.bound.name, err)
		}
		tx.added[s.space]--
		tx.gone = append(tx.gone, key)
	}
	return nil
}

// Each reads every value in the order of ids until fn fails.
func (s Shelf[T]) Each(fn func(ID, T) error) error {
	return s.box.View(func(tx *Tx) error { return s.EachIn(tx, fn) })
}

// EachIn is Each within a step.
func (s Shelf[T]) EachIn(tx *Tx, fn func(ID, T) error) error {
	return each(tx.txn, []byte{byte(s.space)}, func(key, data []byte) error {
		v, err := s.decode(data)
		if err != nil {
			return err
		}
		return fn(ID(key[1:]), v)
	})
}
