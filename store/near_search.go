package store

import (
	"context"
	"errors"
	"slices"

	"courtcircuit/protocol"
)

// candidate is a row that may be a result, and its place in the order.
type candidate struct {
	position
	meters float64
	held   *heldCard // nil: to be read from Badger, then row and cell are set
	filed  bool      // held came from the file, asOf then
	asOf   uint64
	row    rowView
	cell   uint64
}

// search asks the index for documents, nearest first, and the cache, or
// Badger, for what stands behind each.
type search struct {
	ctx  context.Context
	q    *query
	f    *filter
	from start
	w    *walk

	looked  int      // at so many candidates
	before  position // of the last one
	partial bool     // ended by Query.MaxRead
}

// newSearch begins a search; its walk must be closed.
func (s *Store) newSearch(ctx context.Context, q Query) (*search, error) {
	f, err := s.newFilter(q)
	if err != nil {
		return nil, err
	}
	from, err := f.start(q.Cursor)
	if err != nil {
		return nil, err
	}
	search := &search{ctx: ctx, q: s.newQuery(nil, q.Now), f: f, from: from}
	search.w, err = search.walk()
	return search, err
}

func (s *search) close() {
	s.w.close()
	s.q.close()
}

// next gives the next result and where it stands; false at the end.
func (s *search) next() (r Result, at position, ok bool, err error) {
	for ; ; s.looked++ {
		if s.looked%64 == 0 && s.ctx.Err() != nil {
			return r, at, false, s.ctx.Err()
		}
		c, ok, err := s.w.next()
		if err != nil || !ok {
			return r, at, false, err
		}
		if s.f.MaxRead > 0 && s.looked >= s.f.MaxRead {
			s.partial = true
			return r, at, false, nil
		}
		r, ok, err = s.result(&c)
		if err != nil {
			return r, at, false, err
		}
		s.before = c.position
		if ok {
			s.looked++
			return r, c.position, true, nil
		}
	}
}

func (s *search) page() (Page, error) {
	page := Page{Results: make([]Result, 0, s.f.Limit)}
	var last position
	before := -1.0                               // squared chord of the result before, which may be on the page before
	if s.from.after != nil && s.f.MaxRead == 0 { // else it need not have been a result
		before = s.from.after.chord2
	}
	for {
		r, at, ok, err := s.next()
		if n := len(page.Results); ok && at.chord2 == before {
			r.Tied = true
			if n > 0 {
				page.Results[n-1].Tied = true
			}
		}
		before = at.chord2
		switch {
		case err != nil:
			return Page{}, err
		case s.partial:
			page.NextCursor, page.Partial = s.f.cursor(s.from.day, s.before), true
			return page, nil
		case !ok:
			return page, nil
		case len(page.Results) == s.f.Limit:
			page.NextCursor = s.f.cursor(s.from.day, last)
			return page, nil
		}
		page.Results, last = append(page.Results, r), at
	}
}

// result looks at a candidate's card.
func (s *search) result(c *candidate) (r Result, ok bool, err error) {
	h, bodyBytes := c.held, 0
	if h == nil {
		if h, bodyBytes, err = s.read(c); h == nil || err != nil {
			return r, false, err
		}
	}
	if s.f.Skip != nil && s.f.Skip(h.key) {
		return r, false, nil
	}
	of, err := h.memberships(s.q)
	if err != nil {
		return r, false, err
	}
	skills, ok, err := s.f.confirm(s.q, h.body, h.skills, of)
	if err != nil || !ok {
		return r, false, err
	}
	switch {
	case c.held == nil:
		h.unerased = s.q.unerased[h.key.Identity]
		s.q.s.keep(h, bodyBytes, s.q.asOf)
	case c.filed:
		s.q.s.cards.put(h, c.asOf)
	}
	return Result{
		card: h, Body: h.body, View: h.view, DistanceMeters: c.meters, Tier: c.tier,
		Memberships: slices.Clip(of), Skills: skills,
	}, true, nil
}

// read gives the card of a candidate that the cache does not hold, nil when
// there is nothing to serve.
func (s *search) read(c *candidate) (*heldCard, int, error) {
	rec, err := readRecord(s.q.txn, c.row.id())
	if errors.Is(err, ErrNotFound) {
		return nil, 0, nil // damaged on the disk: the row outlived its record
	}
	if err != nil {
		return nil, 0, err
	}
	body, err := protocol.DecodeJudgedBody(s.q.s.opener.Network(), &rec)
	if err != nil || body == nil {
		return nil, 0, nil // damaged, or an upgrade finds it faulty: not served
	}
	return s.q.s.newHeldCard(c, rec, body, s.q.s.claimsOf(&rec, body)), len(rec.Body), nil
}

// tierOf asks whether the collective of a row is this node's own. The row's
// hint is enough to say no; to say yes, the grant must count.
func (s *search) tierOf(r rowView, h *heldCard) (Tier, error) {
	own := s.f.own
	if own == nil || !r.hasCollective(identityHint(*own)) {
		return TierUnknown, nil
	}
	if h != nil {
		of, err := h.memberships(s.q)
		if known(of, *own) {
			return TierOwn, err
		}
		return TierUnknown, err
	}
	rec, err := readHeader(s.q.txn, r.id())
	if err != nil {
		return TierUnknown, err
	}
	person := rec.Key().Identity
	if s.f.Kind != protocol.KindProfile {
		if person == *own {
			return TierOwn, nil
		}
		return TierUnknown, nil
	}
	// Nearly always the grant in the header says it, and no body is read.
	if g := rec.Header.Grant; g != nil && g.Collective.Identity() == *own {
		yes, err := s.q.counts(&heldGrant{*g, *own}, person, false)
		if yes || err != nil {
			return TierOwn, err
		}
	}
	if rec, err = readRecord(s.q.txn, r.id()); err != nil {
		return TierUnknown, err
	}
	body, err := protocol.DecodeJudgedBody(s.q.s.opener.Network(), &rec)
	if err != nil {
		return TierUnknown, nil
	}
	of, err := s.q.memberships(&rec, body)
	if known(of, *own) {
		return TierOwn, err
	}
	return TierUnknown, err
}
