package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"courtcircuit/protocol/reconcile"
)

// root sums up all records held. It is written with every commit and, after
// it, into a small file of its own: a damaged write-ahead log of Badger
// silently loses all that stands behind the damage, this sum included, and
// only something outside can tell.
type root struct {
	seq   uint64 // commits
	count uint64 // records
	sum   reconcile.Sum
}

const rootBytes = 8 + 8 + 32 + 4

func (r root) bytes() []byte {
	out := binary.BigEndian.AppendUint64(nil, r.seq)
	out = binary.BigEndian.AppendUint64(out, r.count)
	out = appendSum(out, r.sum)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

var errRoot = errors.New("damaged root")

func parseRoot(b []byte) (r root, err error) {
	if len(b) != rootBytes || crc32.ChecksumIEEE(b[:rootBytes-4]) != binary.BigEndian.Uint32(b[rootBytes-4:]) {
		return r, errRoot
	}
	r.seq = binary.BigEndian.Uint64(b)
	r.count = binary.BigEndian.Uint64(b[8:])
	r.sum = sumIn(b[16:])
	return r, nil
}

func appendSum(out []byte, sum reconcile.Sum) []byte {
	for _, limb := range sum {
		out = binary.BigEndian.AppendUint64(out, limb)
	}
	return out
}

func sumIn(b []byte) (sum reconcile.Sum) {
	for i := range sum {
		sum[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return sum
}
