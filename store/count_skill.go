package store

import (
	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// CountSkill is how many cards of a kind, profile or mission, are filed under
// a skill's key, as Config.SkillKey gives it, counted up to atMost. One that
// expired counts until it is purged.
func (s *Store) CountSkill(kind protocol.Kind, key string, atMost int) (count int, err error) {
	err = s.view(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = skillPrefix(kind, hash64(key)), false
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid() && count < atMost; it.Next() {
			count++
		}
		return nil
	})
	return count, err
}
