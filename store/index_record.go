package store

import (
	"slices"

	"courtcircuit/protocol"
)

// keyValue is one index entry.
type keyValue struct{ key, value []byte }

// indexOf gives all index entries that a record's content makes. They follow
// from the record alone, so that removing it finds the same keys. body is nil
// for records without one; those that stand as header alone have no entries
// but the 'a' one, which comes from the header. claims are claimsOf both.
func (s *Store) indexOf(rec *protocol.Record, body any, e *entry, claims []protocol.Grant) []keyValue {
	var out []keyValue
	h := &rec.Header
	if h.About != nil {
		out = append(out, keyValue{aboutKey(*h.About, rec.ID), nil})
	}
	if e.flags&flagShown == 0 {
		return out
	}
	key := rec.Key()
	public := key.PublicID()
	out = append(out, keyValue{publicKey(h.Kind, public), publicValue{rec.ID, e.flags, e.expiry, e.issuedAt}.bytes()})
	if h.IsTombstone() {
		return out
	}
	r := row{id: rec.ID, expiry: e.expiry}
	var name string
	switch b := body.(type) {
	case *protocol.Profile:
		name = b.Name
		claimed := collectivesOf(claims)
		r.ofProfile(b, claimed)
		r.skills = s.skillHashes(b.Skills)
		for _, c := range claimed {
			out = append(out, keyValue{memberKey(c, rec.ID), nil})
		}
	case *protocol.Mission:
		name = b.Title
		r.ofMission(key.Identity, b)
		r.skills = s.skillHashes(needSkills(b))
	case *protocol.Collective:
		name = b.Name
		r.ofCollective(key.Identity, b)
	default:
		return out
	}
	out = append(out, keyValue{nameKey(h.Kind, FoldSkill(name), rec.ID), nil})
	cell := cellOf(int(r.lat), int(r.lon))
	return append(out, keyValue{placeKey(h.Kind, cell, public), r.bytes()})
}

func (r *row) at(p protocol.Place) { r.lat, r.lon = int32(p.LatCenti), int32(p.LonCenti) }

func (r *row) ofProfile(p *protocol.Profile, claimed []protocol.Identity) {
	r.at(p.Place)
	r.modes = modeBits(p.Modes)
	r.unavailable = p.DaysPerWeek != nil && *p.DaysPerWeek == 0
	r.availableFrom = dayOf(p.AvailableFrom)
	r.confirmedAt = p.ConfirmedAtMillis
	if p.RadiusKm != nil {
		r.radius = uint16(*p.RadiusKm) + 1
	}
	for _, c := range claimed {
		r.collectives = append(r.collectives, identityHint(c))
	}
	r.languages = languageHashes(p.Languages)
}

func (r *row) ofMission(author protocol.Identity, m *protocol.Mission) {
	r.at(m.Place)
	r.modes = modeBits(m.Modes)
	r.state = m.State
	r.applyBy = dayOf(m.ApplyBy)
	r.collectives = []uint64{identityHint(author)}
	r.languages = languageHashes(m.Languages)
}

func (r *row) ofCollective(id protocol.Identity, c *protocol.Collective) {
	r.at(c.Place)
	r.collectives = []uint64{identityHint(id)}
	r.languages = languageHashes(c.Languages)
}

func needSkills(m *protocol.Mission) []string {
	out := make([]string, len(m.Needs))
	for i := range m.Needs {
		out[i] = m.Needs[i].Skill
	}
	return out
}

// dayOf keeps apart "not said" and the first day.
func dayOf(d *protocol.Date) uint32 {
	if d == nil {
		return 0
	}
	return uint32(*d) + 1
}

func modeBit(m protocol.WorkMode) uint8 { return 1 << m }

// modeBits reads a card that states no mode as onsite and hybrid: remote is
// stated, never assumed.
func modeBits(modes []protocol.WorkMode) (bits uint8) {
	if len(modes) == 0 {
		return modeBit(protocol.Onsite) | modeBit(protocol.Hybrid)
	}
	for _, m := range modes {
		bits |= modeBit(m)
	}
	return bits
}

func languageHashes(tags []string) (out []uint32) {
	for _, tag := range tags {
		for _, form := range languageForms(tag) {
			if h := languageHash(form); !slices.Contains(out, h) {
				out = append(out, h)
			}
		}
	}
	return out
}

func (s *Store) skillHashes(skills []string) (out []uint64) {
	for _, skill := range skills {
		if h := hash64(s.skillKey(skill)); !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// collectivesOf are those whose grants a profile carries, whether or not they
// count now.
func collectivesOf(claims []protocol.Grant) (out []protocol.Identity) {
	for _, g := range claims {
		if c := g.Collective.Identity(); !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// claimsOf are the grants of a profile, none of another record.
func (s *Store) claimsOf(rec *protocol.Record, body any) []protocol.Grant {
	if p, ok := body.(*protocol.Profile); ok {
		return s.grantsOf(&rec.Header, p)
	}
	return nil
}

// grantsOf is the header's grant, which was checked with the record, and those
// of the further ones in the body that the collective did sign. Unchecked ones
// must not reach the index: anybody can write them, and each search of that
// collective would check all of them anew.
func (s *Store) grantsOf(h *protocol.Header, p *protocol.Profile) (out []protocol.Grant) {
	if h.Grant != nil {
		out = append(out, *h.Grant)
	}
	for _, b := range p.Memberships {
		g, err := protocol.ParseGrant(b)
		// One dated after its record would escape every dismissal until then.
		if err != nil || g.IssuedAtMillis > h.IssuedAtMillis || s.opener.CheckMembership(&g, h.Signer.Identity()) != nil {
			continue
		}
		out = append(out, g)
	}
	return out
}
