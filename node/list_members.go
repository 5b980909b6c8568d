package node

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// maxListed bounds the lists that pages ask for.
const maxListed = 10_000 // as many as the sitemap names

func checkListLimit(limit int) error {
	if limit < 1 || limit > maxListed {
		return invalid("limit", fmt.Sprintf("1 to %d", maxListed), "%d results cannot be asked for", limit)
	}
	return nil
}

// shownCollective gives the identity of a collective that is shown here; "" is
// the own one.
func (n *Node) shownCollective(id string, now time.Time) (protocol.Identity, error) {
	if id == "" {
		author, _, _, err := n.collective(now)
		if err != nil {
			return protocol.Identity{}, err
		}
		return author.Identity(), nil
	}
	raw, err := parseID("collective", id)
	if err != nil {
		return protocol.Identity{}, err
	}
	_, _, err = n.shownRecord(protocol.KindCollective, raw, now)
	return raw, err
}

// Members lists the live cards of those whose membership of a collective
// counts, by name and then id, at most limit (1 to maxListed). Of a collective that
// claims more than maxSummedMembers, that many are looked at.
func (n *Node) Members(_ context.Context, collectiveID string, limit int) ([]card.Profile, error) {
	if err := checkListLimit(limit); err != nil {
		return nil, err
	}
	now := time.Now()
	collective, err := n.shownCollective(collectiveID, now)
	if err != nil {
		return nil, err
	}
	order, err := n.memberOrder(collective, limit, now)
	if err != nil {
		return nil, err
	}
	out := make([]card.Profile, 0, len(order))
	for _, id := range order {
		rec, body, err := n.shownRecord(protocol.KindProfile, id, now)
		switch {
		case isProblem(err, card.NotFound), isProblem(err, card.Gone):
			continue // went between the two readings
		case err != nil:
			return nil, err
		}
		p, err := n.wholeProfile(rec, body.(*protocol.Profile), now)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// memberOrder is by name and then id. Those whom a page shows are kept with
// the sum: to read two thousand cards for each page would take a core.
func (n *Node) memberOrder(collective protocol.Identity, limit int, now time.Time) ([]protocol.Identity, error) {
	sum, err := n.sumMembers(collective, now)
	if err != nil {
		return nil, err
	}
	order := sum.first
	if limit > maxFirstMembers && sum.members > len(order) {
		if _, order, err = n.readMembers(collective, now); err != nil {
			return nil, err
		}
	}
	return order[:min(limit, len(order))], nil
}

// MissionsOf lists what a collective has published, of all states, the newest
// issued first, at most limit (1 to maxListed).
func (n *Node) MissionsOf(ctx context.Context, collectiveID string, limit int) ([]card.Mission, error) {
	if err := checkListLimit(limit); err != nil {
		return nil, err
	}
	now := time.Now()
	collective, err := n.shownCollective(collectiveID, now)
	if err != nil {
		return nil, err
	}
	found, err := n.publishedMissions(ctx, collective, now)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(r store.Result) bool { return n.hidden.skips(r.Record().Key()) })
	slices.SortFunc(found, func(a, b store.Result) int {
		return cmp.Or(cmp.Compare(b.Record().Header.IssuedAtMillis, a.Record().Header.IssuedAtMillis),
			cmp.Compare(publicIDString(a.Record().Key()), publicIDString(b.Record().Key())))
	})
	out := make([]card.Mission, 0, min(limit, len(found)))
	for i := range found[:min(limit, len(found))] {
		if body, ok := found[i].Body.(*protocol.Mission); ok {
			out = append(out, n.wholeMission(found[i].Record(), body, now))
		}
	}
	return out, nil
}

// maxNamesakes bounds the look at people of one name: past it, that there are
// many is all a reader needs.
const maxNamesakes = 200

// NamesLike counts the other people who are shown here under the same name in
// the same commune, at most maxNamesakes.
func (n *Node) NamesLike(_ context.Context, p card.Profile) (int, error) {
	folded := store.FoldSkill(p.Name)
	if folded == "" || p.Place.Resolved == nil {
		return 0, nil
	}
	home := n.communes.nearestTo(*p.Place.Resolved)
	if home == nil {
		return 0, nil
	}
	recs, err := n.store.ByName(protocol.KindProfile, folded, maxNamesakes, time.Now())
	if err != nil {
		return 0, fmt.Errorf("find namesakes: %w", err)
	}
	count := 0
	for i := range recs {
		if publicIDString(recs[i].Key()) == p.ID || n.hidden.skips(recs[i].Key()) {
			continue
		}
		body, err := protocol.DecodeBody(n.cfg.Network, &recs[i])
		other, ok := body.(*protocol.Profile)
		if err != nil || !ok {
			continue
		}
		if c := n.communes.nearest(other.Place.LatCenti, other.Place.LonCenti); c != nil && c.slug == home.slug {
			count++
		}
	}
	return count, nil
}
