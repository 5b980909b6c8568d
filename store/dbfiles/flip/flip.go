// Package flip damages files, for tests of what notices it.
package flip

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Count is how many flips a test makes: DAMAGE_FLIPS, or few.
func Count(few int) int {
	if n, err := strconv.Atoi(os.Getenv("DAMAGE_FLIPS")); err == nil {
		return n
	}
	return few
}

// Kind is the ending of a file's name, or the name.
func Kind(path string) string {
	if ext := filepath.Ext(path); ext != "" {
		return ext
	}
	return filepath.Base(path)
}

// Files lists the files below dir that hold anything, by kind, and the kinds
// in order.
func Files(dir string) (byKind map[string][]string, kinds []string, err error) {
	byKind = map[string][]string{}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Size() > 0 {
			byKind[Kind(path)] = append(byKind[Kind(path)], path)
		}
		return err
	})
	for kind := range byKind {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return byKind, kinds, err
}

// Pick draws a file below dir, the kind first, so that the kinds with many
// files do not get all.
func Pick(rng *rand.Rand, dir string) (string, error) {
	byKind, kinds, err := Files(dir)
	if err != nil {
		return "", err
	}
	if len(kinds) == 0 {
		return "", fmt.Errorf("%s holds no files", dir)
	}
	files := byKind[kinds[rng.IntN(len(kinds))]]
	return files[rng.IntN(len(files))], nil
}

// Flip changes one bit of a file and gives the byte. Half of the time it is
// near the beginning: logs are mostly the zeros behind their end.
func Flip(rng *rand.Rand, path string) (at int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	at = rng.Int64N(info.Size())
	if rng.IntN(2) == 0 {
		at = rng.Int64N(min(info.Size(), 64<<10))
	}
	b := make([]byte, 1)
	if _, err = f.ReadAt(b, at); err != nil {
		return at, err
	}
	b[0] ^= 1 << rng.IntN(8)
	_, err = f.WriteAt(b, at)
	return at, err
}

// Idle says that nothing reads this byte of a database's file: what would
// matter to an encrypted one, and what a lock or a ballast holds.
func Idle(path string, at int64) bool {
	switch name := filepath.Base(path); {
	case name == "lock", name == "LOCK", name == "ballast":
		return true
	case name == "KEYREGISTRY":
		return at < 16
	case strings.HasSuffix(name, ".mem"), strings.HasSuffix(name, ".vlog"):
		return at >= 8 && at < 20
	}
	return false
}

// CopyOpen copies the folder of a database that is open and that nobody writes
// to, as a kill would leave it. The database may just be writing a log into a
// table: files that come and go while they are copied would make a folder of two
// moments, which no kill leaves.
func CopyOpen(to, from string) error {
	for range maxCopies {
		before, err := namesAndSizes(from)
		if err != nil {
			return err
		}
		err = os.CopyFS(to, os.DirFS(from))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		after, listErr := namesAndSizes(from)
		if listErr != nil {
			return listErr
		}
		if err == nil && after == before {
			return nil
		}
		if err := os.RemoveAll(to); err != nil {
			return err
		}
	}
	return fmt.Errorf("copy %s: its files came and went during each of %d copies", from, maxCopies)
}

// maxCopies is far more than a log takes to become a table.
const maxCopies = 100

func namesAndSizes(dir string) (list string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since it was listed: the other list does not have it
		}
		if err != nil {
			return err
		}
		size := info.Size()
		if e.IsDir() {
			size = 0
		}
		list += fmt.Sprintln(path, size)
		return nil
	})
	return list, err
}
