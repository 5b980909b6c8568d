package proximity

import (
	"fmt"
	"hash/maphash"
	"math/bits"
)

// idTable finds documents by their id: open addressing with linear probing,
// three slots in four taken. A map would take 50 bytes a document, this takes
// 3.3 at a million. The seed is drawn in each process: ids are keys that people choose.
type idTable struct{ numbers } // one more than the document; 0: free

var idSeed = maphash.MakeSeed()

func newIDTable(ids []ID) (idTable, error) {
	t := idTable{zeros(len(ids)*4/3+1, uint32(len(ids)))}
	for i := range ids {
		at := t.home(&ids[i])
		for ; t.at(at) != 0; at = t.next(at) {
			if ids[t.at(at)-1] == ids[i] {
				return idTable{}, fmt.Errorf("document %x comes twice", ids[i][:])
			}
		}
		t.set(at, uint32(i)+1)
		breathe(i)
	}
	return t, nil
}

func (t *idTable) home(id *ID) int {
	hi, _ := bits.Mul64(maphash.Bytes(idSeed, id[:]), uint64(t.n))
	return int(hi)
}

func (t *idTable) next(at int) int {
	if at++; at < t.n {
		return at
	}
	return 0
}

func (t *idTable) find(ids []ID, id *ID) (document uint32, ok bool) {
	for at := t.home(id); ; at = t.next(at) {
		switch n := t.at(at); {
		case n == 0:
			return 0, false
		case ids[n-1] == *id:
			return n - 1, true
		}
	}
}
