package node

import (
	"context"
	"fmt"
	"slices"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// nearMissions bounds what a member's own page lists.
const nearMissions = 12

// MissionsNear are the missions nearest to the person's card, or to the
// collective for who has none yet: those of the network, and those that
// clients meant for the members of this collective alone.
func (d memberDoor) MissionsNear(ctx context.Context, who access.Person, lang string) ([]card.FoundMission, error) {
	e, err := d.ownEntry(who)
	if err != nil {
		return nil, err
	}
	s := card.Search{Limit: nearMissions, Lang: lang}
	if e.Identity != "" {
		p, err := d.Profile(ctx, e.Identity)
		if err == nil && p.Place.Resolved != nil {
			s.Near = fmt.Sprintf("%.4f,%.4f", p.Place.Resolved.Lat, p.Place.Resolved.Lon)
		}
	}
	page, err := d.SearchMissions(ctx, s)
	if err != nil {
		return nil, err
	}
	found, err := d.ownMissions(page.Near)
	if err != nil {
		return nil, err
	}
	found = append(found, page.Results...)
	slices.SortStableFunc(found, func(a, b card.FoundMission) int {
		switch {
		case a.DistanceKm < b.DistanceKm:
			return -1
		case a.DistanceKm > b.DistanceKm:
			return 1
		}
		return 0
	})
	return found[:min(len(found), nearMissions)], nil
}

// MissionFor is one of the collective's own: a draft of the coordinators is
// not among them.
func (d memberDoor) MissionFor(_ context.Context, who access.Person, id string) (card.Mission, error) {
	if _, err := d.ownEntry(who); err != nil {
		return card.Mission{}, err
	}
	missions, err := d.MissionsForMembers()
	if err != nil {
		return card.Mission{}, err
	}
	for _, m := range missions {
		if m.ID == id {
			return m, nil
		}
	}
	return card.Mission{}, notFound("mission", id)
}

// ownMissions are those that never leave this collective, with their distance
// from a place.
func (d memberDoor) ownMissions(near *card.Understood) ([]card.FoundMission, error) {
	missions, err := d.MissionsForMembers()
	if err != nil {
		return nil, err
	}
	found := make([]card.FoundMission, 0, len(missions))
	for _, m := range missions {
		f := card.FoundMission{Mission: m, Found: card.Found{Trust: card.Trust{Tier: "own"}}}
		if at := m.Place.Resolved; near != nil && at != nil {
			f.DistanceKm = distanceMeters(near.Place.Lat, near.Place.Lon, at.Lat, at.Lon) / 1000
		}
		found = append(found, f)
	}
	return found, nil
}

// WorksOf are the collective's works that name the person.
func (d memberDoor) WorksOf(ctx context.Context, who access.Person) ([]card.Work, error) {
	e, err := d.ownEntry(who)
	if err != nil || e.Identity == "" {
		return nil, err
	}
	return d.WorksNaming(ctx, e.Identity)
}

// AgreeWork says whether the person may be named with a work.
func (d memberDoor) AgreeWork(ctx context.Context, who access.Person, workID string, agree bool) error {
	id, err := d.ownCard(who)
	if err != nil {
		return err
	}
	return d.Node.AgreeWork(ctx, who, id, workID, agree)
}
