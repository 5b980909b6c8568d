package idtree

import (
	"bytes"

	"courtcircuit/protocol/reconcile"
)

// View is the state of a tree at one moment. It never changes and needs no lock. It is a reconcile.Set.
type View struct{ root child }

var _ reconcile.Set = (*View)(nil)

// before tells whether an item stands before a bound. By pointers: 36 and 40 bytes, in the innermost loop.
func before(item *reconcile.Item, bound *reconcile.Bound) bool {
	if hour := uint64(item.ExpiryHour); hour != bound.Hour {
		return hour < bound.Hour
	}
	return bytes.Compare(item.ID[:], bound.ID[:]) < 0
}

// kidBefore returns the one child that may hold items on both sides of bound.
func kidBefore(kids []child, bound *reconcile.Bound) int {
	lo, hi := 1, len(kids)
	for lo < hi {
		if mid := (lo + hi) / 2; before(&kids[mid].first, bound) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1
}

// Len returns the number of items.
func (v *View) Len() int { return v.root.count }

// Has tells whether the view holds item.
func (v *View) Has(item reconcile.Item) bool {
	found := false
	v.Walk(item.Bound(), reconcile.Infinity(), func(at reconcile.Item) bool {
		found = at == item
		return false
	})
	return found
}

// Fold returns the sum of the ids in [lo, hi) and how many they are.
//
// It goes down to where the two bounds part and sums below there only. Folding everything before hi and taking off
// everything before lo would be simpler and read some forty sums a level for each, where a narrow range needs none.
func (v *View) Fold(lo, hi reconcile.Bound) (sum reconcile.Sum, count int) {
	if lo.Compare(hi) >= 0 || v.root.node == nil {
		return reconcile.Sum{}, 0
	}
	n := v.root.node
	for n.kids != nil {
		i, j := kidBefore(n.kids, &lo), kidBefore(n.kids, &hi)
		if i == j {
			n = n.kids[i].node
			continue
		}
		sumLo, countLo := foldBefore(&n.kids[i], &lo)
		sum, count = foldBefore(&n.kids[j], &hi)
		for k := range n.kids[i:j] {
			sum = sum.Add(n.kids[i+k].sum)
			count += n.kids[i+k].count
		}
		return sum.Sub(sumLo), count - countLo
	}
	inside := n.items[itemIndex(n.items, &lo):itemIndex(n.items, &hi)]
	return sumItems(inside), len(inside)
}

// foldBefore folds what stands before bound in a subtree. In the leaf it adds up the shorter side of the bound:
// reading items that are in no cache is most of the cost of a fold.
func foldBefore(c *child, bound *reconcile.Bound) (sum reconcile.Sum, count int) {
	for c.node.kids != nil {
		kids := c.node.kids
		k := kidBefore(kids, bound)
		for i := range kids[:k] {
			sum = sum.Add(kids[i].sum)
			count += kids[i].count
		}
		c = &kids[k]
	}
	items := c.node.items
	k := itemIndex(items, bound)
	if k <= len(items)/2 {
		return sum.Add(sumItems(items[:k])), count + k
	}
	return sum.Add(c.sum).Sub(sumItems(items[k:])), count + k
}

// rank returns the number of items before bound.
func (v *View) rank(bound *reconcile.Bound) int {
	if bound.IsInfinity() || v.root.node == nil {
		return v.root.count
	}
	n, count := v.root.node, 0
	for n.kids != nil {
		k := kidBefore(n.kids, bound)
		for i := range n.kids[:k] {
			count += n.kids[i].count
		}
		n = n.kids[k].node
	}
	return count + itemIndex(n.items, bound)
}

// Select returns the k-th item of [lo, hi), counting from 0; false when there is none.
func (v *View) Select(lo, hi reconcile.Bound, k int) (reconcile.Item, bool) {
	rank := v.rank(&lo) + k
	if k < 0 || rank >= v.root.count {
		return reconcile.Item{}, false
	}
	n := v.root.node
	for n.kids != nil {
		i := 0
		for rank >= n.kids[i].count {
			rank -= n.kids[i].count
			i++
		}
		n = n.kids[i].node
	}
	item := n.items[rank]
	return item, before(&item, &hi)
}

// Walk calls fn for the items of [lo, hi) in ascending order until fn returns false.
func (v *View) Walk(lo, hi reconcile.Bound, fn func(reconcile.Item) bool) {
	if v.root.node != nil {
		walk(v.root.node, &lo, &hi, fn)
	}
}

// walk returns false when the walk is over.
func walk(n *node, lo, hi *reconcile.Bound, fn func(reconcile.Item) bool) bool {
	for i := itemIndex(n.items, lo); i < len(n.items); i++ {
		if !before(&n.items[i], hi) || !fn(n.items[i]) {
			return false
		}
	}
	if n.kids == nil {
		return true
	}
	for i := kidBefore(n.kids, lo); i < len(n.kids); i++ {
		if !walk(n.kids[i].node, lo, hi, fn) {
			return false
		}
	}
	return true
}
