package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// What was found damaged stays so over restarts, whoever met it and when,
// until it is repaired and a catch-up that began after that was completed.
func TestDamageIsKnownUntilMadeUp(t *testing.T) {
	o := testOpener(t)
	now := t0
	for name, harm := range map[string]struct {
		do    func(*testing.T, Config, *Store, []protocol.Verified)
		letGo bool // a repair takes away what a catch-up then brings
		fixed bool // a repair alone sets all right
	}{
		"a reader meets a header that cannot be read": {letGo: true, do: func(t *testing.T, _ Config, s *Store, rs []protocol.Verified) {
			id := rs[3].Record().ID
			damage(t, s, func(txn *badger.Txn) error { return txn.Set(headerKey(id), []byte("half")) })
			if _, err := s.ByRecordID(id); !errors.Is(err, errHeader) {
				t.Error("read:", err)
			}
		}},
		"the writer meets a leaf whose items are gone": {do: func(t *testing.T, _ Config, s *Store, rs []protocol.Verified) {
			lost := rs[3].Record()
			damage(t, s, func(txn *badger.Txn) error {
				return errors.Join(txn.Delete(headerKey(lost.ID)), txn.Delete(dossierKey(lost.Key().Identity)), txn.Delete(expiryKey(lost.Header.ExpiryHour(), lost.ID)))
			})
			expect(t, s, newActor(t, 900).profile(t, o, protocol.Profile{}, nil, t0), now, Stored)
		}},
		"a start finds a table damaged": {do: func(t *testing.T, c Config, s *Store, _ []protocol.Verified) {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			harmTable(t, c)
		}},
		"a start finds a commit missing": {do: func(t *testing.T, c Config, s *Store, _ []protocol.Verified) {
			files, before := filepath.Join(c.Dir, "badger"), t.TempDir()
			err := os.CopyFS(before, os.DirFS(files))
			expect(t, s, newActor(t, 900).profile(t, o, protocol.Profile{}, nil, t0), now, Stored)
			if err = errors.Join(err, s.Close(), os.RemoveAll(files), os.CopyFS(files, os.DirFS(before))); err != nil {
				t.Fatal(err)
			}
		}},
		"a start finds an item missing, and the repair makes it anew": {fixed: true, do: func(t *testing.T, _ Config, s *Store, rs []protocol.Verified) {
			r := rs[3].Record()
			damage(t, s, func(txn *badger.Txn) error {
				return errors.Join(txn.Delete(expiryKey(r.Header.ExpiryHour(), r.ID)), txn.Delete(keyOrder))
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := diskConfig(t.TempDir())
			c.OrderCacheBytes = 0
			s := openStore(t, c, o)
			rs := manyRecords(t, o, 60)
			putAll(t, s, rs, now)
			harm.do(t, c, s, rs)
			reopen := func() {
				t.Helper()
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = openStore(t, c, o)
			}
			wantDamaged := func(want bool, when string) {
				t.Helper()
				if s.Damaged() != want || (s.Losses() > 0) != want {
					t.Fatalf("%s: damaged %t, %d losses", when, s.Damaged(), s.Losses())
				}
			}
			reopen()
			wantDamaged(true, "found")
			before := s.Losses()
			s.MadeUp(before) // a catch-up brings nothing that is here by its header
			reopen()
			wantDamaged(true, "a start later, and not repaired")
			before = s.Losses()
			v, err := s.Verify(t.Context(), now, true, nil)
			if err != nil || v.Found != v.Repaired {
				t.Fatalf("%v: %+v", err, v)
			}
			if harm.fixed {
				reopen()
				wantDamaged(false, "nothing is lost")
				return
			}
			if harm.letGo {
				s.MadeUp(before) // a catch-up that began before the repair let go of a record
			}
			reopen()
			wantDamaged(true, "repaired, not caught up")
			if _, err := s.Verify(t.Context(), now, true, nil); err != nil {
				t.Fatal(err)
			}
			s.MadeUp(s.Losses())
			reopen()
			wantDamaged(false, "made up for")
		})
	}
}

// Files of another past under the root of this one, after as many commits, are
// not what was acknowledged.
func TestFilesOfAnotherPast(t *testing.T) {
	o := testOpener(t)
	var homes [2]Config
	for i, v := range manyRecords(t, o, 2) {
		homes[i] = diskConfig(t.TempDir())
		s, _ := openSaying(t, homes[i], o)
		put(t, s, v, t0)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.ReadFile(filepath.Join(homes[0].Dir, "root"))
	if err == nil {
		err = os.WriteFile(filepath.Join(homes[1].Dir, "root"), root, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range homes {
		s, _ := openSaying(t, c, o)
		if damaged := s.Damaged(); damaged != (c.Dir == homes[1].Dir) {
			t.Errorf("damaged: %t", damaged)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
