package node

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"courtcircuit/store/dbfiles"
)

// stagedRestore restores into a folder that a crash left before anything was
// moved out of it; the home is empty beside it.
func stagedRestore(t *testing.T) (home, stage, profile string) {
	t.Helper()
	n := namedNode(t)
	p := mustPublish(t, n, camille("Graphiste"), "ref-1")
	done, err := n.BackupTo(context.Background(), filepath.Join(t.TempDir(), "b"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := restoreConfig(t)
	if _, err := Restore(context.Background(), cfg, done.Path, "", nil); err != nil {
		t.Fatal(err)
	}
	home = cfg.Home
	stage = filepath.Join(home, stagePrefix+"1")
	if err := os.MkdirAll(filepath.Join(stage, "config"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"store", "inbox", "keys"} {
		if err := os.Rename(filepath.Join(home, name), filepath.Join(stage, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(home, "VERSION")); err != nil {
		t.Fatal(err)
	}
	return home, stage, p.ID
}

// A restore that a crash cut short while it moved things into the home is
// ended by the next start: the keys of before are there, and all else.
func TestStartEndsARestoreThatWasCutShort(t *testing.T) {
	for moved := range 4 { // of restoreStages
		home, stage, profile := stagedRestore(t)
		if err := os.WriteFile(filepath.Join(stage, stageWhole), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"store", "inbox", "keys"}[:min(moved, 3)] {
			if err := os.Rename(filepath.Join(stage, name), filepath.Join(home, name)); err != nil {
				t.Fatal(err)
			}
		}
		n := reopened(t, home)
		if _, ok := n.keys.Collective(); !ok || len(n.keys.Members()) != 1 {
			t.Errorf("%d parts moved before: the keys are not there", moved)
		}
		if _, err := n.Profile(context.Background(), profile); err != nil {
			t.Errorf("%d parts moved before: %v", moved, err)
		}
		if left, err := filepath.Glob(filepath.Join(home, stagePrefix+"*")); err != nil || len(left) > 0 {
			t.Errorf("%d parts moved before: left behind: %v (%v)", moved, left, err)
		}
	}
}

// Half a restore holds keys and texts: it goes, unless it is under way.
func TestHalfARestoreGoes(t *testing.T) {
	home, stage, _ := stagedRestore(t)
	lock, err := os.OpenFile(filepath.Join(stage, "store", "lock"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := dbfiles.Lock(lock); err != nil {
		t.Fatal(err)
	}
	if err := settleRestores(home); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stage); err != nil {
		t.Fatal("one under way was touched:", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	n := reopened(t, home)
	if _, ok := n.keys.Collective(); ok {
		t.Error("half a restore was taken for a whole one")
	}
	if _, err := os.Stat(stage); !os.IsNotExist(err) {
		t.Error("still there:", err)
	}
}
