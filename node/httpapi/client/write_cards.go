package client

import (
	"context"
	"net/http"
	"net/url"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

var mine = url.Values{"mine": {"true"}}

// Profile reads one card.
func (c *Client) Profile(ctx context.Context, id string) (card.Profile, error) {
	return call[card.Profile](ctx, c, http.MethodGet, pathOf("profiles", id), nil, nil)
}

// OwnProfiles reads the cards that the node publishes.
func (c *Client) OwnProfiles(ctx context.Context) ([]card.Profile, error) {
	return list[card.Profile](ctx, c, "/profiles", mine)
}

// Resume is the card as JSON Resume.
func (c *Client) Resume(ctx context.Context, id string) ([]byte, error) {
	return c.fetch(ctx, request{method: http.MethodGet, path: pathOf("profiles", id, "resume.json")})
}

// VCard is the card as a vCard.
func (c *Client) VCard(ctx context.Context, id string) ([]byte, error) {
	return c.fetch(ctx, request{method: http.MethodGet, path: pathOf("profiles", id, "contact.vcf")})
}

// PublishProfile publishes a card; ref may be empty.
func (c *Client) PublishProfile(ctx context.Context, p card.Profile, ref string) (api.Published, error) {
	var query url.Values
	if ref != "" {
		query = url.Values{"ref": {ref}}
	}
	return call[api.Published](ctx, c, http.MethodPost, "/profiles", query, p)
}

// ReplaceProfile replaces a card.
func (c *Client) ReplaceProfile(ctx context.Context, id string, p card.Profile) (card.Profile, error) {
	return call[card.Profile](ctx, c, http.MethodPut, pathOf("profiles", id), nil, p)
}

// ConfirmProfile says that the card still holds.
func (c *Client) ConfirmProfile(ctx context.Context, id string) (card.Profile, error) {
	return call[card.Profile](ctx, c, http.MethodPost, pathOf("profiles", id, "confirm"), nil, nil)
}

// RemoveProfile erases a person's content everywhere.
func (c *Client) RemoveProfile(ctx context.Context, id string) error {
	_, err := c.fetch(ctx, request{method: http.MethodDelete, path: pathOf("profiles", id)})
	return err
}

// Mission reads a mission or a draft.
func (c *Client) Mission(ctx context.Context, id string) (card.Mission, error) {
	return call[card.Mission](ctx, c, http.MethodGet, pathOf("missions", id), nil, nil)
}

// OwnMissions reads the node's missions and drafts.
func (c *Client) OwnMissions(ctx context.Context) ([]card.Mission, error) {
	return list[card.Mission](ctx, c, "/missions", mine)
}

// PostMission keeps a draft, or publishes at once.
func (c *Client) PostMission(ctx context.Context, m card.Mission, publish bool) (card.Mission, error) {
	var query url.Values
	if publish {
		query = url.Values{"publish": {"true"}}
	}
	return call[card.Mission](ctx, c, http.MethodPost, "/missions", query, m)
}

// UpdateMission replaces a draft or an open mission.
func (c *Client) UpdateMission(ctx context.Context, id string, m card.Mission) (card.Mission, error) {
	return call[card.Mission](ctx, c, http.MethodPut, pathOf("missions", id), nil, m)
}

// PublishMission publishes a draft.
func (c *Client) PublishMission(ctx context.Context, id string) (card.Mission, error) {
	return c.stepMission(ctx, id, "publish")
}

// AttributeMission says that the mission found its people.
func (c *Client) AttributeMission(ctx context.Context, id string) (card.Mission, error) {
	return c.stepMission(ctx, id, "attribute")
}

// CloseMission closes the mission.
func (c *Client) CloseMission(ctx context.Context, id string) (card.Mission, error) {
	return c.stepMission(ctx, id, "close")
}

// DeleteMission deletes a draft.
func (c *Client) DeleteMission(ctx context.Context, id string) error {
	_, err := c.fetch(ctx, request{method: http.MethodDelete, path: pathOf("missions", id)})
	return err
}

func (c *Client) stepMission(ctx context.Context, id, step string) (card.Mission, error) {
	return call[card.Mission](ctx, c, http.MethodPost, pathOf("missions", id, step), nil, nil)
}

// Collective reads a collective; "" is the node's own.
func (c *Client) Collective(ctx context.Context, id string) (card.Collective, error) {
	return call[card.Collective](ctx, c, http.MethodGet, pathOf("collectives", orOwn(id)), nil, nil)
}

// EditCollective edits the node's own collective.
func (c *Client) EditCollective(ctx context.Context, edited card.Collective) (card.Collective, error) {
	return call[card.Collective](ctx, c, http.MethodPut, pathOf("collectives", orOwn(edited.ID)), nil, edited)
}

func orOwn(id string) string {
	if id == "" {
		return "own"
	}
	return id
}
