package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/store/dbfiles"
)

// Badger does not open a database with one damaged table. All else is whole,
// and every record proves itself by its signature, so what still verifies moves
// into a new database; the node fetches the rest from its peers. A collective
// without peers would else lose everything.

func (h *home) salvaged() string { return h.database() + ".new" }
func (h *home) damaged() string  { return h.database() + ".damaged" }
func (h *home) rescued() string  { return h.database() + ".rescued" }

// settle finishes or undoes a salvage that a crash cut short.
func (h *home) settle() error {
	if _, err := os.Stat(h.damaged()); err == nil {
		if _, err := os.Stat(h.database()); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(h.damaged(), h.database()); err != nil {
				return fmt.Errorf("undo a salvage: %w", err)
			}
		}
	}
	return errors.Join(os.RemoveAll(h.salvaged()), os.RemoveAll(h.damaged()), os.RemoveAll(h.rescued()))
}

// mend looks through the files before Badger does, saves what is whole of a
// damaged database, and notes in s.damage that something is missing.
func (s *Store) mend() error {
	found, err := dbfiles.Inspect(s.home.database())
	if err != nil {
		return err
	}
	for _, what := range found.All() {
		s.log.Warn("replica's file damaged", "damage", what)
	}
	for _, l := range found.Logs {
		if l.Lost {
			s.damage.note(commitsLost)
		}
	}
	if err := s.roomForTables(found.LogBytes); err != nil {
		return fmt.Errorf("open the replica: %w", err)
	}
	if found.Sound() {
		return found.MendSpare()
	}
	s.damage.note(commitsLost)
	// The new database is as large as the old one, which stays until it is whole.
	if err := s.roomForTables(found.Bytes); err != nil {
		return fmt.Errorf("save what is whole of a damaged replica: %w", err)
	}
	return s.salvage(found)
}

// salvage replaces a damaged database by what of it still verifies. Until the
// new one is whole and synced the damaged one stays as it was found.
func (s *Store) salvage(found dbfiles.Report) error {
	s.log.Error("replica damaged; saving what still verifies", "folder", s.home.database())
	if err := found.Rescue(s.home.database(), s.home.rescued()); err != nil {
		return err
	}
	old, err := badger.Open(s.badgerOptions().WithDir(s.home.rescued()).WithValueDir(s.home.rescued()).WithNumCompactors(0))
	if err != nil {
		return fmt.Errorf("open what was rescued: %w", err)
	}
	// A newer program may save more of its own files than this one understands.
	if format, err := readFormat(old, keyFormat); err == nil && format > formatVersion {
		return errors.Join(newerFormat(format, formatVersion), old.Close(), os.RemoveAll(s.home.rescued()))
	}
	fresh := &Store{cfg: s.cfg, opener: s.opener, log: s.log, wake: make(chan struct{}, 1)}
	fresh.cfg.OnChange = nil
	fresh.live, fresh.near, fresh.cards = fresh.newLiveSet(), newNearIndex(), newCardCache(0)
	if fresh.db, err = badger.Open(s.badgerOptions().WithDir(s.home.salvaged()).WithValueDir(s.home.salvaged())); err != nil {
		return errors.Join(fmt.Errorf("make a new database: %w", err), old.Close())
	}
	fresh.followLogs()
	saved, lost, err := fresh.copyFrom(old)
	if err = errors.Join(err, old.Close(), fresh.db.Close()); err != nil {
		return fmt.Errorf("save what still verifies: %w", err)
	}
	s.log.Warn("replica rebuilt; the rest comes from peers, or from a backup", "saved_records", saved, "damaged_ranges", lost)
	return s.home.takeSalvaged()
}

// takeSalvaged puts the new database in the place of the damaged one. The names
// are durable before anything is removed.
func (h *home) takeSalvaged() error {
	err := errors.Join(dbfiles.SyncDir(h.salvaged()), os.Rename(h.database(), h.damaged()))
	if err == nil {
		err = errors.Join(os.Rename(h.salvaged(), h.database()), dbfiles.SyncDir(h.dir))
	}
	if err != nil {
		return fmt.Errorf("take the new database: %w", err)
	}
	return errors.Join(os.RemoveAll(h.damaged()), os.RemoveAll(h.rescued()))
}

// copyFrom takes over node state, records, and then proofs of equivocations,
// which nobody else may have: erasures must be known before. Ranges of keys are read one by
// one: unreadable bytes cost their range and no more.
func (s *Store) copyFrom(old *badger.DB) (saved, lost int, err error) {
	s.damage.note(commitsLost)
	if err := errors.Join(s.openFormat(), s.markDamage()); err != nil {
		return 0, 0, err
	}
	now := s.cfg.Clock()
	for _, family := range []byte{famMeta, famHeader, famProof} {
		for b := range 256 {
			prefix := []byte{family, byte(b)}
			pairs, damaged := readRange(old, prefix)
			if damaged {
				lost++
			}
			switch family {
			case famMeta:
				err = s.copyMeta(pairs)
			case famProof:
				err = s.copyProofs(pairs, now)
			default:
				var n int
				n, err = s.copyRecords(pairs, now)
				saved += n
			}
			if err != nil {
				return saved, lost, err
			}
		}
	}
	return saved, lost, nil
}

func (s *Store) copyMeta(pairs []keyValue) error {
	return s.update(func(txn *badger.Txn) error {
		for _, kv := range pairs {
			if err := txn.Set(kv.key, kv.value); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) copyProofs(pairs []keyValue, now time.Time) error {
	for some := range slices.Chunk(pairs, groupRecords) {
		err := s.update(func(txn *badger.Txn) error {
			for _, kv := range some {
				keep, err := s.keepsProof(txn, kv, now)
				if err == nil && keep {
					err = txn.Set(kv.key, kv.value)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("save proofs: %w", err)
		}
	}
	return nil
}

// copyRecords verifies headers and their signatures anew, and stores them by
// the rules for any record.
func (s *Store) copyRecords(pairs []keyValue, now time.Time) (int, error) {
	var heads []protocol.HeaderOnly
	bodies := map[int][]byte{}
	for _, kv := range pairs {
		if kv.key == nil { // the body of the header before
			if body, ok := bodyIn(kv.value); ok && len(heads) > 0 {
				bodies[len(heads)-1] = body
			}
			continue
		}
		if len(kv.value) > signatureBytes {
			heads = append(heads, protocol.HeaderOnly{Header: kv.value[signatureBytes:], Signature: protocol.Signature(kv.value[:signatureBytes])})
		} else {
			heads = append(heads, protocol.HeaderOnly{})
		}
	}
	vs, errs := s.openHeld(heads, now) // what has run out is refused by the rules for any record
	var good []protocol.Verified
	for i, v := range vs {
		if errs[i] != nil {
			continue
		}
		if body, ok := bodies[i]; ok {
			if whole, err := v.WithBody(body); err == nil {
				v = whole
			}
		}
		good = append(good, v)
	}
	saved := 0
	for len(good) > 0 {
		part := good[:min(len(good), groupRecords)]
		if _, err := s.commitRecords(s.newOffers(part, false), now, false); err != nil {
			return saved, fmt.Errorf("save records: %w", err)
		}
		saved, good = saved+len(part), good[len(part):]
	}
	return saved, nil
}

// readRange reads what it can of the keys with a prefix. Behind a header
// follows, without a key, its body.
func readRange(db *badger.DB, prefix []byte) (pairs []keyValue, damaged bool) {
	defer func() {
		if recover() != nil {
			damaged = true
		}
	}()
	err := db.View(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = prefix, false
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			value, err := it.Item().ValueCopy(nil)
			if err != nil {
				damaged = true
				continue
			}
			key := it.Item().KeyCopy(nil)
			pairs = append(pairs, keyValue{key, value})
			if key[0] == famHeader && len(key) == 33 {
				if body, err := get(txn, bodyKey(protocol.RecordID(key[1:]))); err == nil {
					pairs = append(pairs, keyValue{nil, body})
				}
			}
		}
		return nil
	})
	return pairs, damaged || err != nil
}
