// Package inbox keeps what is private to a node, in a database of its own:
// drafts of missions that nobody published yet, the references by which a
// collective's own list calls its members, what visitors reported, which
// records are not shown here, and on shelves all that clients, members and
// coordinators leave at its doors.
//
// Its promise: nothing here ever lies in the replica, so no fault in gossip or
// catch-up can send it out; a write is on the disk, synced, before its call
// returns; what is deleted leaves the files and not only the index, at once or
// with the next Purge; and everything is bounded.
package inbox

import (
	"errors"
	"fmt"
	"sync"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"courtcircuit/store/dbfiles"
	"courtcircuit/store/dbfiles/gate"
)

var (
	// ErrNotFound: no such draft.
	ErrNotFound = errors.New("not in the inbox")
	// ErrFull: a bound of Config is reached.
	ErrFull = errors.New("the inbox is full")
	// ErrTooLarge: one value is larger than its space takes.
	ErrTooLarge = errors.New("too large")
	// ErrEnough: a record has as many reports as are kept of one.
	ErrEnough = errors.New("reported often enough")
	// ErrNewerFormat: written by a newer version of the program.
	ErrNewerFormat = errors.New("written by a newer version of courtcircuit; run that version or a newer one")
	// ErrDamaged: a value or a backup is not what was written.
	ErrDamaged = errors.New("damaged; restore the home from the last backup into an empty folder")
	// ErrNotEmpty: a backup is restored into an empty inbox only.
	ErrNotEmpty = errors.New("the inbox is not empty")
)

// Config says where an inbox lies and how much it takes.
type Config struct {
	Dir       string // ignored with InMemory
	InMemory  bool
	Simulated bool // no background work, for testing/synctest

	MaxDrafts     int // default 1,000
	MaxRefs       int // default 200,000
	MaxDraftBytes int // one draft as JSON, default 96 KiB
	MaxHidden     int // default 10,000
	MaxReports    int // default 2,000
	MaxReportsOf  int // about one record, default 20

	// CheckSpace is asked before every write that grows the inbox, and
	// CheckSpaceToErase before every other; nil for never. The node passes the
	// checks of its store: both lie on one disk, and Badger dies when it is full.
	CheckSpace, CheckSpaceToErase func() error
}

// DefaultConfig keeps the inbox in dir.
func DefaultConfig(dir string) Config {
	return Config{Dir: dir, MaxDrafts: 1_000, MaxRefs: 200_000, MaxDraftBytes: 96 << 10, MaxHidden: 10_000, MaxReports: 2_000, MaxReportsOf: 20}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	switch {
	case c.Dir == "" && !c.InMemory:
		return errors.New("inbox: a folder is expected")
	case c.MaxDrafts < 1:
		return fmt.Errorf("inbox: MaxDrafts is %d, at least 1 expected", c.MaxDrafts)
	case c.MaxRefs < 1:
		return fmt.Errorf("inbox: MaxRefs is %d, at least 1 expected", c.MaxRefs)
	case c.MaxHidden < 1:
		return fmt.Errorf("inbox: MaxHidden is %d, at least 1 expected", c.MaxHidden)
	case c.MaxReports < 1:
		return fmt.Errorf("inbox: MaxReports is %d, at least 1 expected", c.MaxReports)
	case c.MaxReportsOf < 1:
		return fmt.Errorf("inbox: MaxReportsOf is %d, at least 1 expected", c.MaxReportsOf)
	case c.MaxDraftBytes < 1 || c.MaxDraftBytes > maxValueBytes:
		return fmt.Errorf("inbox: MaxDraftBytes is %d, 1 to %d expected", c.MaxDraftBytes, maxValueBytes)
	}
	return nil
}

const (
	memTableBytes = 4 << 20
	// maxValueBytes keeps every value out of the value log, whose files a
	// purge does not reach; it must stay under Badger's 15 % of a memtable.
	maxValueBytes = 256 << 10
)

// Inbox is an open inbox. All methods may be called at once.
type Inbox struct {
	cfg   Config
	db    *badger.DB
	logs  *dbfiles.Logs // nil in memory
	count *stepFile     // nil in memory

	// mu serialises writers: counts are checked and changed with the write,
	// and a purge refuses other writes while it runs.
	mu sync.Mutex
	// files is held while keys are dropped, and shared by a backup: a drop
	// takes values out of the moment that the backup is a copy of.
	files   sync.RWMutex
	readers gate.Gate

	drafts  int
	refs    int
	hidden  int
	reports map[[32]byte]reportMark // by report id
	shelved map[Space]usage
	blanked int    // keys that the next purge drops, or more
	purged  uint64 // the database's version when nothing was left to purge
	steps   uint64 // commits so far
	failed  error  // of a sync: nothing is written any more
}

// Open opens the inbox, makes it when it is missing, and finishes deletions
// that a crash interrupted. Another process that has it open is an error.
func Open(cfg Config) (*Inbox, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	b := &Inbox{cfg: cfg, reports: map[[32]byte]reportMark{}, shelved: map[Space]usage{}}
	err := b.openFiles()
	if err == nil {
		err = b.start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open inbox in %q: %w", cfg.Dir, err), b.closeFiles())
	}
	return b, nil
}

func badgerOptions(cfg Config) badger.Options {
	o := badger.DefaultOptions(cfg.Dir)
	if cfg.InMemory {
		o = badger.DefaultOptions("").WithInMemory(true)
	}
	o = o.WithLogger(nil). // it would print keys; every error comes back from a call
				WithNumVersionsToKeep(1).WithDetectConflicts(false).
				WithMemTableSize(memTableBytes).WithNumMemtables(2).
				WithValueLogFileSize(4 << 20).WithValueThreshold(maxValueBytes + 1<<10).
				WithCompression(options.None).WithBlockCacheSize(0).WithIndexCacheSize(0).
				WithChecksumVerificationMode(options.NoVerification).WithMetricsEnabled(false).
				WithNumCompactors(2)
	if cfg.Simulated {
		o = o.WithNumCompactors(0) // they tick every 50 ms, of fake time too
	}
	return o
}

// start checks the format, finishes deletions and counts.
func (b *Inbox) start() error {
	if err := b.checkFormat(); err != nil {
		return err
	}
	err := b.scan(func(item *badger.Item) error {
		switch space := item.Key()[0]; {
		case isBlank(item):
			b.blanked++
		case space == draftSpace:
			b.drafts++
		case space == refSpace:
			b.refs++
		case space == hiddenSpace:
			b.hidden++
		case space == reportSpace:
			return b.markStored(item)
		default:
			b.shelved[Space(space)] = b.shelved[Space(space)].plus(usage{1, int(item.ValueSize())})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if b.checkSpaceToErase() != nil {
		return nil // the next Purge does it
	}
	return b.dropBlanked()
}

func (b *Inbox) checkFormat() error {
	err := b.db.View(func(txn *badger.Txn) error {
		v, err := get(txn, formatKey)
		if err != nil {
			return err
		}
		if len(v) != 1 || v[0] < 1 {
			return fmt.Errorf("format %x: %w", v, ErrDamaged)
		}
		if v[0] > formatVersion {
			return fmt.Errorf("format %d, up to %d known: %w", v[0], formatVersion, ErrNewerFormat)
		}
		return nil
	})
	if errors.Is(err, ErrNotFound) {
		return b.commit(func(txn *badger.Txn) error { return txn.Set(formatKey, []byte{formatVersion}) })
	}
	return err
}

// Close ends the inbox; calls under way end first.
func (b *Inbox) Close() error {
	b.readers.Close() // before mu, which who reads may ask for
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.closeFiles(); err != nil {
		return fmt.Errorf("close inbox: %w", err)
	}
	return nil
}

// isEmpty says whether nothing was ever kept. What start counts without
// knowing it, the format and the marks of references, does not make it full.
func (b *Inbox) isEmpty() bool {
	for space := range shelfBounds {
		if b.shelved[space].count > 0 {
			return false
		}
	}
	return b.drafts+b.refs+b.hidden+len(b.reports) == 0
}

// Counts says how many drafts and references are kept.
func (b *Inbox) Counts() (drafts, refs int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.drafts, b.refs
}

func (b *Inbox) checkSpaceToErase() error {
	if b.cfg.CheckSpaceToErase == nil {
		return nil
	}
	return b.cfg.CheckSpaceToErase()
}

func (b *Inbox) checkSpace() error {
	if b.cfg.CheckSpace == nil {
		return nil
	}
	return b.cfg.CheckSpace()
}
