package reconcile

import (
	"encoding/binary"
	"fmt"
)

// frameRange is one decoded range of a frame.
type frameRange struct {
	kind   rangeKind
	lo, hi Bound
	print  fingerprint // of kindFingerprint
	items  []Item      // of kindList: strictly ascending, inside [lo, hi)
}

func violation(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}

// readFrameHead returns the type and the hour of a frame, and what follows them.
func readFrameHead(frame []byte) (frameType byte, hour uint32, rest []byte, err error) {
	if len(frame) > MaxFrameBytes {
		return 0, 0, nil, violation("frame of %d bytes", len(frame))
	}
	if len(frame) < frameHeadBytes {
		return 0, 0, nil, violation("frame of %d bytes has no head", len(frame))
	}
	return frame[0], binary.BigEndian.Uint32(frame[1:]), frame[frameHeadBytes:], nil
}

// readRanges decodes the ranges of a request or a reply. The first starts at start, each other where the one before
// it ended. Only the encoding that frameWriter would choose is accepted, so a frame has one form.
func readRanges(data []byte, start Bound, frameType byte) ([]frameRange, error) {
	r := rangeReader{data: data, at: start}
	const usualRangeBytes = 20 // a guess that saves growing; what is allocated stays in proportion to the frame
	ranges := make([]frameRange, 0, min(len(data)/usualRangeBytes+1, MaxRangesPerFrame))
	for len(r.data) > 0 {
		if len(ranges) == MaxRangesPerFrame {
			return nil, violation("more than %d ranges", MaxRangesPerFrame)
		}
		next, err := r.next(frameType)
		if err != nil {
			return nil, fmt.Errorf("range %d: %w", len(ranges), err)
		}
		if n := len(ranges); n > 0 && next.kind == kindSkip && ranges[n-1].kind == kindSkip {
			return nil, violation("range %d: two skips in a row", n)
		}
		ranges = append(ranges, next)
	}
	n := len(ranges)
	if n == 0 {
		return nil, violation("frame without ranges")
	}
	if frameType == frameRequest && ranges[n-1].kind == kindSkip {
		return nil, violation("request ends with a skip")
	}
	return ranges, nil
}

// rangeReader reads one range after the other. Every length is checked against the bytes that are there before
// anything is allocated for it.
type rangeReader struct {
	data []byte
	at   Bound
}

func (r *rangeReader) next(frameType byte) (frameRange, error) {
	tag := r.data[0]
	r.data = r.data[1:]
	next := frameRange{kind: rangeKind(tag >> 6), lo: r.at}
	if next.kind == kindAsk && frameType != frameRequest || next.kind == kindList && frameType != frameReply {
		return next, violation("kind %d in a frame of type %d", next.kind, frameType)
	}
	var err error
	if next.hi, err = r.bound(int(tag & 63)); err != nil {
		return next, err
	}
	if next.hi.Compare(next.lo) <= 0 {
		return next, violation("empty range")
	}
	r.at = next.hi
	switch next.kind {
	case kindFingerprint:
		if len(r.data) < len(next.print) {
			return next, violation("fingerprint cut short")
		}
		r.data = r.data[copy(next.print[:], r.data):]
	case kindList:
		next.items, err = r.list(next.lo, next.hi)
	}
	return next, err
}

func (r *rangeReader) bound(prefixBytes int) (Bound, error) {
	if prefixBytes == infinityTag {
		return Infinity(), nil
	}
	if prefixBytes > 32 {
		return Bound{}, violation("id prefix of %d bytes", prefixBytes)
	}
	hour, err := r.hour(r.at.Hour)
	if err != nil {
		return Bound{}, err
	}
	bound := Bound{Hour: hour}
	if len(r.data) < prefixBytes {
		return Bound{}, violation("id prefix cut short")
	}
	if prefixBytes > 0 && r.data[prefixBytes-1] == 0 {
		return Bound{}, violation("id prefix ends with a zero")
	}
	r.data = r.data[copy(bound.ID[:prefixBytes], r.data):]
	return bound, nil
}

func (r *rangeReader) list(lo, hi Bound) ([]Item, error) {
	const minItemBytes = 1 + 32
	count, err := r.uvarint()
	if err != nil {
		return nil, err
	}
	if count > uint64(len(r.data)/minItemBytes) {
		return nil, violation("list of %d ids in %d bytes", count, len(r.data))
	}
	items := make([]Item, count)
	hour := lo.Hour
	for i := range items {
		if hour, err = r.hour(hour); err != nil {
			return nil, err
		}
		if len(r.data) < 32 {
			return nil, violation("id cut short")
		}
		items[i].ExpiryHour = uint32(hour)
		r.data = r.data[copy(items[i].ID[:], r.data):]
		if i > 0 && items[i].Compare(items[i-1]) <= 0 {
			return nil, violation("ids not ascending")
		}
	}
	if n := len(items); n > 0 && (items[0].Bound().Compare(lo) < 0 || items[n-1].Bound().Compare(hi) >= 0) {
		return nil, violation("ids outside their range")
	}
	return items, nil
}

// hour reads an hour given as its distance from an earlier one.
func (r *rangeReader) hour(from uint64) (uint64, error) {
	distance, err := r.uvarint()
	if err != nil {
		return 0, err
	}
	if from >= 1<<32 || distance >= 1<<32-from {
		return 0, violation("hour beyond 32 bits")
	}
	return from + distance, nil
}

// uvarint reads an unsigned LEB128 number in its shortest form.
func (r *rangeReader) uvarint() (uint64, error) {
	value, n := binary.Uvarint(r.data)
	if n <= 0 {
		return 0, violation("number cut short or too long")
	}
	if n > 1 && r.data[n-1] == 0 {
		return 0, violation("number not in its shortest form")
	}
	r.data = r.data[n:]
	return value, nil
}
