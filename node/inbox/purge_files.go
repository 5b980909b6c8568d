package inbox

import (
	"fmt"

	badger "github.com/dgraph-io/badger/v4"
)

// A plain delete only hides a value: its text stays in tables and in the log.
// DropPrefix rewrites the files, but only sees keys that are visible. So a
// value is blanked first, durable, and its key is dropped afterwards: at once
// by purge, later by Purge, or after a crash when the inbox is opened.

// batchKeys bounds one transaction well under Badger's limit. It is even, so
// that a reference and its owner mark are never blanked apart.
const batchKeys = 500

// maxBlanked is how many blanked keys wait for one purge: a flood must not
// have the files rewritten for each of its reports.
const maxBlanked = 1_000

// Purge takes the text of everything that was deleted or replaced out of the
// files. Until then it lies there where nothing reads it any more; what a View
// under way may still read stays until the Purge after the next write.
func (b *Inbox) Purge() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.dropBlanked(); err != nil {
		return err
	}
	if b.db.MaxVersion() == b.purged {
		return nil // nothing was written since
	}
	if err := b.dropReplaced(); err != nil {
		return fmt.Errorf("drop replaced values: %w", err)
	}
	b.purged = b.db.MaxVersion()
	return nil
}

// purge deletes keys so that their text leaves the files before it returns.
func (b *Inbox) purge(keys [][]byte) error {
	for len(keys) > 0 {
		n := min(len(keys), batchKeys)
		err := b.commit(func(txn *badger.Txn) error {
			for _, k := range keys[:n] {
				if err := txn.Set(k, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		b.uncount(keys[:n])
		b.blanked += n
		if err := b.drop(keys[:n]); err != nil {
			return err
		}
		b.blanked -= n
		keys = keys[n:]
	}
	return nil
}

func (b *Inbox) uncount(keys [][]byte) {
	for _, k := range keys {
		switch k[0] {
		case draftSpace:
			b.drafts--
		case refSpace:
			b.refs--
		case hiddenSpace:
			b.hidden--
		case reportSpace:
			delete(b.reports, [32]byte(k[1:]))
		}
	}
}

// noteBlanked counts what a step left behind. The step is on the disk: that
// the files could not be rewritten is not its failure. The next Purge tries
// again and says so.
func (b *Inbox) noteBlanked(n int) {
	if b.blanked += n; b.blanked >= maxBlanked {
		_ = b.dropBlanked()
	}
}

// dropBlanked drops every blanked key. It looks for them anew, so that a key
// that was written again since is never among them.
func (b *Inbox) dropBlanked() error {
	if b.blanked == 0 {
		return nil
	}
	var keys [][]byte
	err := b.scan(func(item *badger.Item) error {
		if isBlank(item) {
			keys = append(keys, item.KeyCopy(nil))
		}
		return nil
	})
	for err == nil && len(keys) > 0 {
		n := min(len(keys), batchKeys)
		err = b.drop(keys[:n])
		keys = keys[n:]
	}
	if err != nil {
		return fmt.Errorf("drop blanked values: %w", err)
	}
	b.blanked = 0
	return nil
}

// scan visits every key, without reading ahead.
func (b *Inbox) scan(fn func(*badger.Item) error) error {
	return b.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{PrefetchValues: false})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if err := fn(it.Item()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Inbox) drop(keys [][]byte) error {
	if err := b.checkSpaceToErase(); err != nil {
		return err
	}
	b.files.Lock()
	defer b.files.Unlock()
	defer b.logs.Again() // several drops may follow one another without a commit
	return b.db.DropPrefix(keys...)
}

// dropReplaced leaves one version of each value in the files. The drop of any
// key writes out the log and merges the newest tables, which forgets former
// versions; Flatten does the same for those further down.
func (b *Inbox) dropReplaced() error {
	err := b.checkSpaceToErase()
	if err == nil {
		err = b.db.Update(func(txn *badger.Txn) error { return txn.Set(flushKey, nil) })
	}
	if err == nil {
		err = b.drop([][]byte{flushKey})
	}
	if err == nil {
		err = b.db.Flatten(1)
	}
	return err
}
