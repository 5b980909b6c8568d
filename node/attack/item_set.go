package main

import (
	"slices"

	"courtcircuit/protocol/reconcile"
)

// itemSet is a sorted reconcile.Set without any cleverness.
type itemSet []reconcile.Item

func newItemSet(items []reconcile.Item) itemSet {
	s := itemSet(slices.Clone(items))
	slices.SortFunc(s, func(a, b reconcile.Item) int { return a.Bound().Compare(b.Bound()) })
	return s
}

func (s itemSet) Err() error { return nil }

func (s itemSet) rank(b reconcile.Bound) int {
	at, _ := slices.BinarySearchFunc(s, b, func(item reconcile.Item, b reconcile.Bound) int { return item.Bound().Compare(b) })
	return at
}

func (s itemSet) Fold(lo, hi reconcile.Bound) (sum reconcile.Sum, count int) {
	s.Walk(lo, hi, func(item reconcile.Item) bool {
		sum = sum.Add(reconcile.IDSum((*[32]byte)(&item.ID)))
		count++
		return true
	})
	return sum, count
}

func (s itemSet) FoldParts(bounds []reconcile.Bound) []reconcile.Part {
	parts := make([]reconcile.Part, len(bounds)-1)
	for i := range parts {
		parts[i].Sum, parts[i].Count = s.Fold(bounds[i], bounds[i+1])
	}
	return parts
}

func (s itemSet) Cuts(lo reconcile.Bound, ranks []int, fn func(left, right reconcile.Item)) {
	first := s.rank(lo)
	for _, k := range ranks {
		fn(s[first+k-1], s[first+k])
	}
}

func (s itemSet) Walk(lo, hi reconcile.Bound, fn func(reconcile.Item) bool) {
	for _, item := range s[s.rank(lo):max(s.rank(hi), s.rank(lo))] {
		if !fn(item) {
			return
		}
	}
}
