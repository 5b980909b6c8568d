package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// maxMetaBytes bounds a value of node state.
const maxMetaBytes = 64 << 10

// Meta reads a value of the node's own state; ErrNotFound when there is none.
func (s *Store) Meta(key string) (value []byte, err error) {
	err = s.view(func(txn *badger.Txn) error {
		value, err = get(txn, metaKey(key))
		return err
	})
	return value, err
}

// SetMeta keeps a value of the node's own state; durable when it returns.
func (s *Store) SetMeta(key string, value []byte) error {
	if len(value) > maxMetaBytes {
		return fmt.Errorf("node state %q: %d bytes, at most %d expected", key, len(value), maxMetaBytes)
	}
	value = slices.Clone(value)
	return s.exec(context.Background(), func() error {
		if err := s.CheckSpaceToErase(); err != nil {
			return err
		}
		return s.update(func(txn *badger.Txn) error { return txn.Set(metaKey(key), value) })
	})
}
