package proximity

import (
	"encoding/binary"
	"math/bits"
)

// A packed list is some of n documents, ascending, in two bits more for each
// than the logarithm of how far they are apart: Elias–Fano coding (Vigna,
// "Quasi-succinct indices", 2013). The low bits of all stand one behind the
// other; of the high bits only by how much they grow is said, in unary. How
// many bytes it takes follows from how many documents it has, so that nothing
// else needs to be kept of it. Behind packed lists stand packPadding bytes,
// because eight are read at a time.
const packPadding = 8

// lowBits is how many bits of each are low: floor(log2(n/count)).
func lowBits(count, n int) int { return bits.Len(uint(n/count)) - 1 }

// packedBytes is for one document or more.
func packedBytes(count, n int) int {
	low := lowBits(count, n)
	return (count*low+7)/8 + (count+(n-1)>>low+1+7)/8
}

// appendPacked packs documents, of which there is one or more.
func appendPacked(dst []byte, documents []uint32, n int) []byte {
	low, from := lowBits(len(documents), n), len(dst)
	dst = append(dst, make([]byte, packedBytes(len(documents), n)+packPadding)...)
	lows, highs := dst[from:], dst[from+(len(documents)*low+7)/8:]
	for i, doc := range documents {
		at := i * low
		word := lows[at>>3:]
		binary.LittleEndian.PutUint64(word, binary.LittleEndian.Uint64(word)|uint64(doc&(1<<low-1))<<(at&7))
		at = int(doc>>low) + i
		highs[at>>3] |= 1 << (at & 7)
	}
	return dst[:len(dst)-packPadding]
}

// unpacker reads a packed list from its beginning.
type unpacker struct {
	from   []byte // the list, what is behind it, and packPadding bytes
	low    int    // bits
	lowAt  int    // of the next document
	highs  uint64 // high bits not yet read
	highAt int    // of those behind them, in from
	before int    // what is added to the place of a high bit: by how much all before it grew
	left   int    // documents
}

func unpack(list []byte, count, n int) unpacker {
	low := lowBits(count, n)
	return unpacker{from: list, low: low, highAt: (count*low + 7) / 8, before: -64, left: count}
}

// between leaves out most of the documents before from, and from to on, of n.
// Of the unary part all up to there is looked at, 64 bits at a time.
func (u *unpacker) between(from, to uint32, n int) {
	begin, end := int(from)>>u.low, int(to)>>u.low
	if int(to) < n && uint32(end)<<u.low == to { // else some of the last high part may be before to
		u.left = u.ones(end)
	}
	if begin > 0 {
		at := u.ones(begin)
		u.left = max(u.left-at, 0)
		u.lowAt = at * u.low
		bit := at + begin
		u.highAt += bit / 64 * 8
		u.highs = binary.LittleEndian.Uint64(u.from[u.highAt:]) >> (bit % 64) << (bit % 64)
		u.highAt += 8
		u.before = bit/64*64 - at
	}
}

// ones is how many documents of a list that was not read yet have a high part
// below high: those before the zero bit that ends the one before it.
func (u *unpacker) ones(high int) int {
	if high == 0 {
		return 0
	}
	at := u.highAt
	for left := high; ; at += 8 {
		zeros := ^binary.LittleEndian.Uint64(u.from[at:])
		if n := bits.OnesCount64(zeros); n < left {
			left -= n
			continue
		}
		for ; left > 1; left-- {
			zeros &= zeros - 1
		}
		return (at-u.highAt)*8 + bits.TrailingZeros64(zeros) + 1 - high
	}
}

// unpackAtOnce documents are read at a time: they stay in the nearest cache.
const unpackAtOnce = 256

// some gives the next documents, none at the end. room is used for them.
func (u *unpacker) some(room *[unpackAtOnce]uint32) []uint32 {
	out := room[:min(u.left, unpackAtOnce)]
	u.left -= len(out)
	from, low, lowAt, highs, before := u.from, u.low&63, u.lowAt, u.highs, u.before
	mask := uint64(1)<<low - 1
	for i := range out {
		for highs == 0 {
			highs = binary.LittleEndian.Uint64(from[u.highAt:])
			u.highAt += 8
			before += 64
		}
		high := before + bits.TrailingZeros64(highs)
		highs &= highs - 1
		before-- // a bit for each document is no growth
		out[i] = uint32(uint64(high)<<low | binary.LittleEndian.Uint64(from[lowAt>>3:])>>(lowAt&7)&mask)
		lowAt += low
	}
	u.lowAt, u.highs, u.before = lowAt, highs, before
	return out
}
