package store

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// fitTexts gives as many of the texts that a pass listed as there is room to
// drop, and sets the pass behind them: DropPrefix writes the tables that hold a
// text anew, neighbours at once, and on a full disk it ends the process by a
// signal.
func (s *Store) fitTexts(pass *purgePass, begun purgePass, ids []protocol.RecordID) ([]protocol.RecordID, error) {
	if err := s.CheckSpaceToErase(); err != nil {
		return nil, err
	}
	for {
		err := s.roomForTables(s.droppedBytes(ids))
		if err == nil {
			return ids, nil
		}
		*pass = begun
		if len(ids) == 1 {
			return nil, err
		}
		if ids, err = s.waitingTexts(pass, len(ids)/2); err != nil {
			return nil, err
		}
	}
}

// droppedBytes is the most that DropPrefix writes before it takes something
// away: all of level zero is merged with the base level, and in each other level
// tables side by side that may hold one of the texts are one merge.
func (s *Store) droppedBytes(ids []protocol.RecordID) (most int64) {
	for _, level := range s.db.Levels() {
		if level.Level == 0 || level.IsBaseLevel {
			most += level.Size
		}
	}
	keys := make([][]byte, len(ids))
	for i, id := range ids {
		keys[i] = bodyKey(id)
	}
	return max(most, widestMerge(s.db.Tables(), keys))
}

// widestMerge is the size of the most tables side by side that each may hold
// one of the keys, which it sorts.
func widestMerge(tables []badger.TableInfo, keys [][]byte) (most int64) {
	slices.SortFunc(keys, bytes.Compare)
	slices.SortFunc(tables, func(a, b badger.TableInfo) int {
		return cmp.Or(a.Level-b.Level, bytes.Compare(a.Left, b.Left))
	})
	side, level := int64(0), 0
	for _, t := range tables {
		if t.Level == 0 {
			continue
		}
		if t.Level != level {
			side, level = 0, t.Level
		}
		// Keys of tables have a version of eight bytes behind them.
		left, right := t.Left[:len(t.Left)-8], t.Right[:len(t.Right)-8]
		if i, _ := slices.BinarySearchFunc(keys, left, bytes.Compare); i == len(keys) || bytes.Compare(keys[i], right) > 0 {
			side = 0
			continue
		}
		side += int64(t.OnDiskSize)
		most = max(most, side)
	}
	return most
}
