package store

import (
	"encoding/binary"
	"errors"
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
	cards    []*heldCard // of the rows, where they were made ready
	erasing  bool        // text waits that must leave the files soon
	toPurge  int
	tooMuch  bool   // an erasure was cut into several commits: offer the record again
	erased   []byte // of the next erasure: the key of what speaks of its person to go on from
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
	d, err := b.s.dossierOf(b.txn, id)
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
	if o.card != nil {
		b.cards = append(b.cards, o.card)
	}
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

// flush writes the dossiers; the root and commit follow.
func (b *batch) flush() error {
	for id := range b.dirty {
		d := b.dossiers[id]
		var err error
		if len(d) == 0 {
			err = b.txn.Delete(dossierKey(id))
		} else {
			if !b.s.known.add(id, int(b.s.live.root.count)) {
				b.s.log.Warn("so many identities came and went that those held are looked up in the database until the next start")
			}
			err = b.txn.Set(dossierKey(id), d.bytes())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
