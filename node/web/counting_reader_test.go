package web

import (
	"context"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// countingReader counts what a page asks the node.
type countingReader struct {
	*fakeReader
	calls []string
	// answer stands for the search of people when it is set.
	answer func(card.Search) (card.Page[card.FoundProfile], error)
}

func (c *countingReader) count(name string) { c.calls = append(c.calls, name) }

func (c *countingReader) Site(ctx context.Context) (card.Site, error) {
	c.count("site")
	return c.fakeReader.Site(ctx)
}

func (c *countingReader) SearchProfiles(ctx context.Context, s card.Search) (card.Page[card.FoundProfile], error) {
	c.count("people")
	if c.answer != nil {
		c.searched = append(c.searched, s)
		return c.answer(s)
	}
	return c.fakeReader.SearchProfiles(ctx, s)
}

func (c *countingReader) SearchMissions(ctx context.Context, s card.Search) (card.Page[card.FoundMission], error) {
	c.count("missions")
	return c.fakeReader.SearchMissions(ctx, s)
}

func (c *countingReader) SearchCollectives(ctx context.Context, s card.Search) (card.Page[card.FoundCollective], error) {
	c.count("collectives")
	return c.fakeReader.SearchCollectives(ctx, s)
}

func (c *countingReader) Overview(ctx context.Context) (card.Overview, error) {
	c.count("overview")
	return c.fakeReader.Overview(ctx)
}

func (c *countingReader) Mission(ctx context.Context, id string) (card.Mission, error) {
	c.count("mission")
	return c.fakeReader.Mission(ctx, id)
}

func (c *countingReader) CollectiveURL(ctx context.Context, id string) (string, error) {
	c.count("collective address")
	return c.fakeReader.CollectiveURL(ctx, id)
}

func (c *countingReader) Profile(ctx context.Context, id string) (card.Profile, error) {
	c.count("profile")
	return c.fakeReader.Profile(ctx, id)
}

func (c *countingReader) Collective(ctx context.Context, id string) (card.Collective, error) {
	c.count("collective")
	return c.fakeReader.Collective(ctx, id)
}

func (c *countingReader) Members(ctx context.Context, id string, limit int) ([]card.Profile, error) {
	c.count("members")
	return c.fakeReader.Members(ctx, id, limit)
}

func (c *countingReader) MissionsOf(ctx context.Context, id string, limit int) ([]card.Mission, error) {
	c.count("missions of")
	return c.fakeReader.MissionsOf(ctx, id, limit)
}

func (c *countingReader) NamesLike(ctx context.Context, p card.Profile) (int, error) {
	c.count("names like")
	return c.fakeReader.NamesLike(ctx, p)
}

func (c *countingReader) Info(ctx context.Context) (api.Info, error) {
	c.count("info")
	return c.fakeReader.Info(ctx)
}

func (c *countingReader) Peers(ctx context.Context) ([]api.Peer, error) {
	c.count("peers")
	return c.fakeReader.Peers(ctx)
}
