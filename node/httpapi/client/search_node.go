package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"courtcircuit/node/card"
)

// values is a search as the interface's query.
func values(s card.Search) url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"near": s.Near, "available_by": s.AvailableBy, "collective": s.Collective, "q": s.Words,
		"status": s.Status, "cursor": s.Cursor, "lang": s.Lang,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	for name, many := range map[string][]string{"skill": s.Skills, "language": s.Languages, "mode": s.Modes} {
		for _, value := range many {
			v.Add(name, value)
		}
	}
	if s.RadiusKm != nil {
		v.Set("radius_km", strconv.FormatFloat(*s.RadiusKm, 'f', -1, 64))
	}
	if s.Limit != 0 {
		v.Set("limit", strconv.Itoa(s.Limit))
	}
	return v
}

// SearchProfiles asks for people, nearest first.
func (c *Client) SearchProfiles(ctx context.Context, s card.Search) (card.Page[card.FoundProfile], error) {
	return call[card.Page[card.FoundProfile]](ctx, c, http.MethodGet, "/profiles", values(s), nil)
}

// SearchMissions asks for missions, nearest first.
func (c *Client) SearchMissions(ctx context.Context, s card.Search) (card.Page[card.FoundMission], error) {
	return call[card.Page[card.FoundMission]](ctx, c, http.MethodGet, "/missions", values(s), nil)
}

// SearchCollectives asks for collectives, nearest first.
func (c *Client) SearchCollectives(ctx context.Context, s card.Search) (card.Page[card.FoundCollective], error) {
	return call[card.Page[card.FoundCollective]](ctx, c, http.MethodGet, "/collectives", values(s), nil)
}

// SearchPlaces asks for places by name or postcode, best first.
func (c *Client) SearchPlaces(ctx context.Context, q string, limit int) ([]card.ResolvedPlace, error) {
	v := url.Values{"q": {q}}
	if limit != 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return list[card.ResolvedPlace](ctx, c, "/places", v)
}

// SkillHints says what skills about to be written may be slips of, at most 32
// at once. lang is that of the names.
func (c *Client) SkillHints(ctx context.Context, written []string, lang string) ([]card.SkillHint, error) {
	return list[card.SkillHint](ctx, c, "/skills/hints", url.Values{"skill": written, "lang": {lang}})
}

// SearchSkills completes a skill that is being typed, best first. lang is that
// of the names, fr or en; "" leaves it to the node.
func (c *Client) SearchSkills(ctx context.Context, q, lang string, limit int) ([]card.Skill, error) {
	v := url.Values{"q": {q}}
	if lang != "" {
		v.Set("lang", lang)
	}
	if limit != 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return list[card.Skill](ctx, c, "/skills", v)
}

// ResolveID completes the unique beginning of an id of a profile, mission or
// collective. A name is a *card.Problem with its candidates.
func (c *Client) ResolveID(ctx context.Context, kind, prefixOrName string) (string, error) {
	answer, err := call[struct {
		ID string `json:"id"`
	}](ctx, c, http.MethodGet, "/resolve", url.Values{"kind": {kind}, "q": {prefixOrName}}, nil)
	return answer.ID, err
}
