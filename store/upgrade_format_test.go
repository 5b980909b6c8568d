package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// setFormat makes a closed replica say that it is of another format.
func setFormat(t *testing.T, c Config, o *protocol.Opener, format uint32) {
	t.Helper()
	s, err := Open(c, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.writeFormat(format, 0), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// fakeSteps write one value after another, each in a commit of its own, and
// end wherever the test says.
func fakeSteps(t *testing.T, stop func() bool) []upgrade {
	write := func(to uint32) func(s *Store, progress func(int, int)) error {
		return func(s *Store, progress func(int, int)) error {
			for i := range 3 {
				if stop() {
					return errStopped
				}
				err := s.db.Update(func(txn *badger.Txn) error {
					return txn.Set(metaKey(fmt.Sprint(to, i)), []byte("moved"))
				})
				if err != nil {
					return err
				}
				progress(i+1, 3)
			}
			return nil
		}
	}
	first, second := formatVersion+1, formatVersion+2
	return append(slices.Clone(upgrades), upgrade{first, "the first", write(first)}, upgrade{second, "the second", write(second)})
}

// An upgrade that ends at any moment goes on at the next opening, and no older
// program gets at what is half done.
func TestUpgradeGoesOnAfterACrash(t *testing.T) {
	o := testOpener(t)
	for stopAt := 0; ; stopAt++ {
		c := diskConfig(t.TempDir())
		setFormat(t, c, o, formatVersion)
		steps := 0
		cut := c
		cut.upgrades = fakeSteps(t, func() bool { steps++; return steps > stopAt })
		s, err := Open(cut, o, quiet)
		if err == nil {
			if stopAt != 6 {
				t.Errorf("upgraded in %d commits, 6 expected", stopAt)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			break
		}
		if !errors.Is(err, errStopped) || !strings.Contains(err.Error(), "the ") {
			t.Fatal(err)
		}
		if _, err := Open(c, o, quiet); !errors.Is(err, ErrNewerFormat) {
			t.Fatalf("an older program after %d commits: %v", stopAt, err)
		}
		told := map[string]int{}
		again := c
		again.upgrades = fakeSteps(t, func() bool { return false })
		again.OnUpgrade = func(what string, done, total int) { told[what] = done*10 + total }
		s, err = Open(again, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range []uint32{formatVersion + 1, formatVersion + 2} {
			for i := range 3 {
				if _, err := s.Meta(fmt.Sprint(to, i)); err != nil {
					t.Errorf("after %d commits: %d %d was not moved", stopAt, to, i)
				}
			}
		}
		if told["the second"] != 33 || (stopAt < 3) != (told["the first"] == 33) {
			t.Errorf("after %d commits told %v", stopAt, told)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		again.upgrades = fakeSteps(t, func() bool { t.Error("upgraded twice"); return false })
		if s, err = Open(again, o, quiet); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A replica of the first format opens, and its cards are found.
func TestFirstFormatIsBroughtUpToDate(t *testing.T) {
	o := testOpener(t)
	c := withTable(diskConfig(t.TempDir()), "first", firstTable)
	s, err := Open(c, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	putCards(t, s, drawnCards(t, o, 30))
	want := skillIndex(t, s)
	err = s.db.Update(func(txn *badger.Txn) error {
		return errors.Join(txn.Set(keyFormat, binary.BigEndian.AppendUint32(nil, 1)), txn.Delete(keySkills))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	told := 0
	c.OnUpgrade = func(string, int, int) { told++ }
	s = openStore(t, c, o)
	if got := skillIndex(t, s); len(got) != len(want) || told == 0 {
		t.Errorf("%d entries, %d expected; told %d times", len(got), len(want), told)
	}
	if format, err := readFormat(s.db, keyFormat); err != nil || format != formatVersion {
		t.Errorf("format %d: %v", format, err)
	}
}

// Formats to 3 kept a key for each skill of a card. They go, and skills are found
// and counted as before.
func TestSkillKeysAreDropped(t *testing.T) {
	o := testOpener(t)
	c := withTable(diskConfig(t.TempDir()), "first", firstTable)
	s, err := Open(c, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	putCards(t, s, drawnCards(t, o, 30))
	key := firstTable(FoldSkill(drawingWords[0]))
	want, err := s.CountSkill(protocol.KindProfile, key, 1000)
	if err != nil || want == 0 {
		t.Fatal(want, err)
	}
	err = s.db.Update(func(txn *badger.Txn) error {
		return txn.Set(append([]byte{famSkillBefore4}, make([]byte, 50)...), nil)
	})
	if err := errors.Join(err, s.exec(t.Context(), func() error { return s.writeFormat(3, 0) }), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, c, o)
	err = s.view(func(txn *badger.Txn) error {
		if n := countKeys(txn, []byte{famSkillBefore4}); n > 0 {
			t.Errorf("%d keys of skills are left", n)
		}
		return nil
	})
	if got, countErr := s.CountSkill(protocol.KindProfile, key, 1000); errors.Join(err, countErr) != nil || got != want {
		t.Errorf("%d cards have the skill, %d before (%v, %v)", got, want, err, countErr)
	}
}
