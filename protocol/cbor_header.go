package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// The header is read and written by hand rather than through a CBOR library:
// its form never changes, libraries accept several encodings of one integer,
// and here exactly one encoding of each value is accepted by construction.

const (
	cborUint     = 0 << 5
	cborNegative = 1 << 5
	cborBytes    = 2 << 5
	cborText     = 3 << 5
	cborArray    = 4 << 5
	cborMap      = 5 << 5
	cborFalse    = 7<<5 | 20
	cborTrue     = 7<<5 | 21
	cborNull     = 7<<5 | 22
)

var errNotCanonical = errors.New("not deterministic CBOR")

// appendHead writes the shortest head of a major type (RFC 8949 §4.2.1).
func appendHead(dst []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(dst, major|byte(n))
	case n <= 0xff:
		return append(dst, major|24, byte(n))
	case n <= 0xffff:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(n))
	case n <= 0xffffffff:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, major|27), n)
	}
}

// headSize is the length of the head before n bytes.
func headSize(n int) int {
	var room [9]byte
	return len(appendHead(room[:0], cborBytes, uint64(n)))
}

func appendBytes(dst, b []byte) []byte {
	return append(appendHead(dst, cborBytes, uint64(len(b))), b...)
}

// cborReader walks over bytes; the first fault sticks, and every length is
// compared with what is left before anything is taken.
type cborReader struct {
	rest []byte
	err  error
}

func (r *cborReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func (r *cborReader) head(major byte) uint64 {
	if r.err != nil {
		return 0
	}
	if len(r.rest) == 0 {
		r.fail("%w: bytes end early", errNotCanonical)
		return 0
	}
	first := r.rest[0]
	if first&0xe0 != major {
		r.fail("%w: major type %d where %d was expected", errNotCanonical, first>>5, major>>5)
		return 0
	}
	r.rest = r.rest[1:]
	info := first & 0x1f
	if info < 24 {
		return uint64(info)
	}
	if info > 27 {
		r.fail("%w: indefinite or reserved length", errNotCanonical)
		return 0
	}
	return r.argument(1 << (info - 24))
}

// argument reads a big-endian integer of size bytes and refuses one that a
// shorter head could have held.
func (r *cborReader) argument(size int) uint64 {
	if len(r.rest) < size {
		r.fail("%w: bytes end early", errNotCanonical)
		return 0
	}
	var n uint64
	for _, b := range r.rest[:size] {
		n = n<<8 | uint64(b)
	}
	r.rest = r.rest[size:]
	shortest := n < 24 || (size > 1 && bits.Len64(n) <= size*4)
	if shortest {
		r.fail("%w: integer %d is not in its shortest form", errNotCanonical, n)
	}
	return n
}

// uint reads an unsigned integer up to max.
func (r *cborReader) uint(name string, max uint64) uint64 {
	n := r.head(cborUint)
	if r.err == nil && n > max {
		r.fail("%s is %d, at most %d expected", name, n, max)
	}
	return n
}

// bytes reads a byte string of min to max bytes, without copying.
func (r *cborReader) bytes(name string, min, max int) []byte {
	n := r.head(cborBytes)
	if r.err != nil {
		return nil
	}
	if n < uint64(min) || n > uint64(max) {
		r.fail("%s has %d bytes, %d to %d expected", name, n, min, max)
		return nil
	}
	if n > uint64(len(r.rest)) {
		r.fail("%w: %s ends early", errNotCanonical, name)
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *cborReader) bytes32(name string) (out [32]byte) {
	copy(out[:], r.bytes(name, 32, 32))
	return out
}

func (r *cborReader) signature(name string) (out Signature) {
	copy(out[:], r.bytes(name, 64, 64))
	return out
}

// array reads the length of an array.
func (r *cborReader) array(name string, max uint64) uint64 {
	n := r.head(cborArray)
	if r.err == nil && n > max {
		r.fail("%s has %d elements, at most %d expected", name, n, max)
	}
	return n
}

// end refuses trailing bytes: what is not signed must not travel along.
func (r *cborReader) end(name string) error {
	if r.err == nil && len(r.rest) > 0 {
		r.fail("%w: %d bytes behind %s", errNotCanonical, len(r.rest), name)
	}
	return r.err
}
