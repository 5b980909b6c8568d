package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

type placesInput struct {
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"100" doc:"name, postcode or lat,lon, as people type it"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type list[T any] struct {
	Results []T `json:"results"`
}

// listOf never answers null where a list was promised.
func listOf[T any](items []T) *answer[list[T]] {
	if items == nil {
		items = []T{}
	}
	return &answer[list[T]]{Body: list[T]{Results: items}}
}

type resolveInput struct {
	Kind string `query:"kind" required:"true" enum:"profile,mission,collective"`
	Q    string `query:"q" required:"true" maxLength:"100" doc:"the beginning of an id, or a name"`
}

type resolved struct {
	ID string `json:"id"`
}

var kinds = map[string]protocol.Kind{
	"profile":    protocol.KindProfile,
	"mission":    protocol.KindMission,
	"collective": protocol.KindCollective,
}

func (a *API) registerPlaces() {
	register(a, route{id: "search-places", method: http.MethodGet, path: prefix + "/places",
		summary: "Places by name or postcode, best first"},
		func(ctx context.Context, in *placesInput) (*answer[list[card.ResolvedPlace]], error) {
			found, err := a.backend.SearchPlaces(ctx, in.Q, in.Limit)
			if err != nil {
				return nil, err
			}
			return listOf(found), nil
		})
	// Private: drafts are found too.
	register(a, route{id: "resolve-id", method: http.MethodGet, path: prefix + "/resolve", access: private,
		summary: "The full id for its beginning; a name answers its candidates"},
		func(ctx context.Context, in *resolveInput) (*answer[resolved], error) {
			id, err := a.backend.ResolveID(ctx, kinds[in.Kind], in.Q)
			if err != nil {
				return nil, err
			}
			return &answer[resolved]{Body: resolved{ID: id}}, nil
		})
}
