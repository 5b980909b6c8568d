package store

import (
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// noteRemoved tells of a record that is gone, unless nobody knows any more what
// it was.
func (b *batch) noteRemoved(old protocol.Record, outcome Outcome) {
	if old.ID != (protocol.RecordID{}) {
		b.changes = append(b.changes, Change{Record: old, Removed: true, Outcome: outcome})
	}
}

// remove takes a record out of everything but its dossier. Its text is
// covered by a content-free value under the same key, because DropPrefix
// finds only what is visible, and leaves the files later. One that the files
// lost or damaged goes, too, and what follows from it is left to a repair: else
// nobody could replace or erase it. It is given back without an id.
func (b *batch) remove(e entry, urgent bool) (protocol.Record, error) {
	b.removals++
	rec, err := readRecord(b.txn, e.id)
	if b.s.passOver(err) {
		rec, err = protocol.Record{}, nil
	}
	if err != nil {
		return rec, fmt.Errorf("remove record: %w", err)
	}
	var body any
	if e.flags&flagShown != 0 && rec.HasBody {
		// A body that an upgrade finds faulty must not keep its record from going;
		// readers pass over index entries whose record is gone.
		if body, err = protocol.DecodeBody(b.s.opener.Network(), &rec); err != nil {
			b.s.log.Warn("record removed without its index entries", "record", e.id.String(), "error", err)
		}
	}
	keys := [][]byte{headerKey(e.id), expiryKey(e.expiry, e.id)}
	if rec.ID == e.id {
		for _, kv := range b.s.indexOf(&rec, body, &e, b.s.claimsOf(&rec, body)) {
			keys = append(keys, kv.key)
			b.noteRow(kv.key, nil)
		}
	}
	if e.lacksBody() {
		keys = append(keys, lackingKey(e.id))
	}
	for _, k := range keys {
		if err := b.txn.Delete(k); err != nil {
			return rec, err
		}
	}
	if e.flags&flagBody != 0 {
		if err := b.hideText(e.id, urgent); err != nil {
			return rec, err
		}
	}
	b.steps = append(b.steps, step{itemOf(&e), true})
	rec.Body, rec.HasBody = nil, false
	return rec, nil
}

// keepText: a version that was purged and comes again must not be dropped.
// purgeWaiting is never below the number of texts that wait, so mostly there
// is nothing to take back, and a tombstone for each new record is not written.
func (b *batch) keepText(id protocol.RecordID) error {
	if b.toPurge == 0 && b.s.stats.purgeWaiting.Load() == 0 {
		return nil
	}
	return b.txn.Delete(purgeKey(id))
}

func (b *batch) hideText(id protocol.RecordID, urgent bool) error {
	if err := b.txn.Set(bodyKey(id), nil); err != nil {
		return err
	}
	b.toPurge++
	b.erasing = b.erasing || urgent
	return b.txn.Set(purgeKey(id), purgeValue(urgent))
}

// hideAnyText is hideText for a record of which it is not known whether its text
// is here.
func (b *batch) hideAnyText(id protocol.RecordID, urgent bool) error {
	_, here, err := readBody(b.txn, id)
	if err != nil || !here {
		return err
	}
	return b.hideText(id, urgent)
}

// eraseAbout removes what others said about the erased identity. It says
// again when there is more than one commit should hold; the next one goes on
// where this one stopped, since of somebody of whom a flood speaks each would
// else look at all of it.
func (b *batch) eraseAbout(person protocol.Identity, erasure *entry) (again bool, err error) {
	prefix := idKey(famAbout, person)
	from := b.erased
	if from == nil {
		from = prefix
	}
	for from != nil {
		var ids []protocol.RecordID
		ids, from = b.idsUnder(prefix, from)
		for _, id := range ids {
			if b.removals >= b.s.maxRemovals() {
				b.tooMuch, b.erased = true, aboutKey(person, id)
				return true, nil
			}
			if err := b.eraseOne(person, erasure, id); err != nil {
				return false, fmt.Errorf("erase what speaks of %s: %w", person, err)
			}
		}
	}
	return false, nil
}

func (b *batch) eraseOne(person protocol.Identity, erasure *entry, id protocol.RecordID) error {
	rec, err := readHeader(b.txn, id)
	if b.s.passOver(err) { // nobody can read it; its text must go all the same
		return b.hideAnyText(id, true)
	}
	if err != nil {
		return err
	}
	author := rec.Key().Identity
	if author == person {
		return nil // decide has those
	}
	d, err := b.dossier(author)
	if err != nil {
		return err
	}
	e, ok := d.find(rec.Key().StableID())
	if !ok || e.id != id || !erasure.covers(&e) {
		return nil
	}
	old, err := b.remove(e, true)
	if err != nil {
		return err
	}
	b.setDossier(author, d.without([]entry{e}))
	b.noteRemoved(old, Void)
	return nil
}

// idsUnder lists the record ids at the end of keys with a prefix, from a key on,
// some at a time; next is nil after the last.
func (b *batch) idsUnder(prefix, from []byte) (ids []protocol.RecordID, next []byte) {
	opts := badger.DefaultIteratorOptions
	opts.Prefix, opts.PrefetchValues = prefix, false
	it := b.txn.NewIterator(opts)
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		k := it.Item().Key()
		if len(k) != len(prefix)+32 {
			continue
		}
		if len(ids) == maxRemovals {
			return ids, it.Item().KeyCopy(nil)
		}
		ids = append(ids, protocol.RecordID(k[len(prefix):]))
	}
	return ids, nil
}
