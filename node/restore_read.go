package node

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"courtcircuit/node/card"
	"courtcircuit/node/keyring"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

const (
	ageMagic    = "age-encryption.org/"
	zstdMagic   = "\x28\xb5\x2f\xfd"
	maxZstdMem  = 256 << 20
	maxUnsealed = 20 // log2 of scrypt's N: what a foreign file may cost, 1 GiB
)

type recordSum struct{ hash.Hash }

func fileProblem(expected, format string, args ...any) *card.Problem {
	return &card.Problem{Cause: card.Invalid, Field: "file", Expected: expected, Detail: fmt.Sprintf(format, args...)}
}

// BackupIsSealed says whether a backup needs its passphrase.
func BackupIsSealed(file string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, unreadable(err)
	}
	defer f.Close()
	head := make([]byte, len(ageMagic))
	if _, err := io.ReadFull(f, head); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, unreadable(err)
	}
	return string(head) == ageMagic, nil
}

func unreadable(err error) error {
	return fileProblem("a backup of courtcircuit", "the file cannot be read: %v", err)
}

// unseal finds out by its first bytes what the file is.
func unseal(f io.Reader, passphrase string) (io.Reader, error) {
	r := bufio.NewReaderSize(f, 1<<16)
	head, _ := r.Peek(len(ageMagic))
	switch {
	case strings.HasPrefix(string(head), zstdMagic):
		return r, nil
	case string(head) != ageMagic:
		return nil, fileProblem("a file that courtcircuit backup wrote", "the file is no backup")
	case passphrase == "":
		return nil, &card.Problem{Cause: card.Invalid, Field: "passphrase", Expected: "the passphrase of the backup", Detail: "the backup is sealed"}
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("unseal backup: %w", err)
	}
	identity.SetMaxWorkFactor(maxUnsealed)
	plain, err := age.Decrypt(r, identity)
	var noMatch *age.NoIdentityMatchError
	if errors.As(err, &noMatch) {
		return nil, &card.Problem{Cause: card.Invalid, Field: "passphrase", Expected: "the passphrase of the backup", Detail: "wrong passphrase"}
	}
	if err != nil {
		return nil, fileProblem("a whole backup", "the backup is damaged: %v", err)
	}
	return plain, nil
}

// readArchive reads the entries in their order. A file that was cut off ends
// without its summary, whatever layer notices.
func (r *restorer) readArchive(f io.Reader, passphrase string) error {
	plain, err := unseal(f, passphrase)
	if err != nil {
		return err
	}
	unpacked, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxZstdMem))
	if err != nil {
		return fmt.Errorf("unpack backup: %w", err)
	}
	defer unpacked.Close()
	r.sum = recordSum{sha256.New()}
	archive := tar.NewReader(unpacked)
	for {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.readEntry(entry, archive)
		}
		if err != nil {
			return damaged(err)
		}
	}
	if r.summary == nil {
		return damaged(io.ErrUnexpectedEOF)
	}
	return nil
}

// damaged names the cause in words, unless a Problem or a fault of this
// machine stands there already.
func damaged(err error) error {
	var problem *card.Problem
	switch {
	case errors.As(err, &problem), errors.Is(err, store.ErrDiskFull):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fileProblem("the whole file", "the backup is truncated: its end is missing")
	case errors.Is(err, ErrDamagedBackup):
		return fileProblem("an unchanged backup", "%v", err)
	default:
		return fmt.Errorf("restore: %w", err)
	}
}

func (r *restorer) readEntry(entry *tar.Header, body io.Reader) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if r.n == nil && entry.Name != entryManifest {
		return fmt.Errorf("%w: %q stands before the manifest", ErrDamagedBackup, entry.Name)
	}
	dir, name := entry.Name, ""
	if i := strings.IndexByte(entry.Name, '/'); i >= 0 {
		dir, name = entry.Name[:i+1], entry.Name[i+1:]
	}
	if dir == entryInbox { // may be far larger than all other entries
		return r.restoreInbox(entry, body)
	}
	data, err := readBounded(entry, body, entryBound(dir))
	if err != nil {
		return err
	}
	switch dir {
	case entryManifest:
		return r.readManifest(data)
	case dirRecords:
		return r.readRecords(data)
	case dirKeys:
		r.keys = append(r.keys, keyring.File{Name: name, Data: data})
		return nil
	case dirConfig:
		return r.restoreConfig(name, data)
	case entryState:
		return decodeEntry(entry.Name, data, &r.state)
	case entrySummary:
		r.summary = &backupSummary{}
		return decodeEntry(entry.Name, data, r.summary)
	}
	return nil // a later minor version may add entries
}

func entryBound(dir string) int64 {
	switch dir {
	case dirRecords:
		return maxRecordChunkBytes
	case dirKeys:
		return maxKeysEntryBytes
	default:
		return maxSmallEntryBytes
	}
}

func checkEntry(entry *tar.Header, most int64) error {
	if entry.Size < 0 || entry.Size > most {
		return fmt.Errorf("%w: %q has %d bytes, at most %d expected", ErrDamagedBackup, entry.Name, entry.Size, most)
	}
	return nil
}

func readBounded(entry *tar.Header, body io.Reader, most int64) ([]byte, error) {
	if err := checkEntry(entry, most); err != nil {
		return nil, err
	}
	var buf bytes.Buffer // grows with what is really there, whatever the entry claims
	if _, err := io.CopyN(&buf, body, entry.Size); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read %q: %w", entry.Name, err)
	}
	return buf.Bytes(), nil
}

func decodeEntry(name string, data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamagedBackup, name, err)
	}
	return nil
}

func (r *restorer) readManifest(data []byte) error {
	if r.n != nil {
		return fmt.Errorf("%w: two manifests", ErrDamagedBackup)
	}
	var m backupManifest
	if err := decodeEntry(entryManifest, data, &m); err != nil {
		return err
	}
	if m.Format > backupFormat {
		return fileProblem(fmt.Sprintf("format %d or older", backupFormat),
			"the backup was written by a newer version (%s, format %d); install that version to restore it", shortWords(m.Program), m.Format)
	}
	if m.Format < 1 {
		return fmt.Errorf("%w: format %d", ErrDamagedBackup, m.Format)
	}
	r.about, r.done.CreatedAt = max(m.Records, 0), m.CreatedAt
	return r.openReplica(protocol.Network(m.Network))
}

func (r *restorer) readRecords(chunk []byte) error {
	r.sum.Write(chunk)
	reader := bufio.NewReader(bytes.NewReader(chunk))
	for {
		tag, data, err := readBackupRecord(reader)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.done.Records++
		if tag == tagWire {
			r.wires = append(r.wires, data)
		} else {
			cut := len(data) - 64
			r.headers = append(r.headers, protocol.HeaderOnly{Header: data[:cut], Signature: protocol.Signature(data[cut:])})
		}
		if len(r.wires)+len(r.headers) >= ingestBatchRecords {
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
}

// flush verifies and stores what was gathered.
func (r *restorer) flush() error {
	vs, errs := r.n.opener.OpenBatch(r.wires, r.now)
	hs, herrs := r.n.opener.OpenHeaders(r.headers, r.now)
	vs, errs = append(vs, hs...), append(errs, herrs...)
	var good []protocol.Verified
	for i, err := range errs {
		switch {
		case err == nil:
			good = append(good, vs[i])
		case errors.Is(err, protocol.ErrExpired):
			r.done.Expired++
		case errors.Is(err, protocol.ErrEarly):
			return fileProblem("a clock that goes right", "a record in the backup is from the future: %v", err)
		default:
			return fileProblem("an unchanged backup", "a record in the backup does not verify: %v", err)
		}
	}
	outcomes, err := r.n.ingest(r.ctx, good, sourceRestore)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		switch o {
		case store.Stored, store.Held:
			r.done.Stored++
		case store.Expired:
			r.done.Expired++
		default:
			r.done.Void++
		}
	}
	r.wires, r.headers = nil, nil
	r.progress(r.done.Records, max(r.about, r.done.Records))
	return nil
}

func (r *restorer) finishRecords() error {
	if err := r.flush(); err != nil {
		return err
	}
	if got := hex.EncodeToString(r.sum.Sum(nil)); r.summary.Records != r.done.Records || r.summary.SHA256 != got {
		return fileProblem("an unchanged backup", "the backup is damaged: it says %d records and holds %d, or their hash differs", r.summary.Records, r.done.Records)
	}
	return nil
}

// restoreConfig takes only the names that a backup writes: a forged one must
// not place files.
func (r *restorer) restoreConfig(name string, data []byte) error {
	if !slices.Contains(configFiles, name) {
		return fmt.Errorf("%w: %q is no file of a home", ErrDamagedBackup, name)
	}
	dir := filepath.Join(r.dir, "config")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("restore %s: %w", name, err)
	}
	return writeFileAtomic(filepath.Join(dir, name), data)
}
