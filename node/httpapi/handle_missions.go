package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/card"
)

// Where a mission stands, as far as this package decides by it.
const (
	statusDraft = "draft"
	statusOpen  = "open"
)

type missionsInput struct {
	SearchInput
	ModeInput
	Collective string `query:"collective" pattern:"^[a-z2-7]{51}[aq]$" patternDescription:"a full id, 52 characters of a-z and 2-7"`
	Status     string `query:"status" enum:"open,attributed,closed,any" doc:"without it: open"`
	Mine       bool   `query:"mine" doc:"this node's missions, drafts too, in place of a search; needs the token"`
}

// listedMission describes what is found by a search, or one's own and then without distance.
type listedMission struct {
	card.Mission
	*card.Found
}

type missionPath struct {
	IDPath
	OwnerToken
}

type missionBody struct {
	Body card.Mission
}

type missionEdit struct {
	IDPath
	Body card.Mission
}

type missionCreate struct {
	Publish bool `query:"publish" doc:"publish at once, in place of a draft"`
	Body    card.Mission
}

type missionCreated struct {
	Location string `header:"Location"`
	Body     card.Mission
}

func (a *API) registerMissions() {
	register(a, route{id: "search-missions", method: http.MethodGet, path: prefix + "/missions",
		summary: "Missions, nearest first"}, a.listMissions, describesPage[listedMission](a))
	register(a, route{id: "get-mission", method: http.MethodGet, path: prefix + "/missions/{id}",
		summary: "One mission; a draft only with the token"}, a.getMission)
	register(a, route{id: "post-mission", method: http.MethodPost, path: prefix + "/missions", access: private,
		status: http.StatusCreated, summary: "Keep a draft, or publish with publish=true"}, a.postMission)
	register(a, route{id: "edit-mission", method: http.MethodPut, path: prefix + "/missions/{id}", access: private,
		summary: "Replace a draft or an open mission"},
		func(ctx context.Context, in *missionEdit) (*missionBody, error) {
			if err := sameID(in.ID, in.Body.ID); err != nil {
				return nil, err
			}
			m, err := a.backend.UpdateMission(ctx, in.ID, in.Body)
			return &missionBody{Body: m}, err
		})
	register(a, route{id: "delete-mission", method: http.MethodDelete, path: prefix + "/missions/{id}", access: private,
		status: http.StatusNoContent, summary: "Delete a draft; a published mission is closed instead"},
		func(ctx context.Context, in *IDPath) (*none, error) {
			return &none{}, a.backend.DeleteMission(ctx, in.ID)
		})
	a.registerStep("publish", "Publish a draft", a.backend.PublishMission)
	a.registerStep("attribute", "Say that the mission found its people", a.backend.AttributeMission)
	a.registerStep("close", "Close the mission", a.backend.CloseMission)
}

// registerStep adds one step of a mission's life; the node refuses illegal ones.
func (a *API) registerStep(step, summary string, do func(context.Context, string) (card.Mission, error)) {
	register(a, route{id: step + "-mission", method: http.MethodPost, path: prefix + "/missions/{id}/" + step,
		access: private, summary: summary},
		func(ctx context.Context, in *IDPath) (*missionBody, error) {
			m, err := do(ctx, in.ID)
			return &missionBody{Body: m}, err
		})
}

func (a *API) listMissions(ctx context.Context, in *missionsInput) (*written, error) {
	if in.Mine {
		if !a.holdsToken(in.Authorization) {
			return nil, tokenProblem()
		}
		own, err := a.backend.OwnMissions(ctx)
		return writePage(card.Page[card.Mission]{Results: own}, err, (*card.Mission).AppendJSON)
	}
	s, err := in.search()
	if err != nil {
		return nil, err
	}
	s.Modes, s.Collective, s.Status = in.Mode, in.Collective, in.Status
	page, err := a.backend.SearchMissions(ctx, s)
	return writePage(page, err, (*card.FoundMission).AppendJSON)
}

// getMission hides drafts as if they were not there: that one exists is
// private too.
func (a *API) getMission(ctx context.Context, in *missionPath) (*missionBody, error) {
	m, err := a.backend.Mission(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if m.Status == statusDraft && !a.holdsToken(in.Authorization) {
		return nil, &card.Problem{Cause: card.NotFound, Detail: "no mission of this id is held here"}
	}
	return &missionBody{Body: m}, nil
}

func (a *API) postMission(ctx context.Context, in *missionCreate) (*missionCreated, error) {
	publish := in.Publish
	switch in.Body.Status {
	case "", statusDraft:
	case statusOpen:
		publish = true
	default:
		return nil, invalid("status", "draft or open")
	}
	// Said by publish from here on: a status is otherwise the server's to set.
	in.Body.Status = ""
	m, err := a.backend.PostMission(ctx, in.Body, publish)
	if err != nil {
		return nil, err
	}
	return &missionCreated{Location: prefix + "/missions/" + m.ID, Body: m}, nil
}
