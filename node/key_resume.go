package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// A recovery keeps the new key before it publishes with it. The mark says
// that the publishing may be missing; without it, a new key whose records are
// not here could as well be one that was imported, and its records elsewhere.

func recoveryMeta(id protocol.Identity) string { return "recovery/" + id.String() }

// markRecovery is made before the new key is kept.
func (n *Node) markRecovery(author protocol.Author) error {
	key := author.Signer.Key()
	if err := n.store.SetMeta(recoveryMeta(author.Identity()), key[:]); err != nil {
		return fmt.Errorf("mark recovery: %w", err)
	}
	return nil
}

func (n *Node) recovering(author protocol.Author) (bool, error) {
	mark, err := n.store.Meta(recoveryMeta(author.Identity()))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read mark of recovery: %w", err)
	}
	key := author.Signer.Key()
	return bytes.Equal(mark, key[:]), nil
}

func (n *Node) unmarkRecovery(id protocol.Identity) error {
	return n.store.SetMeta(recoveryMeta(id), nil)
}

// resumeRecoveries publishes what a crash kept KeyRecover from publishing.
// It comes before any edit: one record under the new key alone would end
// everything else that the identity had published under the old one.
func (n *Node) resumeRecoveries(ctx context.Context, now time.Time) error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	own, _ := n.keys.Collective()
	for _, author := range n.keys.Succeeded() {
		id := author.Identity()
		cutOff, err := n.recovering(author)
		if err != nil {
			return err
		}
		if !cutOff {
			continue
		}
		if err := n.checkEditable(); isProblem(err, card.Unavailable) {
			return nil // tried again when it has caught up
		} else if err != nil {
			return err
		}
		if err := n.resumeRecovery(ctx, author, id == own.Identity(), now); err != nil {
			return fmt.Errorf("resume recovery of %s: %w", id.Fingerprint(), problemOf(err))
		}
		n.log.Info("recovery finished", "identity", id.String())
	}
	return nil
}

func (n *Node) resumeRecovery(ctx context.Context, author protocol.Author, collective bool, now time.Time) error {
	var wires [][]byte
	current, known := n.store.CurrentSigner(author.Identity())
	published := known && !author.Signer.Generation().Above(current)
	if !published {
		var err error
		if collective {
			wires, err = n.collectiveSuccession(ctx, author, now)
		} else {
			wires, err = n.memberSuccession(author, now)
		}
		if err != nil {
			return err
		}
	}
	if collective {
		return n.finishCollective(ctx, author, wires, now)
	}
	return n.finishMember(ctx, author, wires)
}
