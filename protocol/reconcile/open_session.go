package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
)

// askMode is how a pending range is asked next.
type askMode byte

const (
	askSplit askMode = iota // by the fingerprints of its parts
	askWhole                // by its own fingerprint: the answer did not reach it
	askList                 // for its ids
)

// pendingRange is a range of which it is not yet known whether it is the same on both sides.
type pendingRange struct {
	lo, hi Bound
	mode   askMode
}

// Stats counts what a session has done so far.
type Stats struct {
	Rounds        int // requests made
	SentBytes     int
	ReceivedBytes int
	Need          int // items that the other side has and this one lacks
	Have          int // items that this side has and the other one lacks
}

// Session is the asking side of one reconciliation. It is for one goroutine and holds no resource.
//
// Open gives the first request; each reply goes into Step, which gives what it taught and the next request, nil at
// the end. Every call takes the view of that moment, so a caller may store what it fetches between two calls.
type Session struct {
	cfg   Config
	salt  []byte
	floor uint32 // only what expires after this hour is in the session; it never goes back
	// pending is a stack, lowest range last. Working it off lowest first keeps it small: no more than one reply's
	// ranges for each level of depth, however much differs.
	pending []pendingRange
	asked   []pendingRange // of the request on its way, ascending; modes askWhole and askList only
	have    []Item
	stats   Stats
	opened  bool
	over    bool
}

// NewSession returns a session. Without a salt it starts from parts of equal count. With one it starts from
// Config.AuditCuts cuts at ranks drawn from the salt, so that ids engineered to hide a difference inside ranges that
// can be foreseen are torn apart; the salt must then be random and unknown to others beforehand.
func NewSession(cfg Config, salt []byte) (*Session, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Session{cfg: cfg, salt: slices.Clone(salt)}, nil
}

// Open returns the first request. myHour is the clock's whole hour since the Unix epoch.
func (s *Session) Open(view Set, myHour uint32) ([]byte, error) {
	if s.opened {
		return nil, errors.New("reconcile: session opened twice")
	}
	s.opened = true
	s.floor = myHour
	request, err := s.open(view)
	if err = viewError(view, err); err != nil {
		s.over = true
		return nil, err
	}
	return request, nil
}

func (s *Session) open(view Set) ([]byte, error) {
	lo := After(s.floor)
	_, count := view.Fold(lo, Infinity())
	if len(s.salt) == 0 || count <= listItems {
		s.pending = []pendingRange{{lo: lo, hi: Infinity(), mode: askSplit}}
		return s.request(view)
	}
	view.Cuts(lo, saltedRanks(s.salt, s.cfg.AuditCuts, count), func(left, right Item) {
		hi := boundBetween(left, right)
		s.pending = append(s.pending, pendingRange{lo: lo, hi: hi, mode: askWhole})
		lo = hi
	})
	s.pending = append(s.pending, pendingRange{lo: lo, hi: Infinity(), mode: askWhole})
	slices.Reverse(s.pending)
	return s.request(view)
}

// saltedRanks draws cuts ranks from 1 to count-1, ascending, each once; so there may be fewer than cuts.
// The i-th is SHA-256(salt, i as 4 bytes big-endian), its first 8 bytes big-endian, modulo count-1, plus 1.
func saltedRanks(salt []byte, cuts, count int) []int {
	ranks := make([]int, cuts)
	for i := range ranks {
		drawn := sha256.Sum256(binary.BigEndian.AppendUint32(slices.Clone(salt), uint32(i)))
		ranks[i] = 1 + int(binary.BigEndian.Uint64(drawn[:])%uint64(count-1))
	}
	slices.Sort(ranks)
	return slices.Compact(ranks)
}

// Stats returns what the session has done so far.
func (s *Session) Stats() Stats { return s.stats }

// Have returns the first Config.HaveIDs items found that only this side holds, in no order worth naming;
// Stats().Have counts all of them.
func (s *Session) Have() []Item { return slices.Clone(s.have) }

// request builds the next request from the pending ranges, as many as fit, and moves them to asked.
// It returns nil when none is left.
func (s *Session) request(view Set) ([]byte, error) {
	floor := After(s.floor)
	s.asked = s.asked[:0]
	w := newFrameWriter(frameRequest, s.floor, floor, s.cfg)
	for full := false; len(s.pending) > 0 && !full; {
		top := s.pending[len(s.pending)-1]
		s.pending = s.pending[:len(s.pending)-1]
		if top.hi.Compare(floor) <= 0 {
			continue
		}
		if top.lo.Compare(floor) < 0 {
			top.lo = floor
		}
		if rest := s.ask(w, view, top); rest.Compare(top.hi) < 0 {
			top.lo = rest
			s.pending = append(s.pending, top)
			full = true
		}
	}
	if len(s.asked) == 0 {
		s.over = true
		return nil, nil
	}
	if s.stats.Rounds == s.cfg.Rounds {
		s.over = true
		return nil, boundsError("rounds", s.cfg.Rounds)
	}
	s.stats.Rounds++
	s.stats.SentBytes += len(w.buf)
	return w.buf, nil
}

// ask writes one pending range and returns how far it came: up to its end unless the frame is full.
func (s *Session) ask(w *frameWriter, view Set, p pendingRange) Bound {
	sum, count := view.Fold(p.lo, p.hi)
	if p.mode == askSplit && count <= listItems || count == 0 {
		p.mode = askList
	}
	if p.mode == askList {
		if !w.put(kindAsk, p.lo, p.hi, nil) {
			return p.lo
		}
		s.asked = append(s.asked, p)
		return p.hi
	}
	parts := []rangePart{{hi: p.hi, print: fingerprintOf(sum, count)}}
	if p.mode == askSplit {
		parts = splitRange(view, p.lo, p.hi, count)
	}
	lo := p.lo
	for _, part := range parts {
		if !w.put(kindFingerprint, lo, part.hi, part.print[:]) {
			return lo
		}
		s.asked = append(s.asked, pendingRange{lo: lo, hi: part.hi, mode: askWhole})
		lo = part.hi
	}
	return p.hi
}
