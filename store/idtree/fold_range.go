package idtree

import (
	"bytes"

	"courtcircuit/protocol/reconcile"
)

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
	c := &v.root
	for c.node.kids != nil {
		kids := c.node.kids
		i, j := kidBefore(kids, &lo), kidBefore(kids, &hi)
		if i == j {
			c = &kids[i]
			continue
		}
		sumLo, countLo := v.foldBefore(&kids[i], &lo)
		sum, count = v.foldBefore(&kids[j], &hi)
		for k := range kids[i:j] {
			sum = sum.Add(kids[i+k].sum)
			count += kids[i+k].count
		}
		return sum.Sub(sumLo), count - countLo
	}
	if !before(&c.first, &hi) {
		return reconcile.Sum{}, 0
	}
	b := v.block(c)
	inside := b.items[itemIndex(b.items, &lo):itemIndex(b.items, &hi)]
	return sumItems(inside), len(inside)
}

// foldBefore folds what stands before bound in a subtree.
func (v *View) foldBefore(c *child, bound *reconcile.Bound) (sum reconcile.Sum, count int) {
	if bound.IsInfinity() {
		return c.sum, c.count
	}
	for c.node.kids != nil {
		kids := c.node.kids
		k := kidBefore(kids, bound)
		for i := range kids[:k] {
			sum = sum.Add(kids[i].sum)
			count += kids[i].count
		}
		c = &kids[k]
	}
	if !before(&c.first, bound) {
		return sum, count
	}
	b := v.block(c)
	k := itemIndex(b.items, bound)
	return sum.Add(b.sumOf(k)), count + k
}

// rank returns the number of items before bound.
func (v *View) rank(bound *reconcile.Bound) int {
	if bound.IsInfinity() || v.root.node == nil {
		return v.root.count
	}
	c, count := &v.root, 0
	for c.node.kids != nil {
		kids := c.node.kids
		k := kidBefore(kids, bound)
		for i := range kids[:k] {
			count += kids[i].count
		}
		c = &kids[k]
	}
	if !before(&c.first, bound) {
		return count
	}
	return count + itemIndex(v.block(c).items, bound)
}

// Select returns the k-th item of [lo, hi), counting from 0; false when there is none.
func (v *View) Select(lo, hi reconcile.Bound, k int) (reconcile.Item, bool) {
	rank := v.rank(&lo) + k
	if k < 0 || rank >= v.root.count {
		return reconcile.Item{}, false
	}
	item, ok := v.at(rank)
	return item, ok && before(&item, &hi)
}

// at returns the item of a rank that is there; false only when its leaf cannot be read.
func (v *View) at(rank int) (reconcile.Item, bool) {
	c := &v.root
	for c.node.kids != nil {
		kids, i := c.node.kids, 0
		for rank >= kids[i].count {
			rank -= kids[i].count
			i++
		}
		c = &kids[i]
	}
	items := v.block(c).items
	if rank >= len(items) {
		return reconcile.Item{}, false
	}
	return items[rank], true
}

// Walk calls fn for the items of [lo, hi) in ascending order until fn returns false.
func (v *View) Walk(lo, hi reconcile.Bound, fn func(reconcile.Item) bool) {
	if v.root.node != nil {
		v.walk(&v.root, &lo, &hi, fn)
	}
}

// walk returns false when the walk is over.
func (v *View) walk(c *child, lo, hi *reconcile.Bound, fn func(reconcile.Item) bool) bool {
	if kids := c.node.kids; kids != nil {
		for i := kidBefore(kids, lo); i < len(kids); i++ {
			if !before(&kids[i].first, hi) || !v.walk(&kids[i], lo, hi, fn) {
				return false
			}
		}
		return true
	}
	items := v.block(c).items
	for i := itemIndex(items, lo); i < len(items); i++ {
		if !before(&items[i], hi) || !fn(items[i]) {
			return false
		}
	}
	return true
}
