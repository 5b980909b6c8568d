package proximity

import "bytes"

// item is something that waits in the heap. What is unopened (nodes and runs)
// comes before walks at the same distance, because a hit may be in it that
// comes before theirs. It has four fields, so that the compiler keeps it in
// registers: with one for each thing that kind says, pushing took twice as long.
type item struct {
	chord2  float64 // a node's is a lower bound
	rotated uint64  // of a walk's document
	ref     uint32  // node of its level, run or walk
	kind    uint32  // of a node: its source and level; runKind; walkKind and a tier
}

const (
	runKind  = 255
	walkKind = 1 << 24
)

func nodeKind(source uint16, level int) uint32 { return uint32(source)<<8 | uint32(level) }

// node says what nodeKind was told.
func (x item) node() (source uint16, level int) { return uint16(x.kind >> 8), int(x.kind & 255) }

func (it *Iter) before(a, b item) bool {
	return a.chord2 < b.chord2 || a.chord2 == b.chord2 && it.breaksTie(a, b)
}

func (it *Iter) breaksTie(a, b item) bool {
	if a.kind != b.kind {
		return a.kind < b.kind
	}
	if a.rotated != b.rotated {
		return a.rotated < b.rotated
	}
	return a.kind >= walkKind && bytes.Compare(it.idOf(a)[:], it.idOf(b)[:]) < 0
}

func (it *Iter) idOf(a item) *ID {
	w := &it.walks[a.ref]
	return &it.sources[w.source].ids[w.document]
}

func (it *Iter) push(x item) {
	it.heap = append(it.heap, x)
	h := it.heap
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !it.before(x, h[up]) {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = x
}

// replace puts x in the place of the first item.
func (it *Iter) replace(x item) {
	h := it.heap
	i := 0
	for {
		down := 2*i + 1
		if down >= len(h) {
			break
		}
		if down+1 < len(h) && it.before(h[down+1], h[down]) {
			down++
		}
		if !it.before(h[down], x) {
			break
		}
		h[i] = h[down]
		i = down
	}
	h[i] = x
}

func (it *Iter) pop() item {
	first := it.heap[0]
	last := it.heap[len(it.heap)-1]
	if it.heap = it.heap[:len(it.heap)-1]; len(it.heap) > 0 {
		it.replace(last)
	}
	return first
}
