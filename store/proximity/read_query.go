package proximity

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Query asks for documents around a place. Every filter that is set must hold.
// Its slices must not change while an iterator is used.
type Query struct {
	LatDegrees, LonDegrees float64 // WGS84
	RadiusMeters           float64 // below 0: everywhere

	Skills      []uint64 // all of them
	Collectives []uint64 // all of them
	Languages   []uint32 // any of them; none: not asked
	Modes       uint8    // any of them; 0: not asked
	States      []uint8  // any of them; nil: not asked. Documents past ApplyBy have none
	Available   *Availability
	Words       []Word // all of them
	WithinReach bool   // only who travels as far as from their place to this one

	Hour  uint32 // now, in hours since 1970: Expiry is after it
	Today uint32 // in days since 1970: ApplyBy is not before it
	Day   uint32 // by which ids are rotated; stays the same from page to page

	After *Position // only what comes after
}

// Availability asks for people available on a day who said so not long ago.
type Availability struct {
	By             uint32 // day since 1970
	ConfirmedSince uint32 // day
}

// Position is a place in the order of hits: by distance, tier, rotated id, id.
type Position struct {
	Chord2  float64 // squared chord on the unit sphere, 0 to 4
	Tier    uint8
	Rotated uint64
	ID      ID
}

// Compare tells which of two positions comes first.
func (p Position) Compare(o Position) int {
	return cmp.Or(cmp.Compare(p.Chord2, o.Chord2), cmp.Compare(p.Tier, o.Tier),
		cmp.Compare(p.Rotated, o.Rotated), bytes.Compare(p.ID[:], o.ID[:]))
}

// Hit is a document found, and its Position, where a next page goes on.
type Hit struct {
	Position
	Cell   uint64 // S2 leaf cell of the document's place
	Meters float64
}

// Turn is what a day subtracts from the first eight bytes of each id, so that
// an id which was searched for to be small heads its commune for a day at most.
func Turn(day uint32) uint64 {
	h := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("courtcircuit order of the day"), day))
	return binary.BigEndian.Uint64(h[:8])
}

func prefix(id *ID) uint64 { return binary.BigEndian.Uint64(id[:8]) }

// filter is a query in the terms of rows and summaries.
type filter struct {
	at        vector
	circle    circle
	hour      uint32
	plain     bool   // nothing but place and hour is asked
	languages uint16 // 0: not asked
	rare      []uint32
	only      bool // one language is asked for, and has no bit: then it is a term like any other
	modes     uint8
	states    []uint8
	stateBits uint8
	today     uint32
	available bool
	firstDay  uint16 // least availableFrom that will do
	lastDay   uint16
	confirmed uint16
	reach     bool
}

func newFilter(q *Query) (filter, error) {
	if !(q.LatDegrees >= -90 && q.LatDegrees <= 90) || !(q.LonDegrees >= -180 && q.LonDegrees <= 180) {
		return filter{}, fmt.Errorf("search near: place %v, %v; -90 to 90 and -180 to 180 degrees expected", q.LatDegrees, q.LonDegrees)
	}
	if math.IsNaN(q.RadiusMeters) {
		return filter{}, fmt.Errorf("search near: radius %v; metres expected", q.RadiusMeters)
	}
	f := filter{
		at: vectorOf(q.LatDegrees, q.LonDegrees), circle: newCircle(q.RadiusMeters), hour: q.Hour, today: q.Today,
		modes: q.Modes, states: q.States, reach: q.WithinReach,
	}
	if f.only = len(q.Languages) == 1 && q.Languages[0] >= ExactLanguages; !f.only {
		f.askLanguages(q.Languages)
	}
	for _, s := range q.States {
		f.stateBits |= stateBit(s)
	}
	if a := q.Available; a != nil {
		f.available, f.confirmed = true, uint16(min(a.ConfirmedSince, MaxDay))
		f.lastDay = uint16(min(a.By, MaxDay)) + 1
		if q.Today > a.By { // who gave no day is available from today
			f.firstDay = 1
		}
	}
	f.plain = f.languages == 0 && f.modes == 0 && f.states == nil && !f.available && !f.reach
	return f, nil
}

func (f *filter) askLanguages(languages []uint32) {
	for _, l := range languages {
		f.languages |= 1 << min(l, ExactLanguages)
		if l >= ExactLanguages {
			f.rare = append(f.rare, l)
		}
	}
}

// mayHold is false only where no row of the summary passes.
func (f *filter) mayHold(s *summary) bool {
	if s.expiry <= f.hour {
		return false
	}
	if f.plain {
		return true
	}
	return (f.languages == 0 || f.languages&s.languages != 0) &&
		(f.modes == 0 || f.modes&s.modes != 0) &&
		(f.states == nil || f.stateBits&s.states != 0) &&
		(!f.available || s.availableFrom <= f.lastDay && s.confirmedDay >= f.confirmed)
}

// passes looks at all that a row knows but the reach, which is for travels.
func (f *filter) passes(r *row) bool {
	if r.expiry <= f.hour {
		return false
	}
	if f.plain {
		return true
	}
	return (f.languages == 0 || f.languages&r.languages != 0) &&
		(f.modes == 0 || f.modes&r.modes != 0) &&
		(f.states == nil || f.passesState(r)) &&
		(!f.available || r.availableFrom >= f.firstDay && r.availableFrom <= f.lastDay && r.confirmedDay >= f.confirmed)
}

func (f *filter) passesState(r *row) bool {
	return (r.applyBy == 0 || uint32(r.applyBy)-1 >= f.today) && slices.Contains(f.states, r.state)
}

// travels says whether a person comes as far as the query's place. least keeps
// leastReach from one document of a point to the next; 0: not known yet.
func (f *filter) travels(r *row, chord2 float64, least *uint32) bool {
	if !f.reach || r.reach == 0 {
		return true
	}
	if *least == 0 {
		*least = leastReach(chord2)
	}
	return uint32(r.reach) >= *least
}

// leastReach is the smallest row.reach with which a distance is travelled.
func leastReach(chord2 float64) uint32 {
	meters := metersOf(chord2)
	km := uint32(meters / 1000)
	for float64(km)*1000 < meters {
		km++
	}
	return km + 1
}

// tooFar says that nobody under a summary travels that far. The chord is at
// most the arc, so that no trigonometry is needed to say no.
func (f *filter) tooFar(s *summary, chord2 float64) bool {
	if !f.reach || s.reach == 1<<16-1 {
		return false
	}
	km := float64(s.reach) * 1000 / EarthRadiusMeters
	return chord2 > km*km*(1+1e-12)
}
