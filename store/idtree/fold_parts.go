package idtree

import "courtcircuit/protocol/reconcile"

// FoldParts folds every [bounds[i], bounds[i+1]); bounds ascend. One walk does for all of them: most bounds of a
// frame lie close together, and from the root each would read the same nodes again, twice.
func (v *View) FoldParts(bounds []reconcile.Bound) []reconcile.Part {
	if len(bounds) < 2 {
		return nil
	}
	// Part i of all stands before bounds[i]; the first and what is behind the last are not asked for.
	p := partFolder{view: v, parts: make([]reconcile.Part, len(bounds)+1)}
	inside := bounds
	if inside[len(inside)-1].IsInfinity() {
		inside = inside[:len(inside)-1] // no leaf need be read to know that all stands before it
	}
	if v.root.node != nil {
		p.fold(&v.root, inside)
	}
	return p.parts[1:len(bounds)]
}

type partFolder struct {
	view  *View
	parts []reconcile.Part
	at    int // the part that the next item belongs to
}

func (p *partFolder) add(sum reconcile.Sum, count int) {
	part := &p.parts[p.at]
	part.Sum = part.Sum.Add(sum)
	part.Count += count
}

// fold adds a subtree, in which the bounds inside lie and no other.
func (p *partFolder) fold(c *child, inside []reconcile.Bound) {
	for len(inside) > 0 && !before(&c.first, &inside[0]) {
		inside = inside[1:]
		p.at++
	}
	if len(inside) == 0 {
		p.add(c.sum, c.count)
		return
	}
	if c.node.kids == nil {
		p.foldLeaf(c, inside)
		return
	}
	kids := c.node.kids
	for i := range kids {
		n := 0
		if i+1 == len(kids) {
			n = len(inside)
		} else {
			for n < len(inside) && !before(&kids[i+1].first, &inside[n]) {
				n++
			}
		}
		if n == 0 {
			p.add(kids[i].sum, kids[i].count)
			continue
		}
		p.fold(&kids[i], inside[:n])
		inside = inside[n:]
	}
}

func (p *partFolder) foldLeaf(c *child, inside []reconcile.Bound) {
	b := p.view.block(c)
	var before reconcile.Sum
	start := 0
	for i := range inside {
		end := start + itemIndex(b.items[start:], &inside[i])
		sum := b.sumOf(end)
		p.add(sum.Sub(before), end-start)
		before, start = sum, end
		p.at++
	}
	p.add(c.sum.Sub(before), c.count-start)
}

// Cuts calls fn with the items of ranks k-1 and k of what stands at or after lo, for each k of ranks.
func (v *View) Cuts(lo reconcile.Bound, ranks []int, fn func(left, right reconcile.Item)) {
	base := v.rank(&lo)
	for _, k := range ranks {
		left, right := v.pair(base + k)
		fn(left, right)
	}
}

// pair returns the items of ranks rank-1 and rank, mostly of one leaf.
func (v *View) pair(rank int) (left, right reconcile.Item) {
	c, at := &v.root, rank-1
	for c.node.kids != nil {
		kids, i := c.node.kids, 0
		for at >= kids[i].count {
			at -= kids[i].count
			i++
		}
		c = &kids[i]
	}
	items := v.block(c).items
	if at+1 < len(items) {
		return items[at], items[at+1]
	}
	if at < len(items) {
		left = items[at]
	}
	right, _ = v.at(rank)
	return left, right
}
