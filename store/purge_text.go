package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// A text leaves the files in four steps. The commit that ends its record
// covers it with an empty value and notes its id under 'p', so a crash at any
// later point is made up for. The purge then sets a durable mark, calls
// DropPrefix for the body keys, searches all files for the texts' markers, and
// takes away notes and mark only when none is found.
//
// DropPrefix and not Delete: a deleted key's text stays in tables and in the
// write-ahead log for as long as compaction likes. And the key must be visible
// when DropPrefix is called, else it does nothing and says nothing.

// maxDrop is how many texts one DropPrefix takes: Badger compares every key of
// a table with every prefix.
const maxDrop = 500

const (
	purgeLater = 0
	purgeSoon  = 1
)

func purgeValue(urgent bool) []byte {
	if urgent {
		return []byte{purgeSoon}
	}
	return []byte{purgeLater}
}

// errTextRemains: the files still hold a text that was dropped, because a
// reader holds an old table open or a compaction failed without saying so.
var errTextRemains = errors.New("erased text is still in a file")

// errMoment: DropPrefix takes a text from every view of the database, those
// that were opened before too. A verification would take it for lost, and a
// backup would have neither a card's former version nor the one that replaced
// it meanwhile.
var errMoment = fmt.Errorf("%w: a backup or a verification is reading", errTextRemains)

// purgeText drops all texts that wait, replaced ones too: an erased person's
// earlier versions may be among them. It runs on the writer's goroutine, so
// nothing else writes while Badger refuses writes; callers of Put wait.
func (s *Store) purgeText(ctx context.Context) error {
	pass := &purgePass{}
	for !pass.done {
		if err := s.exec(ctx, func() error { return s.dropTexts(pass) }); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// dropTexts drops the next texts of a pass, up to maxDrop.
func (s *Store) dropTexts(pass *purgePass) error {
	first, begun := pass.next == nil && !pass.later, *pass
	ids, err := s.waitingTexts(pass, maxDrop)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		if first {
			s.stats.purgeWaiting.Store(0) // a text that was hidden twice was counted twice
		}
		return nil
	}
	if s.moments.Load() > 0 {
		s.stats.purgeRetries.Add(1)
		return errMoment
	}
	if ids, err = s.fitTexts(pass, begun, ids); err != nil {
		return err
	}
	started := time.Now()
	if err := s.uncover(ids); err != nil {
		return err
	}
	prefixes := make([][]byte, len(ids))
	for i, id := range ids {
		prefixes[i] = bodyKey(id)
	}
	if err := s.db.DropPrefix(prefixes...); err != nil {
		return fmt.Errorf("drop %d texts: %w", len(ids), err)
	}
	if err := errors.Join(s.checkFiles(ids), s.cards.file.clean()); err != nil {
		s.stats.purgeRetries.Add(1)
		return err
	}
	err = s.update(func(txn *badger.Txn) error {
		for _, id := range ids {
			if err := txn.Delete(purgeKey(id)); err != nil {
				return err
			}
		}
		return txn.Delete(keyDrop)
	})
	if err != nil {
		return fmt.Errorf("note %d dropped texts: %w", len(ids), err)
	}
	s.stats.purgeWaiting.Add(-int64(len(ids)))
	s.stats.lastPurge.Store(time.Now().UnixMilli())
	s.stats.lastPurgeFor.Store(int64(time.Since(started)))
	return nil
}

// purgePass goes over the texts that wait, first those of erasures, then the
// others, and goes on where it was: if each drop listed all of them, a flood
// would keep the writer with nothing but listing. What is hidden meanwhile, and
// stands before where it is, is for the next pass.
type purgePass struct {
	erasures int64  // commits that erased, when the pass began with theirs
	later    bool   // it is with the others
	next     []byte // the key to go on from; nil for the first
	done     bool
}

// waitingTexts lists the next texts of a pass, at most so many.
func (s *Store) waitingTexts(p *purgePass, most int) (ids []protocol.RecordID, err error) {
	if now := s.erasures.Load(); now != p.erasures {
		*p = purgePass{erasures: now} // erased since: those do not wait for the others
	}
	err = s.db.View(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix = []byte{famPurge}
		it := txn.NewIterator(opts)
		defer it.Close()
		for ; !p.done; p.turn() {
			for it.Seek(p.next); it.Valid(); it.Next() {
				key := it.Item().Key()
				if len(key) != 33 {
					continue // damaged; Verify takes it away
				}
				if len(ids) == most {
					p.next = it.Item().KeyCopy(nil)
					return nil
				}
				soon := false
				if err := it.Item().Value(func(v []byte) error { soon = len(v) == 1 && v[0] == purgeSoon; return nil }); err != nil {
					return err
				}
				if soon != p.later {
					ids = append(ids, protocol.RecordID(key[1:]))
				}
			}
		}
		return nil
	})
	return ids, err
}

// turn goes on to the others, or ends.
func (p *purgePass) turn() {
	p.later, p.done, p.next = true, p.later, nil
}

// uncover writes the empty value again: after a purge that was cut short the
// key may be gone from sight while an older version is still in a file.
func (s *Store) uncover(ids []protocol.RecordID) error {
	err := s.update(func(txn *badger.Txn) error {
		for _, id := range ids {
			if err := txn.Set(bodyKey(id), nil); err != nil {
				return err
			}
		}
		return txn.Set(keyDrop, binary.BigEndian.AppendUint32(nil, uint32(len(ids))))
	})
	if err != nil {
		return fmt.Errorf("mark %d texts for dropping: %w", len(ids), err)
	}
	return nil
}
