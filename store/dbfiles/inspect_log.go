package dbfiles

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"path/filepath"
	"slices"
)

// A log is a header of 20 bytes and entries, each with a checksum; a commit is
// entries marked as part of one, and an entry that ends it. Badger reads up to
// the first entry that does not fit and forgets the rest.
const (
	logHeader = 20
	partOf    = 1 << 6
	ending    = 1 << 7
)

var endingKey = []byte("!badger!txn")

// maxEntryBytes is above every key and value written here. A damaged length
// above it would make Badger ask for up to 8 GiB.
const maxEntryBytes = 16 << 20

func (r *Report) inspectLog(path string, data []byte) {
	if len(data) == 0 { // killed while the file was made, or removed; Badger would refuse to open
		r.Spare = append(r.Spare, Damage{path, 0, "a log that a crash left empty"})
		return
	}
	if len(data) < logHeader {
		return // Badger begins it anew
	}
	end, stop := readLog(data)
	if end > logHeader {
		r.committed = max(r.committed, logNumber(path))
	}
	r.LogBytes += int64(end)
	rest := data[end:]
	switch {
	case binary.BigEndian.Uint64(data) != 0:
		r.Logs = append(r.Logs, Log{Damage{path, 0, "the log names a key that does not exist"}, commitIn(rest)})
	case neverWritten(data, stop):
		r.Logs = append(r.Logs, Log{Damage{path, int64(end), "the end of the log had not come to the disk"}, false})
	case slices.ContainsFunc(rest, func(b byte) bool { return b != 0 }):
		r.Logs = append(r.Logs, Log{Damage{path, int64(end), "the log cannot be read on"}, commitIn(rest)})
	}
}

func logNumber(path string) uint64 {
	n, _ := fileID(filepath.Base(path), logSuffix)
	return n
}

// findHole looks for logs that end before a later one goes on. Their last commit
// may be what cannot be read, so it is lost, whatever stands behind it. An empty
// one is none: Badger empties a log that is in a table before it removes it.
func (r *Report) findHole() {
	for i := range r.Logs {
		if l := &r.Logs[i]; logNumber(l.File) < r.committed {
			l.Lost = true
			r.Hole = cmp.Or(r.Hole, &l.Damage)
		}
	}
}

// logEntry reads one entry and says where the next begins.
func logEntry(data []byte) (meta byte, key, value []byte, next int, ok bool) {
	at, keyEnd, end, ok := entryExtent(data)
	if !ok || crc32.Checksum(data[:end], castagnoli) != binary.BigEndian.Uint32(data[end:]) {
		return 0, nil, nil, 0, false
	}
	return data[0], data[at:keyEnd], data[keyEnd:end], end + 4, true
}

// entryExtent reads an entry's lengths: where its key begins and ends, and where
// its value ends.
func entryExtent(data []byte) (key, keyEnd, end int, ok bool) {
	at := 2
	var lengths [3]uint64 // of the key, of the value, and the expiry
	for i := range lengths {
		if at >= len(data) {
			return
		}
		v, n := binary.Uvarint(data[at:min(len(data), at+10)])
		if n <= 0 {
			return
		}
		lengths[i], at = v, at+n
	}
	if lengths[0] > 1<<16 || lengths[1] > maxEntryBytes || at+int(lengths[0]+lengths[1])+4 > len(data) {
		return
	}
	keyEnd = at + int(lengths[0])
	return at, keyEnd, keyEnd + int(lengths[1]), true
}

// endOfLog is where the last whole commit ends, as Badger finds it.
func endOfLog(data []byte) int {
	end, _ := readLog(data)
	return end
}

// readLog gives the end of the last whole commit, and the entry behind it that
// does not fit.
func readLog(data []byte) (end, stop int) {
	at := logHeader
	end = at
	var commit uint64
	for {
		stop = at
		meta, key, value, n, ok := logEntry(data[at:])
		if !ok || len(key) < 8 {
			return end, stop
		}
		at += n
		switch version := versionOf(key); {
		case meta&partOf != 0:
			if commit != 0 && commit != version {
				return end, stop
			}
			commit = version
		case meta&ending != 0:
			if v, ok := decimal(value); !ok || v != commit {
				return end, stop
			}
			commit, end = 0, at
		default:
			if commit != 0 {
				return end, stop
			}
			end = at
		}
	}
}

// sectorBytes is the least that a disk writes at once.
const sectorBytes = 512

// neverWritten says whether an entry does not fit because a part of it, or all,
// had not come to the disk when the power went, though later parts had: the
// system writes the pages of a file in no order. They are zeros then, up to the
// end of a sector, with more of the log behind. That is the end of what was
// synced and no damage: a flipped bit, or a piece of another file, leaves no
// such zeros.
func neverWritten(data []byte, stop int) bool {
	const least = 16 // zeros that say so
	end := stop + 1
	if _, _, e, ok := entryExtent(data[stop:]); ok {
		end = stop + e + 4
	}
	for sector := stop / sectorBytes * sectorBytes; sector < end; sector += sectorBytes {
		from, to := max(sector, stop), min(sector+sectorBytes, len(data))
		if to-from >= least && !slices.ContainsFunc(data[from:to], func(b byte) bool { return b != 0 }) {
			return commitIn(data[to:])
		}
	}
	return false
}

// versionOf reads the version behind a key: the largest number minus it.
func versionOf(key []byte) uint64 { return ^binary.BigEndian.Uint64(key[len(key)-8:]) }

func decimal(b []byte) (n uint64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, len(b) > 0 && len(b) < 20
}

// commitIn says whether the end of a commit can be read somewhere in data.
func commitIn(data []byte) bool {
	const header = 5 // two bytes of flags, three lengths of one byte
	for at := 0; ; {
		i := bytes.Index(data[at:], endingKey)
		if i < 0 {
			return false
		}
		if at += i; at >= header {
			if meta, _, _, _, ok := logEntry(data[at-header:]); ok && meta&ending != 0 {
				return true
			}
		}
		at++
	}
}
