package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// PostMission keeps a mission as a private draft, and publishes it if asked.
// Its id is fixed now and stays through every later step.
func (n *Node) PostMission(ctx context.Context, m card.Mission, publish bool) (card.Mission, error) {
	if m.ID != "" || m.RecordID != "" {
		return card.Mission{}, invalid("id", "none for a new mission", "a new mission gets its id here")
	}
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	author, ok := n.keys.Collective()
	if !ok {
		return card.Mission{}, errNameless()
	}
	draft := inbox.Draft{CreatedAt: time.Now().UTC()}
	if _, err := io.ReadFull(rand.Reader, draft.Slot[:]); err != nil {
		return card.Mission{}, fmt.Errorf("draw slot of mission: %w", err)
	}
	draft.ID = missionKey(author.Identity(), draft.Slot).PublicID()
	var err error
	if draft.Mission, err = n.checkDraft(author, m, draft.Slot); err != nil {
		return card.Mission{}, err
	}
	if publish {
		return n.publishDraft(ctx, draft, time.Now())
	}
	if err := n.putDraft(draft); err != nil {
		return card.Mission{}, err
	}
	return n.draftCard(draft), nil
}

func (n *Node) putDraft(d inbox.Draft) error {
	err := n.inbox.PutDraft(d)
	if errors.Is(err, inbox.ErrFull) {
		return conflict("%v", err)
	}
	return problemOf(err)
}

// checkDraft tidies a draft and finds now what would be refused later: a
// draft that cannot be published helps nobody. The place is resolved for good.
func (n *Node) checkDraft(author protocol.Author, m card.Mission, slot [16]byte) (card.Mission, error) {
	body, err := n.missionBodyOf(m, nil)
	if err != nil {
		return card.Mission{}, err
	}
	draft, err := body.Draft(slot, time.Now().UnixMilli())
	if err == nil {
		_, err = n.opener.Seal(author, draft) // signed and thrown away: sealing checks every field
	}
	if err != nil {
		return card.Mission{}, problemOf(err)
	}
	return missionWords(body), nil
}

func (n *Node) missionBodyOf(m card.Mission, old *protocol.Mission) (*protocol.Mission, error) {
	place, err := n.resolvePlace("place", m.Place)
	if err != nil {
		return nil, err
	}
	body, err := missionBody(m, place, protocol.MissionOpen)
	if err == nil && old != nil {
		body.Extra = old.Extra
	}
	return body, err
}

func missionKey(collective protocol.Identity, slot [16]byte) protocol.RecordKey {
	return protocol.RecordKey{Identity: collective, Kind: protocol.KindMission, Slot: string(slot[:])}
}

func (n *Node) draftCard(d inbox.Draft) card.Mission {
	m := d.Mission
	created := d.CreatedAt.UTC()
	m.Meta = card.Meta{ID: protocol.StableID(d.ID).String(), Fingerprint: protocol.Identity(d.ID).Fingerprint(), IssuedAt: &created}
	m.Status = statusDraft
	if author, ok := n.keys.Collective(); ok {
		m.Collective = n.missionCollective(author.Identity(), time.Now())
	}
	return m
}

// publishDraft makes the open record, then drops the draft. Cut off between
// the two, the record wins and the draft goes when it is next looked at.
func (n *Node) publishDraft(ctx context.Context, d inbox.Draft, now time.Time) (card.Mission, error) {
	if err := n.checkEditable(); err != nil {
		return card.Mission{}, err
	}
	author, _, _, err := n.collective(now)
	if err != nil {
		return card.Mission{}, err
	}
	if missionKey(author.Identity(), d.Slot).PublicID() != d.ID {
		return card.Mission{}, forbidden("the draft belongs to another collective than this node's")
	}
	if err := n.checkMissionRoom(author.Identity(), now); err != nil {
		return card.Mission{}, err
	}
	body, err := n.missionBodyOf(d.Mission, nil)
	if err != nil {
		return card.Mission{}, err
	}
	if err := n.publishMission(ctx, author, d.Slot, body, now); err != nil {
		return card.Mission{}, err
	}
	if err := n.inbox.DeleteDraft(d.ID); err != nil {
		return card.Mission{}, err
	}
	return n.missionByID(d.ID, now)
}

func (n *Node) publishMission(ctx context.Context, author protocol.Author, slot [16]byte, body *protocol.Mission, now time.Time) error {
	if missionStatus(body, now) == statusExpired {
		return invalid("apply_by", "today or later", "the last day to apply has passed")
	}
	wire, err := n.sealMission(author, slot, body, now)
	if err != nil {
		return problemOf(err)
	}
	return n.publishOwn(ctx, wire)
}

func (n *Node) sealMission(author protocol.Author, slot [16]byte, body *protocol.Mission, now time.Time) ([]byte, error) {
	issued, err := n.nextIssue(author.Identity(), 0, now)
	if err != nil {
		return nil, err
	}
	draft, err := body.Draft(slot, issued)
	if err != nil {
		return nil, err
	}
	return n.opener.Seal(author, draft)
}

// checkMissionRoom refuses before the network's bound: over it the oldest
// mission would silently leave every replica.
func (n *Node) checkMissionRoom(own protocol.Identity, now time.Time) error {
	_, most := protocol.KindMission.BoundClass()
	held, err := n.store.CountKeys(own, protocol.KindMission, now)
	if err != nil {
		return fmt.Errorf("count missions: %w", err)
	}
	if held >= most {
		return conflict("the collective has %d missions, as many as it may have at once; the oldest leaves by itself 30 days after its last change", held)
	}
	return nil
}
