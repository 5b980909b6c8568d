package store

import (
	"context"
	"errors"

	"courtcircuit/protocol"
)

// candidate is a row that may be a result, and its place in the order.
type candidate struct {
	position
	record protocol.RecordID
	meters float64
}

// search asks the index for documents, nearest first, and Badger for what
// stands behind each.
type search struct {
	ctx  context.Context
	q    *query
	f    *filter
	from start
}

func newSearch(ctx context.Context, q *query, f *filter, from start) *search {
	return &search{ctx: ctx, q: q, f: f, from: from}
}

func (s *search) run() (Page, error) {
	w, err := s.walk()
	if err != nil {
		return Page{}, err
	}
	defer w.close()
	var page Page
	var last, before position // of the last result, and of the last card read
	for n := 0; ; n++ {
		if n%64 == 0 && s.ctx.Err() != nil {
			return Page{}, s.ctx.Err()
		}
		c, ok, err := w.next()
		if err != nil || !ok {
			return page, err
		}
		if s.f.MaxRead > 0 && n >= s.f.MaxRead {
			page.NextCursor, page.Partial = s.f.cursor(s.from.day, before), true
			return page, nil
		}
		r, ok, err := s.result(c)
		if err != nil {
			return Page{}, err
		}
		before = c.position
		if !ok {
			continue
		}
		if len(page.Results) == s.f.Limit {
			page.NextCursor = s.f.cursor(s.from.day, last)
			return page, nil
		}
		page.Results, last = append(page.Results, r), c.position
	}
}

// result reads a candidate's card.
func (s *search) result(c candidate) (r Result, ok bool, err error) {
	rec, err := readRecord(s.q.txn, c.record)
	if errors.Is(err, ErrNotFound) {
		return r, false, nil // damaged on the disk: the row outlived its record
	}
	if err != nil {
		return r, false, err
	}
	if s.f.Skip != nil && s.f.Skip(rec.Key()) {
		return r, false, nil
	}
	body, err := protocol.DecodeBody(s.q.s.opener.Network(), &rec)
	if err != nil || body == nil {
		return r, false, nil // damaged, or an upgrade finds it faulty: not served
	}
	of, err := s.q.memberships(&rec, body)
	if err != nil {
		return r, false, err
	}
	skills, ok, err := s.f.confirm(s.q, body, of)
	if err != nil || !ok {
		return r, false, err
	}
	return Result{Record: rec, Body: body, DistanceMeters: c.meters, Tier: c.tier, Memberships: of, Skills: skills}, true, nil
}

// tierOf asks whether the collective of a row is this node's own. The row's
// hint is enough to say no; to say yes, the grant must count.
func (s *search) tierOf(r rowView) (Tier, error) {
	own := s.f.own
	if own == nil || !r.hasCollective(identityHint(*own)) {
		return TierUnknown, nil
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
		yes, err := s.q.counts(g, person)
		if yes || err != nil {
			return TierOwn, err
		}
	}
	if rec, err = readRecord(s.q.txn, r.id()); err != nil {
		return TierUnknown, err
	}
	body, err := protocol.DecodeBody(s.q.s.opener.Network(), &rec)
	if err != nil {
		return TierUnknown, nil
	}
	of, err := s.q.memberships(&rec, body)
	if known(of, *own) {
		return TierOwn, err
	}
	return TierUnknown, err
}
