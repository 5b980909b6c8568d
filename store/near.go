package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"courtcircuit/protocol"
)

// Tier says how well the collective behind a record is known here.
type Tier int

// 1 and 2 are kept for trust between collectives.
const (
	TierOwn     Tier = 0
	TierUnknown Tier = 3
)

// Query asks for what is near a place. Every filter that is set must hold.
type Query struct {
	Kind                   protocol.Kind // profile, mission or collective
	LatDegrees, LonDegrees float64       // WGS84
	RadiusMeters           float64       // below 0: everywhere
	Skills                 []string      // all of them, as people type them
	Languages              []string      // any of them; "fr" also finds "fr-CA"
	Modes                  []protocol.WorkMode
	AvailableBy            *protocol.Date // profiles only
	Collective             *protocol.Identity
	Words                  string                  // each must begin a word of the card, one of two letters be one; stop words do not count
	States                 []protocol.MissionState // nil: any; missions only
	Limit                  int                     // 1 to MaxLimit; 0 is 20
	Cursor                 string                  // of the page before; the rest of the query must be the same
	Now                    time.Time
	// Skip leaves records out as if they were not held; nil leaves out none. It
	// is no part of what a cursor is bound to, and may change between pages.
	Skip func(protocol.RecordKey) bool
	// MaxRead ends a page after so many cards were read, 0: never. The page is
	// then Partial, and its cursor goes on behind the last card read.
	MaxRead int
}

// MaxLimit is the most results that a page holds.
const MaxLimit = 100

// Result is one card found. It is shared with other searches: nothing that it
// points to may be changed.
type Result struct {
	card           *heldCard
	Body           any    // *protocol.Profile, *protocol.Mission or *protocol.Collective
	View           []byte // what Config.View made of both; nil without it
	DistanceMeters float64
	Tier           Tier
	Memberships    []Membership
	Skills         []string // those asked for, as the person wrote them
	Tied           bool     // another result of Near, on this page or beside it, stands at the same distance
}

// Record is the one that was found, without the bytes of its body.
func (r *Result) Record() *protocol.Record { return r.card.record() }

// Page is some results, nearest first, and where to go on; NextCursor is empty
// on the last page.
type Page struct {
	Results    []Result
	NextCursor string
	Partial    bool // see Query.MaxRead
}

// Near finds cards by distance: exactly those that match, in the order of
// (squared chord, tier, rotated id, id). Everybody in a commune stands at one
// point, so ties are the normal case, and the rotation by the UTC day keeps
// ids that were mined to be small from always coming first.
func (s *Store) Near(ctx context.Context, q Query) (Page, error) {
	search, err := s.newSearch(ctx, q)
	if err != nil {
		return Page{}, err
	}
	defer search.close()
	return search.page()
}

// newFilter checks a query and brings it into the form that rows hold.
func (s *Store) newFilter(q Query) (*filter, error) {
	switch q.Kind {
	case protocol.KindProfile, protocol.KindMission, protocol.KindCollective:
	default:
		return nil, fmt.Errorf("search near: kind %s; profile, mission or collective expected", q.Kind)
	}
	if !(q.LatDegrees >= -90 && q.LatDegrees <= 90) || !(q.LonDegrees >= -180 && q.LonDegrees <= 180) {
		return nil, fmt.Errorf("search near: place %v, %v; -90 to 90 and -180 to 180 degrees expected", q.LatDegrees, q.LonDegrees)
	}
	if math.IsNaN(q.RadiusMeters) {
		return nil, fmt.Errorf("search near: radius %v; metres expected", q.RadiusMeters)
	}
	if q.Limit < 0 || q.Limit > MaxLimit {
		return nil, fmt.Errorf("search near: limit %d; 1 to %d expected", q.Limit, MaxLimit)
	}
	if q.Limit == 0 {
		q.Limit = 20
	}
	f := &filter{
		Query: q, own: s.own.Load(), hour: hourOf(q.Now),
		today: uint32(max(q.Now.Unix(), 0) / 86400), reach: math.Inf(1),
	}
	if q.RadiusMeters >= 0 {
		f.reach = q.RadiusMeters
	}
	for _, skill := range q.Skills {
		key := s.skillKey(skill)
		if key == "" {
			continue
		}
		f.skills = append(f.skills, key)
		f.skillHashes = append(f.skillHashes, hash64(key))
	}
	for _, l := range q.Languages {
		f.languages = append(f.languages, languageHash(l))
	}
	for _, m := range q.Modes {
		f.modes |= modeBit(m)
	}
	f.words = askedWords(q.Words)
	return f, nil
}
