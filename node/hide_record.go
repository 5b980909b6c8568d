package node

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

const maxHideReason = 500 // characters

// Hide stops showing a record here, durably and at once; hiding it again
// changes the reason, which only this collective reads. kind is profile,
// mission or collective.
func (n *Node) Hide(_ context.Context, kind, id, reason string) (card.Hidden, error) {
	k, raw, err := parseShown(kind, id)
	if err != nil {
		return card.Hidden{}, err
	}
	reason = cleanText(reason)
	if utf8.RuneCountInString(reason) > maxHideReason {
		return card.Hidden{}, invalid("reason", fmt.Sprintf("at most %d characters", maxHideReason), "the reason is too long")
	}
	if own, ok := n.keys.Collective(); ok && k == protocol.KindCollective && own.Identity() == raw {
		return card.Hidden{}, conflict("this node's own collective cannot be hidden from its own pages")
	}
	n.hidden.mu.Lock()
	defer n.hidden.mu.Unlock()
	now := time.Now()
	h := inbox.Hidden{Kind: kind, Subject: raw, Reason: reason, At: now.UTC()}
	name, err := n.nameOf(k, raw, now)
	if err != nil {
		return card.Hidden{}, err
	}
	err = n.inbox.PutHidden(h)
	if errors.Is(err, inbox.ErrFull) {
		return card.Hidden{}, conflict("as many records are hidden as a node can hide; unhide some")
	}
	if err != nil {
		return card.Hidden{}, problemOf(err)
	}
	n.hidden.change(func(set map[hiddenID]struct{}) { set[hiddenID{k, raw}] = struct{}{} })
	n.overview.noteChange()
	n.skillBook.noteChange()
	n.sums.noteChange()
	return hiddenCard(h, name), nil
}

// Unhide shows a record again.
func (n *Node) Unhide(_ context.Context, kind, id string) error {
	k, raw, err := parseShown(kind, id)
	if err != nil {
		return err
	}
	n.hidden.mu.Lock()
	defer n.hidden.mu.Unlock()
	if !n.hidden.holds(k, raw) {
		p := notFound(kind, id)
		p.Detail = "this record is not hidden here"
		return p
	}
	if err := n.inbox.DeleteHidden(kind, raw); err != nil {
		return err
	}
	n.hidden.change(func(set map[hiddenID]struct{}) { delete(set, hiddenID{k, raw}) })
	n.overview.noteChange()
	n.skillBook.noteChange()
	n.sums.noteChange()
	return nil
}

// HiddenRecords lists what is hidden here, newest first; the name is that of
// the record as it is now, empty when it is not held any more.
func (n *Node) HiddenRecords(context.Context) ([]card.Hidden, error) {
	list, err := n.inbox.Hidden()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	out := make([]card.Hidden, 0, len(list))
	for _, h := range list {
		name := ""
		if kind, err := protocol.ParseKind(h.Kind); err == nil {
			name, _ = n.nameOf(kind, h.Subject, now)
		}
		out = append(out, hiddenCard(h, name))
	}
	return out, nil
}

func hiddenCard(h inbox.Hidden, name string) card.Hidden {
	return card.Hidden{Kind: h.Kind, Subject: protocol.StableID(h.Subject).String(), Name: name, Reason: h.Reason, At: h.At}
}

// parseShown reads the name of a kind that has pages, and an id.
func parseShown(kind, id string) (protocol.Kind, [32]byte, error) {
	k, err := protocol.ParseKind(kind)
	if err != nil || (k != protocol.KindProfile && k != protocol.KindMission && k != protocol.KindCollective) {
		return 0, [32]byte{}, invalid("kind", "profile, mission or collective", "%q is not shown on any page", shortWords(kind))
	}
	raw, err := parseID(kind, id)
	return k, raw, err
}

// nameOf is what people call a live record, hidden or not.
func (n *Node) nameOf(kind protocol.Kind, id [32]byte, now time.Time) (string, error) {
	_, body, err := n.recordOf(kind, id, now)
	if err != nil {
		return "", err
	}
	switch b := body.(type) {
	case *protocol.Profile:
		return b.Name, nil
	case *protocol.Mission:
		return b.Title, nil
	case *protocol.Collective:
		return b.Name, nil
	}
	return "", nil
}
