package proximity

import "bytes"

// run is the documents of one list at one stand: from to to-1 of the list.
type run struct {
	from, to uint32
	stand    uint32
	skips    uint32 // as in node
	source   uint16
}

// walk goes through a run in the order of hits, without sorting it. Its ids
// ascend, so the rotated order begins somewhere in the middle, goes to the end
// and on from the beginning.
type walk struct {
	run
	chord2 float64
	least  uint32 // the reach that comes this far; 0: not known yet
	start  uint32 // of the rotated order
	k      uint32 // how many have been passed
	tier   uint8

	blockFrom, blockTo uint32 // those of the list that the last skip was about
	document           uint32
}

// at gives where in the list the kth is.
func (w *walk) at(k uint32) uint32 {
	if i := w.start + k; i < w.to {
		return i
	}
	return w.start + k - (w.to - w.from)
}

// begins is a walk before its first document, behind the cursor.
func (it *Iter) begins(r run, chord2 float64) walk {
	o := &it.sources[r.source]
	w := walk{run: r, chord2: chord2, tier: o.stands[r.stand].tier}
	after := it.after
	if after != nil && chord2 == after.Chord2 && w.tier < after.Tier {
		w.k = w.to - w.from
		return w
	}
	w.start = bisect(w.from, w.to, func(i uint32) bool { return prefix(&o.ids[o.document(i)]) >= it.turn })
	if after != nil && chord2 == after.Chord2 && w.tier == after.Tier {
		w.k = bisect(0, w.to-w.from, func(k uint32) bool {
			id := &o.ids[o.document(w.at(k))]
			rotated := prefix(id) - it.turn
			return rotated > after.Rotated || rotated == after.Rotated && bytes.Compare(id[:], after.ID[:]) > 0
		})
	}
	return w
}

// bisect gives the first i in [lo, hi) for which fn is true, else hi.
func bisect(lo, hi uint32, fn func(uint32) bool) uint32 {
	for lo < hi {
		if mid := lo + (hi-lo)/2; fn(mid) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// advance goes to the next document that passes.
func (it *Iter) advance(w *walk) bool {
	o := &it.sources[w.source]
	for w.k < w.to-w.from {
		i := w.at(w.k)
		if w.skips != 0 && (i < w.blockFrom || i >= w.blockTo) {
			block := (i - w.from) / leafDocuments
			w.blockFrom = w.from + block*leafDocuments
			w.blockTo = w.blockFrom + leafDocuments
			if !it.filter.mayHold(&o.skips[w.skips-1+block]) {
				w.k += min(w.blockTo, w.to) - i
				continue
			}
		}
		w.k++
		if doc := o.document(i); o.hasAll(doc) && o.matches(&it.filter, doc) && it.travels(&o.rows[doc], w.chord2, &w.least) {
			w.document = doc
			return true
		}
	}
	return false
}
