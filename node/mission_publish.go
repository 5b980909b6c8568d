package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// Mission reads a mission or a draft by its full id.
func (n *Node) Mission(_ context.Context, id string) (card.Mission, error) {
	raw, err := parseID("mission", id)
	if err != nil {
		return card.Mission{}, err
	}
	m, err := n.shownMission(raw, n.now())
	if !isProblem(err, card.NotFound) {
		return m, err
	}
	d, missing := n.inbox.Draft(raw)
	if errors.Is(missing, inbox.ErrNotFound) {
		return card.Mission{}, err
	}
	if missing != nil {
		return card.Mission{}, missing
	}
	return n.draftCard(d), nil
}

func (n *Node) missionByID(id [32]byte, now time.Time) (card.Mission, error) {
	rec, body, err := n.recordOf(protocol.KindMission, id, now)
	if err != nil {
		return card.Mission{}, err
	}
	return n.wholeMission(rec, body.(*protocol.Mission), now), nil
}

// shownMission is missionByID for readers.
func (n *Node) shownMission(id [32]byte, now time.Time) (card.Mission, error) {
	rec, body, err := n.shownRecord(protocol.KindMission, id, now)
	if err != nil {
		return card.Mission{}, err
	}
	return n.wholeMission(rec, body.(*protocol.Mission), now), nil
}

func (n *Node) wholeMission(rec *protocol.Record, body *protocol.Mission, now time.Time) card.Mission {
	m := missionCard(rec, body, now)
	m.Collective = n.missionCollective(rec.Header.Signer.Identity(), now)
	return m
}

// missionCollective names who published: a collective signs its missions
// itself, so it is verified as soon as its own record is here.
func (n *Node) missionCollective(id protocol.Identity, now time.Time) *card.Membership {
	name, known := n.collectiveName(id, now)
	return &card.Membership{ID: id.String(), Name: name, Verified: known, Custody: protocol.CustodySelf.String()}
}

// OwnMissions lists this collective's drafts, newest first, then what it has
// published.
func (n *Node) OwnMissions(ctx context.Context) ([]card.Mission, error) {
	now := n.now()
	drafts, err := n.inbox.Drafts()
	if err != nil {
		return nil, err
	}
	out := []card.Mission{}
	for _, d := range drafts {
		if _, err := n.missionByID(d.ID, now); err == nil {
			continue // published; the draft goes with the next publish
		}
		out = append(out, n.draftCard(d))
	}
	author, ok := n.keys.Collective()
	if !ok {
		return out, nil
	}
	published, err := n.publishedMissions(ctx, author.Identity(), now)
	if err != nil {
		return nil, err
	}
	for i := range published {
		out = append(out, n.wholeMission(published[i].Record(), published[i].Body.(*protocol.Mission), now))
	}
	return out, nil
}

// publishedMissions is every live mission of a collective; protocol bounds
// their number.
func (n *Node) publishedMissions(ctx context.Context, own protocol.Identity, now time.Time) ([]store.Result, error) {
	q := store.Query{Kind: protocol.KindMission, RadiusMeters: -1, Collective: &own, Limit: maxSearchLimit, Now: now}
	var out []store.Result
	for {
		page, err := n.store.Near(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("list missions: %w", err)
		}
		out = append(out, page.Results...)
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return out, nil
		}
	}
}

// PublishMission makes a draft public. One that is open already is left as it
// is, without error.
func (n *Node) PublishMission(ctx context.Context, id string) (card.Mission, error) {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	now := n.now()
	raw, err := parseID("mission", id)
	if err != nil {
		return card.Mission{}, err
	}
	current, err := n.missionByID(raw, now)
	if err == nil {
		if _, _, err := n.ownMission(raw, now); err != nil {
			return card.Mission{}, err
		}
		if _, err := checkStep(current.Status, statusOpen); err != nil {
			return card.Mission{}, err
		}
		return current, n.inbox.DeleteDraft(raw)
	}
	draft, missing := n.inbox.Draft(raw)
	if errors.Is(missing, inbox.ErrNotFound) {
		return card.Mission{}, err
	}
	if missing != nil {
		return card.Mission{}, missing
	}
	return n.publishDraft(ctx, draft, now)
}

// AttributeMission says publicly that the mission has found its people.
func (n *Node) AttributeMission(ctx context.Context, id string) (card.Mission, error) {
	return n.stepMission(ctx, id, protocol.MissionAttributed)
}

// CloseMission ends a mission.
func (n *Node) CloseMission(ctx context.Context, id string) (card.Mission, error) {
	return n.stepMission(ctx, id, protocol.MissionClosed)
}

func (n *Node) stepMission(ctx context.Context, id string, to protocol.MissionState) (card.Mission, error) {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	now := n.now()
	raw, err := parseID("mission", id)
	if err != nil {
		return card.Mission{}, err
	}
	rec, old, err := n.ownMission(raw, now)
	if isProblem(err, card.NotFound) {
		if _, missing := n.inbox.Draft(raw); missing == nil {
			_, err = checkStep(statusDraft, to.String())
		}
	}
	if err != nil {
		return card.Mission{}, err
	}
	needed, err := checkStep(missionStatus(old, now), to.String())
	if err != nil {
		return card.Mission{}, err
	}
	if !needed {
		return n.wholeMission(rec, old, now), nil
	}
	body := *old
	body.State = to
	return n.replaceMission(ctx, rec, &body, now)
}

// ownMission reads a published mission that this collective may change.
func (n *Node) ownMission(id [32]byte, now time.Time) (*protocol.Record, *protocol.Mission, error) {
	rec, body, err := n.recordOf(protocol.KindMission, id, now)
	if err != nil {
		return nil, nil, err
	}
	author, ok := n.keys.Collective()
	if owner := rec.Header.Signer.Identity(); !ok || author.Identity() != owner {
		name, _ := n.collectiveName(owner, now)
		return nil, nil, forbidden("the mission was published by another collective (%s %s); only that one can change it", shortWords(name), owner.Fingerprint())
	}
	return rec, body.(*protocol.Mission), nil
}

func (n *Node) replaceMission(ctx context.Context, rec *protocol.Record, body *protocol.Mission, now time.Time) (card.Mission, error) {
	if err := n.checkEditable(); err != nil {
		return card.Mission{}, err
	}
	author, _, _, err := n.collective(now)
	if err != nil {
		return card.Mission{}, err
	}
	if len(rec.Header.Slot) != 16 {
		return card.Mission{}, fmt.Errorf("mission slot has %d bytes, 16 expected", len(rec.Header.Slot))
	}
	if err := n.publishMission(ctx, author, [16]byte(rec.Header.Slot), body, now); err != nil {
		return card.Mission{}, err
	}
	return n.missionByID(rec.Key().PublicID(), now)
}

// UpdateMission replaces the words of a draft or of an open mission; an
// expired one opens again with a later apply_by.
func (n *Node) UpdateMission(ctx context.Context, id string, m card.Mission) (card.Mission, error) {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	now := n.now()
	raw, err := parseID("mission", id)
	if err != nil {
		return card.Mission{}, err
	}
	rec, old, err := n.ownMission(raw, now)
	if isProblem(err, card.NotFound) {
		return n.updateDraft(raw, m, err)
	}
	if err != nil {
		return card.Mission{}, err
	}
	current := n.wholeMission(rec, old, now)
	if err := checkMissionFields(m, current); err != nil {
		return card.Mission{}, err
	}
	if old.State != protocol.MissionOpen {
		p := conflict("the mission is %s, so its words no longer change", current.Status)
		p.Field = "status"
		return card.Mission{}, p
	}
	body, err := n.missionBodyOf(m, old)
	if err != nil {
		return card.Mission{}, err
	}
	return n.replaceMission(ctx, rec, body, now)
}

func (n *Node) updateDraft(id [32]byte, m card.Mission, absent error) (card.Mission, error) {
	draft, err := n.inbox.Draft(id)
	if errors.Is(err, inbox.ErrNotFound) {
		return card.Mission{}, absent
	}
	if err != nil {
		return card.Mission{}, err
	}
	if err := checkMissionFields(m, n.draftCard(draft)); err != nil {
		return card.Mission{}, err
	}
	author, ok := n.keys.Collective()
	if !ok {
		return card.Mission{}, errNameless()
	}
	if draft.Mission, err = n.checkDraft(author, m, draft.Slot); err != nil {
		return card.Mission{}, err
	}
	if err := n.putDraft(draft); err != nil {
		return card.Mission{}, err
	}
	return n.draftCard(draft), nil
}

func checkMissionFields(sent, current card.Mission) error {
	if err := checkMeta(sent.Meta, current.Meta); err != nil {
		return err
	}
	if sent.Status != "" && sent.Status != current.Status {
		return invalid("status", current.Status+" or none", "publish, attribute and close change the status")
	}
	if sent.Collective != nil && (current.Collective == nil || sent.Collective.ID != current.Collective.ID) {
		return invalid("collective", "what was answered, or none", "a mission stays with its collective")
	}
	return nil
}
