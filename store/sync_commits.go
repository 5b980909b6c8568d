package store

import (
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/store/dbfiles"
)

// A commit is written into a log that is mapped into memory: a kill leaves it,
// a power cut does not until the log is synced. Whoever is told that a record is
// stored is told so after that. What nobody waits for, gossip, is found at once
// and synced with the next that is waited for, or after Config.SyncDelay: a
// power cut may take it, and catch-up, which compares what is held, brings it
// again. What a cut leaves is all commits up to one of them, in order.

// commitLog knows which commits are on the disk. Only the writer uses it, and
// Open before there is a writer.
type commitLog struct {
	files  *dbfiles.Logs // nil InMemory
	synced uint64        // version of the last commit on the disk
	failed error
}

func (s *Store) followLogs() {
	if !s.cfg.InMemory {
		s.commits.files = dbfiles.NewLogs(s.db.Opts().Dir, s.db.Sync)
	}
}

// update is one durable transaction.
func (s *Store) update(change func(*badger.Txn) error) error {
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	if err := change(txn); err != nil {
		return err
	}
	return s.commit(txn, false)
}

// commit writes a transaction. It is on the disk when it returns, with all
// before it, unless that can wait.
func (s *Store) commit(txn *badger.Txn, canWait bool) error {
	if err := s.commits.failed; err != nil {
		return err
	}
	if err := txn.Commit(); err != nil {
		return err
	}
	if canWait && s.commits.files != nil {
		return s.noteSync(s.commits.files.Follow())
	}
	return s.syncCommits()
}

// unsynced says whether something was committed that is not on the disk yet,
// and its version. Badger's own counter says so, whoever it was that wrote.
func (s *Store) unsynced() (version uint64, some bool) {
	if s.commits.files == nil {
		return 0, false
	}
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	return txn.ReadTs(), txn.ReadTs() != s.commits.synced
}

// syncCommits brings everything that was committed onto the disk.
func (s *Store) syncCommits() error {
	if s.commits.failed != nil {
		return s.commits.failed
	}
	version, some := s.unsynced()
	if !some {
		return nil
	}
	if err := s.noteSync(s.commits.files.Sync()); err != nil {
		return err
	}
	s.commits.synced = version
	s.stats.syncs.Add(1)
	if s.cfg.onSync != nil {
		s.cfg.onSync()
	}
	return nil
}

// noteSync remembers a failure: the system reports what it could not write once
// and forgets it, a later sync would find nothing to do, and what is committed
// then would stand behind a hole in the log, where no start reads on.
func (s *Store) noteSync(err error) error {
	if err != nil {
		s.commits.failed = fmt.Errorf("the replica's log could not be synced, nothing more is stored until a new start: %w", err)
		s.log.Error("replica not synced", "error", err)
	}
	return s.commits.failed
}

// syncWaiting syncs what nobody waits for, and then says so outside: the root
// file must never be ahead of the disk, or a power cut would look like damage.
func (s *Store) syncWaiting() error {
	if _, some := s.unsynced(); !some {
		return nil
	}
	if err := s.syncCommits(); err != nil {
		return err
	}
	if s.home != nil {
		s.home.noteRoot(s.live.root)
	}
	return nil
}
