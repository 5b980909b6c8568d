package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"courtcircuit/store/dbfiles"
)

const (
	stagePrefix = ".restore-"
	// stageWhole is written once a stage has all that its backup has: from then on
	// a crash is made up for by moving what is left.
	stageWhole = "whole"
)

func isWhole(stage string) bool {
	_, err := os.Stat(filepath.Join(stage, stageWhole))
	return err == nil
}

// moveStages moves what was restored into the home. It may have been cut short
// before.
func moveStages(stage, home string) error {
	move := func(from, to string) error {
		if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("restore: %w", err)
		}
		return nil
	}
	for _, name := range restoreStages {
		from := filepath.Join(stage, name)
		if name != "config" {
			if err := move(from, filepath.Join(home, name)); err != nil {
				return err
			}
			continue
		}
		entries, err := os.ReadDir(from)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("restore: %w", err)
		}
		for _, e := range entries {
			if err := move(filepath.Join(from, e.Name()), filepath.Join(home, e.Name())); err != nil {
				return err
			}
		}
	}
	return openHome(home)
}

// settleRestores ends what a restore that a crash cut short left in a home: what
// was whole is moved out, else a start would draw new keys beside the replica
// of the old ones; the rest goes, since it holds keys and texts that nobody
// would ever look at again. One that is under way is left alone.
func settleRestores(home string) error {
	stages, err := filepath.Glob(filepath.Join(home, stagePrefix+"*"))
	if err != nil {
		return fmt.Errorf("look for restores that were cut short: %w", err)
	}
	for _, stage := range stages {
		if isLocked(filepath.Join(stage, "store", "lock")) {
			continue
		}
		if isWhole(stage) {
			err = moveStages(stage, home)
		}
		if err == nil {
			err = os.RemoveAll(stage)
		}
		if err != nil {
			return fmt.Errorf("end a restore that was cut short: %w", err)
		}
	}
	return nil
}

// isLocked says whether another process has the replica open whose lock this is.
func isLocked(path string) bool {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		return true
	}
	defer f.Close()
	return dbfiles.Lock(f) != nil
}

func isStage(name string) bool { return strings.HasPrefix(name, stagePrefix) }
