package inbox

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	badger "github.com/dgraph-io/badger/v4"

	"courtcircuit/store/dbfiles"
)

// keptSuffix names the copy of a log that is damaged, until it is known
// whether something acknowledged was in what is cut off.
const keptSuffix = ".kept"

// openFiles looks through all files and opens the database. Nobody else has
// what lies here: damage is an error that names the file, and the files stay
// as they were found.
func (b *Inbox) openFiles() (err error) {
	if b.cfg.InMemory {
		b.db, err = badger.Open(badgerOptions(b.cfg))
		return err
	}
	if err := os.MkdirAll(b.cfg.Dir, 0o700); err != nil {
		return err
	}
	if b.count, err = openStepFile(filepath.Join(b.cfg.Dir, stepFileName)); err != nil {
		return err
	}
	if err := putBackLogs(b.cfg.Dir); err != nil {
		return err
	}
	found, err := dbfiles.Inspect(b.cfg.Dir)
	if err != nil {
		return err
	}
	if b.cfg.CheckSpace != nil {
		if err := dbfiles.CheckRoom(b.cfg.Dir, found.LogBytes); err != nil {
			return fmt.Errorf("disk nearly full: %w", err)
		}
	}
	if err := mendFiles(b.cfg.Dir, &found); err != nil {
		return err
	}
	o := badgerOptions(b.cfg)
	if b.cfg.CheckSpace != nil && b.cfg.CheckSpace() != nil {
		// A merge that finds the disk full ends the process by a signal. The next start merges, so no writer waits for it.
		o = o.WithNumCompactors(0).WithNumLevelZeroTablesStall(1000)
	}
	if b.db, err = badger.Open(o); err != nil {
		return err
	}
	b.logs = dbfiles.NewLogs(b.cfg.Dir, b.db.Sync)
	if err := b.compareSteps(&found); err != nil {
		err = errors.Join(err, b.db.Close())
		b.db = nil
		return errors.Join(err, putBackLogs(b.cfg.Dir))
	}
	return dropKeptLogs(&found)
}

func (b *Inbox) closeFiles() error {
	var err error
	if b.db != nil {
		err = b.closeDatabase()
	}
	if b.count != nil {
		err = errors.Join(err, b.count.close())
	}
	return err
}

// closeDatabase leaves the database as after a kill when there is no room to
// write out its log: all is in the log, and the process ends.
func (b *Inbox) closeDatabase() error {
	if b.cfg.CheckSpace != nil {
		if err := dbfiles.CheckRoom(b.cfg.Dir, memTableBytes); err != nil {
			slog.Warn("inbox left open, nothing is lost", "error", err)
			return nil
		}
	}
	return b.db.Close()
}

// mendFiles refuses damaged tables and a hole in the logs, and makes anew what
// holds nothing or can be told from the rest.
func mendFiles(dir string, found *dbfiles.Report) error {
	for i := range found.Tables {
		return fmt.Errorf("%w: %w", &found.Tables[i], ErrDamaged)
	}
	if found.Hole != nil { // the count of commits would not tell: the later log has it
		return fmt.Errorf("%w: %w; or remove this log to go on without what stood in it", found.Hole, ErrDamaged)
	}
	for _, what := range found.All() {
		slog.Warn("inbox's file damaged", "damage", what)
	}
	for _, l := range found.Logs {
		if err := dbfiles.CopyWhole(l.File, l.File+keptSuffix); err != nil {
			return fmt.Errorf("keep a damaged log: %w", err)
		}
	}
	if err := found.MendSpare(); err != nil {
		return err
	}
	if found.Manifest == nil {
		return nil
	}
	return found.MendManifest(dir)
}

// putBackLogs undoes a look that a crash cut short. A copy that was not whole
// yet goes: its log has not been touched.
func putBackLogs(dir string) error {
	kept, err := filepath.Glob(filepath.Join(dir, "*"+keptSuffix))
	for _, path := range kept {
		err = errors.Join(err, os.Rename(path, strings.TrimSuffix(path, keptSuffix)))
	}
	return errors.Join(err, dbfiles.RemoveHalfCopies(dir, keptSuffix))
}

func dropKeptLogs(found *dbfiles.Report) (err error) {
	for _, l := range found.Logs {
		if e := os.Remove(l.File + keptSuffix); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// compareSteps finds out whether the files lost what was acknowledged.
func (b *Inbox) compareSteps(found *dbfiles.Report) error {
	err := b.db.View(func(txn *badger.Txn) (err error) {
		b.steps, err = storedSteps(txn)
		return err
	})
	if err != nil {
		return err
	}
	noted, err := b.count.read()
	if err != nil {
		slog.Warn("inbox's file damaged", "file", b.count.file.Name(), "error", err)
		return b.count.note(b.steps)
	}
	if noted <= b.steps {
		return nil
	}
	where := b.cfg.Dir
	if len(found.Logs) > 0 {
		where = found.Logs[0].Error()
	}
	return fmt.Errorf("%s: %d of %d commits are missing: %w; or remove %s to go on without them",
		where, noted-b.steps, noted, ErrDamaged, b.count.file.Name())
}
