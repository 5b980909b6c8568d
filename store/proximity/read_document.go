package proximity

import "fmt"

// ID names a document; order within one place is by ID.
type ID [32]byte

// Document is what a search knows of a card. Days count from 1970 and hours
// too; a day after MaxDay counts as that. A number that is "one more" keeps 0
// for "not said".
type Document struct {
	ID            ID
	Lat, Lon      int32    // hundredths of a degree, WGS84
	Tier          uint8    // at one distance lower ones come first
	Skills        []uint64 // hashes of folded skills
	Collectives   []uint64 // hints of identities
	Languages     []uint32 // small numbers given by the caller; below ExactLanguages is fastest
	Modes         uint8    // a bit for each
	State         uint8
	Expiry        uint32 // found in hours before this one
	AvailableFrom uint32 // one more than the day
	Unavailable   bool
	ConfirmedDay  uint32
	Reach         uint16 // one more than the kilometers that the person travels
	ApplyBy       uint32 // one more than the last day of State; give it only for the states that it ends
	// Words are all different ones of the text, folded. nil: not known, then a
	// query for words takes the document for one that may have them.
	Words []string
}

// ExactLanguages is how many languages have a bit of their own. Others are
// found as exactly, more slowly where several are asked for. Few have most of
// a country's speakers, and one more would double what all have here.
const ExactLanguages = 15

// MaxDay is in the year 2149.
const MaxDay = never - 2

// maxTerms bounds each list of a document.
const maxTerms = 1024

func (d *Document) validate() error {
	if d.Lat < -9000 || d.Lat > 9000 || d.Lon < -18000 || d.Lon > 18000 {
		return fmt.Errorf("document %x: place %d, %d; -9000 to 9000 and -18000 to 18000 hundredths of a degree expected", d.ID[:4], d.Lat, d.Lon)
	}
	for _, n := range []int{len(d.Skills), len(d.Collectives), len(d.Languages)} {
		if n > maxTerms {
			return fmt.Errorf("document %x: a list of %d skills, collectives or languages; at most %d expected", d.ID[:4], n, maxTerms)
		}
	}
	if len(d.Words) > maxWords {
		return fmt.Errorf("document %x: %d words; at most %d expected", d.ID[:4], len(d.Words), maxWords)
	}
	return nil
}

// never is the availability of who is not available: later than every day.
const never = 1<<16 - 1

// nobody is the number of no document.
const nobody = 1<<32 - 1

// otherLanguage is the bit of documents with a language that has none.
const otherLanguage = 1 << ExactLanguages

// row is what most filters need of a document: 16 bytes, so that four share a
// line of cache, because a walk over a skill's documents pays for each line it
// touches.
type row struct {
	expiry        uint32
	confirmedDay  uint16
	availableFrom uint16
	applyBy       uint16
	languages     uint16
	reach         uint16
	modes         uint8
	state         uint8
}

func (d *Document) row() row {
	r := row{
		expiry: d.Expiry, confirmedDay: uint16(min(d.ConfirmedDay, MaxDay)), availableFrom: uint16(min(d.AvailableFrom, MaxDay+1)),
		applyBy: uint16(min(d.ApplyBy, MaxDay+1)), reach: d.Reach, modes: d.Modes, state: d.State,
	}
	if d.Unavailable {
		r.availableFrom = never
	}
	for _, l := range d.Languages {
		r.languages |= 1 << min(l, ExactLanguages)
	}
	return r
}

// summary says what some rows have among them, so that a filter passes over
// all of them at once.
type summary struct {
	expiry        uint32 // greatest
	leastExpiry   uint32
	confirmedDay  uint16 // greatest
	availableFrom uint16 // least
	languages     uint16 // of any
	reach         uint16 // greatest; 0, which is no limit, counts as the greatest
	modes         uint8  // of any
	states        uint8  // bit per state; 7 and above share one
}

var noRows = summary{leastExpiry: 1<<32 - 1, availableFrom: never}

func stateBit(state uint8) uint8 { return 1 << min(state, 7) }

func (s *summary) add(r *row) {
	s.languages |= r.languages
	s.confirmedDay = max(s.confirmedDay, r.confirmedDay)
	s.expiry = max(s.expiry, r.expiry)
	s.leastExpiry = min(s.leastExpiry, r.expiry)
	s.availableFrom = min(s.availableFrom, r.availableFrom)
	s.reach = max(s.reach, r.reach-1) // 0 wraps to the greatest
	s.modes |= r.modes
	s.states |= stateBit(r.state)
}

func (s *summary) join(o *summary) {
	s.languages |= o.languages
	s.confirmedDay = max(s.confirmedDay, o.confirmedDay)
	s.expiry = max(s.expiry, o.expiry)
	s.leastExpiry = min(s.leastExpiry, o.leastExpiry)
	s.availableFrom = min(s.availableFrom, o.availableFrom)
	s.reach = max(s.reach, o.reach)
	s.modes |= o.modes
	s.states |= o.states
}
