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
		for _, kv := range b.s.indexOf(&rec, body, &e) {
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
// again when there is more than one commit should hold.
func (b *batch) eraseAbout(person protocol.Identity, erasure *entry) (again bool, err error) {
	ids := b.idsUnder(idKey(famAbout, person))
	for _, id := range ids {
		rec, err := readHeader(b.txn, id)
		if b.s.passOver(err) { // nobody can read it; its text must go all the same
			if err = b.hideAnyText(id, true); err == nil {
				continue
			}
		}
		if err != nil {
			return false, fmt.Errorf("erase what speaks of %s: %w", person, err)
		}
		author := rec.Key().Identity
		if author == person {
			continue // decide has those
		}
		d, err := b.dossier(author)
		if err != nil {
			return false, err
		}
		e, ok := d.find(rec.Key().StableID())
		if !ok || e.id != id || !erasure.covers(&e) {
			continue
		}
		if b.removals >= b.s.maxRemovals() {
			b.tooMuch = true
			return true, nil
		}
		old, err := b.remove(e, true)
		if err != nil {
			return false, err
		}
		b.setDossier(author, d.without([]entry{e}))
		b.noteRemoved(old, Void)
	}
	return false, nil
}

// idsUnder lists the record ids at the end of all keys with a prefix.
func (b *batch) idsUnder(prefix []byte) (ids []protocol.RecordID) {
	opts := badger.DefaultIteratorOptions
	opts.Prefix, opts.PrefetchValues = prefix, false
	it := b.txn.NewIterator(opts)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if k := it.Item().Key(); len(k) == len(prefix)+32 {
			ids = append(ids, protocol.RecordID(k[len(prefix):]))
		}
	}
	return ids
}
