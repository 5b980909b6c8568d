package dbfiles

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// A log that a commit left behind is synced when that commit is followed, unless
// it is in a table already; so nothing later is on the disk while something
// earlier is not.
func TestLogsAreSyncedInOrder(t *testing.T) {
	dir := t.TempDir()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(1 << 20).WithValueLogFileSize(1 << 20).WithValueThreshold(64 << 10))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l := NewLogs(dir, db.Sync)
	var synced []string
	l.sync = func(path string) error {
		synced = append(synced, filepath.Base(path))
		return syncFile(path)
	}
	if err := l.Sync(); err != nil {
		t.Fatal(err)
	}
	synced = nil
	begun := 0
	for i := range uint64(300) {
		before := l.newest
		err := db.Update(func(txn *badger.Txn) error {
			return txn.Set(binary.BigEndian.AppendUint64(nil, i), make([]byte, 20_000))
		})
		if err == nil {
			err = l.Follow()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case l.newest == before && len(synced) > 0:
			t.Fatal("synced while nobody asked:", synced)
		case l.newest > before:
			begun++
			left := filepath.Base(l.path(before))
			if _, err := os.Stat(l.path(before)); err == nil && !slices.Contains(synced, left) {
				t.Fatalf("%s was left behind and not synced: %v", left, synced)
			}
			synced = nil
		}
	}
	if begun < 3 {
		t.Fatal(begun, "logs begun: too few")
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"+logSuffix))
	if newest := slices.Max(names); err != nil || newest != l.path(l.newest) {
		t.Fatalf("the newest log is %s, followed %s: %v", newest, l.path(l.newest), err)
	}
}

// A part of the log that never came to the disk ends it; bytes that do not fit
// are damage.
func TestUnwrittenIsNotDamaged(t *testing.T) {
	_, killed := smallDatabase(t)
	path := filepath.Join(killed, "00001.mem")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	end := endOfLog(whole)
	look := func(change func(b []byte)) Log {
		t.Helper()
		b := slices.Clone(whole)
		change(b)
		var r Report
		r.inspectLog(path, b)
		if len(r.Logs) != 1 {
			t.Fatal(r.Logs)
		}
		return r.Logs[0]
	}
	for at := sectorBytes; at+2*sectorBytes < end; at += sectorBytes {
		if l := look(func(b []byte) { clear(b[at : at+sectorBytes]) }); l.Lost || l.At > int64(at) {
			t.Errorf("a sector that was not written at %d: %+v", at, l)
		}
		if l := look(func(b []byte) { clear(b[at+100 : at+160]) }); !l.Lost {
			t.Errorf("zeros in a sector at %d: %+v", at, l)
		}
		if l := look(func(b []byte) { copy(b[at:at+sectorBytes], whole[at-sectorBytes/2:]) }); !l.Lost {
			t.Errorf("another sector at %d: %+v", at, l)
		}
	}
}
