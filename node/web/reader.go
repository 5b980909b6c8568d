package web

import (
	"context"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// Reader is what the pages ask of the node. Errors that a reader of the page
// can act on are *card.Problem: NotFound, Gone (erased, or hidden here: Field
// is "hidden"), Invalid, Ambiguous with candidates.
type Reader interface {
	// Site is what every page says of the node; it costs microseconds.
	Site(ctx context.Context) (card.Site, error)
	// Collective with its members' summed skills; "" is the own one.
	Collective(ctx context.Context, id string) (card.Collective, error)
	// CollectiveURL is the address of a collective's own pages as its record
	// gives it, "" when it gives none or is not held; no members are read.
	CollectiveURL(ctx context.Context, id string) (string, error)
	Profile(ctx context.Context, id string) (card.Profile, error)
	Mission(ctx context.Context, id string) (card.Mission, error) // published ones only
	// Members of a collective by name, at most limit.
	Members(ctx context.Context, collectiveID string, limit int) ([]card.Profile, error)
	// MissionsOf a collective, of all states, newest first.
	MissionsOf(ctx context.Context, collectiveID string, limit int) ([]card.Mission, error)
	// NamesLike counts the other people of the same name in the same commune.
	NamesLike(ctx context.Context, p card.Profile) (int, error)

	SearchProfiles(ctx context.Context, s card.Search) (card.Page[card.FoundProfile], error)
	SearchMissions(ctx context.Context, s card.Search) (card.Page[card.FoundMission], error)
	SearchCollectives(ctx context.Context, s card.Search) (card.Page[card.FoundCollective], error)
	SearchPlaces(ctx context.Context, q string, limit int) ([]card.ResolvedPlace, error)
	// SkillHints answers what skills that somebody writes may be slips of.
	SkillHints(ctx context.Context, written []string, lang string) ([]card.SkillHint, error)
	SearchSkills(ctx context.Context, q, lang string, limit int) ([]card.Skill, error)

	PlaceBySlug(slug string) (card.ResolvedPlace, bool)
	// CitySlug is the part of /ville/{slug} for a card's place, "" when no commune is near.
	CitySlug(p card.ResolvedPlace) string
	// Overview counts what is held, by commune; it may be some seconds old.
	Overview(ctx context.Context) (card.Overview, error)

	// Works are what the collective shows of what it has done, latest first: a
	// client is named with consent only, a person once they agreed.
	Works(ctx context.Context) ([]card.Work, error)

	Info(ctx context.Context) (api.Info, error)
	Peers(ctx context.Context) ([]api.Peer, error) // for /reseau only
	// Report keeps a visitor's report for the collective.
	Report(ctx context.Context, r card.Report) (card.Report, error)
}
