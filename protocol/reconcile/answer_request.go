package reconcile

import (
	"encoding/binary"
	"fmt"
)

// Respond answers one request from the view of a replica. myHour is the clock's whole hour since the Unix epoch.
//
// It keeps nothing: all there is to know stands in the request. Clocks too far apart are an answer of their own,
// which the asking side's Step returns as *ClockSkewError. An error that wraps ErrProtocol: the stream is to be
// closed and the sender blamed; another is what the view's Err says. The work of an answer is bounded by the bytes of the two frames.
func Respond(view Set, myHour uint32, request []byte, cfg Config) ([]byte, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	frameType, floorHour, rest, err := readFrameHead(request)
	if err != nil {
		return nil, fmt.Errorf("reading request: %w", err)
	}
	if frameType != frameRequest {
		return nil, violation("request of type %d", frameType)
	}
	asked, err := readRanges(rest, After(floorHour), frameRequest)
	if err != nil {
		return nil, fmt.Errorf("reading request: %w", err)
	}
	if apartHours(floorHour, myHour) > maxSkewHours {
		return binary.BigEndian.AppendUint32([]byte{frameClockSkew}, myHour), nil
	}
	floor := After(max(floorHour, myHour))
	w := newFrameWriter(frameReply, myHour, floor, cfg)
	asked = above(floor, asked)
	prints := printsOf(view, asked)
	end := Infinity()
	for _, ask := range asked {
		if ask.kind == kindSkip {
			continue
		}
		if end = answerRange(w, view, ask, prints); end.Compare(ask.hi) < 0 {
			break // the frame is full; what follows is asked again
		}
		end = Infinity()
	}
	w.skipTo(end)
	return w.buf, viewError(view, nil)
}

// above takes out of ascending ranges what expires by the floor.
func above(floor Bound, ranges []frameRange) []frameRange {
	for len(ranges) > 0 && ranges[0].hi.Compare(floor) <= 0 {
		ranges = ranges[1:]
	}
	if len(ranges) > 0 && ranges[0].lo.Compare(floor) < 0 {
		ranges[0].lo = floor
	}
	return ranges
}

// answerRange answers one range and returns how far: up to ask.hi unless the frame is full.
// A range that is the same on both sides needs no bytes; the next skip covers it.
func answerRange(w *frameWriter, view Set, ask frameRange, prints *prints) Bound {
	if ask.kind == kindAsk {
		return w.putList(view, ask.lo, ask.hi)
	}
	print, count := prints.next()
	if print == ask.print {
		return ask.hi
	}
	if count <= listItems {
		return w.putList(view, ask.lo, ask.hi)
	}
	lo := ask.lo
	for _, part := range splitRange(view, ask.lo, ask.hi, count) {
		if !w.put(kindFingerprint, lo, part.hi, part.print[:]) {
			return lo
		}
		lo = part.hi
	}
	return ask.hi
}
