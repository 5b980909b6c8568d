package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// upgrade is one step of the keys' format. It may be cut off at any moment and
// then begins again, so it must find done what was done. It runs before
// anything is read into memory and before there is a writer.
type upgrade struct {
	to   uint32
	what string // for people, while they wait
	run  func(s *Store, progress func(done, total int)) error
}

// upgrades are all steps, in order; the last one's number is the format of
// this program. Raise it whenever an older program would misread the keys.
var upgrades = []upgrade{
	// Rows are made of Config.SkillKey. Nothing to do here: the
	// older replica names no table of skills, so refileSkills files it anew.
	{to: 2, what: "filing cards by the table of skills", run: func(*Store, func(int, int)) error { return nil }},
	// Leaves and counts of the order are stored. Nothing to do here, either: the
	// older replica has no mark that they are, so load counts them.
	{to: 3, what: "counting the ranges of all records", run: func(*Store, func(int, int)) error { return nil }},
	// The index in memory knows who has which skill. An older program would
	// still read the keys, and find nobody under those that are not written.
	{to: 4, what: "dropping the keys of skills", run: func(s *Store, _ func(int, int)) error { return s.db.DropPrefix([]byte{famSkillBefore4}) }},
}

// formatVersion is what this program writes.
var formatVersion = upgrades[len(upgrades)-1].to

func (s *Store) upgrades() []upgrade {
	if s.cfg.upgrades != nil {
		return s.cfg.upgrades
	}
	return upgrades
}

// openFormat refuses a replica of a newer program before anything else is read
// or written, and brings one of an older program up to date.
//
// The new number is written first, with a mark of where the steps stand: an
// older program must not open what is half in the new form.
func (s *Store) openFormat() error {
	steps := s.upgrades()
	wanted := steps[len(steps)-1].to
	found, err := readFormat(s.db, keyFormat)
	if errors.Is(err, ErrNotFound) { // new
		return s.writeFormat(wanted, 0)
	}
	if err != nil {
		return err
	}
	if found > wanted {
		return newerFormat(found, wanted)
	}
	from, err := readFormat(s.db, keyUpgrade)
	if errors.Is(err, ErrNotFound) {
		from, err = found, nil
	}
	if err != nil || from == wanted {
		return err
	}
	for _, step := range steps {
		if step.to <= from {
			continue
		}
		if err := s.writeFormat(wanted, from); err != nil {
			return err
		}
		began := time.Now()
		if err := step.run(s, s.progressOf(step.what)); err != nil {
			return fmt.Errorf("bring the replica from format %d to %d (%s): %w", from, step.to, step.what, err)
		}
		s.log.Info("replica upgraded", "from_format", from, "to_format", step.to, "took", time.Since(began))
		from = step.to
	}
	return s.writeFormat(wanted, 0)
}

func newerFormat(found, wanted uint32) error {
	return fmt.Errorf("%w: its format is %d, this program knows up to %d; run the newer program, or restore a backup with this one", ErrNewerFormat, found, wanted)
}

func readFormat(db *badger.DB, key []byte) (format uint32, err error) {
	err = db.View(func(txn *badger.Txn) error {
		b, err := get(txn, key)
		if err == nil && len(b) != 4 {
			err = fmt.Errorf("%d bytes, 4 expected", len(b))
		}
		if err == nil {
			format = binary.BigEndian.Uint32(b)
		}
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("read the replica's format: %w", err)
	}
	return format, err
}

// writeFormat notes the format, and from which one the steps have still to be
// taken; 0: none.
func (s *Store) writeFormat(format, from uint32) error {
	err := s.update(func(txn *badger.Txn) error {
		err := txn.Set(keyFormat, binary.BigEndian.AppendUint32(nil, format))
		if err != nil || from == 0 {
			return errors.Join(err, txn.Delete(keyUpgrade))
		}
		return txn.Set(keyUpgrade, binary.BigEndian.AppendUint32(nil, from))
	})
	if err != nil {
		return fmt.Errorf("write the replica's format: %w", err)
	}
	return nil
}

// upgradeLog is how often a long step is told of in the log.
const upgradeLog = 5 * time.Second

// progressOf tells both who looks at a terminal and who reads the log.
func (s *Store) progressOf(what string) func(done, total int) {
	logged := time.Now()
	return func(done, total int) {
		if s.cfg.OnUpgrade != nil {
			s.cfg.OnUpgrade(what, done, total)
		}
		if time.Since(logged) > upgradeLog {
			logged = time.Now()
			s.log.Info("bringing the replica up to date", "step", what, "done", done, "of", total)
		}
	}
}
