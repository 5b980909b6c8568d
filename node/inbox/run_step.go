package inbox

import (
	"errors"
	"fmt"

	badger "github.com/dgraph-io/badger/v4"
)

// Tx is one durable step over several shelves, all of it or nothing; or what
// View reads.
type Tx struct {
	box     *Inbox
	txn     *badger.Txn
	change  map[Space]usage // nil in a View
	blanked int
}

// usage is how much of a space is taken.
type usage struct{ count, bytes int }

func (u usage) plus(v usage) usage { return usage{u.count + v.count, u.bytes + v.bytes} }

// errReading is a fault of the program: a View writes nothing.
var errReading = errors.New("a write within a View, an Update expected")

// Update runs one step; it is on the disk when Update returns nil, and nothing
// of it is kept when fn fails. Steps follow one another, so that what fn reads
// is what it changes. fn must not call Update, Discard, Purge, Len, nor any
// other method that writes without a Tx: it would wait for itself. A step of
// more than about 600 KB or 5,000 values is refused with ErrTooLarge.
func (b *Inbox) Update(fn func(*Tx) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.checkSpace(); err != nil {
		return err
	}
	return b.step(fn)
}

// Discard is Update for a step that only deletes: it also works on a full disk.
func (b *Inbox) Discard(fn func(*Tx) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.step(fn)
}

func (b *Inbox) step(fn func(*Tx) error) error {
	tx := &Tx{box: b, change: map[Space]usage{}}
	err := b.commit(func(txn *badger.Txn) error {
		tx.txn = txn
		return fn(tx)
	})
	if errors.Is(err, badger.ErrTxnTooBig) {
		return fmt.Errorf("%w: one step takes %d bytes or %d values", ErrTooLarge, b.db.MaxBatchSize(), b.db.MaxBatchCount())
	}
	if err != nil {
		return err
	}
	for space, u := range tx.change {
		b.shelved[space] = b.shelved[space].plus(u)
	}
	b.noteBlanked(tx.blanked)
	return nil
}

// View reads several shelves as they are at one moment. Only what is deleted
// and purged while fn runs may be missing from it.
func (b *Inbox) View(fn func(*Tx) error) error {
	return b.view(func(txn *badger.Txn) error { return fn(&Tx{box: b, txn: txn}) })
}

// view reads without mu; Close waits for it.
func (b *Inbox) view(fn func(*badger.Txn) error) error {
	if !b.readers.Enter() {
		return fmt.Errorf("read the inbox: %w", badger.ErrDBClosed)
	}
	defer b.readers.Leave()
	return b.db.View(fn)
}

// held is how much of a space is taken, this step included.
func (tx *Tx) held(s Space) usage { return tx.box.shelved[s].plus(tx.change[s]) }

func (tx *Tx) note(s Space, u usage) { tx.change[s] = tx.change[s].plus(u) }
