package store

import (
	"encoding/binary"
	"hash/crc32"
	"unsafe"

	"courtcircuit/protocol"
)

// A slot of the file of cards is one held card: a head of fixed length, then
// row, signature, header, key, body, keys of skills, grants and view, and zeros
// up to a multiple of slotUnit. The checksum is over all that follows it.
//
//	0  CRC-32C
//	4  length in units, 16 bits
//	6  kind
//	8  public id
//	40 cell
const (
	slotUnit      = 64
	slotHeadBytes = 48
	maxSlotUnits  = 1<<slotUnitBits - 1
)

var slotSums = crc32.MakeTable(crc32.Castagnoli)

const slotUnerased = 1 // flag: see heldCard.unerased

// slotOf writes a card, nil for one that the file does not take: a collective,
// one with members of a later version, or one that is too long.
func slotOf(h *heldCard) []byte {
	w := slotWriter{b: make([]byte, slotHeadBytes, 4096)}
	flags := uint8(0)
	if h.unerased {
		flags |= slotUnerased
	}
	w.b = append(w.b, flags)
	w.bytes(h.row)
	w.b = append(w.b, h.header.Signature[:]...)
	w.bytes(h.header.Header)
	w.b = append(w.b, h.key.Identity[:]...)
	w.string(h.key.Slot)
	switch body := h.body.(type) {
	case *protocol.Profile:
		if len(body.Extra) > 0 {
			return nil
		}
		w.profile(body)
	case *protocol.Mission:
		if len(body.Extra) > 0 {
			return nil
		}
		w.mission(body)
	default:
		return nil
	}
	w.texts(h.skills)
	w.count(len(h.grants), h.grants == nil)
	for i := range h.grants {
		w.grant(&h.grants[i])
	}
	w.bytes(h.view)
	units := (len(w.b) + slotUnit - 1) / slotUnit
	if units > maxSlotUnits {
		return nil
	}
	b := append(w.b, make([]byte, units*slotUnit-len(w.b))...)
	binary.LittleEndian.PutUint16(b[4:], uint16(units))
	binary.LittleEndian.PutUint16(b[6:], uint16(h.kind))
	copy(b[8:], h.id[:])
	binary.LittleEndian.PutUint64(b[40:], h.cell)
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[4:], slotSums))
	return b
}

// slotWhole says whether all bytes of a slot are as they were written.
func slotWhole(b []byte) bool {
	return len(b) >= slotHeadBytes && int(binary.LittleEndian.Uint16(b[4:]))*slotUnit == len(b) &&
		binary.LittleEndian.Uint32(b) == crc32.Checksum(b[4:], slotSums)
}

func slotKey(head []byte) nearKey {
	return nearKey{kind: protocol.Kind(binary.LittleEndian.Uint16(head[6:])), id: [32]byte(head[8:])}
}

// cardOf makes a held card of a whole slot, whose bytes it keeps: most of what
// it has points into them. False when they are none.
func (c *cardCache) cardOf(b []byte) (*heldCard, bool) {
	k := slotKey(b)
	r := slotReader{all: b, at: slotHeadBytes, text: unsafe.String(unsafe.SliceData(b), len(b))} // b is never written to again
	flags := r.byte()
	h := &heldCard{nearKey: k, cell: binary.LittleEndian.Uint64(b[40:]), row: r.bytes(), unerased: flags&slotUnerased != 0}
	h.header.Signature = protocol.Signature(r.take(signatureBytes))
	h.header.Header = r.bytes()
	h.key = protocol.RecordKey{Identity: protocol.Identity(r.take(32)), Kind: k.kind, Slot: r.string()}
	switch k.kind {
	case protocol.KindProfile:
		h.body = r.profile()
	case protocol.KindMission:
		h.body = r.mission()
	default:
		return nil, false
	}
	h.skills = r.texts()
	if n, some := r.count(); some {
		h.grants = make([]heldGrant, n)
		for i := range h.grants {
			h.grants[i] = r.grant()
		}
	}
	h.view = r.bytes()
	if r.failed || !h.row.ok() || h.key.PublicID() != k.id {
		return nil, false
	}
	h.stamp(c)
	h.bytes = int64(len(b)) + fixedCardBytes + int64(len(h.grants))*int64(unsafe.Sizeof(heldGrant{})) + int64(len(h.skills)*2*16)
	return h, true
}

// slotWriter appends what slotReader reads.
type slotWriter struct{ b []byte }

func (w *slotWriter) uint(n uint64) { w.b = binary.AppendUvarint(w.b, n) }
func (w *slotWriter) int(n int64)   { w.b = binary.AppendVarint(w.b, n) }

// count tells no list from an empty one.
func (w *slotWriter) count(n int, none bool) {
	if none {
		w.uint(0)
		return
	}
	w.uint(uint64(n) + 1)
}

func (w *slotWriter) bytes(b []byte) {
	w.count(len(b), b == nil)
	w.b = append(w.b, b...)
}

func (w *slotWriter) string(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *slotWriter) texts(list []string) {
	w.count(len(list), list == nil)
	for _, s := range list {
		w.string(s)
	}
}

// slotReader reads a slot. Past its end it gives zeros and has failed.
type slotReader struct {
	all    []byte
	at     int
	text   string // all, as a string
	failed bool
}

func (r *slotReader) uint() uint64 {
	n, size := binary.Uvarint(r.all[r.at:])
	if size <= 0 {
		r.failed = true
		return 0
	}
	r.at += size
	return n
}

func (r *slotReader) int() int64 {
	n, size := binary.Varint(r.all[r.at:])
	if size <= 0 {
		r.failed = true
		return 0
	}
	r.at += size
	return n
}

// count gives how many follow, at most one for each byte left, and whether
// there is a list at all.
func (r *slotReader) count() (n int, some bool) {
	c := r.uint()
	if c == 0 {
		return 0, false
	}
	if c-1 > uint64(len(r.all)-r.at) {
		r.failed = true
		return 0, false
	}
	return int(c - 1), true
}

func (r *slotReader) take(n int) []byte {
	if n > len(r.all)-r.at {
		r.failed = true
		return make([]byte, n)
	}
	r.at += n
	return r.all[r.at-n : r.at : r.at]
}

func (r *slotReader) byte() uint8 { return r.take(1)[0] }

func (r *slotReader) bytes() []byte {
	n, some := r.count()
	if !some {
		return nil
	}
	return r.take(n)
}

func (r *slotReader) string() string {
	n := r.uint()
	if n > uint64(len(r.all)-r.at) {
		r.failed = true
		return ""
	}
	r.at += int(n)
	return r.text[r.at-int(n) : r.at]
}

func (r *slotReader) texts() []string {
	n, some := r.count()
	if !some {
		return nil
	}
	out := make([]string, n)
	for i := range out {
		out[i] = r.string()
	}
	return out
}
