package store

import (
	"fmt"
	"time"

	"courtcircuit/protocol"
)

// Config says where the replica lies and how much it may use.
type Config struct {
	Dir       string // the folder of the replica; "" with InMemory
	InMemory  bool   // nothing touches a disk; for tests
	Simulated bool   // no background compaction, small memtables: for testing/synctest, where a compactor's 50 ms tick would run the fake clock

	MinFreeBytes int64 // below this much free disk Put refuses; default 512 MiB, -1 disables
	MaxBytes     int64 // above this much in the replica's files Put refuses records of others; default 0 for no such bound
	BallastBytes int64 // a file given up when the disk is full, so that erasing still works; default 16 MiB, 0 for none

	MemTableBytes   int64 // default 16 MiB
	ValueLogBytes   int64 // default 16 MiB; holds nothing as long as records stay under the value threshold
	BlockCacheBytes int64 // default 0: blocks are read in place from mapped files, and a cache before them costs more than it saves
	IndexCacheBytes int64 // default 32 MiB; 0 keeps all table indexes in memory
	// CardCacheBytes is how much of the cards found last is kept ready to be
	// found again; default 32 MiB, 0 for none. CardCacheShare adds as many bytes
	// for each record held when the replica is opened; default 200.
	CardCacheBytes int64
	CardCacheShare int64
	// CardFileBytes is how much of the cards that are not in memory a file beside
	// the database keeps ready; default 64 MiB, 0 for no such file. CardFileShare
	// adds as many bytes for each record held; default 3 KiB. The file is made
	// empty at each start, and does not grow when less than twice MinFreeBytes are
	// free.
	CardFileBytes int64
	CardFileShare int64

	// OrderCacheBytes is how much of the records' order is kept in memory beside
	// its sums, so that comparing ranges reads no files: 38 bytes a record; default
	// 64 MiB.
	OrderCacheBytes int64

	// SyncDelay is how long what PutVisible stored may be lost to a power cut;
	// default 50 ms.
	SyncDelay time.Duration

	PurgeEvery time.Duration // how often replaced and expired text leaves the files; default 6 h
	PurgeDelay time.Duration // how long erasures are gathered before their text leaves the files; default 1 s

	// SkillKey gives the one key under which all words for a skill are filed,
	// from the skill as FoldSkill folds it; nil: each word is its own. It must
	// always give the same, and is called from several goroutines.
	SkillKey func(folded string) string
	// SkillTable names what SkillKey answers from, "" for nothing. When another
	// name was stored, Open files all cards anew.
	SkillTable string

	// OnUpgrade is called by Open while it brings an older replica up to date:
	// what is being done, how far, of about how much.
	OnUpgrade func(what string, done, total int)

	// Clock is what the times of records are compared with where no caller says
	// the time; default time.Now.
	Clock func() time.Time

	// View makes of a card what the caller wants to show of it, once for as long
	// as it is kept; Result.View gives it back. nil: none.
	View func(rec *protocol.Record, body any) []byte

	// OnChange is called by the writer after each commit, in commit order. It
	// must not block and must not call Put.
	OnChange func([]Change)

	freeBytes  func(dir string) (int64, error) // tests lower the free space
	fileBytes  func() int64                    // and raise what the files take
	cardFileIn string                          // and have a file of cards beside a database in memory
	onSync     func()                          // and look at what is on the disk
	stopRefile func() bool                     // tests end a refiling between two commits
	upgrades   []upgrade                       // tests have steps of their own
}

// DefaultConfig gives the defaults for a replica in dir.
func DefaultConfig(dir string) Config {
	return Config{
		Dir: dir, MinFreeBytes: 512 << 20, BallastBytes: 16 << 20,
		MemTableBytes: 16 << 20, ValueLogBytes: 16 << 20, IndexCacheBytes: 32 << 20,
		CardCacheBytes: 32 << 20, CardCacheShare: 200, CardFileBytes: 64 << 20, CardFileShare: 3 << 10, OrderCacheBytes: 64 << 20,
		SyncDelay: 50 * time.Millisecond, PurgeEvery: 6 * time.Hour, PurgeDelay: time.Second,
	}
}

// Bounds of a Config.
const (
	minMemTableBytes = 1 << 20
	maxMemTableBytes = 256 << 20
	simulatedBytes   = 4 << 20
	maxTableName     = 128
)

// Validate names the first field that is out of its bounds.
func (c Config) Validate() error {
	switch {
	case (c.Dir == "") != c.InMemory:
		return fmt.Errorf("store: Dir %q with InMemory %t: a folder expected, or InMemory without one", c.Dir, c.InMemory)
	case c.MinFreeBytes < -1:
		return fmt.Errorf("store: MinFreeBytes %d: -1 or more expected", c.MinFreeBytes)
	case c.MaxBytes < 0:
		return fmt.Errorf("store: MaxBytes %d: 0 or more expected", c.MaxBytes)
	case c.BallastBytes < 0 || c.BallastBytes > 1<<30:
		return fmt.Errorf("store: BallastBytes %d: 0 to 1 GiB expected", c.BallastBytes)
	case c.MemTableBytes < minMemTableBytes || c.MemTableBytes > maxMemTableBytes:
		return fmt.Errorf("store: MemTableBytes %d: %d to %d expected", c.MemTableBytes, minMemTableBytes, maxMemTableBytes)
	case c.ValueLogBytes < 1<<20 || c.ValueLogBytes > 64<<20:
		return fmt.Errorf("store: ValueLogBytes %d: 1 to 64 MiB expected", c.ValueLogBytes)
	case c.BlockCacheBytes < 0 || c.IndexCacheBytes < 0:
		return fmt.Errorf("store: cache sizes %d and %d: 0 or more expected", c.BlockCacheBytes, c.IndexCacheBytes)
	case c.CardCacheBytes < 0 || c.CardCacheShare < 0 || c.CardCacheShare > 1<<16:
		return fmt.Errorf("store: CardCacheBytes %d and CardCacheShare %d: 0 or more expected, of the share at most 64 KiB", c.CardCacheBytes, c.CardCacheShare)
	case c.CardFileBytes < 0 || c.CardFileShare < 0 || c.CardFileShare > 1<<16:
		return fmt.Errorf("store: CardFileBytes %d and CardFileShare %d: 0 or more expected, of the share at most 64 KiB", c.CardFileBytes, c.CardFileShare)
	case c.OrderCacheBytes < 0 || c.OrderCacheBytes > 1<<40:
		return fmt.Errorf("store: OrderCacheBytes %d: 0 to 1 TiB expected", c.OrderCacheBytes)
	case c.SyncDelay < 0 || c.SyncDelay > 10*time.Second:
		return fmt.Errorf("store: SyncDelay %s: 0 to 10 s expected", c.SyncDelay)
	case c.PurgeEvery < time.Minute || c.PurgeEvery > 24*time.Hour:
		return fmt.Errorf("store: PurgeEvery %s: one minute to one day expected", c.PurgeEvery)
	case (c.SkillKey == nil) != (c.SkillTable == "") || len(c.SkillTable) > maxTableName:
		return fmt.Errorf("store: SkillTable %.80q with SkillKey %t: both expected or neither, the name of at most %d bytes", c.SkillTable, c.SkillKey != nil, maxTableName)
	case c.PurgeDelay < 0 || c.PurgeDelay > 30*time.Second:
		return fmt.Errorf("store: PurgeDelay %s: 0 to 30 s expected", c.PurgeDelay)
	}
	return nil
}
