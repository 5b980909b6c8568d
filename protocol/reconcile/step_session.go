package reconcile

import (
	"errors"
	"fmt"
)

func boundsError(what string, bound int) error {
	return fmt.Errorf("%w: %d %s", ErrBounds, bound, what)
}

// viewError puts the fault of a view before whatever followed from it.
func viewError(view Set, err error) error {
	if fault := view.Err(); fault != nil {
		return fmt.Errorf("reconcile: reading the set: %w", fault)
	}
	return err
}

// Step takes the reply to the last request and returns the next request, nil when the session is complete, and the
// items of that reply which view lacks, ascending. Their hours are the other side's word: whoever fetches a record
// checks that it expires then. myHour is the clock's whole hour now, which may have moved on since Open.
//
// After an error the session is over. It is *ClockSkewError, or wraps ErrProtocol (the other side is to blame) or
// ErrBounds (start anew after fetching what was returned so far), or is what the view's Err says.
func (s *Session) Step(view Set, myHour uint32, reply []byte) (request []byte, need []Item, err error) {
	if !s.opened || s.over {
		return nil, nil, errors.New("reconcile: step of a session that is not open")
	}
	request, need, err = s.step(view, myHour, reply)
	if err = viewError(view, err); err != nil {
		s.over = true
		return nil, nil, err
	}
	return request, need, nil
}

func (s *Session) step(view Set, myHour uint32, reply []byte) ([]byte, []Item, error) {
	s.stats.ReceivedBytes += len(reply)
	frameType, peerHour, rest, err := readFrameHead(reply)
	if err != nil {
		return nil, nil, fmt.Errorf("reading reply: %w", err)
	}
	// Checked first and from both sides: else a peer could move the floor on by an hour a round and so make this
	// side pass over everything it holds.
	if frameType == frameClockSkew && len(rest) == 0 || apartHours(myHour, peerHour) > maxSkewHours {
		return nil, nil, &ClockSkewError{MyHour: myHour, PeerHour: peerHour}
	}
	if frameType != frameReply {
		return nil, nil, violation("reply of type %d", frameType)
	}
	s.floor = max(s.floor, peerHour)
	ranges, err := readRanges(rest, After(s.floor), frameReply)
	if err != nil {
		return nil, nil, fmt.Errorf("reading reply: %w", err)
	}
	s.trimAsked()
	if err := checkAnswers(s.asked, ranges); err != nil {
		return nil, nil, fmt.Errorf("reading reply: %w", err)
	}
	need, err := s.take(view, ranges)
	if err != nil {
		return nil, nil, err
	}
	s.floor = max(s.floor, myHour)
	request, err := s.request(view)
	return request, need, err
}

// trimAsked takes out of the asked ranges what expires by the floor that the reply counts from.
func (s *Session) trimAsked() {
	floor := After(s.floor)
	for len(s.asked) > 0 && s.asked[0].hi.Compare(floor) <= 0 {
		s.asked = s.asked[1:]
	}
	if len(s.asked) > 0 && s.asked[0].lo.Compare(floor) < 0 {
		s.asked[0].lo = floor
	}
}

// take draws the consequences of a checked reply: listed ranges are settled, differing parts go on the stack, and
// so does, unchanged, what the reply did not reach.
func (s *Session) take(view Set, ranges []frameRange) ([]Item, error) {
	var need []Item
	open := make([]pendingRange, 0, len(s.asked)) // ascending
	prints := printsOf(view, ranges)
	end := ranges[len(ranges)-1].hi
	for _, a := range s.asked {
		for len(ranges) > 0 && ranges[0].lo.Compare(a.hi) < 0 {
			answer := ranges[0]
			if answer.kind == kindSkip && answer.hi.Compare(a.hi) > 0 {
				break // it covers the next asked range too
			}
			ranges = ranges[1:]
			switch {
			case answer.kind == kindList:
				need = s.settle(view, answer, need)
			case answer.kind == kindFingerprint:
				if print, _ := prints.next(); print == answer.print {
					continue
				}
				// Asked in parts of a sixteenth of what is held there, it ends in lists after log16(n) levels,
				// whatever the peer invents.
				open = append(open, pendingRange{lo: answer.lo, hi: answer.hi, mode: askSplit})
			}
		}
		if end.Compare(a.hi) < 0 {
			if a.lo.Compare(end) < 0 {
				a.lo = end
			}
			open = append(open, a)
		}
	}
	s.stats.Need += len(need)
	if s.stats.Need > s.cfg.NeedIDs {
		return nil, boundsError("needed ids", s.cfg.NeedIDs)
	}
	if len(s.pending)+len(open) > maxPendingRanges {
		return nil, boundsError("pending ranges", maxPendingRanges)
	}
	for i := len(open) - 1; i >= 0; i-- {
		s.pending = append(s.pending, open[i])
	}
	return need, nil
}

// settle compares a list with what view holds in its range, appends what view lacks to need, and counts what only
// view holds.
func (s *Session) settle(view Set, list frameRange, need []Item) []Item {
	_, held := view.Fold(list.lo, list.hi)
	both, i := 0, 0
	if held > 0 {
		view.Walk(list.lo, list.hi, func(own Item) bool {
			for i < len(list.items) && list.items[i].Compare(own) < 0 {
				need = append(need, list.items[i])
				i++
			}
			if i < len(list.items) && list.items[i] == own {
				both++
				i++
			} else if len(s.have) < s.cfg.HaveIDs {
				s.have = append(s.have, own)
			}
			// The count of the rest is known without walking it.
			return i < len(list.items) || len(s.have) < s.cfg.HaveIDs
		})
	}
	s.stats.Have += held - both
	return append(need, list.items[i:]...)
}
