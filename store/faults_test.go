package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

func TestDiskFullRefusesAndReads(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	var free atomic.Int64
	free.Store(1 << 30)
	cfg.MinFreeBytes, cfg.BallastBytes = 512<<20, 1<<20
	cfg.freeBytes = func(string) (int64, error) { return free.Load(), nil }
	s := openStore(t, cfg, o)
	anna, bert := newActor(t, 1), newActor(t, 2)
	expect(t, s, anna.profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	ballast := func() bool { _, err := os.Stat(s.home.ballast()); return err == nil }
	if !ballast() {
		t.Fatal("no ballast made")
	}
	free.Store(100 << 20)
	v := bert.profile(t, o, protocol.Profile{}, nil, t0)
	if _, err := s.Put(context.Background(), v, t0); !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
	if _, err := s.ByPublicID(protocol.KindProfile, anna.Identity(), t0); err != nil {
		t.Fatal("reading:", err)
	}
	if s.balanceBallast(); ballast() {
		t.Fatal("ballast kept on a full disk")
	}
	free.Store(1 << 30)
	if s.balanceBallast(); !ballast() {
		t.Fatal("ballast not made again")
	}
	expect(t, s, v, t0, Stored)
}

func TestSecondDaemonIsRefused(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	openStore(t, cfg, o)
	_, err := Open(cfg, o, quiet)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Fatal(err)
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(20) {
		expect(t, s, newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	}
	err = s.db.Update(func(txn *badger.Txn) error {
		return txn.Set(keyFormat, binary.BigEndian.AppendUint32(nil, 7))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	refused := func() {
		t.Helper()
		_, err := Open(cfg, o, quiet)
		if !errors.Is(err, ErrNewerFormat) || !strings.Contains(err.Error(), "is 7") || !strings.Contains(err.Error(), fmt.Sprint("up to ", formatVersion)) {
			t.Fatal(err)
		}
	}
	refused()
	// Nor is it salvaged: what this program does not know would be left out.
	tables, err := filepath.Glob(filepath.Join(cfg.Dir, "badger", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	b, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/10] ^= 1
	if err := os.WriteFile(tables[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	refused()
	if after, err := os.ReadFile(tables[0]); err != nil || !bytes.Equal(after, b) {
		t.Fatal("the damaged files of a newer program were touched", err)
	}
}

// A byte flipped in the write-ahead log loses what stands behind it without a
// word from Badger; the root outside tells.
func TestDamagedLogIsNoticed(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(10) {
		expect(t, s, newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	}
	// As after a kill: a copy of the files while the log is the only place.
	crashed := diskConfig(t.TempDir())
	if err := os.CopyFS(crashed.Dir, os.DirFS(cfg.Dir)); err != nil {
		t.Fatal(err)
	}
	whole := diskConfig(t.TempDir())
	if err := os.CopyFS(whole.Dir, os.DirFS(cfg.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s := openStore(t, whole, o); s.Damaged() || s.Counts(t0)[protocol.KindProfile] != 10 {
		t.Fatal("a kill alone must lose nothing")
	}
	logs, err := filepath.Glob(filepath.Join(crashed.Dir, "badger", "*.mem"))
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	f, err := os.OpenFile(logs[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	const at = 6000
	if _, err := f.ReadAt(b, at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 4
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, crashed, o)
	if n := s.Counts(t0)[protocol.KindProfile]; n == 10 || !s.Damaged() {
		t.Fatalf("%d profiles, damaged %t", n, s.Damaged())
	}
}

// What expires is hidden at the hour and purged two hours later, in a bubble
// of fake time.
func TestSimulatedExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := testOpener(t)
		cfg := memoryConfig()
		cfg.Simulated = true
		var removed atomic.Int32
		cfg.OnChange = func(changes []Change) {
			for _, c := range changes {
				if c.Removed && c.Outcome == Expired {
					removed.Add(1)
				}
			}
		}
		s, err := Open(cfg, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		start := time.Now()
		v := newActor(t, 1).mission(t, o, 1, protocol.Mission{}, start) // the shortest life: fewest fake ticks
		expect(t, s, v, start, Stored)
		expiry := v.Record().Header.ExpiresAt()
		find := func() error {
			_, err := s.ByPublicID(protocol.KindMission, v.Record().Key().PublicID(), time.Now())
			return err
		}
		time.Sleep(time.Until(expiry) - time.Second)
		if err := find(); err != nil || removed.Load() != 0 {
			t.Fatal(err, removed.Load())
		}
		time.Sleep(time.Second)
		if err := find(); !errors.Is(err, ErrNotFound) || s.Counts(time.Now())[protocol.KindMission] != 0 {
			t.Fatal(err)
		}
		if _, err := s.ByRecordID(v.Record().ID); err != nil {
			t.Fatal("purged at once:", err)
		}
		time.Sleep(2*time.Hour + housekeepEvery)
		synctest.Wait()
		if _, err := s.ByRecordID(v.Record().ID); !errors.Is(err, ErrNotFound) || removed.Load() != 1 {
			t.Fatal("not purged after two hours:", err)
		}
		cancel()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Fatal(err)
		}
	})
}

// Much written in a bubble: more than several memtables, without compactors.
func TestSimulatedBulk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := testOpener(t)
		cfg := diskConfig(t.TempDir())
		cfg.Simulated = true
		s, err := Open(cfg, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		about := strings.Repeat("a ", 1900) + "z"
		for n := range uint64(4) {
			var vs []protocol.Verified
			for i := range uint64(500) {
				vs = append(vs, newActor(t, 1+n*1000+i).profile(t, o, protocol.Profile{About: about}, nil, now))
			}
			putAll(t, s, vs, now)
		}
		if n := s.Counts(now)[protocol.KindProfile]; n != 2000 {
			t.Fatal(n)
		}
		if err := s.purgeText(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A byte flipped in a table: what still verifies is there, nothing else is
// served, and the replica says that it is damaged.
func TestFlippedTable(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	const people = 50
	var put []protocol.Verified
	for i := range uint64(people) {
		put = append(put, newActor(t, 1+i).profile(t, o, protocol.Profile{About: strings.Repeat("x", 900)}, nil, t0))
	}
	putAll(t, s, put, t0)
	if err := errors.Join(s.SetMeta("restored", []byte("yes")), s.Close()); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(cfg.Dir, "badger", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	whole, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, tenth := range []int{1, 3, 5, 9} {
		damaged := diskConfig(t.TempDir())
		if err := os.CopyFS(damaged.Dir, os.DirFS(cfg.Dir)); err != nil {
			t.Fatal(err)
		}
		b := append([]byte(nil), whole...)
		b[len(b)*tenth/10] ^= 1
		if err := os.WriteFile(filepath.Join(damaged.Dir, "badger", filepath.Base(tables[0])), b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(damaged, o, quiet)
		if err != nil {
			t.Fatalf("at %d/10: %v", tenth, err)
		}
		served := 0
		for _, v := range put {
			rec, err := s.ByRecordID(v.Record().ID)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if rec.HasBody {
				if _, err := o.Open(rec.Wire(), t0); err != nil {
					t.Fatal("served what does not verify:", err)
				}
				served++
			}
		}
		if !s.Damaged() || served < people*3/4 {
			t.Errorf("at %d/10: damaged %t, %d of %d served", tenth, s.Damaged(), served, people)
		}
		putAllAgain(t, s, put)
		if n := s.Counts(t0)[protocol.KindProfile]; n != people {
			t.Errorf("at %d/10: %d profiles after a catch-up", tenth, n)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func putAllAgain(t *testing.T, s *Store, vs []protocol.Verified) {
	t.Helper()
	if _, err := s.PutBatch(context.Background(), vs, t0); err != nil {
		t.Fatal(err)
	}
}
