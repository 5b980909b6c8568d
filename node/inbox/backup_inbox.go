package inbox

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"

	badger "github.com/dgraph-io/badger/v4"
)

// A backup is a stream of JSON lines: a head, one line a value, and an end
// that counts them, so that a cut stream is found out. It is our own because
// Badger's takes any length that the stream claims, and allocates it.
const backupFormat = "courtcircuit-inbox"

// A stream that holds a hidden record or a report is of version 2. One without
// stays readable by programs that know neither.
const (
	backupVersion           = 1
	backupVersionModeration = 2
)

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
	err := b.db.View(func(txn *badger.Txn) error {
		head := backupLine{Format: backupFormat, Version: backupVersion}
		if holdsAny(txn, hiddenSpace, reportSpace) {
			head.Version = backupVersionModeration
		}
		if err := lines.Encode(head); err != nil {
			return err
		}
		for _, space := range []byte{draftSpace, refSpace, hiddenSpace, reportSpace} {
			if err := each(txn, []byte{space}, func(key, value []byte) error {
				n++
				return lines.Encode(backupLine{Key: hex.EncodeToString(key), Value: value})
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = lines.Encode(backupLine{Entries: &n})
	}
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("back up inbox: %w", err)
	}
	return nil
}

// holdsAny says whether one of the spaces has a value.
func holdsAny(txn *badger.Txn, spaces ...byte) bool {
	found := errors.New("found")
	for _, space := range spaces {
		if each(txn, []byte{space}, func(_, _ []byte) error { return found }) != nil {
			return true // an unreadable value too: the copying of it says why
		}
	}
	return false
}

// Restore fills an empty inbox (else ErrNotEmpty) from a backup. Errors wrap
// ErrDamaged or ErrNewerFormat and name the line; a part may then be there,
// and the caller throws the folder away.
func (b *Inbox) Restore(r io.Reader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drafts+b.refs+b.hidden+len(b.reports) > 0 {
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
	case head && l.Version > backupVersionModeration:
		return l, fmt.Errorf("format version %d, up to %d known: %w", l.Version, backupVersionModeration, ErrNewerFormat)
	case !head && l.Entries == nil && len(l.Value) > maxValueBytes:
		return l, fmt.Errorf("%w: a value of %d bytes, at most %d expected", ErrDamaged, len(l.Value), maxValueBytes)
	}
	if head {
		l.Entries = nil
	}
	return l, nil
}

// restored counts what a batch brings.
type restored struct {
	drafts, refs, hidden int
	reports              map[[32]byte]reportMark
}

func (b *Inbox) restoreBatch(batch []backupLine) error {
	if err := b.checkSpace(); err != nil {
		return err
	}
	in := restored{reports: map[[32]byte]reportMark{}}
	wb := b.db.NewWriteBatch() // splits by itself: drafts may be large
	defer wb.Cancel()
	for _, l := range batch {
		key, err := hex.DecodeString(l.Key)
		if err != nil || len(key) != 33 {
			return fmt.Errorf("%w: a key of 33 bytes expected", ErrDamaged)
		}
		if err := in.add(wb, key, l.Value); err != nil {
			return err
		}
	}
	if b.drafts+in.drafts > b.cfg.MaxDrafts || b.refs+in.refs > b.cfg.MaxRefs {
		return fmt.Errorf("%w: at most %d drafts and %d references are kept", ErrFull, b.cfg.MaxDrafts, b.cfg.MaxRefs)
	}
	if b.hidden+in.hidden > b.cfg.MaxHidden || len(b.reports)+len(in.reports) > b.cfg.MaxReports {
		return fmt.Errorf("%w: at most %d hidden records and %d reports are kept", ErrFull, b.cfg.MaxHidden, b.cfg.MaxReports)
	}
	if err := wb.Flush(); err != nil {
		return err
	}
	b.drafts += in.drafts
	b.refs += in.refs
	b.hidden += in.hidden
	maps.Copy(b.reports, in.reports)
	return nil
}

// add checks one value and writes it.
func (in *restored) add(wb *badger.WriteBatch, key, value []byte) (err error) {
	id := [32]byte(key[1:])
	switch key[0] {
	case draftSpace:
		in.drafts++
		_, err = decodeDraft(key[1:], value)
	case refSpace:
		in.refs++
		var profile [32]byte
		if profile, err = decodeRef(value); err == nil {
			err = wb.Set(ownerKey(profile, id), ownerMark)
		}
	case hiddenSpace:
		in.hidden++
		_, err = decodeHidden(key, value)
	case reportSpace:
		var r Report
		if r, err = decodeReport(key[1:], value); err == nil {
			in.reports[id] = markOf(r)
		}
	default:
		err = fmt.Errorf("%w: a key of an unknown space", ErrDamaged)
	}
	if err != nil {
		return err
	}
	return wb.Set(key, value)
}
