// Package dbfiles looks through the files of a Badger database before Badger
// opens them. One flipped byte makes Badger crash the process (a panic or
// log.Fatal on a goroutine of its own, which nobody can catch), ask for
// gigabytes, delete tables that a damaged MANIFEST forgot, or drop without a
// word what stands behind it in a log. So every byte is read here first.
//
// It knows the format of Badger 4 as this program writes it: no encryption, no
// compression, no value in a value log.
package dbfiles

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// Damage is a file that does not hold what was written to it.
type Damage struct {
	File string
	At   int64 // where what cannot be read begins
	What string
}

func (d *Damage) Error() string { return fmt.Sprintf("%s: %s at byte %d", d.File, d.What, d.At) }

// Log is a write-ahead log that ends otherwise than in zeros.
type Log struct {
	Damage
	Lost bool // whole commits stand behind what cannot be read; else it may be a write that never ended
}

// Report is what Inspect found. The zero value is a sound database.
type Report struct {
	Manifest *Damage
	Tables   []Damage // tables that are damaged or missing
	Logs     []Log
	Spare    []Damage // files that hold nothing and are made anew
	// Hole is a log that cannot be read to its end though a later one goes on,
	// as a kill leaves them while the older one is written into a table. Badger
	// would take the later one without what it builds upon.
	Hole     *Damage
	LogBytes int64 // what Badger writes into tables when it opens
	Bytes    int64 // of tables and what is in the logs

	levels    map[uint64]int // tables by the MANIFEST; nil when it is damaged
	committed uint64         // the newest log with a commit
}

// Sound says that Badger can open the database and finds all in it that was
// written, but perhaps the end of a log.
func (r *Report) Sound() bool { return r.Manifest == nil && len(r.Tables) == 0 && r.Hole == nil }

// All lists everything found, for a log or an error.
func (r *Report) All() (all []error) {
	if r.Manifest != nil {
		all = append(all, r.Manifest)
	}
	for i := range r.Tables {
		all = append(all, &r.Tables[i])
	}
	for i := range r.Logs {
		all = append(all, &r.Logs[i].Damage)
	}
	for i := range r.Spare {
		all = append(all, &r.Spare[i])
	}
	return all
}

const (
	manifestFile = badger.ManifestFilename
	registryFile = badger.KeyRegistryFileName
	discardFile  = "DISCARD"
	tableSuffix  = ".sst"
	logSuffix    = ".mem"
	valueSuffix  = ".vlog"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Inspect reads all files of the database in dir and changes none. A folder
// that is empty or missing is sound. The error is one of reading.
func Inspect(dir string) (Report, error) {
	var r Report
	names, err := fileNames(dir)
	if err != nil || len(names) == 0 {
		return r, err
	}
	tables := tableIDs(names)
	if err := r.inspectManifest(dir, slices.Contains(names, manifestFile), tables); err != nil {
		return r, err
	}
	var buf []byte
	for _, name := range names {
		look := r.look(name)
		if look == nil {
			continue
		}
		path := filepath.Join(dir, name)
		if buf, err = readInto(buf, path); err != nil {
			return r, fmt.Errorf("look through the database: %w", err)
		}
		look(path, buf)
		if strings.HasSuffix(name, tableSuffix) {
			r.Bytes += int64(len(buf))
		}
	}
	r.Bytes += r.LogBytes
	r.findHole()
	return r, nil
}

// look gives what reads a file of this name.
func (r *Report) look(name string) func(path string, data []byte) {
	switch {
	case strings.HasSuffix(name, tableSuffix):
		if id, ok := fileID(name, tableSuffix); ok && (r.levels == nil || has(r.levels, id)) {
			return r.inspectTable
		}
	case strings.HasSuffix(name, logSuffix):
		return r.inspectLog
	case strings.HasSuffix(name, valueSuffix):
		return r.inspectValueLog
	case name == registryFile:
		return r.inspectRegistry
	case name == discardFile:
		return r.inspectDiscard
	}
	return nil
}

func has(levels map[uint64]int, id uint64) bool { _, ok := levels[id]; return ok }

func fileNames(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look through the database: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func fileID(name, suffix string) (uint64, bool) {
	id, err := strconv.ParseUint(strings.TrimSuffix(name, suffix), 10, 64)
	return id, err == nil
}

func tableIDs(names []string) map[uint64]string {
	ids := map[uint64]string{}
	for _, name := range names {
		if id, ok := fileID(name, tableSuffix); ok && strings.HasSuffix(name, tableSuffix) {
			ids[id] = name
		}
	}
	return ids
}

// readInto reads a whole file into buf, made larger when needed.
func readInto(buf []byte, path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return buf, err
	}
	f, err := os.Open(path)
	if err != nil {
		return buf, err
	}
	buf = slices.Grow(buf[:0], int(info.Size()))[:info.Size()]
	_, err = f.ReadAt(buf, 0)
	return buf, errors.Join(err, f.Close())
}

// The value logs hold a header and nothing else, since all values lie under
// Badger's threshold. The header's first 8 bytes name a key: 0 for none.
func (r *Report) inspectValueLog(path string, data []byte) {
	r.spareUnlessZero(path, data, func(at int) bool { return at < 8 || at >= logHeader }, "a value log that should be empty is not")
}

// DISCARD counts what could go from the value logs.
func (r *Report) inspectDiscard(path string, data []byte) {
	r.spareUnlessZero(path, data, func(int) bool { return true }, "counts about value logs that hold nothing")
}

func (r *Report) spareUnlessZero(path string, data []byte, matters func(at int) bool, what string) {
	for at, b := range data {
		if b != 0 && matters(at) {
			r.Spare = append(r.Spare, Damage{path, int64(at), what})
			return
		}
	}
}

// The registry of keys begins with 16 random bytes and a text; keys would
// follow if the database were encrypted.
func (r *Report) inspectRegistry(path string, data []byte) {
	const random, text = 16, "Hello Badger"
	if len(data) != random+len(text) || string(data[random:]) != text {
		r.Spare = append(r.Spare, Damage{path, random, fmt.Sprintf("%q expected", text)})
	}
}
