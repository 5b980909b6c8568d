package inbox

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	badger "github.com/dgraph-io/badger/v4"
)

// A backup is a stream of JSON lines: a head, one line a value, and an end
// that counts them, so that a cut stream is found out. It is our own because
// Badger's takes any length that the stream claims, and allocates it.
const backupFormat = "courtcircuit-inbox"

const maxLineBytes = 2*maxValueBytes + 1024

type backupLine struct {
	Format  string          `json:"format,omitempty"`
	Version int             `json:"version,omitempty"`
	Key     string          `json:"key,omitempty"` // hex, with its space
	Value   json.RawMessage `json:"value,omitempty"`
	Entries *int            `json:"entries,omitempty"`
}

// Backup writes everything as it is at one moment. It is not sealed: the
// node's backup is.
func (b *Inbox) Backup(w io.Writer) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	n := 0
	err := lines.Encode(backupLine{Format: backupFormat, Version: formatVersion})
	if err == nil {
		err = b.db.View(func(txn *badger.Txn) error {
			for _, space := range []byte{draftSpace, refSpace} {
				if err := each(txn, []byte{space}, func(key, value []byte) error {
					n++
					return lines.Encode(backupLine{Key: hex.EncodeToString(key), Value: value})
				}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		err = lines.Encode(backupLine{Entries: &n})
	}
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("back up inbox: %w", err)
	}
	return nil
}

// Restore fills an empty inbox (else ErrNotEmpty) from a backup. Errors wrap
// ErrDamaged or ErrNewerFormat and name the line; a part may then be there,
// and the caller throws the folder away.
func (b *Inbox) Restore(r io.Reader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drafts+b.refs > 0 {
		return fmt.Errorf("restore inbox: %w", ErrNotEmpty)
	}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxLineBytes)
	line := 0
	fail := func(err error) error { return fmt.Errorf("restore inbox: line %d: %w", line, err) }
	read := 0
	var batch []backupLine
	for s.Scan() {
		line++
		l, err := decodeLine(s.Bytes(), line == 1)
		if err != nil {
			return fail(err)
		}
		if l.Entries != nil {
			return b.endRestore(s, batch, read, *l.Entries, fail)
		}
		if line == 1 {
			continue
		}
		read++
		if batch = append(batch, l); len(batch) == batchKeys {
			if err := b.restoreBatch(batch); err != nil {
				return fail(err)
			}
			batch = batch[:0]
		}
	}
	return fail(errors.Join(fmt.Errorf("%w: it ends before its end line", ErrDamaged), s.Err()))
}

func (b *Inbox) endRestore(s *bufio.Scanner, batch []backupLine, read, entries int, fail func(error) error) error {
	if read != entries || s.Scan() {
		return fail(fmt.Errorf("%w: %d values before the end line, which counts %d and must be the last", ErrDamaged, read, entries))
	}
	if err := b.restoreBatch(batch); err != nil {
		return fail(err)
	}
	return nil
}

func decodeLine(text []byte, head bool) (l backupLine, err error) {
	if err := json.Unmarshal(text, &l); err != nil {
		return l, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	switch {
	case head && l.Format != backupFormat:
		return l, fmt.Errorf("%w: expected format %q", ErrDamaged, backupFormat)
	case head && l.Version > formatVersion:
		return l, fmt.Errorf("format version %d, up to %d known: %w", l.Version, formatVersion, ErrNewerFormat)
	case !head && l.Entries == nil && len(l.Value) > maxValueBytes:
		return l, fmt.Errorf("%w: a value of %d bytes, at most %d expected", ErrDamaged, len(l.Value), maxValueBytes)
	}
	if head {
		l.Entries = nil
	}
	return l, nil
}

func (b *Inbox) restoreBatch(batch []backupLine) error {
	if err := b.checkSpace(); err != nil {
		return err
	}
	drafts, refs := 0, 0
	wb := b.db.NewWriteBatch() // splits by itself: drafts may be large
	defer wb.Cancel()
	for _, l := range batch {
		key, err := hex.DecodeString(l.Key)
		if err != nil || len(key) != 33 {
			return fmt.Errorf("%w: a key of 33 bytes expected", ErrDamaged)
		}
		switch key[0] {
		case draftSpace:
			drafts++
			_, err = decodeDraft(key[1:], l.Value)
		case refSpace:
			refs++
			var profile [32]byte
			if profile, err = decodeRef(l.Value); err == nil {
				err = wb.Set(ownerKey(profile, [32]byte(key[1:])), ownerMark)
			}
		default:
			err = fmt.Errorf("%w: a key of an unknown space", ErrDamaged)
		}
		if err == nil {
			err = wb.Set(key, l.Value)
		}
		if err != nil {
			return err
		}
	}
	if b.drafts+drafts > b.cfg.MaxDrafts || b.refs+refs > b.cfg.MaxRefs {
		return fmt.Errorf("%w: at most %d drafts and %d references are kept", ErrFull, b.cfg.MaxDrafts, b.cfg.MaxRefs)
	}
	if err := wb.Flush(); err != nil {
		return err
	}
	b.drafts += drafts
	b.refs += refs
	return nil
}
