package node

import (
	"archive/tar"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"courtcircuit/protocol"
)

// A backup is one file: a tar archive, compressed with zstd, and sealed with
// age when a passphrase is set. Its entries stand in this order:
//
//	manifest.json      format, program, network, when; read before all else
//	records/NNNNNN     records as they were signed, see appendBackupRecord
//	inbox.jsonl        all that is private, see package inbox
//	keys/…             the keyring's files
//	config/…           what the home's other files say
//	state.json         what the node remembers about its keys
//	summary.json       counts and a hash; a file without it was cut off
const backupFormat = 1

const (
	entryManifest = "manifest.json"
	entryInbox    = "inbox.jsonl"
	entryState    = "state.json"
	entrySummary  = "summary.json"
	dirRecords    = "records/"
	dirKeys       = "keys/"
	dirConfig     = "config/"
)

// configFiles are those of the home that no peer could bring back. The API
// token stays out: a restored home draws its own.
var configFiles = []string{"courtcircuit.toml", "bootstrap.json", "peers.json", portFile}

// The bounds of what a restore takes in memory at once.
const (
	recordChunkBytes    = 1 << 20
	maxSmallEntryBytes  = 1 << 20
	maxKeysEntryBytes   = 128 << 20
	maxRecordChunkBytes = recordChunkBytes + protocol.MaxRecordBytes + binary.MaxVarintLen64 + 1
)

type backupManifest struct {
	Format    int       `json:"format"`
	Program   string    `json:"program"`
	Network   string    `json:"network"`
	CreatedAt time.Time `json:"created_at"`
	Records   int       `json:"records"` // about; summary.json has the exact number
}

type backupSummary struct {
	Records    int            `json:"records"`
	HeaderOnly int            `json:"header_only"`
	Counts     map[string]int `json:"counts"` // by kind, tombstones included
	SHA256     string         `json:"records_sha256"`
	Digest     string         `json:"digest"` // of the replica when the backup began
}

type backupState struct {
	SharedKeys map[string]string `json:"shared_keys"` // identity -> record id signed here last
}

// Records in a chunk: a tag, the length as an unsigned varint, the bytes.
const (
	tagWire   = 'W' // a whole record
	tagHeader = 'H' // header and signature of a record whose body is not here
)

func appendBackupRecord(dst []byte, rec *protocol.Record) []byte {
	data, tag := rec.Wire(), byte(tagWire)
	if data == nil {
		tag = tagHeader
		h := rec.HeaderOnly()
		data = append(append([]byte{}, h.Header...), h.Signature[:]...)
	}
	dst = append(dst, tag)
	dst = binary.AppendUvarint(dst, uint64(len(data)))
	return append(dst, data...)
}

// ErrDamagedBackup: the file is not a whole backup.
var ErrDamagedBackup = errors.New("not a whole backup")

// readBackupRecord reads one record of a chunk; io.EOF at its end.
func readBackupRecord(r *bufio.Reader) (tag byte, data []byte, err error) {
	tag, err = r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	if tag != tagWire && tag != tagHeader {
		return 0, nil, fmt.Errorf("%w: record tag %q, W or H expected", ErrDamagedBackup, tag)
	}
	length, err := binary.ReadUvarint(r)
	if err != nil || length > protocol.MaxRecordBytes {
		return 0, nil, fmt.Errorf("%w: a record of %d bytes, at most %d expected", ErrDamagedBackup, length, protocol.MaxRecordBytes)
	}
	data = make([]byte, length)
	if _, err := io.ReadFull(r, data); err != nil {
		return 0, nil, fmt.Errorf("%w: a record is cut off: %w", ErrDamagedBackup, err)
	}
	if tag == tagHeader && len(data) <= 64 {
		return 0, nil, fmt.Errorf("%w: a header of %d bytes", ErrDamagedBackup, len(data))
	}
	return tag, data, nil
}

func writeEntry(w *tar.Writer, name string, data []byte, at time.Time) error {
	h := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), ModTime: at, Format: tar.FormatPAX}
	if err := w.WriteHeader(h); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
