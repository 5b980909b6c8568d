// Package store is the local replica: every live record of the network, its
// indexes, and what answers questions about them, in one Badger database.
//
// It promises four things. What Put acknowledged survives a crash and a power
// cut. What is live depends on the set of records seen, the time and the
// policy, never on the order of arrival. The words of a record stand in the
// files under that record's own key and nowhere else, so that they can leave
// every file within seconds of an erasure. And nothing gets in that is not a
// protocol.Verified.
//
// One goroutine writes; readers see snapshots and never wait for it, except
// while Badger drops erased text. DESIGN.md has the keys, the trade-offs and
// the weaknesses.
package store
