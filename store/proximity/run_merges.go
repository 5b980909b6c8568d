package proximity

import (
	"cmp"
	"context"
	"slices"
)

// Segments are merged so that each is more than growth times as large as all
// smaller ones together: then there are few of them, and a document is written
// again a few times for each power of growth. Merges of up to smallDocuments
// take milliseconds and are done by the writer; larger ones by Merge.
const (
	growth         = 4
	smallDocuments = 4096
	maxSegments    = 48
	mostlyDead     = 4 // one in so many dead is too many
)

// Run merges in the background until ctx ends. A merge that has begun is
// finished.
func (x *Index) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.wake:
			for ctx.Err() == nil && x.mergeLarge(false) {
			}
		}
	}
}

// Merge does all merges that are due.
func (x *Index) Merge() {
	for x.mergeLarge(false) {
	}
}

// MergeAll brings everything into one segment.
func (x *Index) MergeAll() { x.mergeLarge(true) }

// due chooses what to merge: the smallest ones up to the last that is too
// small beside them. atMost limits their sum.
func due(segments []living, busy map[*segment]bool, atMost int) []living {
	free := make([]living, 0, len(segments))
	for _, l := range segments {
		if !busy[l.segment] {
			free = append(free, l)
		}
	}
	slices.SortFunc(free, func(a, b living) int { return cmp.Compare(a.count(), b.count()) })
	sum, best := 0, 0
	for i := range free {
		n := free[i].count()
		rotten := free[i].dead.count*mostlyDead > len(free[i].ids)
		if n+sum > atMost {
			break
		}
		if i > 0 && n < growth*sum || rotten {
			best = i + 1
		}
		sum += n
	}
	return free[:best]
}

// mergeSmall does the merges that the writer itself can do quickly, and says
// whether there were any.
func (x *Index) mergeSmall(segments []living) (out []living, merged bool) {
	for {
		chosen := due(segments, x.busy, smallDocuments)
		if len(chosen) == 0 {
			return segments, merged
		}
		segments, merged = replaced(segments, chosen, x.join(chosen)), true
	}
}

// mergeLarge does one merge while searches and writers go on. It is false when
// none is due.
func (x *Index) mergeLarge(all bool) bool {
	x.merge.Lock()
	defer x.merge.Unlock()
	chosen := x.choose(all)
	if len(chosen) > 0 {
		x.swap(chosen, x.join(chosen))
	}
	return len(chosen) > 0
}

// choose keeps writers from merging what a large merge has begun with.
func (x *Index) choose(all bool) []living {
	x.write.Lock()
	defer x.write.Unlock()
	segments := x.view.Load().segments
	chosen := due(segments, x.busy, 1<<62)
	if all {
		chosen = slices.Clone(segments)
		if len(chosen) == 1 && chosen[0].dead.count == 0 {
			chosen = nil
		}
	}
	for _, l := range chosen {
		x.busy[l.segment] = true
	}
	return chosen
}

func (x *Index) swap(chosen []living, merged living) {
	x.write.Lock()
	defer x.write.Unlock()
	segments := x.view.Load().segments
	if merged.segment != nil {
		merged.dead = diedMeanwhile(segments, chosen, merged.segment)
	}
	x.view.Store(&view{replaced(segments, chosen, merged)})
	for _, l := range chosen {
		delete(x.busy, l.segment)
	}
}

// join gives no segment where nobody is left.
func (x *Index) join(chosen []living) living {
	parts := make([]part, len(chosen))
	left := 0
	for i, l := range chosen {
		c := l.segment.columns
		c.words = l.words.Load()
		c.termFrom, c.terms = transpose(l.postFrom, l.posts.unpacked(), len(l.ids))
		parts[i] = part{&c, l.dead}
		left += l.count()
	}
	x.merges.Add(1)
	x.written.Add(uint64(left))
	if left == 0 {
		return living{}
	}
	s, err := newSegment(mergeColumns(parts))
	if err != nil {
		panic("proximity: alive in two segments: " + err.Error()) // Apply marks the older one dead
	}
	return living{segment: s}
}

// diedMeanwhile finds in the merged segment who was marked dead in its parts
// since the merge began.
func diedMeanwhile(now, chosen []living, merged *segment) dead {
	var gone []uint32
	for i := range chosen {
		old := &chosen[i]
		at := slices.IndexFunc(now, func(l living) bool { return l.segment == old.segment })
		now[at].dead.since(&old.dead, func(doc uint32) {
			n, _ := merged.table.find(merged.ids, &old.ids[doc]) // it was alive when they were merged
			gone = append(gone, n)
		})
	}
	if len(gone) == 0 {
		return dead{}
	}
	none := dead{}
	return none.with(gone, len(merged.ids))
}

func replaced(segments, chosen []living, by living) []living {
	out := make([]living, 0, len(segments))
	for _, l := range segments {
		if !slices.ContainsFunc(chosen, func(c living) bool { return c.segment == l.segment }) {
			out = append(out, l)
		}
	}
	if by.segment != nil {
		out = append(out, by)
	}
	return out
}
