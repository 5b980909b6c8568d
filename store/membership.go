package store

import (
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// Membership is a collective whose grant to a profile counts now, or the
// collective that published a mission. Verified: that collective's own record
// is live too, which is where its name comes from.
type Membership struct {
	Collective protocol.Identity
	Name       string
	Verified   bool
	Custody    protocol.Custody
	ExpiresAt  time.Time // of the grant, or of the record where there is none
}

// heldGrant is a checked grant and who gave it, which is a hash of its signer.
type heldGrant struct {
	protocol.Grant
	by protocol.Identity
}

func heldGrants(grants []protocol.Grant) []heldGrant {
	if grants == nil {
		return nil
	}
	out := make([]heldGrant, len(grants))
	for i, g := range grants {
		out[i] = heldGrant{g, g.Collective.Identity()}
	}
	return out
}

// query is one snapshot and what was read in it more than once.
type query struct {
	s        *Store
	txn      *badger.Txn // nil until something is read, see open
	begun    bool        // something was read, from Badger or from what is kept
	asOf     uint64      // changes of the card cache, before anything was read
	now      time.Time
	hour     uint32
	dossiers map[protocol.Identity]dossier
	unerased map[protocol.Identity]bool // those read that hold no erasure, not even one that ran out
	clubs    map[protocol.Identity]*club
}

func (s *Store) newQuery(txn *badger.Txn, now time.Time) *query {
	return &query{
		s: s, txn: txn, begun: txn != nil, now: now, hour: hourOf(now),
		dossiers: map[protocol.Identity]dossier{}, unerased: map[protocol.Identity]bool{}, clubs: map[protocol.Identity]*club{},
	}
}

// open begins the snapshot of a query that was made without one.
func (q *query) open() error {
	if q.txn != nil {
		return nil
	}
	if err := q.s.enter(); err != nil {
		return err
	}
	q.begin()
	q.txn = q.s.db.NewTransaction(false)
	return nil
}

// begin notes how many changes there were. What is read later may be newer, and
// is then not kept.
func (q *query) begin() {
	if !q.begun {
		q.begun, q.asOf = true, q.s.cards.changes.Load()
	}
}

// close ends what open began. The query can go on, with another snapshot.
func (q *query) close() {
	if q.txn != nil {
		q.txn.Discard()
		q.txn = nil
		q.s.readers.Leave()
	}
	q.begun = false
	clear(q.dossiers)
	clear(q.unerased)
	clear(q.clubs)
}

// dossier gives what is live of an identity.
func (q *query) dossier(id protocol.Identity) (dossier, error) {
	if d, ok := q.dossiers[id]; ok {
		return d, nil
	}
	if err := q.open(); err != nil {
		return nil, err
	}
	d, err := readDossier(q.txn, id)
	if err != nil {
		return nil, err
	}
	if _, ok := d.erasure(); !ok {
		q.unerased[id] = true
	}
	d = d.live(q.hour)
	q.dossiers[id] = d
	return d, nil
}

// club gives what memberships need to know of a collective.
func (q *query) club(id protocol.Identity) (*club, error) {
	if c, ok := q.clubs[id]; ok {
		return c, nil
	}
	stamp := q.s.cards.stamp(id).Load() // before the count of changes is compared
	c := q.s.cards.clubs.get(id, q.hour, stamp)
	if c == nil {
		var err error
		if c, err = q.readClub(id); err != nil {
			return nil, err
		}
		c.stamp = stamp
		q.s.cards.putClub(id, c, q.asOf)
	}
	q.clubs[id] = c
	return c, nil
}

func (q *query) readClub(id protocol.Identity) (*club, error) {
	d, err := q.dossier(id)
	if err != nil {
		return nil, err
	}
	out := &club{hour: q.hour, dossier: d}
	e, ok := d.find(protocol.RecordKey{Identity: id, Kind: protocol.KindCollective}.StableID())
	if !ok || e.flags&flagShown == 0 || e.flags&flagTombstone != 0 {
		return out, nil
	}
	rec, err := readRecord(q.txn, e.id)
	if err != nil {
		return nil, err
	}
	body, err := protocol.DecodeJudgedBody(q.s.opener.Network(), &rec)
	if err != nil && !protocol.IsBodyFault(err) {
		return nil, err
	}
	if card, ok := body.(*protocol.Collective); ok {
		out.name, out.shown = card.Name, true
	}
	return out, nil
}

// counts says whether a grant makes its person a member now; unerased: of whom
// no erasure is held. Nothing about it is ever a fault of the record that
// carries it.
func (q *query) counts(g *heldGrant, person protocol.Identity, unerased bool) (bool, error) {
	if !g.LiveAt(q.now) {
		return false, nil
	}
	id := g.by
	issuer, err := q.club(id)
	if err != nil {
		return false, err
	}
	theirs := issuer.dossier
	if floor, ok := theirs.floor(); ok && floor.Above(g.Collective.Generation()) {
		return false, nil
	}
	var ends []entry
	if !unerased {
		own, err := q.dossier(person)
		if err != nil {
			return false, err
		}
		if e, ok := own.erasure(); ok {
			ends = append(ends, e)
		}
	}
	if e, ok := theirs.find(protocol.RecordKey{Identity: id, Kind: protocol.KindDismissal, Slot: string(person[:])}.StableID()); ok {
		ends = append(ends, e)
	}
	if e, ok := theirs.erasure(); ok {
		ends = append(ends, e)
	}
	for _, e := range ends {
		if err := q.open(); err != nil {
			return false, err
		}
		rec, err := readHeader(q.txn, e.id)
		if err != nil {
			return false, err
		}
		if rec.Header.Voids(&g.Grant, person) {
			return false, nil
		}
	}
	return true, nil
}

// memberships gives the collectives of a record: for a profile those whose
// grants count, for other kinds the one that signed it.
func (q *query) memberships(rec *protocol.Record, body any) ([]Membership, error) {
	var grants []protocol.Grant
	if profile, ok := body.(*protocol.Profile); ok {
		grants = q.s.grantsOf(&rec.Header, profile)
	}
	return q.membershipsOf(rec.Header.Kind, rec.Header.ExpiresAt, rec.Key().Identity, heldGrants(grants), false)
}

func (q *query) membershipsOf(kind protocol.Kind, expiresAt func() time.Time, author protocol.Identity, grants []heldGrant, unerased bool) ([]Membership, error) {
	if kind != protocol.KindProfile {
		m := Membership{Collective: author, ExpiresAt: expiresAt()}
		return q.named([]Membership{m})
	}
	var out []Membership
	for i := range grants {
		g := &grants[i]
		m := Membership{Collective: g.by, Custody: g.Custody, ExpiresAt: time.UnixMilli(g.ExpiresAtMillis)}
		if known(out, m.Collective) {
			continue
		}
		yes, err := q.counts(g, author, unerased)
		if err != nil {
			return nil, err
		}
		if yes {
			out = append(out, m)
		}
	}
	return q.named(out)
}

func known(list []Membership, id protocol.Identity) bool {
	for i := range list {
		if list[i].Collective == id {
			return true
		}
	}
	return false
}

func (q *query) named(list []Membership) ([]Membership, error) {
	for i := range list {
		c, err := q.club(list[i].Collective)
		if err != nil {
			return nil, err
		}
		list[i].Name, list[i].Verified = c.name, c.shown
	}
	return list, nil
}

// Memberships gives the collectives of a record that count at now. For a
// record that stands without its body only the header's grant is known.
func (s *Store) Memberships(rec *protocol.Record, now time.Time) (out []Membership, err error) {
	err = s.view(func(txn *badger.Txn) error {
		body, err := protocol.DecodeJudgedBody(s.opener.Network(), rec)
		if err != nil && !protocol.IsBodyFault(err) {
			return err
		}
		if body == nil && rec.Header.Grant != nil {
			body = &protocol.Profile{}
		}
		out, err = s.newQuery(txn, now).memberships(rec, body)
		return err
	})
	return out, err
}

// Members calls fn with every live profile that the collective's grant makes
// its member, until fn returns false.
func (s *Store) Members(collective protocol.Identity, now time.Time, fn func(protocol.Record) bool) error {
	return s.view(func(txn *badger.Txn) error {
		q := s.newQuery(txn, now)
		return q.members(collective, func(rec protocol.Record, _ *protocol.Profile) bool { return fn(rec) })
	})
}

func (q *query) members(collective protocol.Identity, fn func(protocol.Record, *protocol.Profile) bool) error {
	if err := q.open(); err != nil {
		return err
	}
	opts := badger.DefaultIteratorOptions
	opts.Prefix, opts.PrefetchValues = idKey(famMember, collective), false
	it := q.txn.NewIterator(opts)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		rec, err := readRecord(q.txn, protocol.RecordID(it.Item().Key()[33:]))
		if errors.Is(err, ErrNotFound) || (err == nil && rec.Header.ExpiryHour() <= q.hour) {
			continue
		}
		if err != nil {
			return err
		}
		body, err := protocol.DecodeJudgedBody(q.s.opener.Network(), &rec)
		profile, ok := body.(*protocol.Profile)
		if err != nil || !ok {
			continue
		}
		of, err := q.memberships(&rec, profile)
		if err != nil {
			return err
		}
		if known(of, collective) && !fn(rec, profile) {
			return nil
		}
	}
	return nil
}
