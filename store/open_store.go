package store

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store/dbfiles"
)

// Open opens or makes a replica and starts its writer. A text whose erasure
// was cut short leaves the files once Run is started. The caller closes it.
func Open(cfg Config, opener *protocol.Opener, log *slog.Logger) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.freeBytes == nil {
		cfg.freeBytes = dbfiles.FreeBytes
	}
	s := &Store{
		cfg: cfg, opener: opener, log: log,
		queue: make(chan request, queueRequests), stopWriter: make(chan struct{}), writerDone: make(chan struct{}),
		wake: make(chan struct{}, 1), damage: newDamageLog(),
	}
	s.live, s.near, s.cards = s.newLiveSet(), newNearIndex(), newCardCache(0)
	if !cfg.InMemory {
		var err error
		if s.home, err = openHome(cfg.Dir); err != nil {
			return nil, err
		}
		s.balanceBallast()
		if err := s.home.settle(); err != nil {
			return nil, errors.Join(err, s.home.close())
		}
	}
	var err error
	if s.home != nil {
		err = s.mend()
	}
	if err == nil {
		err = s.openDatabase()
	}
	if err != nil {
		if s.home != nil {
			err = errors.Join(err, s.home.close())
		}
		return nil, err
	}
	go s.writeLoop()
	return s, nil
}

func (s *Store) openDatabase() error {
	began := time.Now()
	if s.unmerged = s.mergesLater(); s.unmerged {
		s.log.Warn("little room on the disk: tables of the database are merged when there is more")
	}
	db, err := badger.Open(s.badgerOptions())
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.db = db
	s.followLogs()
	took := []any{"database", time.Since(began)}
	for _, step := range []struct {
		name string
		do   func() error
	}{{"format", s.openFormat}, {"order", s.load}, {"identities", s.knowIdentities}, {"skills", s.refileSkills}, {"index", s.buildNear}} {
		began := time.Now()
		if err := step.do(); err != nil {
			return errors.Join(err, db.Close())
		}
		took = append(took, step.name, time.Since(began))
	}
	s.log.Debug("replica opened", took...)
	s.cards = newCardCache(s.cardCacheBytes())
	s.openCardFile()
	return nil
}

// openCardFile: without the file searches are slower, and that is all.
func (s *Store) openCardFile() {
	dir := s.cfg.cardFileIn
	if s.home != nil && !s.cfg.Simulated {
		dir = s.home.dir
	}
	if dir == "" || s.cfg.CardFileBytes == 0 {
		return
	}
	most := func() int64 {
		s.live.mu.Lock()
		defer s.live.mu.Unlock()
		return s.cfg.CardFileBytes + s.cfg.CardFileShare*int64(s.live.tree.Snapshot().Len())
	}
	// Twice the floor, and below the floor it is emptied (balanceBallast): it does
	// not come and go with each commit.
	room := func() bool {
		free, err := s.cfg.freeBytes(s.cfg.Dir)
		return err != nil || free >= 2*s.cfg.MinFreeBytes
	}
	var err error
	if s.cards.file, err = openCardFile(dir, most, room, s.log); err != nil {
		s.log.Warn("no file of ready cards; searches read cards from the database", "error", err)
	}
}

func (s *Store) cardCacheBytes() int64 {
	bytes := s.cfg.CardCacheBytes + s.cfg.CardCacheShare*int64(s.live.tree.Snapshot().Len())
	if s.cfg.Simulated {
		return min(bytes, simulatedBytes/4)
	}
	return bytes
}

// Badger's levels. Records come in the order of hashes, so each table of level
// zero covers all keys, and is merged with all of the base level. With Badger's
// defaults (5 tables, 10 MB, 2 MB) a first catch-up of a million records wrote
// 18 GB, with these 10 GB; still wider ones write less, but what a merge writes
// must fit into Config.MinFreeBytes, and a purge merges these two levels while
// readers of the database wait.
const (
	levelZeroTables = 10
	baseLevelBytes  = 256 << 20
	baseTableBytes  = 4 << 20
)

// badgerOptions: each default that is changed here lost or leaked something in
// a measurement, see DESIGN.md.
func (s *Store) badgerOptions() badger.Options {
	o := badger.DefaultOptions("")
	if s.home != nil {
		o = badger.DefaultOptions(s.home.database())
	}
	o = o.WithInMemory(s.cfg.InMemory).
		WithLogger(badgerLog{s.log}).WithMetricsEnabled(false).
		WithSyncWrites(false). // commits are synced by who waits for them, see sync_commits.go
		WithValueLogFileSize(s.cfg.ValueLogBytes).
		WithMemTableSize(s.cfg.MemTableBytes).
		WithNumLevelZeroTables(levelZeroTables).WithNumLevelZeroTablesStall(3 * levelZeroTables).
		WithBaseLevelSize(baseLevelBytes).WithBaseTableSize(baseTableBytes).
		WithNumVersionsToKeep(1).
		WithDetectConflicts(false).    // one writer
		WithCompression(options.None). // a compressed text could not be searched for after its erasure
		WithBlockCacheSize(s.cfg.BlockCacheBytes).
		WithIndexCacheSize(s.cfg.IndexCacheBytes).
		WithChecksumVerificationMode(options.NoVerification) // dbfiles has read every byte: what Badger finds itself it may panic on
	if s.cfg.Simulated {
		o = withoutMerges(o).WithMemTableSize(simulatedBytes).WithBlockCacheSize(0).WithIndexCacheSize(0)
	}
	if s.unmerged {
		o = withoutMerges(o)
	}
	// Above our records and dossiers, and below what one commit may hold.
	return o.WithValueThreshold(min(512<<10, o.MemTableSize/10))
}

// compareRoots finds out whether the files lost something.
func (s *Store) compareRoots(stored root, sum reconcile.Sum, count uint64) {
	var outside root
	var err error
	if s.home != nil {
		if outside, err = s.home.readRoot(); err != nil {
			s.damage.note(commitsLost) // it is not known what is missing
			s.log.Warn("replica's file damaged", "file", s.home.rootFile.Name(), "error", err)
		}
	}
	if stored.count != count || stored.sum != sum {
		s.damage.note(itemsLost)
		s.log.Warn("replica damaged", "records", count, "expected_records", stored.count)
	}
	// A loss that was found before stands outside as what was left, under the same commit.
	left := root{seq: stored.seq, count: count, sum: sum}
	if outside.seq > stored.seq || (outside.seq == stored.seq && outside != stored && outside != left) {
		s.damage.note(commitsLost)
		s.log.Warn("replica damaged", "commit", stored.seq, "expected_commit", outside.seq)
	}
	if !s.Damaged() {
		return
	}
	// The mark first: the root outside will not tell any more.
	if err := s.markDamage(); err != nil {
		s.log.Warn("damage not noted", "error", err)
	} else if s.home != nil {
		s.home.noteRoot(left)
	}
}

func countKeys(txn *badger.Txn, prefix []byte) (n int64) {
	opts := badger.DefaultIteratorOptions
	opts.Prefix, opts.PrefetchValues = prefix, false
	it := txn.NewIterator(opts)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		n++
	}
	return n
}

// badgerLog passes on what an operator may need; Badger's info is about its
// own levels.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(f string, a ...any)   { l.log.Error("badger", "detail", fmt.Sprintf(f, a...)) }
func (l badgerLog) Warningf(f string, a ...any) { l.log.Warn("badger", "detail", fmt.Sprintf(f, a...)) }
func (l badgerLog) Infof(string, ...any)        {}
func (l badgerLog) Debugf(string, ...any)       {}
