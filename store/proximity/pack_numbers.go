package proximity

import (
	"encoding/binary"
	"math/bits"
)

// numbers is a list of which each takes as many bits as the greatest that may
// come, and any can be read at once, as leaves, walks and fingers do. Behind
// the last stand packPadding bytes, because eight are read at a time.
type numbers struct {
	bytes []byte
	width uint   // bits of each, 32 at most
	mask  uint64 // of width bits
	from  uint   // numbers before the first
	n     int
}

// zeros has room for n numbers up to greatest.
func zeros(n int, greatest uint32) numbers {
	width := bits.Len32(greatest)
	return numbers{bytes: make([]byte, (n*width+7)/8+packPadding), width: uint(width), mask: 1<<width - 1, n: n}
}

// numbersOf packs a list of numbers up to greatest.
func numbersOf(list []uint32, greatest uint32) numbers {
	b := zeros(len(list), greatest)
	for i, v := range list {
		b.set(i, v)
	}
	return b
}

// set is for a number that is zero.
func (b *numbers) set(i int, v uint32) {
	bit := (b.from + uint(i)) * b.width
	at := b.bytes[bit>>3:]
	binary.LittleEndian.PutUint64(at, binary.LittleEndian.Uint64(at)|uint64(v)<<(bit&7))
}

func (b *numbers) at(i int) uint32 { return number(b.bytes, (b.from+uint(i))*b.width, b.mask) }

func number(bytes []byte, bit uint, mask uint64) uint32 {
	return uint32(binary.LittleEndian.Uint64(bytes[bit>>3:]) >> (bit & 7) & mask)
}

// part is those from from to to-1, in the same memory.
func (b *numbers) part(from, to uint32) numbers {
	return numbers{b.bytes, b.width, b.mask, b.from + uint(from), int(to - from)}
}

// unpacked is a copy that takes four bytes for each.
func (b *numbers) unpacked() []uint32 {
	out := make([]uint32, b.n)
	for i := range out {
		out[i] = b.at(i)
	}
	return out
}
