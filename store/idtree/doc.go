// Package idtree keeps a replica's items in order, with the count and the sum of ids of every subtree, so that the
// fingerprint of any range costs O(log n) instead of a scan.
//
// It is a B-tree. Its inner nodes, and of every leaf the first item, the count and the sum, are in memory; the items
// of a leaf come from a [Source] when a bound falls inside it, and stay in memory within a bound of bytes. What is
// known of the leaves ([Leaf]) is all that has to be stored to open the tree again: an [Edit] says which of it to
// write in the same commit as the items themselves.
//
// It is copied on write: an edit changes copies and is published whole, so a [View] never changes and is read without
// any lock, which is what a catch-up frame needs (its bounds, counts and sums must be of one moment). A leaf that an
// edit touches is read before the commit and kept with the views that have it; so whatever the source says later, no
// view reads items of another moment.
package idtree
