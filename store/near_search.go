package store

import (
	"bytes"
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"math"

	"github.com/dgraph-io/badger/v4"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"courtcircuit/protocol"
)

// candidate is a row that may be a result, and its place in the order.
type candidate struct {
	position
	record protocol.RecordID
	meters float64
}

// candidates is a heap, nearest first: of thousands at one point only a page
// is ever sorted.
type candidates []candidate

func (c candidates) Len() int           { return len(c) }
func (c candidates) Less(i, j int) bool { return c[i].compare(c[j].position) < 0 }
func (c candidates) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)        { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// search looks around a place in growing circles. What a circle's cells hold
// beyond the circle waits in the heap for the next one; no cell is read twice.
type search struct {
	ctx     context.Context
	q       *query
	f       *filter
	from    start
	center  s2.Point
	seen    s2.CellUnion
	waiting candidates
	last    lastPlace
	skill   *uint64 // the rarest skill asked for, whose own list is read instead of everybody
	rare    bool    // that list is so short that it is read at once
}

// The first circle, and how circles grow: a search in a big city ends in the
// first, one on an empty ocean in the ninth.
const (
	firstMeters = 1500.0
	growth      = 4
	slack       = 1e-7 // radians, about 0.6 m: more than all rounding here
)

func newSearch(ctx context.Context, q *query, f *filter, from start) *search {
	return &search{
		ctx: ctx, q: q, f: f, from: from,
		center: s2.PointFromLatLng(s2.LatLngFromDegrees(f.LatDegrees, f.LonDegrees)),
	}
}

func (s *search) run() (Page, error) {
	if err := s.chooseSkill(); err != nil {
		return Page{}, err
	}
	var page Page
	for meters := s.firstCircle(); ; meters *= growth {
		meters = min(meters, s.f.reach)
		angle := meters/EarthRadiusMeters + slack
		whole := angle >= math.Pi || s.rare
		if err := s.gather(angle, whole); err != nil {
			return Page{}, err
		}
		last := whole || meters >= s.f.reach
		full, err := s.take(&page, bound(angle, last))
		if err != nil || full || last {
			return page, err
		}
	}
}

// bound is the squared chord up to which everything has been read.
func bound(angle float64, last bool) float64 {
	if last {
		return math.Inf(1)
	}
	half := math.Sin((angle - slack/2) / 2)
	return 4 * half * half
}

// firstCircle begins where the page before ended.
func (s *search) firstCircle() float64 {
	if s.from.after != nil {
		return max(firstMeters, metersOf(s.from.after.chord2)*1.3)
	}
	return firstMeters
}

// take moves candidates within the bound into the page; full says that the
// page is.
func (s *search) take(page *Page, within float64) (full bool, err error) {
	for len(s.waiting) > 0 && s.waiting[0].chord2 <= within {
		if err := s.ctx.Err(); err != nil {
			return false, err
		}
		c := heap.Pop(&s.waiting).(candidate)
		r, ok, err := s.result(c)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		if len(page.Results) == s.f.Limit {
			last := &page.Results[len(page.Results)-1]
			page.NextCursor = s.f.cursor(s.from.day, s.positionOf(last))
			return true, nil
		}
		page.Results = append(page.Results, r)
	}
	return false, nil
}

func (s *search) positionOf(r *Result) position {
	id := r.Record.Key().PublicID()
	return position{s.chordTo(r.Body), r.Tier, rotate(id, s.from.day), id}
}

func (s *search) chordTo(body any) float64 {
	var p protocol.Place
	switch b := body.(type) {
	case *protocol.Profile:
		p = b.Place
	case *protocol.Mission:
		p = b.Place
	case *protocol.Collective:
		p = b.Place
	}
	return s.f.at.chord2(vectorOf(p.LatDegrees(), p.LonDegrees()))
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

// consider puts a row among the candidates if it may match and stands behind
// the cursor.
func (s *search) consider(id [32]byte, r rowView) error {
	if !r.ok() {
		return errRow
	}
	chord2, meters := s.distanceTo(r.lat(), r.lon())
	if !s.f.lets(r, meters) || (s.from.after != nil && chord2 < s.from.after.chord2) {
		return nil
	}
	tier, err := s.tierOf(r)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c := candidate{position{chord2, tier, rotate(id, s.from.day), id}, r.id(), meters}
	if s.from.after == nil || c.compare(*s.from.after) > 0 {
		heap.Push(&s.waiting, c)
	}
	return nil
}

// distanceTo remembers the last place: rows come in the order of their cells,
// and thousands stand on the centre of one commune.
func (s *search) distanceTo(lat, lon int32) (chord2, meters float64) {
	if l := &s.last; !l.set || l.lat != lat || l.lon != lon {
		c := s.f.at.chord2(vectorOf(float64(lat)/100, float64(lon)/100))
		*l = lastPlace{true, lat, lon, c, metersOf(c)}
	}
	return s.last.chord2, s.last.meters
}

type lastPlace struct {
	set            bool
	lat, lon       int32
	chord2, meters float64
}

// gather reads all rows of a circle's cells that were not read before.
func (s *search) gather(angle float64, whole bool) error {
	cells := s2.CellUnion{}
	if whole {
		for face := range 6 {
			cells = append(cells, s2.CellIDFromFace(face))
		}
	} else {
		coverer := s2.RegionCoverer{MaxLevel: 24, MaxCells: 12}
		cells = coverer.Covering(s2.CapFromCenterAngle(s.center, s1.Angle(angle+slack)))
		cells.Normalize()
	}
	fresh := s2.CellUnionFromDifference(cells, s.seen)
	s.seen = s2.CellUnionFromUnion(s.seen, cells)
	return s.scan(fresh)
}

func (s *search) scan(cells s2.CellUnion) error {
	prefix := kindPrefix(famPlace, s.f.Kind)
	if s.skill != nil {
		prefix = skillPrefix(s.f.Kind, *s.skill)
	}
	opts := badger.DefaultIteratorOptions
	opts.Prefix, opts.PrefetchValues = prefix, false
	it := s.q.txn.NewIterator(opts)
	defer it.Close()
	n := 0
	for _, cell := range cells {
		end := binary.BigEndian.AppendUint64(bytes.Clone(prefix), uint64(cell.RangeMax()))
		for it.Seek(binary.BigEndian.AppendUint64(bytes.Clone(prefix), uint64(cell.RangeMin()))); it.Valid(); it.Next() {
			k := it.Item().Key()
			if bytes.Compare(k[:len(end)], end) > 0 {
				break
			}
			if n++; n%1024 == 0 && s.ctx.Err() != nil {
				return s.ctx.Err()
			}
			if err := s.visit(it.Item(), k[len(prefix):]); err != nil {
				return err
			}
		}
	}
	return nil
}

// visit looks at one entry, whose key ends in cell and public id.
func (s *search) visit(item *badger.Item, cellAndID []byte) error {
	id := [32]byte(cellAndID[8:])
	if s.skill == nil {
		return item.Value(func(v []byte) error { return s.consider(id, v) })
	}
	row, err := s.q.txn.Get(placeKey(s.f.Kind, binary.BigEndian.Uint64(cellAndID), id))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return row.Value(func(v []byte) error { return s.consider(id, v) })
}

// rareEntries: a skill with no more entries is read in one go.
const rareEntries = 256

// chooseSkill counts a little of each skill's list to find the rarest.
func (s *search) chooseSkill() error {
	if s.f.Kind == protocol.KindCollective {
		return nil
	}
	fewest := math.MaxInt
	for i := range s.f.skillHashes {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = skillPrefix(s.f.Kind, s.f.skillHashes[i]), false
		it := s.q.txn.NewIterator(opts)
		n := 0
		for it.Rewind(); it.Valid() && n <= rareEntries; it.Next() {
			n++
		}
		it.Close()
		if n < fewest {
			fewest, s.skill = n, &s.f.skillHashes[i]
		}
	}
	s.rare = fewest <= rareEntries
	return nil
}
