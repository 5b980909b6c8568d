package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
)

// Change tells of one commit's effect. Removed: the record is gone because of
// an erasure, a floor, a bound or its expiry (the Outcome says Void or
// Expired); its body is not given then.
type Change struct {
	Record   protocol.Record
	Replaced *protocol.RecordID
	Removed  bool
	Outcome  Outcome
}

// batch is one transaction under way, and what follows from it once it is
// committed. Only the writer uses one.
type batch struct {
	s    *Store
	txn  *badger.Txn
	now  time.Time
	hour uint32
	soon bool // nobody waits until it is on the disk

	dossiers map[protocol.Identity]dossier
	dirty    map[protocol.Identity]bool

	changes  []Change
	steps    []step
	fixes    map[reconcile.Item]bool // of a repair: items that the order must hold, or must not
	rows     map[nearKey]nearChange
	erasing  bool // text waits that must leave the files soon
	toPurge  int
	tooMuch  bool // an erasure was cut into several commits: offer the record again
	removals int
}

// step is one record that comes into the live set or leaves it.
type step struct {
	liveItem
	leaves bool
}

// liveItem is what memory keeps of a record.
type liveItem struct {
	item    reconcile.Item
	kind    protocol.Kind
	counted bool // shown with a body: counts as a profile, mission, …
}

func itemOf(e *entry) liveItem {
	return liveItem{
		item: reconcile.Item{ExpiryHour: e.expiry, ID: e.id}, kind: e.kind,
		counted: e.flags&flagShown != 0 && e.flags&flagTombstone == 0,
	}
}

func (s *Store) newBatch(now time.Time) *batch {
	return &batch{
		s: s, txn: s.db.NewTransaction(true), now: now, hour: hourOf(now),
		dossiers: map[protocol.Identity]dossier{}, dirty: map[protocol.Identity]bool{},
		rows: map[nearKey]nearChange{},
	}
}

func (b *batch) dossier(id protocol.Identity) (dossier, error) {
	if d, ok := b.dossiers[id]; ok {
		return d, nil
	}
	d, err := readDossier(b.txn, id)
	if err == nil {
		b.dossiers[id] = d
	}
	return d, err
}

func (b *batch) setDossier(id protocol.Identity, d dossier) {
	b.dossiers[id], b.dirty[id] = d, true
}

// maxRemovals is how many records one transaction removes. An erasure may
// cover more, because anybody may speak about a person; then the covered ones
// go first, in several commits, and the erasure is stored with the last.
const maxRemovals = 256

// put offers a record.
func (b *batch) put(o offer) (Outcome, error) {
	if o.IsZero() {
		return 0, errNotVerified
	}
	rec, in := o.Record(), o.entry
	author := rec.Key().Identity
	d, err := b.dossier(author)
	if err != nil {
		return 0, err
	}
	erased, err := b.erasedByPerson(rec, &in)
	if err != nil {
		return 0, err
	}
	r := d.decide(in, erased, b.hour)
	if r.loser != nil {
		if err := b.keepProof(author, rec, r.loser); err != nil {
			return 0, err
		}
	}
	switch r.outcome {
	case Held:
		return b.addBody(author, d, o)
	case Stored:
		return b.store(author, o, r)
	default:
		return r.outcome, nil
	}
}

// entryFor judges the body too, which the order does not depend on.
func (s *Store) entryFor(v protocol.Verified) entry {
	rec := v.Record()
	e := entryOf(rec)
	fault := v.BodyFault()
	switch {
	case errors.Is(fault, protocol.ErrBodyUnknown):
		e.flags |= flagUnknown
		if v.KeepsBody() && len(rec.Body) > 0 && isOwnAuthor(&rec.Header, s.own.Load()) {
			e.flags |= flagBody
		}
	case fault != nil:
		e.flags |= flagFaulty
	case rec.HasBody:
		e.flags |= flagShown
		if len(rec.Body) > 0 {
			e.flags |= flagBody
		}
	}
	return e
}

func (b *batch) erasedByPerson(rec *protocol.Record, in *entry) (bool, error) {
	about := rec.Header.About
	if about == nil || in.ends() || *about == rec.Key().Identity { // decide asks one's own erasure, after the floor
		return false, nil
	}
	d, err := b.dossier(*about)
	if err != nil {
		return false, err
	}
	e, ok := d.live(b.hour).erasure()
	return ok && e.covers(in), nil
}

func (b *batch) store(author protocol.Identity, o offer, r ruling) (Outcome, error) {
	rec, in := o.Record(), o.entry
	if in.kind == protocol.KindErasure {
		if again, err := b.eraseAbout(author, &in); err != nil || again {
			return Stored, err
		}
		if err := b.dropProof(author, in.issuedAt); err != nil {
			return 0, err
		}
		b.erasing = true // texts that the person replaced before may still wait
	}
	change := Change{Record: *rec, Outcome: Stored}
	if in.flags&flagBody == 0 && len(rec.Body) > 0 {
		change.Record.Body, change.Record.HasBody = nil, false
	}
	for _, gone := range r.gone {
		urgent := containsEntry(r.erased, gone)
		old, err := b.remove(gone, urgent)
		if err != nil {
			return 0, err
		}
		if gone.stable == in.stable {
			id := gone.id
			change.Replaced = &id
		} else {
			b.noteRemoved(old, Void)
		}
	}
	d, err := b.dossier(author) // eraseAbout may have changed it
	if err != nil {
		return 0, err
	}
	b.setDossier(author, append(d.without(r.gone), in))
	if err := b.write(&o); err != nil {
		return 0, err
	}
	b.changes = append(b.changes, change)
	return Stored, nil
}

func containsEntry(list []entry, e entry) bool {
	for i := range list {
		if list[i].id == e.id {
			return true
		}
	}
	return false
}

// write sets a record's own keys and its index entries.
func (b *batch) write(o *offer) error {
	rec, e := o.Record(), &o.entry
	header := append(append(make([]byte, 0, signatureBytes+len(rec.HeaderBytes())), rec.Signature[:]...), rec.HeaderBytes()...)
	if err := b.txn.Set(headerKey(rec.ID), header); err != nil {
		return err
	}
	item := itemOf(e)
	if err := b.txn.Set(expiryKey(e.expiry, rec.ID), expiryValue(item)); err != nil {
		return err
	}
	if e.flags&flagBody != 0 {
		if err := b.txn.Set(bodyKey(rec.ID), textValue(rec.ID, rec.Body)); err != nil {
			return err
		}
		if err := b.keepText(rec.ID); err != nil {
			return err
		}
	}
	if e.lacksBody() {
		if err := b.txn.Set(lackingKey(rec.ID), nil); err != nil {
			return err
		}
	}
	for _, kv := range o.index {
		if err := b.txn.Set(kv.key, kv.value); err != nil {
			return err
		}
		b.noteRow(kv.key, kv.value)
	}
	b.noteWords(rec.Header.Kind, rec.Key().PublicID(), o.words)
	b.steps = append(b.steps, step{liveItem: item})
	return nil
}

func expiryValue(item liveItem) []byte {
	v := binary.BigEndian.AppendUint16(nil, uint16(item.kind))
	if item.counted {
		return append(v, 1)
	}
	return append(v, 0)
}

// addBody completes a version that is held without its body.
func (b *batch) addBody(author protocol.Identity, d dossier, o offer) (Outcome, error) {
	rec, in := o.Record(), o.entry
	held, _ := d.find(in.stable)
	const judged = flagBody | flagFaulty | flagUnknown | flagShown
	if in.flags&judged&^held.flags == 0 || held.flags&(flagShown|flagFaulty) != 0 {
		return Held, nil
	}
	gained := in.flags&(flagShown|flagBody) != 0
	for i := range d {
		if d[i].id == in.id {
			d = append(dossier(nil), d...)
			d[i] = in
		}
	}
	if err := b.txn.Delete(lackingKey(rec.ID)); err != nil {
		return 0, err
	}
	b.setDossier(author, d)
	b.steps = append(b.steps, step{itemOf(&held), true})
	if err := b.write(&o); err != nil {
		return 0, err
	}
	if !gained {
		return Held, nil
	}
	b.changes = append(b.changes, Change{Record: *rec, Outcome: Stored})
	return Stored, nil
}

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

// flush writes the dossiers; the root and commit follow.
func (b *batch) flush() error {
	for id := range b.dirty {
		d := b.dossiers[id]
		var err error
		if len(d) == 0 {
			err = b.txn.Delete(dossierKey(id))
		} else {
			err = b.txn.Set(dossierKey(id), d.bytes())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
