package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store/dbfiles/gate"
)

// Store is the replica. Its methods may be called from several goroutines.
type Store struct {
	cfg    Config
	opener *protocol.Opener
	log    *slog.Logger
	db     *badger.DB
	home   *home // lock, ballast and root file; nil InMemory
	// unmerged: opened on a full disk, see merge_levels.go.
	unmerged bool

	own atomic.Pointer[protocol.Identity]

	queue      chan request
	stopWriter chan struct{}
	writerDone chan struct{}
	readers    gate.Gate // Badger unmaps its files when it closes
	closeOnce  sync.Once
	closeErr   error

	live     liveSet
	known    knownIdentities
	asked    askedHeaders
	near     *nearIndex
	skills   skillKeys
	commits  commitLog
	cards    *cardCache
	wake     chan struct{} // one slot: an erasure waits for its text to leave
	erasures atomic.Int64  // commits that left such texts
	damage   damageLog
	// moments counts who reads records with their texts as of one moment; it rises on the writer only.
	moments atomic.Int32
	stats   statCounters
}

// SetOwn names the collective whose records are first among equals.
func (s *Store) SetOwn(id protocol.Identity) { s.own.Store(&id) }

// Put stores one record; see PutBatch.
func (s *Store) Put(ctx context.Context, v protocol.Verified, now time.Time) (Outcome, error) {
	out, err := s.PutBatch(ctx, []protocol.Verified{v}, now)
	if err != nil {
		return 0, err
	}
	return out[0], nil
}

// Close ends the writer after what it was given, and closes the files. Run
// must have ended.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		close(s.stopWriter)
		<-s.writerDone
		s.readers.Close() // Badger unmaps its files: nobody may be reading them
		var errs []error
		errs = append(errs, s.closeDatabase(), s.cards.file.close())
		if s.home != nil {
			errs = append(errs, s.home.close())
		}
		s.closeErr = errors.Join(errs...)
	})
	return s.closeErr
}

// closeDatabase lets Badger write out its log, if there is room. Without, the
// database is left as after a kill: all is in the log, and the process ends.
func (s *Store) closeDatabase() error {
	if err := s.markDamage(); err != nil { // what was met since Run ended
		s.log.Warn("damage not noted", "error", err)
	}
	if s.home != nil {
		if room := s.roomForTables(s.cfg.MemTableBytes); room != nil {
			if err := s.home.dropBallast(); err != nil {
				s.log.Warn("ballast", "error", err)
			}
			if room = s.roomForTables(s.cfg.MemTableBytes); room != nil {
				s.log.Warn("database left open, nothing is lost", "error", room)
				return nil
			}
		}
	}
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// Set gives all headers held, as catch-up compares them: a view of one moment.
func (s *Store) Set() reconcile.Set {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	return s.live.tree.Snapshot()
}

// Digest sums up all records that are live at now. Replicas with the same live
// records have the same digest.
func (s *Store) Digest(now time.Time) [32]byte {
	sum, count := s.Set().Fold(reconcile.After(hourOf(now)), reconcile.Infinity())
	return reconcile.Digest(sum, count)
}

// Counts says how many records of each kind are live at now; tombstones and
// records without their body are not counted.
func (s *Store) Counts(now time.Time) map[protocol.Kind]int {
	hour := hourOf(now)
	out := map[protocol.Kind]int{}
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	for kind, hours := range s.live.counts {
		for h, n := range hours {
			if h > hour && n > 0 {
				out[kind] += n
			}
		}
	}
	return out
}

// enter is asked by whoever reads; readers.Leave follows.
func (s *Store) enter() error {
	if !s.readers.Enter() {
		return ErrClosed
	}
	return nil
}
