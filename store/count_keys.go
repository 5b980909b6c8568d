package store

import (
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// CountKeys is how many live keys an identity holds in the bound class of a
// kind, tombstones included: with as many as Kind.BoundClass allows, one more
// drives another out.
func (s *Store) CountKeys(id protocol.Identity, kind protocol.Kind, now time.Time) (count int, err error) {
	class, _ := kind.BoundClass()
	err = s.view(func(txn *badger.Txn) error {
		d, err := readDossier(txn, id)
		for _, e := range d.live(hourOf(now)) {
			if c, _ := e.kind.BoundClass(); c == class {
				count++
			}
		}
		return err
	})
	return count, err
}
