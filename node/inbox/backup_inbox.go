package inbox

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	badger "github.com/dgraph-io/badger/v4"
)

// A backup is a stream of JSON lines: a head, one line a value, and an end
// that counts them, so that a cut stream is found out. It is our own because
// Badger's takes any length that the stream claims, and allocates it.
const backupFormat = "courtcircuit-inbox"

// A stream is of the lowest version that has all it holds, so that it stays
// readable by programs that know no more: 2 with a hidden record or a report,
// 3 with a value of a shelf.
const (
	backupVersion           = 1
	backupVersionModeration = 2
	backupVersionShelves    = 3
)

// MaxBackupBytes is more than an inbox at every one of its default bounds
// gives.
const MaxBackupBytes = 512 << 20

// staysHere are the spaces that no backup has. A copy must not open a door
// that was closed since: a link that was used would let in again, and a
// session that was ended would go on. People come back by passkey, by a fresh
// link, or by the link that is printed where the node runs.
var staysHere = []Space{SpaceLinks, SpaceSessions}

// travelling lists the shelves that a backup has, in the order of their keys.
func travelling() (spaces []byte) {
	for space := range shelfBounds {
		if !slices.Contains(staysHere, space) {
			spaces = append(spaces, byte(space))
		}
	}
	slices.Sort(spaces)
	return spaces
}

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
	b.files.RLock() // else what is deleted and purged meanwhile was missing, and perhaps not what came in its place
	defer b.files.RUnlock()
	err := b.view(func(txn *badger.Txn) error {
		shelves := travelling()
		head := backupLine{Format: backupFormat, Version: backupVersion}
		switch {
		case holdsAny(txn, shelves...):
			head.Version = backupVersionShelves
		case holdsAny(txn, hiddenSpace, reportSpace):
			head.Version = backupVersionModeration
		}
		if err := lines.Encode(head); err != nil {
			return err
		}
		for _, space := range append([]byte{draftSpace, refSpace, hiddenSpace, reportSpace}, shelves...) {
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
