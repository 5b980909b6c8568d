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
	files   *dbfiles.Logs // nil InMemory
	waiting bool          // something may have been committed that is not on the disk yet
	failed  error
}

func (s *Store) followLogs() {
	if !s.cfg.InMemory {
		s.commits.files = dbfiles.NewLogs(s.db.Opts().Dir, s.db.Sync)
		s.commits.waiting = true // what the run before left
	}
}

// update is one durable transaction.
func (s *Store) update(change func(*badger.Txn) error) error {
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	if err := change(txn); err != nil {
		return err
	}
	return s.commitDurably(txn)
}

// commitDurably writes a transaction. It is on the disk when it returns, with
// all before it.
func (s *Store) commitDurably(txn *badger.Txn) error {
	if err := s.commitAny(txn); err != nil {
		return err
	}
	return s.syncCommits()
}

// commit writes a transaction into the log; followCommit, or syncCommits, comes
// behind it.
func (s *Store) commit(txn *badger.Txn) error {
	if err := s.commits.failed; err != nil {
		return err
	}
	// Before it is tried: one that fails may have written a part. To ask Badger
	// for its version instead would begin and end a transaction behind each commit.
	s.commits.waiting = s.commits.files != nil
	return txn.Commit()
}

// commitAny is commit and followCommit for a transaction that may hold nothing,
// which leaves nothing to sync.
func (s *Store) commitAny(txn *badger.Txn) error {
	waited := s.commits.waiting
	if err := s.commit(txn); err != nil {
		return err
	}
	if s.commits.waiting && !waited {
		after := s.db.NewTransaction(false)
		s.commits.waiting = after.ReadTs() != txn.ReadTs()
		after.Discard()
	}
	return s.followCommit()
}

// followCommit has a log that the last commit began known, and those before it
// synced.
func (s *Store) followCommit() error {
	if s.commits.files == nil {
		return nil
	}
	return s.noteSync(s.commits.files.Follow())
}

// syncCommits brings everything that was committed onto the disk.
func (s *Store) syncCommits() error {
	if s.commits.failed != nil {
		return s.commits.failed
	}
	if !s.commits.waiting {
		return nil
	}
	if err := s.noteSync(s.commits.files.Sync()); err != nil {
		return err
	}
	s.commits.waiting = false
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
	if !s.commits.waiting {
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
