package inbox

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What could not be brought onto the disk is not acknowledged, and nothing behind
// it either: no start would read on behind the hole.
func TestNothingIsWrittenAfterASyncThatFailed(t *testing.T) {
	b := openTest(t, nil)
	shelf := NewShelf[note](b, SpaceBriefs)
	if err := shelf.Put(numberedID(1), noteOf(1, 10)); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(b.cfg.Dir, "*.mem"))
	if err != nil || len(logs) == 0 {
		t.Fatal(logs, err)
	}
	for _, path := range logs {
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
	}
	steps := b.steps
	if err := shelf.Put(numberedID(2), noteOf(2, 10)); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Error("not on the disk:", err)
	}
	for _, path := range logs {
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
	}
	if err := shelf.Put(numberedID(3), noteOf(3, 10)); err == nil {
		t.Error("written behind what is not on the disk")
	}
	if err := shelf.Delete(numberedID(1)); err == nil {
		t.Error("deleted behind what is not on the disk")
	}
	if _, err := shelf.Get(numberedID(3)); err == nil {
		t.Error("read, though it was refused")
	}
	if b.steps != steps {
		t.Error(b.steps-steps, "steps counted that were not acknowledged")
	}
}

// A reader keeps the log that it reads while a purge begins several: what is
// written then lies in the newest, and is synced there.
func TestTheNewestLogIsSyncedAfterAPurge(t *testing.T) {
	b := openTest(t, nil)
	shelf := NewShelf[note](b, SpaceBriefs)
	for i := range 2 {
		if err := shelf.Put(numberedID(i), noteOf(i, 10)); err != nil {
			t.Fatal(err)
		}
	}
	if err := shelf.Delete(numberedID(0)); err != nil {
		t.Fatal(err)
	}
	err := shelf.Each(func(ID, note) error {
		if err := b.Purge(); err != nil {
			t.Fatal(err)
		}
		logs, err := filepath.Glob(filepath.Join(b.cfg.Dir, "*.mem"))
		if err != nil || len(logs) < 2 {
			t.Fatal("the log that is read, and the newest:", logs, err)
		}
		// Whoever still takes it for the newest fails at it.
		read := slices.Min(logs)
		if err := os.Rename(read, read+".away"); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(read, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := shelf.Put(numberedID(2), noteOf(2, 10)); err != nil {
			t.Error("the newest log was not the one that was synced:", err)
		}
		return errors.Join(os.Remove(read), os.Rename(read+".away", read))
	})
	if err != nil {
		t.Fatal(err)
	}
}
