package reconcile

const (
	// branches is how many parts a differing range is split into. Fewer cost fewer bytes for scattered differences
	// and more rounds; DESIGN.md has the figures.
	branches = 16
	// listItems is the size up to which a differing range is listed instead of split.
	listItems = 8
	// partItems is the least size of a part: a fingerprint costs two thirds of an id, so one for each would gain nothing.
	partItems = 2
	// walkItems is the size up to which splitting by one walk is faster than by descents for every part.
	walkItems = 1024
)

// rangePart is a part of a range that is split: from where the one before it ended.
type rangePart struct {
	hi    Bound
	print fingerprint
}

// splitRange parts [lo, hi), which holds count items, into parts of about equal count, the last of which ends at
// hi. Part i of n ends before the item of rank (i+1)·count/n. A range of two items or more gets at least two
// parts, so that splitting always leads further.
func splitRange(view Set, lo, hi Bound, count int) []rangePart {
	n := min(branches, max(2, count/partItems), max(1, count))
	if count <= walkItems {
		return walkParts(view, lo, hi, count, n)
	}
	ranks := make([]int, n-1)
	for i := range ranks {
		ranks[i] = (i + 1) * count / n
	}
	return cutParts(view, lo, hi, ranks)
}

// cutParts parts [lo, hi) before the items of the given ranks, which are at least 1, ascend and are inside.
func cutParts(view Set, lo, hi Bound, ranks []int) []rangePart {
	bounds := append(make([]Bound, 0, len(ranks)+2), lo)
	view.Cuts(lo, ranks, func(left, right Item) { bounds = append(bounds, boundBetween(left, right)) })
	bounds = append(bounds, hi)
	parts := make([]rangePart, len(bounds)-1)
	for i, part := range view.FoldParts(bounds) {
		parts[i] = rangePart{hi: bounds[i+1], print: fingerprintOf(part.Sum, part.Count)}
	}
	return parts
}

// walkParts does the same in one walk.
func walkParts(view Set, lo, hi Bound, count, n int) []rangePart {
	parts := make([]rangePart, 0, n)
	var sum Sum
	var last Item
	rank, start := 0, 0
	view.Walk(lo, hi, func(item Item) bool {
		if len(parts)+1 < n && rank == (len(parts)+1)*count/n {
			parts = append(parts, rangePart{hi: boundBetween(last, item), print: fingerprintOf(sum, rank-start)})
			sum, start = Sum{}, rank
		}
		sum = sum.Add(IDSum(&item.ID))
		last = item
		rank++
		return true
	})
	return append(parts, rangePart{hi: hi, print: fingerprintOf(sum, rank-start)})
}
