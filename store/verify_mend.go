package store

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
)

// What a repair does, each within a batch on the writer's goroutine. The live
// set in memory is read anew at the end, see reloadLive.

// letGo takes away a record that does not verify, with all that follows from
// it. Of one that cannot be read, dossier entry and index entries are then
// found without a record.
func (b *batch) letGo(id protocol.RecordID) error {
	j, err := b.s.judge(b.txn, id)
	if err != nil {
		return err
	}
	if j.part == "" {
		author := j.rec.Key().Identity
		d, err := b.dossier(author)
		if err != nil {
			return err
		}
		b.setDossier(author, d.without([]entry{j.entry}))
		_, err = b.remove(j.entry, false)
		return err
	}
	if err := b.txn.Delete(headerKey(id)); err != nil {
		return err
	}
	if _, err := get(b.txn, bodyKey(id)); errors.Is(err, ErrNotFound) {
		return nil
	}
	return b.hideText(id, false)
}

// dropEntry takes a record that is not here, or cannot be, out of its dossier
// and out of the live set.
func (b *batch) dropEntry(id protocol.Identity, e entry) error {
	d, err := b.dossier(id)
	if err != nil {
		return err
	}
	last := -1
	for i := range d {
		if d[i] == e {
			last = i
		}
	}
	if last < 0 {
		return nil
	}
	d = slices.Delete(slices.Clone(d), last, last+1)
	b.setDossier(id, d)
	if slices.ContainsFunc(d, func(o entry) bool { return o.id == e.id }) {
		return nil // it stood there twice
	}
	if rec, err := readHeader(b.txn, e.id); err == nil && rec.Key().Identity == id {
		if err := b.txn.Delete(headerKey(e.id)); err != nil {
			return err
		}
		if e.flags&flagBody != 0 {
			if err := b.hideText(e.id, false); err != nil {
				return err
			}
		}
	}
	b.fix(expiryKey(e.expiry, e.id), false)
	return b.txn.Delete(expiryKey(e.expiry, e.id))
}

// fix makes the order follow an 'e' key that a repair writes or takes away.
func (b *batch) fix(key []byte, here bool) {
	item, ok := itemIn(key)
	if !ok || key[0] != famExpiry {
		return
	}
	if b.fixes == nil {
		b.fixes = map[reconcile.Item]bool{}
	}
	b.fixes[item] = here
}

// offerAgain puts a record that verifies, and whose dossier does not know it,
// through the rules for any record.
func (b *batch) offerAgain(rec *protocol.Record) error {
	author := rec.Key().Identity
	d, err := b.dossier(author)
	if errors.Is(err, errDossier) {
		d, err = nil, nil
		b.setDossier(author, nil)
	}
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(d, func(o entry) bool { return o.id == rec.ID }); i >= 0 {
		b.setDossier(author, d.without(d[i:i+1]))
	}
	vs, errs := b.s.opener.OpenHeaders([]protocol.HeaderOnly{{Header: rec.HeaderBytes(), Signature: rec.Signature}}, time.UnixMilli(rec.Header.IssuedAtMillis))
	if errs[0] != nil {
		return b.letGo(rec.ID)
	}
	offered := vs[0]
	if rec.HasBody && len(rec.Body) > 0 {
		if whole, err := offered.WithBody(rec.Body); err == nil {
			offered = whole
		}
	}
	outcome, err := b.put(b.s.newOffer(offered, false))
	if err == nil && outcome != Stored {
		err = b.letGo(rec.ID)
	}
	return err
}

// loseBody makes a record stand as header alone, as if its body had never
// come: whoever catches up asks for it.
func (b *batch) loseBody(j *judgement) error {
	author := j.rec.Key().Identity
	d, err := b.dossier(author)
	if err != nil {
		return err
	}
	bare := j.entry
	bare.flags &= flagTombstone
	b.setDossier(author, append(d.without([]entry{j.entry}), bare))
	for _, kv := range b.s.derivedKeys(&j.rec, nil, &bare) {
		if err := b.setDerived(kv); err != nil {
			return err
		}
	}
	return b.hideText(j.rec.ID, false)
}

// setDerived writes an index entry that follows from a record.
func (b *batch) setDerived(kv keyValue) error {
	b.noteRow(kv.key, kv.value)
	b.fix(kv.key, true)
	return b.txn.Set(kv.key, kv.value)
}

// dropDerived takes away an index entry that does not follow from its record;
// kept are those that do, of which memory must not lose the row.
func (b *batch) dropDerived(key []byte, kept []keyValue) error {
	if key[0] == famPlace && len(key) == placeKeyBytes {
		b.noteRow(key, nil)
		for _, kv := range kept {
			b.noteRow(kv.key, kv.value)
		}
	}
	b.fix(key, false)
	return b.txn.Delete(key)
}

// reloadLive reads the live set anew, once files and keys are mended, and
// writes its sum. Following each key instead would need to know of each whether
// it was lost before memory was filled from it, or since.
func (s *Store) reloadLive() error {
	// Each key that was mended has been followed: what differs yet was lost.
	if err := s.recountLive("after a repair"); err != nil {
		return fmt.Errorf("read the replica's order anew: %w", err)
	}
	sum, count := s.live.tree.Snapshot().Total()
	next := root{seq: s.live.root.seq + 1, count: uint64(count), sum: sum}
	err := s.update(func(txn *badger.Txn) error { return txn.Set(keyRoot, next.bytes()) })
	if err != nil {
		return fmt.Errorf("write the replica's sum: %w", err)
	}
	s.live.mu.Lock()
	s.live.root = next
	s.live.mu.Unlock()
	if s.home != nil {
		s.home.noteRoot(next)
	}
	return nil
}
