package dbfiles

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// smallDatabase gives the folder of a database with a table, and the folder as
// a kill leaves it, with a log.
func smallDatabase(t testing.TB) (closed, killed string) {
	t.Helper()
	closed, killed = t.TempDir(), t.TempDir()
	o := badger.DefaultOptions(closed).WithLogger(nil).WithCompression(options.None).
		WithMemTableSize(1 << 20).WithValueLogFileSize(1 << 20).WithValueThreshold(64 << 10).WithSyncWrites(true)
	db, err := badger.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range byte(5) {
		err := db.Update(func(txn *badger.Txn) error {
			for j := range byte(20) {
				if err := txn.Set([]byte{'k', i, j}, make([]byte, 30)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(killed, os.DirFS(closed)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return closed, killed
}

// FuzzFiles reads the bytes as each kind of file: no panic, and nothing read
// that lies outside of them.
func FuzzFiles(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		var r Report
		r.inspectTable("t", data)
		r.inspectLog("l", data)
		r.inspectValueLog("v", data)
		r.inspectRegistry("k", data)
		r.inspectDiscard("d", data)
		for _, b := range wholeBlocks(data) {
			blockEntries(data[b.from:b.to])
		}
		wholeWithOtherLength(data)
		if len(data) >= logHeader {
			if again := cutLog(data); endOfLog(again) != len(again) {
				t.Errorf("a cut log ends at %d of %d", endOfLog(again), len(again))
			}
		}
	})
}

// A database that nobody damaged is sound, and a rescue of it is the same.
func TestSoundDatabase(t *testing.T) {
	closed, killed := smallDatabase(t)
	for _, dir := range []string{closed, killed, filepath.Join(closed, "missing"), t.TempDir()} {
		r, err := Inspect(dir)
		if err != nil || len(r.All()) != 0 {
			t.Errorf("%s: %v, %v", dir, r.All(), err)
		}
	}
	for _, dir := range []string{closed, killed} {
		r, err := Inspect(dir)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "rescued")
		if err := r.Rescue(dir, to); err != nil {
			t.Fatal(err)
		}
		checkKeys(t, to, 100)
	}
}

// Without an index the blocks are found by their own checksums.
func TestRescueWithoutIndex(t *testing.T) {
	closed, _ := smallDatabase(t)
	paths, _ := filepath.Glob(filepath.Join(closed, "*.sst"))
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)-20] ^= 1 // in the index
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Inspect(closed)
	if err != nil || len(r.Tables) != len(paths) {
		t.Fatal(r.All(), err)
	}
	to := filepath.Join(t.TempDir(), "rescued")
	if err := r.Rescue(closed, to); err != nil {
		t.Fatal(err)
	}
	checkKeys(t, to, 100)
}

func TestLengthOfAnEmptyEntry(t *testing.T) {
	if !wholeWithOtherLength([]byte{0, 0, 0, 4, 0, 0, 0, 0}) || wholeWithOtherLength(nil) {
		t.Error("an empty entry with a damaged length passes for a torn write")
	}
}

// A lost or damaged MANIFEST is written anew.
func TestManifestAnew(t *testing.T) {
	for _, damage := range []func(string) error{
		os.Remove,
		func(path string) error { return os.Truncate(path, 5) },
		func(path string) error { // the length of the first entry, so that it seems torn
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			data[11] += 3
			return os.WriteFile(path, data, 0o600)
		},
	} {
		closed, _ := smallDatabase(t)
		if err := damage(filepath.Join(closed, manifestFile)); err != nil {
			t.Fatal(err)
		}
		r, err := Inspect(closed)
		if err != nil || r.Manifest == nil {
			t.Fatal(r.All(), err)
		}
		if err := r.MendManifest(closed); err != nil {
			t.Fatal(err)
		}
		checkKeys(t, closed, 100)
	}
}

func checkKeys(t *testing.T, dir string, want int) {
	t.Helper()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithCompression(options.None).WithMemTableSize(1 << 20).WithValueLogFileSize(1 << 20).WithValueThreshold(64 << 10))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n := 0
	err = db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			n++
		}
		return nil
	})
	if err != nil || n != want {
		t.Fatalf("%d keys, %d expected (%v)", n, want, err)
	}
}

// A crash leaves a log without a byte, which holds nothing and goes.
func TestEmptyLogGoes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "00006"+logSuffix)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := Inspect(dir)
	if err != nil || len(found.Spare) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	if err := found.MendSpare(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the empty log is still there")
	}
}
