package dbfiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Logs brings the write-ahead logs of an open database onto the disk, for whom
// Badger's SyncWrites is too much: it syncs each commit, whether anybody waits
// for it or not, and an empty value log with each. Badger's own Sync knows the
// newest log only: what an older one had not yet synced would be missing behind
// a power cut while later commits are there.
//
// Not for several goroutines; whoever commits calls Follow after each commit,
// and Again when something else may have begun logs.
type Logs struct {
	dir    string
	active func() error
	newest uint64
	sync   func(path string) error // tests look on
}

// NewLogs takes the folder of an open database, and its Sync for systems where
// writing a file's own descriptor out does not reach what was mapped.
func NewLogs(dir string, sync func() error) *Logs {
	return &Logs{dir: dir, active: sync, sync: syncFile}
}

// Follow notices when the last commit began a new log. Those before it are on
// the disk when it returns, so that what a power cut leaves is all commits up
// to some moment. One commit begins one log at most, and only a log that was
// written into a table goes.
func (l *Logs) Follow() error {
	if !l.exists(l.newest+1) && l.exists(l.newest) {
		return nil
	}
	names, err := fileNames(l.dir)
	if err != nil {
		return err
	}
	var numbers []uint64
	for _, name := range names {
		if n, ok := fileID(name, logSuffix); ok {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 0 {
		return fmt.Errorf("%s: no log, one expected while the database is open", l.dir)
	}
	slices.Sort(numbers)
	for _, n := range numbers[:len(numbers)-1] {
		if err := l.sync(l.path(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	l.newest = numbers[len(numbers)-1]
	return nil
}

// Sync brings all that was committed onto the disk.
func (l *Logs) Sync() error {
	if err := l.Follow(); err != nil {
		return err
	}
	return l.syncNewest()
}

// Again lets the next Follow look which log is the newest. A drop of keys begins
// one as well, a batch that splits begins several, and a reader keeps the file of
// the log that it reads: then that one is still there, the next one is not any
// more, and what is committed lies in a later one. Of nil, in memory, it does
// nothing.
func (l *Logs) Again() {
	if l != nil {
		l.newest = 0
	}
}

func (l *Logs) path(n uint64) string {
	return filepath.Join(l.dir, fmt.Sprintf("%05d%s", n, logSuffix))
}

func (l *Logs) exists(n uint64) bool {
	_, err := os.Lstat(l.path(n))
	return err == nil
}
