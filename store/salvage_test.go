package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// harmTable flips a byte in a table of a closed replica.
func harmTable(t *testing.T, cfg Config) {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(cfg.Dir, "badger", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	b, err := os.ReadFile(tables[0])
	if err == nil {
		b[len(b)-5] ^= 1 // the index: the blocks are whole
		err = os.WriteFile(tables[0], b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What is saved of a damaged replica needs as much room again. Where there is
// none that is said first: Badger does not fail on a full disk, it dies.
func TestSalvageWantsRoom(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(20) {
		expect(t, s, newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	harmTable(t, cfg)
	full := cfg
	full.MinFreeBytes = 0
	full.freeBytes = func(string) (int64, error) { return 4<<20 + 4<<10, nil }
	if _, err := Open(full, o, quiet); !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
	if s = openStore(t, cfg, o); s.Counts(t0)[protocol.KindProfile] != 20 {
		t.Fatal(s.Counts(t0))
	}
}

// A machine without a battery for its clock starts in the past, after a power
// cut above all, which is what damages files. The records are then all of the
// future, and nobody may have them but this replica.
func TestSalvageWithAClockBehind(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(20) {
		expect(t, s, newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	harmTable(t, cfg)
	cfg.Clock = func() time.Time { return t0.AddDate(-1, 0, 0) }
	s = openStore(t, cfg, o)
	if n := s.Counts(t0)[protocol.KindProfile]; n != 20 || !s.Damaged() {
		t.Fatalf("%d of 20 profiles saved, damaged %t", n, s.Damaged())
	}
}

// A verification that mends a key does not take back that whole commits were
// lost: the sum inside the files never knew of them.
func TestMendingDoesNotMakeUpForLostCommits(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(10) {
		expect(t, s, newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	}
	before := t.TempDir()
	if err := os.CopyFS(before, os.DirFS(filepath.Join(cfg.Dir, "badger"))); err != nil {
		t.Fatal(err)
	}
	expect(t, s, newActor(t, 20).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// The files are those of a commit ago, as when the end of a log is lost.
	if err := errors.Join(os.RemoveAll(filepath.Join(cfg.Dir, "badger")), os.CopyFS(filepath.Join(cfg.Dir, "badger"), os.DirFS(before))); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, cfg, o)
	if !s.Damaged() {
		t.Fatal("not noticed")
	}
	key, _ := firstKey(t, s, famPlace)
	damage(t, s, func(txn *badger.Txn) error { return txn.Delete(key) })
	v, err := s.Verify(t.Context(), t0, true, nil)
	if err != nil || v.Repaired == 0 {
		t.Fatal(v, err)
	}
	if !v.Lost {
		t.Error("taken for whole")
	}
}

// Proofs of equivocations are salvaged: catch-up does not carry them. One that
// does not verify is not, nor one that its author's erasure had taken and that a
// lost table has brought back.
func TestSalvageKeepsProofs(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	twice := func(seed uint64) actor {
		a := newActor(t, seed)
		putBoth := []protocol.Verified{a.profile(t, o, protocol.Profile{Name: "Une"}, nil, t0), a.profile(t, o, protocol.Profile{Name: "Autre"}, nil, t0)}
		if _, err := s.PutBatch(t.Context(), putBoth, t0); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.Equivocation(a.Identity(), t0); !ok {
			t.Fatal("no proof")
		}
		return a
	}
	kept, forged, longer, erased := twice(1), twice(2), twice(3), twice(4)
	all := allKeys(t, s)
	expect(t, s, erased.seal(t, o, protocol.ErasureDraft(nil, t0.UnixMilli())), t0, Stored)
	damage(t, s, func(txn *badger.Txn) error {
		value := func(a actor) []byte { return []byte(all[string(proofKey(a.Identity()))]) }
		wrong, late := value(forged), value(longer)
		wrong[10] ^= 1
		late[0] ^= 1 // for ever, though its header has run out
		return errors.Join(txn.Set(proofKey(forged.Identity()), wrong), txn.Set(proofKey(longer.Identity()), late), txn.Set(proofKey(erased.Identity()), value(erased)))
	})
	want, _ := s.Equivocation(kept.Identity(), t0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	harmTable(t, cfg)
	cfg.Clock = func() time.Time { return t0 }
	s = openStore(t, cfg, o)
	if got, ok := s.Equivocation(kept.Identity(), t0); !ok || got.ID != want.ID {
		t.Error("the proof is gone")
	}
	for name, a := range map[string]actor{"forged": forged, "of another time": longer, "erased": erased} {
		if _, ok := s.Equivocation(a.Identity(), t0); ok {
			t.Error("kept, and", name)
		}
	}
	if v, err := s.Verify(t.Context(), t0, false, nil); err != nil || v.Found > 0 || !v.Lost {
		t.Errorf("%v: %+v", err, v)
	}
}
