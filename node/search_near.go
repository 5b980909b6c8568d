package node

import (
	"cmp"
	"context"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

const (
	defaultPlacesLimit = 10
	// maxReadingSearches bounds the searches that read card after card, so that
	// they leave a core to everything else.
	maxReadingSearches = 1
)

// SearchPlaces completes a place that is being typed, best first.
func (n *Node) SearchPlaces(_ context.Context, q string, limit int) ([]card.ResolvedPlace, error) {
	if limit < 0 || limit > maxSearchLimit {
		return nil, invalid("limit", "1 to 100", "%d places cannot be asked for", limit)
	}
	if limit == 0 {
		limit = defaultPlacesLimit
	}
	out := []card.ResolvedPlace{}
	for _, p := range n.places.Search(q, limit) {
		out = append(out, resolvedOf(p))
	}
	return out, nil
}

// SearchProfiles finds people, nearest first, each with the reasons.
func (n *Node) SearchProfiles(ctx context.Context, s card.Search) (card.Page[card.FoundProfile], error) {
	return search(ctx, n, protocol.KindProfile, s, func(r *reasoner, result *store.Result) (card.FoundProfile, error) {
		body, ok := result.Body.(*protocol.Profile)
		if !ok {
			return card.FoundProfile{}, errSkip
		}
		return r.foundProfile(result, body), nil
	})
}

// SearchMissions finds missions, nearest first; open ones unless asked.
func (n *Node) SearchMissions(ctx context.Context, s card.Search) (card.Page[card.FoundMission], error) {
	return search(ctx, n, protocol.KindMission, s, func(r *reasoner, result *store.Result) (card.FoundMission, error) {
		body, ok := result.Body.(*protocol.Mission)
		if !ok || len(result.Memberships) == 0 {
			return card.FoundMission{}, errSkip
		}
		return r.foundMission(result, body), nil
	})
}

// SearchCollectives finds collectives, nearest first, with what their members
// can do.
func (n *Node) SearchCollectives(ctx context.Context, s card.Search) (card.Page[card.FoundCollective], error) {
	return search(ctx, n, protocol.KindCollective, s, func(r *reasoner, result *store.Result) (card.FoundCollective, error) {
		body, ok := result.Body.(*protocol.Collective)
		if !ok {
			return card.FoundCollective{}, errSkip
		}
		view, err := n.wholeCollective(result.Record(), body, r.query.Now)
		return card.FoundCollective{Collective: view, Found: found(result, r.ofCollective(result, body))}, err
	})
}

// maxCardsRead is how many cards a page reads for whoever sets no bound, where
// each must be looked at: at a million some tenths of a second of the minute
// that all would take.
const maxCardsRead = 5000

type skipError struct{}

func (skipError) Error() string { return "nothing of the record can be shown" }

// errSkip leaves a result out: its record was purged between index and read.
var errSkip error = skipError{}

func search[T any](ctx context.Context, n *Node, kind protocol.Kind, s card.Search, show func(*reasoner, *store.Result) (T, error)) (card.Page[T], error) {
	page := card.Page[T]{}
	q, around, err := n.query(kind, s, n.now())
	if err != nil {
		return page, err
	}
	q.Skip = n.hidden.skips
	words := splitWords(q.Words)
	page.Words = words.understood(q.Words, s.Lang)
	page.Skills = n.readSkills(q.Skills, s.Lang)
	for i := range page.Skills {
		q.Skills[i] = page.Skills[i].Skill
	}
	if len(words.sought) > 0 && !n.store.KnowsWords(kind) || (kind == protocol.KindCollective && len(q.Skills) > 0) {
		q.MaxRead = cmp.Or(q.MaxRead, maxCardsRead)
		select {
		case n.reading <- struct{}{}:
			defer func() { <-n.reading }()
		case <-ctx.Done():
			return page, ctx.Err()
		}
	} else {
		q.MaxRead = 0 // whoever reads on from a card knows that it was a result
	}
	found, err := n.store.Near(ctx, q)
	if err != nil {
		return page, problemOf(err)
	}
	r := n.newReasoner(q, around, page.Skills, words.sought, s)
	page.Results = make([]T, 0, len(found.Results))
	for i := range found.Results {
		found.Results[i].Memberships = n.shownMemberships(found.Results[i].Memberships)
		item, err := show(r, &found.Results[i])
		if err == errSkip {
			continue
		}
		if err != nil {
			return page, err
		}
		page.Results = append(page.Results, item)
	}
	page.NextCursor, page.Partial, page.Near = found.NextCursor, found.Partial, &around.Understood
	return page, nil
}

func found(result *store.Result, reasons []card.Reason) card.Found {
	trust := card.Trust{Tier: "unknown", Path: []string{}}
	if result.Tier == store.TierOwn {
		trust.Tier = "own"
	}
	return card.Found{DistanceKm: roundKm(result.DistanceMeters), Trust: trust, Reasons: reasons}
}
