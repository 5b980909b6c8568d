// Package idtree keeps a replica's items in memory, in order, with the count and the sum of ids of every subtree, so
// that the fingerprint of any range costs O(log n) instead of a scan.
//
// It is a B-tree, copied on write by generations: Tree.Snapshot is O(1) and gives a view that no later write
// touches, which is what a catch-up frame needs (its bounds, counts and sums must be of one moment), and which is
// read without any lock. A lock for reading instead would have to be held over whole walks, or let go between
// chunks that then belong to different moments. Between two snapshots writes happen in place; after one, each node
// is copied at most once.
package idtree
