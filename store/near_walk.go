package store

import (
	"errors"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/store/proximity"
)

// walk gives the candidates of a search in the order of results. The index
// knows the order but for the tier, so two walks are merged: one over
// everybody, and one over those who claim this node's own collective, who
// come first at each distance when the claim counts.
type walk struct {
	s    *search
	all  leg
	own  leg
	mine *uint64 // hint of the own collective
}

// leg is one walk and its next hit.
type leg struct {
	iter *proximity.Iter // nil: nobody
	hit  proximity.Hit
	has  bool
}

func (l *leg) step() {
	if l.iter != nil {
		l.hit, l.has = l.iter.Next()
	}
}

// No document has a tier in the index; these positions stand before and
// after all documents of a distance.
const lastTier = 255

func (s *search) walk() (*walk, error) {
	w := &walk{s: s}
	index := s.q.s.near.kinds[s.f.Kind]
	all, own := s.indexQuery(), s.indexQuery()
	if after := s.from.after; after != nil {
		here := proximity.Position{Chord2: after.chord2, Rotated: after.rotated, ID: after.id}
		if after.tier == TierOwn {
			own.After, all.After = &here, &proximity.Position{Chord2: after.chord2}
		} else {
			own.After, all.After = &proximity.Position{Chord2: after.chord2, Tier: lastTier}, &here
		}
	}
	var err error
	if w.all.iter, err = index.Iterate(all); err != nil {
		return nil, err
	}
	if s.f.own != nil {
		hint := identityHint(*s.f.own)
		w.mine, own.Collectives = &hint, append(own.Collectives, hint)
		if w.own.iter, err = index.Iterate(own); err != nil {
			w.close()
			return nil, err
		}
	}
	w.all.step()
	w.own.step()
	return w, nil
}

func (w *walk) close() {
	for _, l := range []*leg{&w.all, &w.own} {
		if l.iter != nil {
			l.iter.Close()
			l.iter = nil
		}
	}
}

// indexQuery is the filter in the terms of the index, which may let too much
// through and never too little.
func (s *search) indexQuery() proximity.Query {
	f := s.f
	q := proximity.Query{
		LatDegrees: f.LatDegrees, LonDegrees: f.LonDegrees, RadiusMeters: f.RadiusMeters,
		Hour: f.hour, Today: f.today, Day: s.from.day,
	}
	for _, hash := range f.languages {
		q.Languages = append(q.Languages, s.q.s.near.number(hash, false))
	}
	if f.Collective != nil {
		q.Collectives = []uint64{identityHint(*f.Collective)}
	}
	if f.isOfCollectives() {
		return q // their skills are those of their members
	}
	q.Skills, q.Modes = f.skillHashes, f.modes
	if f.isOfMissions() && f.States != nil {
		q.States = []uint8{}
		for _, state := range f.States {
			q.States = append(q.States, uint8(state))
		}
	}
	if f.isOfPeople() {
		q.WithinReach = f.asksToCome()
		if f.AvailableBy != nil {
			q.Available = &proximity.Availability{By: uint32(*f.AvailableBy), ConfirmedSince: f.confirmedSince()}
		}
	}
	return q
}

// next gives the next candidate. What the index and this transaction see may
// be a commit apart: a row that is not there is passed over.
func (w *walk) next() (candidate, bool, error) {
	for w.all.has || w.own.has {
		tier, l := TierUnknown, &w.all
		if w.own.has && (!w.all.has || w.own.hit.Chord2 <= w.all.hit.Chord2) {
			tier, l = TierOwn, &w.own
		}
		hit := l.hit
		l.step()
		c, ok, err := w.candidate(hit, tier)
		if err != nil || ok {
			return c, ok, err
		}
	}
	return candidate{}, false, nil
}

// candidate reads the row of a hit. Each document of the own walk comes in
// the walk over everybody too, and counts in the one its tier says.
func (w *walk) candidate(hit proximity.Hit, tier Tier) (c candidate, ok bool, err error) {
	s := w.s
	item, err := s.q.txn.Get(placeKey(s.f.Kind, hit.Ref, hit.ID))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return c, false, nil
	}
	if err != nil {
		return c, false, err
	}
	err = item.Value(func(v []byte) error {
		r := rowView(v)
		if !r.ok() {
			return errRow
		}
		if !s.f.lets(r, hit.Meters) {
			return nil
		}
		c = candidate{position{hit.Chord2, tier, hit.Rotated, hit.ID}, r.id(), hit.Meters}
		if ok = w.mine == nil || !r.hasCollective(*w.mine); ok {
			return nil
		}
		counts, err := s.tierOf(r)
		ok = counts == tier
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return c, false, nil
	}
	return c, ok, err
}
