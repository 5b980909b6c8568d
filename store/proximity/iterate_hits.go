package proximity

import (
	"math"
	"slices"
	"sync"
)

// Iter gives hits one after the other, nearest first, and goes on where it
// was. It sees the index as it was when it was made. One goroutine at a time
// may use it.
type Iter struct {
	filter
	turn    uint64
	after   *Position // nil or cursor
	cursor  Position
	sources []source
	heap    []item
	runs    []run
	walks   []walk
}

var iters = sync.Pool{New: func() any { return new(Iter) }}

// maxKept is the room of an iterator that is kept for the next one.
const maxKept = 1 << 14

// Near appends the first hits to dst, at most limit. A NaN or a place off the
// globe is an error.
func (x *Index) Near(q Query, limit int, dst []Hit) ([]Hit, error) {
	it, err := x.Iterate(q)
	if err != nil {
		return dst, err
	}
	defer it.Close()
	dst = slices.Grow(dst, min(max(limit, 0), 128))
	for ; limit > 0; limit-- {
		hit, ok := it.Next()
		if !ok {
			break
		}
		dst = append(dst, hit)
	}
	return dst, nil
}

// Iterate begins a search. What it errs on is what Near errs on.
func (x *Index) Iterate(q Query) (*Iter, error) {
	it, err := x.begin(&q)
	if err == nil {
		it.seed()
	}
	return it, err
}

func (x *Index) begin(q *Query) (*Iter, error) {
	f, err := newFilter(q)
	if err != nil {
		return nil, err
	}
	it := iters.Get().(*Iter)
	it.filter, it.turn = f, Turn(q.Day)
	if q.After != nil {
		it.cursor = *q.After
		it.after = &it.cursor
	}
	it.openSources(x.view.Load(), q)
	return it, nil
}

// seed puts the tops of all trees into the heap.
func (it *Iter) seed() {
	for i := range it.sources {
		o := &it.sources[i]
		if o.levels == 0 {
			it.scan(uint16(i), 0, o.n, 0)
			continue
		}
		it.expand(uint16(i), o.levels-1, 0, o.count[o.levels-1])
	}
}

func (it *Iter) openSources(v *view, q *Query) {
	for i := range v.segments {
		n := len(it.sources)
		if n < cap(it.sources) {
			it.sources = it.sources[:n+1] // with the room of its slices
		} else {
			it.sources = append(it.sources, source{})
		}
		if !it.sources[n].open(&v.segments[i], q, &it.filter) {
			it.sources = it.sources[:n]
		}
	}
}

// Close gives the iterator's memory to the next one. It may be left out, and
// must not be called twice.
func (it *Iter) Close() {
	if cap(it.heap) > maxKept || cap(it.runs) > maxKept || cap(it.walks) > maxKept {
		return
	}
	it.heap, it.runs, it.walks = it.heap[:0], it.runs[:0], it.walks[:0]
	for i := range it.sources {
		o := &it.sources[i]
		clear(o.others)
		clear(o.rare)
		o.release()
		*o = source{others: o.others[:0], rare: o.rare[:0], matched: o.matched} // no segment is kept alive
	}
	it.sources = it.sources[:0]
	it.after, it.filter = nil, filter{}
	iters.Put(it)
}

// Next gives the next hit, and false when there is no more.
func (it *Iter) Next() (Hit, bool) { return it.NextWithin(math.Inf(1)) }

// NextWithin gives the next hit that is not farther than a squared chord, and
// false when none is as near; a later call may go farther. Nothing beyond it
// is looked at, which for a rare hit is most of the work.
func (it *Iter) NextWithin(chord2 float64) (Hit, bool) {
	for len(it.heap) > 0 {
		first := it.heap[0]
		if first.chord2 > chord2 {
			return Hit{}, false
		}
		if first.kind < walkKind {
			it.pop()
			it.unfold(first)
			continue
		}
		w := &it.walks[first.ref]
		o := &it.sources[w.source]
		hit := Hit{
			Position: Position{Chord2: w.chord2, Tier: w.tier, Rotated: first.rotated, ID: o.ids[w.document]},
			Cell:     o.stands[w.stand].cell, Meters: metersOf(w.chord2),
		}
		if it.advance(w) {
			it.replace(it.itemOf(first.ref))
		} else {
			it.pop()
		}
		return hit, true
	}
	return Hit{}, false
}

func (it *Iter) itemOf(walk uint32) item {
	w := &it.walks[walk]
	return item{
		chord2: w.chord2, kind: walkKind + uint32(w.tier), ref: walk,
		rotated: prefix(&it.sources[w.source].ids[w.document]) - it.turn,
	}
}

// unfold replaces something unopened by what is in it.
func (it *Iter) unfold(x item) {
	if x.kind == runKind {
		it.walks = append(it.walks, it.begins(it.runs[x.ref], x.chord2))
		n := uint32(len(it.walks) - 1)
		if it.advance(&it.walks[n]) {
			it.push(it.itemOf(n))
		}
		return
	}
	source, level := x.node()
	o := &it.sources[source]
	if level == 0 {
		from, to := o.leaf(x.ref)
		it.scan(source, from, to, o.nodes[o.from[0]+x.ref].skips)
		return
	}
	it.expand(source, level-1, x.ref*fanOut, min(x.ref*fanOut+fanOut, o.count[level-1]))
}

// expand puts the nodes of a level into the heap that may hold hits.
func (it *Iter) expand(source uint16, level int, from, to uint32) {
	o := &it.sources[source]
	nodes := o.nodes[o.from[level]:]
	for i := from; i < to; i++ {
		n := &nodes[i]
		if !it.mayHold(&n.summary) || o.lacksWords(level, i) {
			continue
		}
		chord2 := n.nearest(&it.at)
		if chord2 > it.circle.edge || it.tooFar(&n.summary, chord2) {
			continue
		}
		if it.after != nil && chord2 < it.after.Chord2 && n.farthest(&it.at) < it.after.Chord2 {
			continue
		}
		it.push(item{chord2: chord2, ref: i, kind: nodeKind(source, level)})
	}
}

// scan puts the runs of a leaf into the heap. A short run begins with somebody
// who passes, or is left out: it would only lie in the way. Where everybody
// passes rows are not looked at, because few of a leaf's runs are ever opened.
func (it *Iter) scan(source uint16, from, to, skips uint32) {
	o := &it.sources[source]
	choosy := skips == 0 && (!it.plain || o.asks())
	for i := from; i < to; {
		doc := o.document(i)
		if choosy && !(o.hasAll(doc) && o.matches(&it.filter, doc)) {
			i++
			continue
		}
		end, stand := to, o.standOf(doc) // a long leaf is one run
		if skips == 0 {
			end = o.runEnd(i, to, stand)
		}
		chord2 := o.stands[stand].at.chord2(&it.at)
		if it.circle.holds(chord2) && (it.after == nil || chord2 >= it.after.Chord2) {
			it.runs = append(it.runs, run{})
			r := &it.runs[len(it.runs)-1] // filled where it lies: a copy made first would be waited for
			r.from, r.to, r.stand, r.skips, r.source = i, end, stand, skips, source
			it.push(item{chord2: chord2, ref: uint32(len(it.runs) - 1), kind: runKind})
		}
		i = end
	}
}
