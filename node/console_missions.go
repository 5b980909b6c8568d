package node

import (
	"context"
	"errors"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/web"
	"courtcircuit/protocol"
)

// OwnMissions lists drafts and what was published.
func (c console) OwnMissions(ctx context.Context) ([]web.OwnMission, error) {
	missions, err := c.Node.OwnMissions(ctx)
	if err != nil {
		return nil, err
	}
	drafts, err := c.inbox.Drafts()
	if err != nil {
		return nil, err
	}
	audiences := map[string]string{}
	for _, d := range drafts {
		audiences[protocol.StableID(d.ID).String()] = d.Audience
	}
	out := make([]web.OwnMission, 0, len(missions))
	for _, m := range missions {
		out = append(out, web.OwnMission{Mission: m, Audience: audiences[m.ID]})
	}
	return out, nil
}

// OwnMission is one of the collective's, hidden or not; any other is not found.
func (c console) OwnMission(ctx context.Context, id string) (web.OwnMission, error) {
	missions, err := c.OwnMissions(ctx)
	if err != nil {
		return web.OwnMission{}, err
	}
	for _, m := range missions {
		if m.ID == id {
			return m, nil
		}
	}
	return web.OwnMission{}, notFound("mission", id)
}

// DraftMission keeps a draft, for nobody yet or for the members.
func (c console) DraftMission(ctx context.Context, by access.Person, m card.Mission, audience string) (card.Mission, error) {
	kept, err := c.PostMission(ctx, m, false)
	if err == nil && audience == card.AudienceCollective {
		err = c.showToMembers(kept.ID)
	}
	return kept, c.noted(by, "mission-drafted", kept.Title, err)
}

// showToMembers makes a draft a mission for the members alone.
func (n *Node) showToMembers(id string) error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	raw, err := parseID("mission", id)
	if err != nil {
		return err
	}
	draft, err := n.inbox.Draft(raw)
	if errors.Is(err, inbox.ErrNotFound) {
		return notFound("mission", id)
	}
	if err != nil {
		return err
	}
	draft.Audience = card.AudienceCollective
	return n.putDraft(draft)
}

// UpdateMission replaces the words of a draft or an open mission.
func (c console) UpdateMission(ctx context.Context, by access.Person, id string, m card.Mission) (card.Mission, error) {
	done, err := c.Node.UpdateMission(ctx, id, m)
	return done, c.noted(by, "mission-changed", done.Title, err)
}

// PublishMission makes a draft public.
func (c console) PublishMission(ctx context.Context, by access.Person, id string) (card.Mission, error) {
	done, err := c.Node.PublishMission(ctx, id)
	return done, c.noted(by, "mission-published", done.Title, err)
}

// AttributeMission says that a mission has found its people.
func (c console) AttributeMission(ctx context.Context, by access.Person, id string) (card.Mission, error) {
	done, err := c.Node.AttributeMission(ctx, id)
	return done, c.noted(by, "mission-attributed", done.Title, err)
}

// CloseMission ends a mission.
func (c console) CloseMission(ctx context.Context, by access.Person, id string) (card.Mission, error) {
	done, err := c.Node.CloseMission(ctx, id)
	return done, c.noted(by, "mission-closed", done.Title, err)
}

// DeleteMission deletes a draft.
func (c console) DeleteMission(ctx context.Context, by access.Person, id string) error {
	m, err := c.OwnMission(ctx, id)
	if err != nil {
		return err
	}
	return c.noted(by, "mission-deleted", m.Title, c.Node.DeleteMission(ctx, id))
}
