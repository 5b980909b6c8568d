package store

import (
	"math"
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

// newHeldCard makes a card of what was read of it.
func (s *Store) newHeldCard(c *candidate, rec protocol.Record, body any) *heldCard {
	rec.Body, rec.HasBody = nil, false
	h := &heldCard{nearKey: nearKey{rec.Header.Kind, c.id}, cell: c.cell, row: c.row, record: rec, key: rec.Key(), body: body}
	for _, skill := range cardSkills(body) {
		h.skills = append(h.skills, s.skillKey(skill))
	}
	if p, ok := body.(*protocol.Profile); ok {
		h.grants = s.grantsOf(&rec.Header, p)
	}
	h.stamped = append(h.stamped, s.cards.stamp(h.key.Identity))
	for i := range h.grants {
		h.stamped = append(h.stamped, s.cards.stamp(h.grants[i].Collective.Identity()))
	}
	return h
}

// keep puts a card that became a result into the cache. asOf is when it was
// read.
func (s *Store) keep(h *heldCard, bodyBytes int, asOf uint64) {
	if s.cfg.View != nil {
		var viewBytes int
		h.view, viewBytes = s.cfg.View(&h.record, h.body)
		h.bytes += int64(viewBytes)
	}
	// Words decoded take about what they take encoded; the rest is structs,
	// the slots of map and ring, and rounding by the allocator.
	const fixed = unsafe.Sizeof(heldCard{}) + unsafe.Sizeof(heldMemberships{}) + unsafe.Sizeof(protocol.Profile{}) + 256
	h.bytes += int64(int(fixed) + len(h.row) + len(h.record.HeaderBytes()) + bodyBytes*3/2 + len(h.grants)*int(unsafe.Sizeof(protocol.Grant{})))
	for _, key := range h.skills {
		h.bytes += int64(2*16 + len(key))
	}
	s.cards.put(h, asOf)
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
	if err := q.open(); err != nil {
		return nil, err
	}
	m := &heldMemberships{hour: q.hour, until: math.MaxInt64}
	for i := range h.grants {
		if ends := h.grants[i].ExpiresAtMillis; now < ends {
			m.until = min(m.until, ends)
		} else {
			m.from = max(m.from, ends)
		}
	}
	var err error
	if m.list, err = q.membershipsOf(&h.record.Header, h.key.Identity, h.grants); err != nil {
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
