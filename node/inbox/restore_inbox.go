package inbox

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	badger "github.com/dgraph-io/badger/v4"
)

// Restore fills an empty inbox (else ErrNotEmpty) from a backup. Errors wrap
// ErrDamaged or ErrNewerFormat and name the line; a part may then be there,
// and the caller throws the folder away.
func (b *Inbox) Restore(r io.Reader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.isEmpty() {
		return fmt.Errorf("restore inbox: %w", ErrNotEmpty)
	}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxLineBytes)
	in := restored{last: map[byte][]byte{}}
	line := 0
	fail := func(err error) error { return fmt.Errorf("restore inbox: line %d: %w", line, err) }
	for s.Scan() {
		line++
		l, err := decodeLine(s.Bytes(), line == 1)
		if err != nil {
			return fail(err)
		}
		if l.Entries != nil {
			if in.read != *l.Entries || s.Scan() {
				return fail(errors.Join(fmt.Errorf("%w: %d values before the end line, which counts %d and must be the last", ErrDamaged, in.read, *l.Entries), s.Err()))
			}
			err = b.restoreBatch(&in)
			if err != nil {
				return fail(err)
			}
			return nil
		}
		if line == 1 {
			continue
		}
		if err = in.take(l); err == nil && len(in.batch) == batchKeys {
			err = b.restoreBatch(&in)
		}
		if err != nil {
			return fail(err)
		}
	}
	return fail(errors.Join(fmt.Errorf("%w: it ends before its end line", ErrDamaged), s.Err()))
}

func decodeLine(text []byte, head bool) (l backupLine, err error) {
	if err := json.Unmarshal(text, &l); err != nil {
		return l, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	switch {
	case head && l.Format != backupFormat:
		return l, fmt.Errorf("%w: expected format %q", ErrDamaged, backupFormat)
	case head && l.Version > backupVersionShelves:
		return l, fmt.Errorf("format version %d, up to %d known: %w", l.Version, backupVersionShelves, ErrNewerFormat)
	case !head && l.Entries == nil && len(l.Value) > maxValueBytes:
		return l, fmt.Errorf("%w: a value of %d bytes, at most %d expected", ErrDamaged, len(l.Value), maxValueBytes)
	}
	if head {
		l.Entries = nil
	}
	return l, nil
}

// restored is what was read and not yet written, and what is known of the
// rest.
type restored struct {
	read  int             // lines with a value
	last  map[byte][]byte // the last key of each space
	batch []keyedValue
}

type keyedValue struct{ key, value []byte }

// take checks a key. Backups are written in order; in another one a value
// could be there twice, and be counted twice.
func (in *restored) take(l backupLine) error {
	key, err := hex.DecodeString(l.Key)
	if err != nil || len(key) != 33 {
		return fmt.Errorf("%w: a key of 33 bytes expected", ErrDamaged)
	}
	if bytes.Compare(key, in.last[key[0]]) <= 0 {
		return fmt.Errorf("%w: the keys are not in order, or one is there twice", ErrDamaged)
	}
	in.read++
	in.last[key[0]] = key
	in.batch = append(in.batch, keyedValue{key, l.Value})
	return nil
}

// restoring is a batch that is being written, counted.
type restoring struct {
	wb                   *badger.WriteBatch
	drafts, refs, hidden int
	reports              map[[32]byte]reportMark
	shelved              map[Space]usage
}

func (b *Inbox) restoreBatch(in *restored) error {
	if err := b.checkSpace(); err != nil {
		return err
	}
	w := restoring{wb: b.db.NewWriteBatch(), reports: map[[32]byte]reportMark{}, shelved: map[Space]usage{}} // the batch splits by itself: drafts may be large
	defer w.wb.Cancel()
	for _, v := range in.batch {
		if err := w.add(v.key, v.value); err != nil {
			return err
		}
	}
	if err := b.checkRoom(w); err != nil {
		return err
	}
	err := w.wb.Flush()
	b.logs.Again() // it may have begun several
	if err != nil {
		return err
	}
	if err := b.commit(func(*badger.Txn) error { return nil }); err != nil { // counts what the batch committed by itself
		return err
	}
	b.drafts += w.drafts
	b.refs += w.refs
	b.hidden += w.hidden
	maps.Copy(b.reports, w.reports)
	for space, u := range w.shelved {
		b.shelved[space] = b.shelved[space].plus(u)
	}
	in.batch = in.batch[:0]
	return nil
}

// checkRoom holds a backup to the bounds of everything else.
func (b *Inbox) checkRoom(w restoring) error {
	if b.drafts+w.drafts > b.cfg.MaxDrafts || b.refs+w.refs > b.cfg.MaxRefs {
		return fmt.Errorf("%w: at most %d drafts and %d references are kept", ErrFull, b.cfg.MaxDrafts, b.cfg.MaxRefs)
	}
	if b.hidden+w.hidden > b.cfg.MaxHidden || len(b.reports)+len(w.reports) > b.cfg.MaxReports {
		return fmt.Errorf("%w: at most %d hidden records and %d reports are kept", ErrFull, b.cfg.MaxHidden, b.cfg.MaxReports)
	}
	for space, u := range w.shelved {
		bound := boundOf(space)
		if u = u.plus(b.shelved[space]); u.count > bound.count || u.bytes > bound.total {
			return fmt.Errorf("%w: at most %d values (%s) are kept, %d bytes together", ErrFull, bound.count, bound.name, bound.total)
		}
	}
	return nil
}

// add checks one value and writes it.
func (w *restoring) add(key, value []byte) (err error) {
	id := [32]byte(key[1:])
	switch key[0] {
	case draftSpace:
		w.drafts++
		_, err = decodeDraft(key[1:], value)
	case refSpace:
		w.refs++
		var profile [32]byte
		if profile, err = decodeRef(value); err == nil {
			err = w.wb.Set(ownerKey(profile, id), ownerMark)
		}
	case hiddenSpace:
		w.hidden++
		_, err = decodeHidden(key, value)
	case reportSpace:
		var r Report
		if r, err = decodeReport(key[1:], value); err == nil {
			w.reports[id] = markOf(r)
		}
	default:
		return w.addShelved(key, value)
	}
	if err != nil {
		return err
	}
	return w.wb.Set(key, value)
}

// addShelved passes over what has no place in a backup, whoever put it there.
func (w *restoring) addShelved(key, value []byte) error {
	space := Space(key[0])
	bound, known := shelfBounds[space]
	switch {
	case !known:
		return fmt.Errorf("%w: a key of an unknown space", ErrDamaged)
	case slices.Contains(staysHere, space):
		return nil
	case len(value) > bound.bytes:
		return fmt.Errorf("%s: %w: %d bytes, at most %d expected", bound.name, ErrTooLarge, len(value), bound.bytes)
	}
	inner, err := openEnvelope(value)
	if err != nil {
		return fmt.Errorf("%s: %w", bound.name, err)
	}
	if !json.Valid(inner) { // with something behind the value
		return fmt.Errorf("%s: %w: an envelope of two parts expected", bound.name, ErrDamaged)
	}
	w.shelved[space] = w.shelved[space].plus(usage{1, len(value)})
	return w.wb.Set(key, value)
}
