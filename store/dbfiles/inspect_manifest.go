package dbfiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// inspectManifest reads the list of tables. Badger makes a new one where there
// is none and then deletes all tables, and it takes a length that is too large
// for the end of a torn write, with the same effect.
func (r *Report) inspectManifest(dir string, exists bool, tables map[uint64]string) error {
	path := filepath.Join(dir, manifestFile)
	if !exists {
		if len(tables) > 0 {
			r.Manifest = &Damage{path, 0, fmt.Sprintf("missing beside %d tables", len(tables))}
		}
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("look through the database: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("look through the database: %w", err)
	}
	m, end, err := badger.ReplayManifestFile(f, 0, badger.DefaultOptions(dir).WithLogger(nil))
	if closeErr := f.Close(); closeErr != nil {
		return errors.Join(err, closeErr)
	}
	switch {
	case err != nil:
		r.Manifest = &Damage{path, end, err.Error()}
		return nil
	case wholeWithOtherLength(data[end:]):
		r.Manifest = &Damage{path, end, "the length of an entry is damaged"}
		return nil
	}
	r.levels = map[uint64]int{}
	for id, t := range m.Tables {
		r.levels[id] = int(t.Level)
		if _, ok := tables[id]; !ok {
			r.Tables = append(r.Tables, Damage{filepath.Join(dir, tableName(id)), 0, "listed in the MANIFEST and missing"})
		}
	}
	return nil
}

// wholeWithOtherLength tells a damaged length from the end of a torn write: in
// the first case some other length fits the checksum.
func wholeWithOtherLength(tail []byte) bool {
	if len(tail) < 8 {
		return false
	}
	want, sum := binary.BigEndian.Uint32(tail[4:8]), uint32(0)
	if want == sum {
		return true // an empty entry, as a new MANIFEST begins with
	}
	for i := range tail[8:] {
		if sum = crc32.Update(sum, castagnoli, tail[8+i:9+i]); sum == want {
			return true
		}
	}
	return false
}

func tableName(id uint64) string { return fmt.Sprintf("%06d%s", id, tableSuffix) }

// manifestOf writes a MANIFEST that lists tables by level.
func manifestOf(levels map[uint64]int) []byte {
	ids := make([]uint64, 0, len(levels))
	for id := range levels {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	// ManifestChangeSet{changes: [{id, op: CREATE, level, …}]}; what is zero is
	// left out: operation, key, encryption, compression.
	var set []byte
	for _, id := range ids {
		change := binary.AppendUvarint([]byte{1 << 3}, id)
		if level := levels[id]; level > 0 {
			change = binary.AppendUvarint(append(change, 3<<3), uint64(level))
		}
		set = append(binary.AppendUvarint(append(set, 1<<3|2), uint64(len(change))), change...)
	}
	out := []byte("Bdgr\x00\x00\x00\x08")
	out = binary.BigEndian.AppendUint32(out, uint32(len(set)))
	out = binary.BigEndian.AppendUint32(out, crc32.Checksum(set, castagnoli))
	return append(out, set...)
}
