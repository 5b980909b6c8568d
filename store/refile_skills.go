package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// When the table of skills changed, rows that were made with the old one must
// be made anew, or a search by a new alias would pass over them. A mark stands
// in place of the table's name until all have: after a crash it begins again,
// and finds done what was done.

const refileCards = 256 // per commit

// betweenTables stands for the name while cards move; it is no version of a
// table.
const betweenTables = "\x00"

// errStopped is what a test's stopRefile ends a refiling with.
var errStopped = errors.New("refiling stopped")

// refileSkills makes all rows fit Config.SkillKey. Only Open calls it, before
// there is a writer or a reader.
func (s *Store) refileSkills() error {
	stored, err := s.storedSkillTable()
	if err != nil || stored == s.cfg.SkillTable {
		return err
	}
	// Without the mark, a crash and then the old table again would leave cards
	// filed under both.
	if err := s.nameSkillTable(betweenTables); err != nil {
		return err
	}
	started := time.Now()
	cards, moved := 0, 0
	progress, total := s.progressOf("filing cards by the table of skills"), s.live.tree.Snapshot().Len()
	for _, kind := range []protocol.Kind{protocol.KindProfile, protocol.KindMission} {
		for next := kindPrefix(famPlace, kind); next != nil; {
			if s.cfg.stopRefile != nil && s.cfg.stopRefile() {
				return errStopped
			}
			b := refiling{s: s, prefix: kindPrefix(famPlace, kind)}
			if next, err = b.run(next); err != nil {
				return fmt.Errorf("file cards under the new table of skills: %w", err)
			}
			cards, moved = cards+b.cards, moved+b.moved
			progress(cards, max(cards, total))
		}
	}
	if cards > 0 {
		s.log.Info("cards filed under the new table of skills", "table", s.cfg.SkillTable, "cards", cards, "moved", moved, "took", time.Since(started))
	}
	return s.nameSkillTable(s.cfg.SkillTable)
}

func (s *Store) nameSkillTable(name string) error {
	err := s.update(func(txn *badger.Txn) error { return txn.Set(keySkills, []byte(name)) })
	if err != nil {
		return fmt.Errorf("keep the name of the table of skills: %w", err)
	}
	return nil
}

func (s *Store) storedSkillTable() (name string, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		b, err := get(txn, keySkills)
		if errors.Is(err, ErrNotFound) {
			return nil // made before there were tables: every word its own key
		}
		name = string(b)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the name of the table of skills: %w", err)
	}
	return name, nil
}

// refiling is one bounded part of it.
type refiling struct {
	s            *Store
	prefix       []byte
	cards, moved int
}

// run goes over the next rows and gives where to go on; nil at the end.
func (b *refiling) run(from []byte) (next []byte, err error) {
	txn := b.s.db.NewTransaction(true)
	defer txn.Discard()
	changes, next, err := b.read(txn, from)
	if err != nil {
		return nil, err
	}
	for _, row := range changes {
		if err := txn.Set(row.key, row.value); err != nil {
			return nil, err
		}
	}
	return next, b.s.commitDurably(txn)
}

// read finds the changes; they are written after the iterator is closed.
func (b *refiling) read(txn *badger.Txn, from []byte) (changes []keyValue, next []byte, err error) {
	opts := badger.DefaultIteratorOptions
	opts.Prefix = b.prefix
	it := txn.NewIterator(opts)
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		if b.cards == b.s.refileBatch() {
			return changes, it.Item().KeyCopy(nil), nil
		}
		b.cards++
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return nil, nil, err
		}
		c, ok, err := b.changeOf(txn, it.Item().KeyCopy(nil), value)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			b.moved++
			changes = append(changes, c)
		}
	}
	return changes, nil, nil
}

// changeOf compares a row with what its card would make now.
func (b *refiling) changeOf(txn *badger.Txn, key, value []byte) (c keyValue, differs bool, err error) {
	old := rowView(value)
	if !old.ok() {
		return c, false, nil // damaged: a search that meets it says so
	}
	rec, err := readRecord(txn, old.id())
	if errors.Is(err, ErrNotFound) {
		return c, false, nil // the files lost it; readers pass over the row
	}
	if err != nil {
		return c, false, err
	}
	body, err := protocol.DecodeBody(b.s.opener.Network(), &rec)
	if err != nil {
		return c, false, nil // an upgrade finds it faulty: not served
	}
	var skills []uint64
	switch body := body.(type) {
	case *protocol.Profile:
		skills = b.s.skillHashes(body.Skills)
	case *protocol.Mission:
		skills = b.s.skillHashes(needSkills(body))
	default:
		return c, false, nil
	}
	row := old.withSkills(skills)
	if bytes.Equal(row, value) {
		return c, false, nil
	}
	return keyValue{key, row}, true, nil
}

// refileBatch keeps a commit within what the memtable lets through.
func (s *Store) refileBatch() int { return int(max(1, min(refileCards, s.db.MaxBatchCount()/128))) }

// skills are the hashes that a row holds.
func (v rowView) skills() (out []uint64) {
	for at := len(v) - 8*int(v[67]); at < len(v); at += 8 {
		out = append(out, binary.BigEndian.Uint64(v[at:]))
	}
	return out
}

// withSkills is the row with other skills.
func (v rowView) withSkills(skills []uint64) []byte {
	out := slices.Clone(v[:len(v)-8*int(v[67])])
	out[67] = byte(len(skills))
	for _, s := range skills {
		out = binary.BigEndian.AppendUint64(out, s)
	}
	return out
}
