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
	for _, limb := range r.sum {
		out = binary.BigEndian.AppendUint64(out, limb)
	}
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

var errRoot = errors.New("damaged root")

func parseRoot(b []byte) (r root, err error) {
	if len(b) != rootBytes || crc32.ChecksumIEEE(b[:rootBytes-4]) != binary.BigEndian.Uint32(b[rootBytes-4:]) {
		return r, errRoot
	}
	r.seq = binary.BigEndian.Uint64(b)
	r.count = binary.BigEndian.Uint64(b[8:])
	for i := range r.sum {
		r.sum[i] = binary.BigEndian.Uint64(b[16+8*i:])
	}
	return r, nil
}

// rootAfter is the root once the steps are applied. Only the writer asks, and
// only it changes the root.
func (l *liveSet) rootAfter(steps []step) root {
	r := l.root
	r.seq++
	for _, st := range steps {
		if st.leaves {
			r.count--
			r.sum = r.sum.Sub(reconcile.IDSum(&st.item.ID))
		} else {
			r.count++
			r.sum = r.sum.Add(reconcile.IDSum(&st.item.ID))
		}
	}
	return r
}
