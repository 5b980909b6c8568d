package store

import (
	"sync/atomic"
	"testing"
	"time"

	"courtcircuit/protocol"
)

// Each start writes a table, and what is opened on a full disk must not merge
// them: Badger would end the process by a signal.
func TestNoMergeOnAFullDisk(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	var free atomic.Int64
	free.Store(1 << 40)
	cfg.MinFreeBytes = 64 << 20
	cfg.freeBytes = func(string) (int64, error) { return free.Load(), nil }
	who := newActor(t, 1)
	open := func() *Store {
		s, err := Open(cfg, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	stop := func(s *Store) {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	tables := func(s *Store) int { return s.db.Levels()[0].NumTables }
	for i := range levelZeroTables {
		s := open()
		expect(t, s, who.profile(t, o, protocol.Profile{Name: "Anna"}, nil, t0.Add(time.Duration(i)*time.Minute)), t0.Add(time.Hour), Stored)
		stop(s)
	}
	s := open()
	expect(t, s, who.profile(t, o, protocol.Profile{Name: "Anna"}, nil, t0.Add(time.Hour)), t0.Add(time.Hour), Stored)
	free.Store(cfg.MinFreeBytes - 1) // closing still writes its table
	stop(s)
	s = open()
	if n, merges := tables(s), s.db.Opts().NumCompactors; n <= levelZeroTables || merges != 0 {
		t.Fatalf("%d tables in level zero, %d who merge; more than %d and none expected", n, merges, levelZeroTables)
	}
	if err := s.mergeLevels(t.Context()); err == nil || tables(s) <= levelZeroTables {
		t.Errorf("merged on a full disk: %v, %d tables", err, tables(s))
	}
	free.Store(1 << 40)
	if err := s.mergeLevels(t.Context()); err != nil || tables(s) != 0 {
		t.Errorf("room again: %v, %d tables", err, tables(s))
	}
	stop(s)
	s = open()
	defer stop(s)
	if _, err := s.ByPublicID(protocol.KindProfile, who.Identity(), t0.Add(time.Hour)); err != nil || s.unmerged {
		t.Error(err, s.unmerged)
	}
}
