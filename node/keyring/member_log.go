package keyring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"

	"courtcircuit/protocol"
)

const (
	membersFormat       = "courtcircuit-members"
	maxMembersFileBytes = 96 << 20 // MaxMembers keys with successions
)

// memberLog keeps members' keys as lines of one file, the last line of an
// identity counts. One file opens in milliseconds where 10,000 files take a
// second, and an import of thousands costs one sync instead of thousands.
// Adding appends; replacing and removing write the file anew, so that the old
// key leaves the disk.
type memberLog struct {
	path     string
	keys     map[protocol.Identity]storedKey
	spare    map[protocol.Identity]bool // those of keys that are nobody's yet, see AddSpares
	warnings []string

	// rewrite: the end of the file is not known to be whole (a torn or failed
	// append), so the next change writes it anew instead of appending after it.
	rewrite bool
	size    int64 // of the file, as far as it was written here

	append func(path string, data []byte) error // appendFile; tests make it fail
}

func openMemberLog(path string) (*memberLog, error) {
	l := &memberLog{path: path, keys: map[protocol.Identity]storedKey{}, spare: map[protocol.Identity]bool{}, append: appendFile}
	data, err := readBounded(path, maxMembersFileBytes)
	if isMissing(err) {
		l.rewrite = true // there is nothing to append to
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read members' keys: %w", err)
	}
	if err := l.read(data); err != nil {
		return nil, fmt.Errorf("read members' keys: %s: %w", path, err)
	}
	l.size = int64(len(data))
	return l, nil
}

// read takes all lines. A last line without its end is a write that a power
// cut tore: it was never acknowledged, so it is dropped, unless it is whole.
// Any other bad line is damage, and no key is ignored silently.
func (l *memberLog) read(data []byte) error {
	head, rest, whole := bytes.Cut(data, []byte("\n"))
	if err := checkFormat(head, membersFormat); err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	l.rewrite = !whole
	for line := 2; len(rest) > 0; line++ {
		var text []byte
		var ended bool
		text, rest, ended = bytes.Cut(rest, []byte("\n"))
		s, err := decodeLine(text)
		if err != nil && !ended && len(text) > 0 {
			// A whole line whose end is another byte was not torn, but damaged.
			s, err = decodeLine(text[:len(text)-1])
		}
		switch {
		case err == nil:
			l.keys[s.id] = s
			l.rewrite = l.rewrite || !ended
		case !ended:
			l.rewrite = true
			l.warnings = append(l.warnings, fmt.Sprintf("%s: line %d was half written and is dropped; the key in it was never acknowledged", l.path, line))
		default:
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	if len(l.keys) > MaxMembers {
		return fmt.Errorf("%d keys, at most %d expected: %w", len(l.keys), MaxMembers, ErrDamaged)
	}
	return nil
}

func decodeLine(text []byte) (storedKey, error) {
	var j keyJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return storedKey{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return j.key()
}

func appendLine(dst []byte, s storedKey) ([]byte, error) {
	line, err := json.Marshal(s.json())
	if err != nil {
		return nil, err
	}
	return append(append(dst, line...), '\n'), nil
}

// of is a member's key: none that is spare.
func (l *memberLog) of(id protocol.Identity) (storedKey, bool) {
	s, ok := l.keys[id]
	return s, ok && !l.spare[id]
}

// has says whether a line of the file is of the identity.
func (l *memberLog) has(id protocol.Identity) bool {
	_, ok := l.keys[id]
	return ok
}

// used is the file as it would be without spare keys.
func (l *memberLog) used() ([]byte, error) {
	keys := maps.Clone(l.keys)
	maps.DeleteFunc(keys, func(id protocol.Identity, _ storedKey) bool { return l.spare[id] })
	return encodeLog(keys)
}

// add keeps new keys with one sync, all or none as far as callers see.
func (l *memberLog) add(batch []storedKey) error {
	if len(l.keys)+len(batch) > MaxMembers {
		return fmt.Errorf("keep %d keys beside %d: at most %d members expected", len(batch), len(l.keys), MaxMembers)
	}
	if l.rewrite {
		return l.write(batch, nil)
	}
	var data []byte
	for _, s := range batch {
		var err error
		if data, err = appendLine(data, s); err != nil {
			return err
		}
	}
	if err := l.append(l.path, data); err != nil {
		l.rewrite = true
		return fmt.Errorf("append to %s: %w", l.path, err)
	}
	for _, s := range batch {
		l.keys[s.id] = s
	}
	l.size += int64(len(data))
	return nil
}

// untouched says that the file is as it was written here, and nobody put
// another in its place.
func (l *memberLog) untouched() bool {
	info, err := os.Stat(l.path)
	return err == nil && info.Size() == l.size
}

func (l *memberLog) replace(s storedKey) error { return l.write([]storedKey{s}, nil) }

// write writes the whole file: what is kept, without some identities, with
// some keys added or replaced. The maps change only after the file did.
func (l *memberLog) write(with []storedKey, without map[protocol.Identity]bool) error {
	keys := make(map[protocol.Identity]storedKey, len(l.keys)+len(with))
	for id, s := range l.keys {
		if !without[id] {
			keys[id] = s
		}
	}
	for _, s := range with {
		keys[s.id] = s
	}
	data, err := encodeLog(keys)
	if err != nil {
		return err
	}
	if err := writeFile(l.path, data); err != nil {
		l.rewrite = true // it is not known which of the two files is there
		return fmt.Errorf("write %s: %w", l.path, err)
	}
	l.keys, l.rewrite, l.size = keys, false, int64(len(data))
	return nil
}

func encodeLog(keys map[protocol.Identity]storedKey) ([]byte, error) {
	data, err := json.Marshal(formatJSON{membersFormat, formatVersion})
	if err != nil {
		return nil, err
	}
	data = append(data, '\n')
	for _, id := range sortedIDs(keys) {
		if data, err = appendLine(data, keys[id]); err != nil {
			return nil, err
		}
	}
	return data, nil
}
