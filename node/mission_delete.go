package node

import (
	"context"
	"errors"
	"time"

	"courtcircuit/node/inbox"
)

// DeleteMission deletes a draft. A published mission stays, because others
// have seen it: it ends by being closed.
func (n *Node) DeleteMission(_ context.Context, id string) error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	now := time.Now()
	raw, err := parseID("mission", id)
	if err != nil {
		return err
	}
	current, absent := n.missionByID(raw, now)
	if absent == nil {
		if _, _, err := n.ownMission(raw, now); err != nil {
			return err
		}
		p := conflict("the mission is %s, and only drafts are deleted; close it instead: courtcircuit mission close %s", current.Status, current.ID)
		p.Field, p.Expected = "status", statusDraft
		return p
	}
	if _, err := n.inbox.Draft(raw); errors.Is(err, inbox.ErrNotFound) {
		return absent
	} else if err != nil {
		return err
	}
	return n.inbox.DeleteDraft(raw)
}
