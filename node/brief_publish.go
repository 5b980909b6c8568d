package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// publishAccepted makes missions of the texts that clients accepted. It runs
// in a step of its own, because the replica is another database: the
// acceptance is on the disk before, and the mission has the one id that was
// drawn with the brief, so that being cut off anywhere leads to exactly one.
func (n *Node) publishAccepted(ctx context.Context) error {
	var waiting []inbox.ID
	// A step and not a look: one that is just being made durable ends first.
	err := n.inbox.Discard(func(tx *inbox.Tx) error {
		return inbox.NewShelf[briefMark](n.inbox, inbox.SpaceBriefs).EachIn(tx, func(key inbox.ID, m briefMark) error {
			if m.State == card.BriefAccepted {
				waiting = append(waiting, key)
			}
			return nil
		})
	})
	var failed []error
	for _, key := range waiting {
		if e := n.publishBrief(ctx, key); e != nil {
			failed = append(failed, fmt.Errorf("brief %s: %w", protocol.StableID(key), e))
		}
	}
	return errors.Join(append(failed, err)...)
}

// publishBrief publishes one accepted text, then says so. What the network
// would refuse goes back to the coordinator; what may pass is tried again.
func (n *Node) publishBrief(ctx context.Context, key inbox.ID) error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	b, err := n.briefShelf().Get(key)
	if errors.Is(err, inbox.ErrNotFound) {
		return nil // erased meanwhile
	}
	if err != nil || b.State != card.BriefAccepted {
		return err
	}
	now := time.Now()
	id, err := n.makeMission(ctx, &b, now)
	if isProblem(err, card.Invalid) {
		return n.endAcceptance(key, actReturn, "", shortWords(err.Error()), now)
	}
	if err != nil {
		return err
	}
	return n.endAcceptance(key, actPublish, protocol.StableID(id).String(), "", now)
}

// makeMission leaves a mission of the brief's own id, however often it is
// called.
func (n *Node) makeMission(ctx context.Context, b *brief, now time.Time) (id inbox.ID, err error) {
	author, _, _, err := n.collective(now)
	if err != nil {
		return id, err
	}
	id = missionKey(author.Identity(), b.Slot).PublicID()
	body, err := b.Text.mission(n.cfg.Network)
	if err != nil {
		return id, err
	}
	if b.Text.Audience == card.AudienceCollective {
		return id, n.putDraft(inbox.Draft{
			ID: id, Slot: b.Slot, Mission: missionWords(body), CreatedAt: now.UTC(), PostedBy: kindBrief, Audience: card.AudienceCollective,
		})
	}
	if _, err := n.missionByID(id, now); err == nil {
		return id, nil // published before something cut this off
	}
	if err := n.checkEditable(); err != nil {
		return id, err
	}
	if err := n.checkMissionRoom(author.Identity(), now); err != nil {
		return id, err
	}
	return id, n.publishMission(ctx, author, b.Slot, body, now)
}

// endAcceptance is the step after publishing.
func (n *Node) endAcceptance(key inbox.ID, act briefAct, mission, why string, now time.Time) error {
	err := n.inbox.Discard(func(tx *inbox.Tx) error { // the mission is out: a full disk must not hide that
		b, err := n.heldBriefIn(tx, key)
		if isProblem(err, card.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		// why is for the coordinator alone: it is about the text, in the program's words.
		if done, err := b.take(act, now, "", ""); !done || err != nil {
			return err
		}
		b.MissionID, b.Change = mission, why
		n.briefs.note(key, b.State)
		if act == actReturn {
			if err := n.noticeBriefIn(tx, briefNotice{Brief: key, Event: tellChange, Place: *b.Form.Place.Resolved}, now); err != nil {
				return err
			}
		}
		if err := n.tellClientIn(tx, &b, now); err != nil {
			return err
		}
		return n.briefShelf().PutIn(tx, key, b)
	})
	n.afterBrief()
	return err
}

// MissionsForMembers are the missions that clients meant for the members of
// this collective alone, newest first. They are on no other node.
func (n *Node) MissionsForMembers() ([]card.Mission, error) {
	drafts, err := n.inbox.Drafts()
	if err != nil {
		return nil, err
	}
	out := []card.Mission{}
	for _, d := range drafts {
		if d.Audience != card.AudienceCollective {
			continue
		}
		if _, err := n.missionByID(d.ID, time.Now()); err == nil {
			continue // public by now
		}
		m := n.draftCard(d)
		m.Status = statusOpen
		out = append(out, m)
	}
	return out, nil
}
