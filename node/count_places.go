package node

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// countPlaces looks at the places of all cards.
func (n *Node) countPlaces(ctx context.Context, now time.Time) (card.Overview, error) {
	o := card.Overview{At: now.UTC()}
	counts := map[string]*countedPlace{}
	hidden := n.hiddenCollectives()
	for _, k := range []struct {
		kind  protocol.Kind
		total *int
		of    func(*card.PlaceCount) *int
	}{
		{protocol.KindProfile, &o.Profiles, func(c *card.PlaceCount) *int { return &c.Profiles }},
		{protocol.KindMission, &o.Missions, func(c *card.PlaceCount) *int { return &c.Missions }},
		{protocol.KindCollective, &o.Collectives, func(c *card.PlaceCount) *int { return &c.Collectives }},
	} {
		err := n.store.EachPlace(ctx, k.kind, now, func(s store.Spot) bool {
			if !s.Open || n.hidden.holds(k.kind, s.PublicID) || (k.kind == protocol.KindMission && hidden[s.Author]) {
				return true
			}
			*k.total++
			where := n.communes.nearest(s.LatCenti, s.LonCenti)
			if where == nil {
				return true
			}
			c, ok := counts[where.slug]
			if !ok {
				c = &countedPlace{commune: where, PlaceCount: card.PlaceCount{Place: where.place, Slug: where.slug}}
				counts[where.slug] = c
			}
			*k.of(&c.PlaceCount)++
			return true
		})
		if err != nil {
			return card.Overview{}, fmt.Errorf("count places of each %s: %w", k.kind, err)
		}
	}
	sorted := slices.SortedFunc(maps.Values(counts), func(a, b *countedPlace) int {
		return cmp.Or(cmp.Compare(b.Profiles, a.Profiles), cmp.Compare(a.folded, b.folded), cmp.Compare(a.slug, b.slug))
	})
	o.Places = make([]card.PlaceCount, len(sorted))
	for i, c := range sorted {
		o.Places[i] = c.PlaceCount
	}
	return o, nil
}

// countedPlace is a line of an overview and what it is sorted by.
type countedPlace struct {
	*commune
	card.PlaceCount
}

// hiddenCollectives are the beginnings of their ids, as a Spot names them.
func (n *Node) hiddenCollectives() map[[8]byte]bool {
	out := map[[8]byte]bool{}
	if set := n.hidden.set.Load(); set != nil {
		for h := range *set {
			if h.kind == protocol.KindCollective {
				out[[8]byte(h.id[:8])] = true
			}
		}
	}
	return out
}
