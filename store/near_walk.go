package store

import (
	"errors"
	"math"

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
	// given are the hits of the own walk: who is dismissed between the two
	// walks does not come a second time.
	given map[proximity.ID]struct{}
}

// leg is one walk and its next hit, once it is known.
type leg struct {
	iter *proximity.Iter // nil: nobody
	hit  proximity.Hit
	has  bool
}

// reach makes the next hit known if it is not farther than a squared chord.
func (l *leg) reach(chord2 float64) {
	if l.iter != nil && !l.has {
		l.hit, l.has = l.iter.NextWithin(chord2)
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
		w.given = map[proximity.ID]struct{}{}
		w.mine, own.Collectives = &hint, append(own.Collectives, hint)
		if w.own.iter, err = index.Iterate(own); err != nil {
			w.close()
			return nil, err
		}
	}
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
	q.Skills, q.Modes, q.Words = f.skillHashes, f.modes, f.indexWords()
	if f.isOfMissions() && f.States != nil {
		q.States = []uint8{}
		for _, state := range f.States {
			q.States = append(q.States, uint8(state))
		}
	}
	if f.isOfPeople() {
		q.WithinReach = f.asksToCome()
		if f.AvailableBy != nil {
			q.Available = &proximity.Availability{By: uint32(*f.AvailableBy), ConfirmedSince: dayOfMillis(f.confirmedSince().UnixMilli())}
		}
	}
	return q
}

// next gives the next candidate.
func (w *walk) next() (candidate, bool, error) {
	for {
		far := math.Inf(1)
		if w.all.reach(far); w.all.has {
			far = w.all.hit.Chord2
		}
		// Members are few, and far behind the last result of most pages.
		tier, l := TierOwn, &w.own
		if w.own.reach(far); !w.own.has || w.own.hit.Chord2 > far {
			tier, l = TierUnknown, &w.all
		}
		if !l.has {
			return candidate{}, false, nil
		}
		l.has = false
		c, ok, err := w.candidate(l.hit, tier)
		if err != nil || ok {
			return c, ok, err
		}
	}
}

// candidate finds the row of a hit. Each document of the own walk comes in
// the walk over everybody too, and counts in the one its tier says.
func (w *walk) candidate(hit proximity.Hit, tier Tier) (c candidate, ok bool, err error) {
	s := w.s
	c = candidate{position: position{hit.Chord2, tier, hit.Rotated, hit.ID}, meters: hit.Meters, cell: hit.Cell}
	s.find(&c, hit)
	if c.held != nil {
		c.row = c.held.row
	} else if c.row, err = s.readRow(hit); c.row == nil || err != nil {
		return c, false, err
	}
	if !s.f.lets(c.row, hit.Meters) {
		return c, false, nil
	}
	if w.mine == nil {
		return c, true, nil
	}
	if _, was := w.given[hit.ID]; was && tier != TierOwn {
		return c, false, nil
	}
	counts, err := s.tierOf(c.row, c.held)
	if errors.Is(err, ErrNotFound) {
		return c, false, nil
	}
	if ok = err == nil && counts == tier; ok && tier == TierOwn {
		w.given[hit.ID] = struct{}{}
	}
	return c, ok, err
}

// find looks for a card in memory, then in the file.
func (s *search) find(c *candidate, hit proximity.Hit) {
	cards, k := s.q.s.cards, nearKey{s.f.Kind, hit.ID}
	if c.held = cards.get(k, hit.Cell); c.held != nil {
		return
	}
	c.asOf = cards.changes.Load()
	c.held = cards.fromFile(k, hit.Cell)
	c.filed = c.held != nil
}

// readRow gives nil when the row is not there: what the index and Badger say
// may be a commit apart.
func (s *search) readRow(hit proximity.Hit) (rowView, error) {
	if err := s.q.open(); err != nil {
		return nil, err
	}
	v, err := get(s.q.txn, placeKey(s.f.Kind, hit.Cell, hit.ID))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err == nil && !rowView(v).ok() {
		err = errRow
	}
	return v, err
}
