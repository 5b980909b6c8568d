package node

import (
	"errors"
	"fmt"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// A key that was exported or imported may sign elsewhere too. For such keys
// the node remembers which version it signed last itself, and renews no other
// one: that would speak for a person who has said something else since.

func sharedMeta(id protocol.Identity) string { return "shared-key/" + id.String() }

var neverSigned [32]byte // a record id that no record has

// markShared remembers that the key is elsewhere too, and what was signed
// here last.
func (n *Node) markShared(id protocol.Identity, last protocol.RecordID) error {
	if err := n.store.SetMeta(sharedMeta(id), last[:]); err != nil {
		return fmt.Errorf("mark shared key: %w", err)
	}
	return nil
}

// sharedMark is the version signed here last of a key that is elsewhere too;
// false for a key that never left.
func (n *Node) sharedMark(id protocol.Identity) (protocol.RecordID, bool, error) {
	mark, err := n.store.Meta(sharedMeta(id))
	if errors.Is(err, store.ErrNotFound) || (err == nil && len(mark) == 0) {
		return protocol.RecordID{}, false, nil
	}
	if err != nil {
		return protocol.RecordID{}, false, fmt.Errorf("read mark of shared key: %w", err)
	}
	if len(mark) != 32 {
		return neverSigned, true, nil
	}
	return protocol.RecordID(mark), true, nil
}

func (n *Node) unmarkShared(id protocol.Identity) error {
	_, marked, err := n.sharedMark(id)
	if err != nil || !marked {
		return err
	}
	return n.store.SetMeta(sharedMeta(id), nil)
}

// noteSigned remembers a version that was just signed here.
func (n *Node) noteSigned(id protocol.Identity, version protocol.RecordID) error {
	_, marked, err := n.sharedMark(id)
	if err != nil || !marked {
		return err
	}
	return n.markShared(id, version)
}

// signedHere says whether a record is the work of a key as this node holds it.
// One mark for an identity is enough: those of a collective are many, so for
// it only the key counts.
func (n *Node) signedHere(author protocol.Author, rec *protocol.Record) (bool, error) {
	if author.Signer.Generation() != rec.Header.Signer.Generation() {
		return false, nil
	}
	if rec.Header.Kind != protocol.KindProfile {
		return true, nil
	}
	last, marked, err := n.sharedMark(author.Identity())
	return err == nil && (!marked || last == rec.ID), err
}
