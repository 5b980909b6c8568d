package reconcile

import "encoding/binary"

// The first byte of a frame.
const (
	frameRequest   = 0x01
	frameReply     = 0x02
	frameClockSkew = 0x03
)

const frameHeadBytes = 5 // type, hour

// The kind of a range, in the two high bits of its tag.
type rangeKind byte

const (
	kindSkip        rangeKind = iota // request: not asked; reply: not asked, or the same on both sides
	kindFingerprint                  // 16 bytes follow
	kindAsk                          // request only: send the ids
	kindList                         // reply only: all ids of the range follow
)

const (
	infinityTag       = 63 // in the low six bits of a tag, where else the length of the bound's id prefix stands
	maxRangeHeadBytes = 1 + 5 + 32
)

// frameWriter builds one frame. Ranges are put in ascending order; what lies between them becomes a skip.
// When a range does not fit, put says so and leaves the frame as it was.
type frameWriter struct {
	buf        []byte
	at         Bound // upper bound of the last range written
	limitBytes int
	ranges     int // how many more may be written
	ids        int
}

func newFrameWriter(frameType byte, hour uint32, start Bound, cfg Config) *frameWriter {
	return &frameWriter{
		buf: binary.BigEndian.AppendUint32(append(make([]byte, 0, 1024), frameType), hour),
		at:  start,
		// Room for one more skip is kept back, so that end never fails.
		limitBytes: cfg.FrameBytes - maxRangeHeadBytes,
		ranges:     cfg.RangesPerFrame - 1,
		ids:        cfg.IDsPerFrame,
	}
}

// put appends the range [lo, hi) and its payload.
func (w *frameWriter) put(kind rangeKind, lo, hi Bound, payload []byte) bool {
	before := *w
	w.skipTo(lo)
	w.head(kind, hi)
	w.buf = append(w.buf, payload...)
	if len(w.buf) > w.limitBytes || w.ranges < 0 {
		*w = before
		return false
	}
	return true
}

// putList appends the items of [lo, hi) as far as they fit, and returns where it stopped: hi, or before the first
// item that did not fit, or lo when there is no room at all.
func (w *frameWriter) putList(view Set, lo, hi Bound) Bound {
	const countBytes = 3
	room := w.limitBytes - len(w.buf) - 2*maxRangeHeadBytes - countBytes
	var items []byte
	var last Item
	count, hour, end := 0, lo.Hour, hi
	view.Walk(lo, hi, func(item Item) bool {
		mark := len(items)
		items = binary.AppendUvarint(items, uint64(item.ExpiryHour)-hour)
		items = append(items, item.ID[:]...)
		if len(items) > room || count == w.ids {
			items = items[:mark]
			end = lo
			if count > 0 {
				end = boundBetween(last, item)
			}
			return false
		}
		last, hour = item, uint64(item.ExpiryHour)
		count++
		return true
	})
	if end == lo || !w.put(kindList, lo, end, append(binary.AppendUvarint(nil, uint64(count)), items...)) {
		return lo
	}
	w.ids -= count
	return end
}

// skipTo appends a skip up to bound unless the frame has come that far already.
func (w *frameWriter) skipTo(bound Bound) {
	if bound.Compare(w.at) > 0 {
		w.head(kindSkip, bound)
	}
}

// head appends the tag and the upper bound of a range that starts where the last one ended.
func (w *frameWriter) head(kind rangeKind, hi Bound) {
	tag := byte(kind) << 6
	if hi.IsInfinity() {
		w.buf = append(w.buf, tag|infinityTag)
	} else {
		prefix := hi.prefix()
		w.buf = append(w.buf, tag|byte(len(prefix)))
		w.buf = binary.AppendUvarint(w.buf, hi.Hour-w.at.Hour)
		w.buf = append(w.buf, prefix...)
	}
	w.at = hi
	w.ranges--
}
