package store

import (
	"context"

	"github.com/dgraph-io/badger/v4"
)

// A merge of Badger's tables that finds the disk full ends the process by a
// signal, and one is due at most starts after a few. So a database that is
// opened below the floor has nobody who merges. Badger cannot be told later:
// until the next start housekeeping merges, when there is the room.

// manyTables in level zero is when a writer would wait for a merge.
const manyTables = 2000

// mergesLater is asked before opening: whether the disk has no room for merges.
func (s *Store) mergesLater() bool {
	if s.home == nil {
		return false
	}
	free, err := s.cfg.freeBytes(s.cfg.Dir)
	return err == nil && free < s.cfg.MinFreeBytes
}

func withoutMerges(o badger.Options) badger.Options {
	return o.WithNumCompactors(0).WithNumLevelZeroTablesStall(manyTables)
}

// mergeLevels does in one go what was left to it, if there are enough tables
// for a merge and room for all of them once more. Writers wait meanwhile.
func (s *Store) mergeLevels(ctx context.Context) error {
	if !s.unmerged {
		return nil
	}
	tables, bytes := 0, int64(0)
	for _, level := range s.db.Levels() {
		if level.Level == 0 {
			tables = level.NumTables
		}
		bytes += level.Size
	}
	if tables <= levelZeroTables { // Flatten would leave them alone
		return nil
	}
	if err := s.roomForTables(s.cfg.MinFreeBytes + bytes); err != nil {
		return err
	}
	return s.exec(ctx, func() error { return s.db.Flatten(1) })
}
