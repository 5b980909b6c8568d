package inbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	badger "github.com/dgraph-io/badger/v4"

	"courtcircuit/store/dbfiles"
)

// A damaged log silently loses all that stands behind the damage, so commits
// are counted inside the database and, after each, in a file beside it. That
// one is not synced each time: an older number only finds less, a newer one
// cannot come about.
const stepFileName = "steps"

const stepBytes = 8 + 4

var errStepFile = errors.New("not a count of commits")

type stepFile struct{ file *os.File }

// openStepFile also locks the inbox: before Badger takes its own lock, files
// may be mended.
func openStepFile(path string) (*stepFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := dbfiles.Lock(f); err != nil {
		return nil, errors.Join(fmt.Errorf("another process has it open: %w", err), f.Close())
	}
	return &stepFile{f}, nil
}

func (s *stepFile) note(steps uint64) error {
	b := binary.BigEndian.AppendUint64(nil, steps)
	_, err := s.file.WriteAt(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), 0)
	return err
}

// read gives 0 for a file that was just made.
func (s *stepFile) read() (uint64, error) {
	b := make([]byte, stepBytes+1)
	n, err := s.file.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if n == 0 {
		return 0, nil
	}
	if n != stepBytes || crc32.ChecksumIEEE(b[:8]) != binary.BigEndian.Uint32(b[8:]) {
		return 0, errStepFile
	}
	return binary.BigEndian.Uint64(b), nil
}

func (s *stepFile) close() error { return errors.Join(s.file.Sync(), s.file.Close()) }

// storedSteps is the count inside; 0 for an inbox that did not count yet.
func storedSteps(txn *badger.Txn) (uint64, error) {
	v, err := get(txn, stepsKey)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if len(v) != 8 {
		return 0, fmt.Errorf("count of commits %x: %w", v, ErrDamaged)
	}
	return binary.BigEndian.Uint64(v), nil
}

// commit is how everything is written. The caller holds mu, or is Open.
func (b *Inbox) commit(fn func(*badger.Txn) error) error {
	if b.failed != nil {
		return b.failed
	}
	if err := b.checkSpaceToErase(); err != nil {
		return err
	}
	err := b.db.Update(func(txn *badger.Txn) error {
		if err := fn(txn); err != nil {
			return err
		}
		return txn.Set(stepsKey, binary.BigEndian.AppendUint64(nil, b.steps+1))
	})
	if err != nil {
		return err
	}
	if err := b.syncLogs(); err != nil {
		return err
	}
	b.steps++
	if b.count != nil {
		_ = b.count.note(b.steps) // durable is what stands in the database
	}
	return nil
}

// syncLogs brings the last commit onto the disk. After a sync that failed the
// kernel may count as written what is not: only a start, which reads the files,
// knows what is there.
func (b *Inbox) syncLogs() error {
	if b.logs == nil {
		return nil
	}
	if err := b.logs.Sync(); err != nil {
		b.failed = fmt.Errorf("sync the inbox's log: %w; nothing is written here until a restart", err)
	}
	return b.failed
}
