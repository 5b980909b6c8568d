package node

import (
	"context"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/places"
	"courtcircuit/node/web"
	"courtcircuit/node/web/atlas"
	"courtcircuit/protocol"
)

// webBackend is what the pages read.
type webBackend struct{ *Node }

// webConfig gives the pages what they need beside the node.
func (n *Node) webConfig() web.Config {
	return web.Config{
		PublicURL: n.cfg.PublicURL,
		Live:      func() (web.Legal, []string) { s := n.settings(); return s.Legal, s.EmbedSites },
		Dots:      n.dots,
		Sources:   append(places.Attribution(), atlas.Attribution()...),
	}
}

// dots are all places of the gazetteer: they draw the map.
func (n *Node) dots(yield func(atlas.Dot) bool) {
	n.places.Each(func(p places.Place) bool {
		return yield(atlas.Dot{Name: p.Name, Lat: p.Lat, Lon: p.Lon, Population: p.Population, Abroad: p.Country != "FR", Vague: p.Approximate})
	})
}

// Mission is never a draft: pages are for everybody.
func (b webBackend) Mission(_ context.Context, id string) (card.Mission, error) {
	raw, err := parseID("mission", id)
	if err != nil {
		return card.Mission{}, err
	}
	return b.shownMission(raw, time.Now())
}

// PlaceBySlug finds the commune behind /ville/{slug}.
func (b webBackend) PlaceBySlug(slug string) (card.ResolvedPlace, bool) {
	p, ok := b.places.BySlug(slug)
	return resolvedOf(p), ok
}

// CitySlug is the slug of the commune that a card's place is, by the nearest;
// "" when none is near.
func (b webBackend) CitySlug(p card.ResolvedPlace) string {
	if c := b.communes.nearestTo(p); c != nil {
		return c.slug
	}
	return ""
}

// Peers is for the page of the federation.
func (b webBackend) Peers(ctx context.Context) ([]api.Peer, error) { return httpBackend(b).Peers(ctx) }

// CollectiveURL is the address in a collective's record.
func (b webBackend) CollectiveURL(_ context.Context, id string) (string, error) {
	raw, err := parseID("collective", id)
	if err != nil {
		return "", err
	}
	_, body, err := b.shownRecord(protocol.KindCollective, raw, time.Now())
	if isProblem(err, card.NotFound) || isProblem(err, card.Gone) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return body.(*protocol.Collective).URL, nil
}
