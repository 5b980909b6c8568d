package proximity

import "bytes"

// run is the documents of one list at one point: from to to-1 of the list.
type run struct {
	from, to uint32
	skips    uint32 // as in node
	source   uint16
}

// walk goes through a run in the order of hits, without sorting it. In each
// tier ids ascend, so the rotated order begins somewhere in the middle, goes
// to the tier's end and on from its beginning.
type walk struct {
	run
	chord2 float64
	least  uint32 // the reach that comes this far; 0: not known yet

	lo, hi uint32 // of the tier in the list
	start  uint32 // of the rotated order
	k      uint32 // how many of the tier have been passed
	tier   uint8

	blockFrom, blockTo uint32 // those of the list that the last skip was about
	document           uint32
}

// at gives where in the list the kth of the tier is.
func (w *walk) at(k uint32) uint32 {
	if i := w.start + k; i < w.hi {
		return i
	}
	return w.start + k - (w.hi - w.lo)
}

// nextTier goes to the next tier that has something after the cursor.
func (it *Iter) nextTier(w *walk) bool {
	o := &it.sources[w.source]
	after := it.after
	if after != nil && w.chord2 != after.Chord2 {
		after = nil
	}
	for w.hi < w.to {
		w.lo = w.hi
		w.tier = o.tiers[o.document(w.lo)]
		w.hi = w.to
		if o.tiers[o.document(w.to-1)] != w.tier {
			w.hi = bisect(w.lo, w.to, func(i uint32) bool { return o.tiers[o.document(i)] > w.tier })
		}
		if after != nil && w.tier < after.Tier {
			continue
		}
		w.start = bisect(w.lo, w.hi, func(i uint32) bool { return prefix(&o.ids[o.document(i)]) >= it.turn })
		w.k = 0
		if after != nil && w.tier == after.Tier {
			w.k = bisect(0, w.hi-w.lo, func(k uint32) bool {
				id := &o.ids[o.document(w.at(k))]
				rotated := prefix(id) - it.turn
				return rotated > after.Rotated || rotated == after.Rotated && bytes.Compare(id[:], after.ID[:]) > 0
			})
		}
		if w.k < w.hi-w.lo {
			return true
		}
	}
	return false
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
	for w.k < w.hi-w.lo || it.nextTier(w) {
		i := w.at(w.k)
		if w.skips != 0 && (i < w.blockFrom || i >= w.blockTo) {
			block := (i - w.from) / leafDocuments
			w.blockFrom = w.from + block*leafDocuments
			w.blockTo = w.blockFrom + leafDocuments
			if !it.filter.mayHold(&o.skips[w.skips-1+block]) {
				w.k += min(w.blockTo, w.hi) - i
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
