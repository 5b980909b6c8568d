package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// Sum is a sum of ids, each read as a little-endian number, modulo 2^256. Least significant limb first.
//
// A sum and not an exclusive or: over GF(2) some few hundred ids suffice to reach any value by linear algebra, so
// anybody could craft two different sets with one fingerprint in milliseconds.
type Sum [4]uint64

// IDSum returns the sum that consists of one id.
func IDSum(id *[32]byte) Sum {
	return Sum{
		binary.LittleEndian.Uint64(id[0:8]), binary.LittleEndian.Uint64(id[8:16]),
		binary.LittleEndian.Uint64(id[16:24]), binary.LittleEndian.Uint64(id[24:32]),
	}
}

// Add returns s + other modulo 2^256.
func (s Sum) Add(other Sum) Sum {
	var carry uint64
	s[0], carry = bits.Add64(s[0], other[0], 0)
	s[1], carry = bits.Add64(s[1], other[1], carry)
	s[2], carry = bits.Add64(s[2], other[2], carry)
	s[3], _ = bits.Add64(s[3], other[3], carry)
	return s
}

// Sub returns s - other modulo 2^256.
func (s Sum) Sub(other Sum) Sum {
	var borrow uint64
	s[0], borrow = bits.Sub64(s[0], other[0], 0)
	s[1], borrow = bits.Sub64(s[1], other[1], borrow)
	s[2], borrow = bits.Sub64(s[2], other[2], borrow)
	s[3], _ = bits.Sub64(s[3], other[3], borrow)
	return s
}

// Digest returns SHA-256 of the sum (32 bytes) and the count (8 bytes), both little-endian.
// Over everything live it is the digest of a replica.
func Digest(sum Sum, count int) [32]byte {
	var buf [40]byte
	for i, limb := range sum {
		binary.LittleEndian.PutUint64(buf[8*i:], limb)
	}
	binary.LittleEndian.PutUint64(buf[32:], uint64(count))
	return sha256.Sum256(buf[:])
}

// fingerprint is the first half of a Digest. Truncating costs nothing in safety: to collide 128 bits of SHA-256
// takes about 2^64 trials, to collide the sum below it far fewer once many ids may be chosen (Wagner's generalised
// birthday), and that is what salted sessions are for.
type fingerprint [16]byte

func fingerprintOf(sum Sum, count int) fingerprint {
	digest := Digest(sum, count)
	return fingerprint(digest[:16])
}
