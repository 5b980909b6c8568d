package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/card"
)

// OwnPath also takes the word own, because a node that has no name yet has
// no id to ask for either.
type OwnPath struct {
	ID string `path:"id" pattern:"^([a-z2-7]{51}[aq]|own)$" patternDescription:"a full id, 52 characters of a-z and 2-7, or own" doc:"full id, or own for this node's collective"`
}

func (p OwnPath) id() string {
	if p.ID == "own" {
		return ""
	}
	return p.ID
}

type collectiveBody struct {
	Body card.Collective
}

type collectiveEdit struct {
	OwnPath
	Body card.Collective
}

func (a *API) registerCollectives() {
	register(a, route{id: "search-collectives", method: http.MethodGet, path: prefix + "/collectives",
		summary: "Collectives, nearest first"},
		func(ctx context.Context, in *SearchInput) (*written, error) {
			s, err := in.search()
			if err != nil {
				return nil, err
			}
			page, err := a.backend.SearchCollectives(ctx, s)
			return writePage(page, err, (*card.FoundCollective).AppendJSON)
		}, describesPage[card.FoundCollective](a))
	register(a, route{id: "get-collective", method: http.MethodGet, path: prefix + "/collectives/{id}",
		summary: "One collective, with the skills of its members"},
		func(ctx context.Context, in *OwnPath) (*collectiveBody, error) {
			c, err := a.backend.Collective(ctx, in.id())
			return &collectiveBody{Body: c}, err
		})
	register(a, route{id: "edit-collective", method: http.MethodPut, path: prefix + "/collectives/{id}", access: private,
		summary: "Edit this node's own collective; names it on the first run"},
		func(ctx context.Context, in *collectiveEdit) (*collectiveBody, error) {
			if in.id() != "" {
				if err := sameID(in.ID, in.Body.ID); err != nil {
					return nil, err
				}
				in.Body.ID = in.ID
			}
			c, err := a.backend.EditCollective(ctx, in.Body)
			return &collectiveBody{Body: c}, err
		})
}
