// Package reconcile finds what one replica holds and another lacks, by comparing fingerprints of ever smaller
// ranges instead of sending every id.
//
// It is pure: it reads a consistent view of a set, a clock hour and the bytes of a frame, and gives back bytes.
// It opens no stream, starts no goroutine and keeps nothing on the answering side between two frames.
//
// What it promises: once a [Session] ends without error, every item that the answering side held throughout and the
// asking side lacked throughout was returned by [Session.Step], provided that no range of the two replicas had
// different items and the same fingerprint. An item returned as needed is absent from the view given to that very
// call. Whatever the other side sends, memory, rounds and ids stay within [Config].
//
// The method is range-based set reconciliation (Aljoscha Meyer, arXiv:2212.13567), in the shape that negentropy v1
// (Nostr NIP-77) gave it. The frames are our own; protocol/SPEC.md has them byte by byte.
package reconcile
