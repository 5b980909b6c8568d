package dbfiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
)

// MendSpare removes what holds nothing and cuts logs where they cannot be read
// on, as Badger would if the damage did not stop or crash it. What is cut off
// is not to be had any more: whoever keeps count finds out what it was.
func (r *Report) MendSpare() error {
	for _, d := range r.Spare {
		if err := os.Remove(d.File); err != nil {
			return fmt.Errorf("remove a damaged file: %w", err)
		}
	}
	for _, l := range r.Logs {
		data, err := os.ReadFile(l.File)
		if err != nil {
			return fmt.Errorf("cut a log: %w", err)
		}
		if err := writeSynced(l.File+tempSuffix, cutLog(data)); err != nil {
			return fmt.Errorf("cut a log: %w", err)
		}
		if err := os.Rename(l.File+tempSuffix, l.File); err != nil {
			return fmt.Errorf("cut a log: %w", err)
		}
	}
	return nil
}

const tempSuffix = ".tmp"

// cutLog is the log up to its last whole commit, under a header that names no
// key.
func cutLog(data []byte) []byte {
	out := append([]byte(nil), data[:endOfLog(data)]...)
	clear(out[:8])
	return out
}

// MendManifest writes a MANIFEST that lists all tables in the folder. Their
// levels are not known any more; on level 0 Badger looks into all of them and
// takes the newest version of a key. No table may be damaged.
func (r *Report) MendManifest(dir string) error {
	if len(r.Tables) > 0 {
		return errors.Join(r.All()...)
	}
	names, err := fileNames(dir)
	if err != nil {
		return err
	}
	levels := map[uint64]int{}
	for id := range tableIDs(names) {
		levels[id] = 0
	}
	path := filepath.Join(dir, manifestFile)
	if err := writeSynced(path+tempSuffix, manifestOf(levels)); err != nil {
		return fmt.Errorf("write a MANIFEST: %w", err)
	}
	if err := os.Rename(path+tempSuffix, path); err != nil {
		return fmt.Errorf("write a MANIFEST: %w", err)
	}
	return SyncDir(dir)
}

// Rescue makes, in a new folder, a database of all that is whole in a damaged
// one, which stays as it is. Blocks that are damaged are missing, so a key may
// be, or be there in a former version.
func (r *Report) Rescue(from, to string) error {
	names, err := fileNames(from)
	if err == nil {
		err = os.Mkdir(to, 0o700)
	}
	if err != nil {
		return fmt.Errorf("rescue a database: %w", err)
	}
	damaged := map[string]bool{}
	for _, d := range r.Tables {
		damaged[d.File] = true
	}
	levels := map[uint64]int{}
	for id, name := range tableIDs(names) {
		path := filepath.Join(from, name)
		if r.levels != nil && !has(r.levels, id) {
			continue
		}
		kept := true
		if damaged[path] {
			kept, err = rebuildTable(path, filepath.Join(to, name))
		} else if err = os.Link(path, filepath.Join(to, name)); err != nil {
			err = copyFile(path, filepath.Join(to, name)) // not every file system has links
		}
		if err != nil {
			return fmt.Errorf("rescue a database: %w", err)
		}
		if kept {
			levels[id] = r.levels[id] // 0 when no MANIFEST says
		}
	}
	for _, name := range names {
		if _, ok := fileID(name, logSuffix); !ok {
			continue
		}
		data, err := os.ReadFile(filepath.Join(from, name))
		if err == nil && len(data) >= logHeader {
			err = os.WriteFile(filepath.Join(to, name), cutLog(data), 0o600)
		}
		if err != nil {
			return fmt.Errorf("rescue a database: %w", err)
		}
	}
	return os.WriteFile(filepath.Join(to, manifestFile), manifestOf(levels), 0o600)
}

// rebuildTable makes a table of the whole blocks of a damaged one; false when
// there are none.
func rebuildTable(from, to string) (bool, error) {
	data, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	b := table.NewTableBuilder(table.Options{TableSize: uint64(len(data)) + 1, BlockSize: 4 << 10})
	defer b.Close()
	n := 0
	for _, block := range wholeBlocks(data) {
		for _, e := range blockEntries(data[block.from:block.to]) {
			if len(e.key) <= 8 || len(e.value) < 3 {
				continue
			}
			_, size := binary.Uvarint(e.value[2:])
			if size <= 0 {
				continue
			}
			var v y.ValueStruct
			v.Decode(e.value)
			b.Add(e.key, v, 0)
			n++
		}
	}
	if n == 0 {
		return false, nil
	}
	return true, os.WriteFile(to, b.Finish(), 0o600)
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

// CopyWhole copies a file; whatever cuts it short, the power too, a file of the
// name to is a whole copy.
func CopyWhole(from, to string) error {
	data, err := os.ReadFile(from)
	if err == nil {
		err = writeSynced(to+tempSuffix, data)
	}
	if err == nil {
		err = os.Rename(to+tempSuffix, to)
	}
	if err != nil {
		return err
	}
	return SyncDir(filepath.Dir(to))
}

// RemoveHalfCopies removes from a folder what a CopyWhole to names that end so
// left behind.
func RemoveHalfCopies(dir, suffix string) error {
	halves, err := filepath.Glob(filepath.Join(dir, "*"+suffix+tempSuffix))
	for _, path := range halves {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
