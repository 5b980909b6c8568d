package store

import (
	"sync/atomic"
	"time"

	"courtcircuit/store/proximity"
)

// Stats is what operators watch.
type Stats struct {
	Records      int           // all records held, tombstones included
	Commits      int64         // since the start
	Syncs        int64         // of the log, for commits
	Bytes        int64         // of the files
	FreeBytes    int64         // on the disk, when last looked at
	RefusedFull  int64         // commits refused for lack of room
	RefusedOver  int64         // commits refused because the files take MaxBytes
	PurgeWaiting int64         // texts hidden that still stand in a file
	LastPurge    time.Time     // when texts last left the files, checked
	LastPurgeFor time.Duration // how long that took
	PurgeRetries int64         // times the check still found a text
	Damaged      bool
	Format       uint32 // of the keys, see openFormat
	Cards        CardStats
	Words        WordStats
	Search       proximity.Bytes // of memory that the index of searches takes
}

type statCounters struct {
	commits, syncs, free, refusedFull, refusedOver, purgeWaiting, purgeRetries, lastPurge, lastPurgeFor atomic.Int64
}

// Stats gives the counters of this moment.
func (s *Store) Stats() Stats {
	st := Stats{
		Commits: s.stats.commits.Load(), Syncs: s.stats.syncs.Load(), FreeBytes: s.stats.free.Load(), RefusedFull: s.stats.refusedFull.Load(),
		RefusedOver:  s.stats.refusedOver.Load(),
		PurgeWaiting: s.stats.purgeWaiting.Load(), PurgeRetries: s.stats.purgeRetries.Load(),
		LastPurgeFor: time.Duration(s.stats.lastPurgeFor.Load()), Damaged: s.Damaged(), Format: formatVersion,
		Cards: s.cards.stats(), Words: s.wordStats(), Search: s.searchBytes(),
	}
	if ms := s.stats.lastPurge.Load(); ms > 0 {
		st.LastPurge = time.UnixMilli(ms)
	}
	s.live.mu.Lock()
	st.Records = s.live.tree.Snapshot().Len()
	s.live.mu.Unlock()
	if s.enter() == nil {
		st.Bytes = s.fileBytes()
		s.readers.Leave()
	}
	return st
}

func (s *Store) searchBytes() (sum proximity.Bytes) {
	for _, index := range s.near.kinds {
		sum.Add(index.Stats().Bytes)
	}
	return sum
}

// WordStats is what searches know of the words of cards.
type WordStats struct {
	Bytes   int // of memory
	Waiting int // cards that are still to be read for them
}

func (s *Store) wordStats() (st WordStats) {
	for _, index := range s.near.kinds {
		of := index.Stats()
		st.Bytes, st.Waiting = st.Bytes+of.Bytes.Words, st.Waiting+of.Wordless
	}
	return st
}
