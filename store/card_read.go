package store

import (
	"math"
	"sync/atomic"
	"time"
	"unsafe"

	"courtcircuit/protocol"
)

// heldMemberships is what the memberships of a card were found to be, and
// until when that holds.
type heldMemberships struct {
	list        []Membership
	hour        uint32
	from, until int64 // Unix milliseconds: grants run out between hours too
	stamps      memberStamps
}

// memberStamps are one for the signer, and one for each grant.
type memberStamps [1 + 1 + protocol.MaxMemberships]uint32

// newHeldCard makes a card of what was read of it; claims are claimsOf it.
func (s *Store) newHeldCard(c *candidate, rec protocol.Record, body any, claims []protocol.Grant) *heldCard {
	rec.Body, rec.HasBody = nil, false
	h := &heldCard{nearKey: nearKey{rec.Header.Kind, c.id}, cell: c.cell, row: c.row, header: rec.HeaderOnly(), key: rec.Key(), body: body}
	h.parsed.Store(&rec)
	for _, skill := range cardSkills(body) {
		h.skills = append(h.skills, s.skillKey(skill))
	}
	h.grants = heldGrants(claims)
	h.stamp(s.cards)
	return h
}

// record is parsed from the header when somebody asks for it: most results are
// written without.
func (h *heldCard) record() *protocol.Record {
	if rec := h.parsed.Load(); rec != nil {
		return rec
	}
	rec, err := protocol.ParseHeader(h.header.Header, h.header.Signature)
	if err != nil {
		rec = protocol.Record{} // not with a header that was parsed before it was kept
	}
	rec.Body, rec.HasBody = nil, false
	h.parsed.Store(&rec)
	return &rec
}

func (h *heldCard) expiresAt() time.Time { return h.record().Header.ExpiresAt() }

// stamp finds the counters of all whose records decide about the memberships.
func (h *heldCard) stamp(c *cardCache) {
	h.stamped = append(make([]*atomic.Uint32, 0, 1+len(h.grants)), c.stamp(h.key.Identity))
	for i := range h.grants {
		h.stamped = append(h.stamped, c.stamp(h.grants[i].by))
	}
}

// fixedCardBytes is of structs, of the slots of map and ring, and of rounding
// by the allocator.
const fixedCardBytes = int64(unsafe.Sizeof(heldCard{}) + unsafe.Sizeof(heldMemberships{}) + unsafe.Sizeof(protocol.Profile{}) + 256)

// bytesForExtra is what a map has for a key that this version does not know, and
// the slice behind it.
const bytesForExtra = 64

func extraOf(body any) protocol.Extra {
	switch b := body.(type) {
	case *protocol.Profile:
		return b.Extra
	case *protocol.Mission:
		return b.Extra
	case *protocol.Collective:
		return b.Extra
	}
	return nil
}

// finish adds to a card that was read what it is kept with.
func (s *Store) finish(h *heldCard, bodyBytes int) {
	if s.cfg.View != nil {
		h.view = s.cfg.View(h.record(), h.body)
	}
	// Words decoded take about what they take encoded, keys of later versions more.
	h.bytes = fixedCardBytes + bytesForExtra*int64(len(extraOf(h.body))) + int64(len(h.row)+len(h.header.Header)+bodyBytes*3/2+len(h.view)+len(h.grants)*int(unsafe.Sizeof(heldGrant{})))
	for _, key := range h.skills {
		h.bytes += int64(2*16 + len(key))
	}
}

// keep puts a card that was read from the database and became a result into the
// cache and its file. asOf is when it was read.
func (s *Store) keep(h *heldCard, bodyBytes int, asOf uint64) {
	s.finish(h, bodyBytes)
	s.cards.put(h, asOf)
	s.cards.file.putCard(h, func() bool { return s.cards.changes.Load() == asOf })
}

// fromFile gives a card of the file, nil when it is not there.
func (c *cardCache) fromFile(k nearKey, cell uint64) *heldCard {
	if c.file == nil {
		return nil
	}
	b := c.file.get(k)
	if b == nil {
		return nil
	}
	if h, ok := c.cardOf(b); ok && h.cell == cell {
		return h
	}
	return nil
}

func cardSkills(body any) []string {
	switch b := body.(type) {
	case *protocol.Profile:
		return b.Skills
	case *protocol.Mission:
		return needSkills(b)
	}
	return nil
}

// memberships gives the collectives of a held card that count at the query's
// time. Badger is read only when a record that they hang on changed, and once
// an hour, because those records run out on the hour.
func (h *heldCard) memberships(q *query) ([]Membership, error) {
	if h.kind == protocol.KindProfile && len(h.grants) == 0 {
		return nil, nil
	}
	now := q.now.UnixMilli()
	if m := h.of.Load(); m != nil && m.hour == q.hour && m.from <= now && now < m.until && m.stamps == h.stamps() {
		return m.list, nil
	}
	q.begin()
	m := &heldMemberships{hour: q.hour, until: math.MaxInt64}
	for i := range h.grants {
		if ends := h.grants[i].ExpiresAtMillis; now < ends {
			m.until = min(m.until, ends)
		} else {
			m.from = max(m.from, ends)
		}
	}
	var err error
	if m.list, err = q.membershipsOf(h.kind, h.expiresAt, h.key.Identity, h.grants, h.unerased); err != nil {
		return nil, err
	}
	// Stamps are read before changes: were they the new ones already, so would
	// changes be.
	if m.stamps = h.stamps(); q.s.cards.changes.Load() == q.asOf {
		h.of.Store(m)
	}
	return m.list, nil
}

// stamps are those of all whose records decide about the memberships.
func (h *heldCard) stamps() (out memberStamps) {
	for i, stamp := range h.stamped {
		out[i] = stamp.Load()
	}
	return out
}
