package proximity

import (
	"fmt"
	"hash/maphash"
	"math/bits"
)

// idTable finds documents by their id: open addressing with linear probing,
// three slots in four taken. A map would take 50 bytes a document, this takes
// 5.4. The seed is drawn in each process: ids are keys that people choose.
type idTable []uint32 // one more than the document; 0: free

var idSeed = maphash.MakeSeed()

func newIDTable(ids []ID) (idTable, error) {
	t := make(idTable, len(ids)*4/3+1)
	for i := range ids {
		at := t.home(&ids[i])
		for ; t[at] != 0; at = t.next(at) {
			if ids[t[at]-1] == ids[i] {
				return nil, fmt.Errorf("document %x comes twice", ids[i][:])
			}
		}
		t[at] = uint32(i) + 1
		breathe(i)
	}
	return t, nil
}

func (t idTable) home(id *ID) int {
	hi, _ := bits.Mul64(maphash.Bytes(idSeed, id[:]), uint64(len(t)))
	return int(hi)
}

func (t idTable) next(at int) int {
	if at++; at < len(t) {
		return at
	}
	return 0
}

func (t idTable) find(ids []ID, id *ID) (document uint32, ok bool) {
	for at := t.home(id); t[at] != 0; at = t.next(at) {
		if ids[t[at]-1] == *id {
			return t[at] - 1, true
		}
	}
	return 0, false
}
