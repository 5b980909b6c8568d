package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/card"
)

type hideInput struct {
	Body struct {
		Kind   string `json:"kind" enum:"profile,mission,collective"`
		ID     string `json:"id" pattern:"^[a-z2-7]{51}[aq]$" patternDescription:"a full id, 52 characters of a-z and 2-7"`
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"for this collective alone"`
	} `nameHint:"HideRecord"`
}

type hiddenPath struct {
	Kind string `path:"kind" enum:"profile,mission,collective"`
	IDPath
}

func (a *API) registerModeration() {
	register(a, route{id: "list-reports", method: http.MethodGet, path: prefix + "/reports", access: private,
		summary: "What visitors reported, newest first"},
		func(ctx context.Context, _ *none) (*answer[list[card.Report]], error) {
			reports, err := a.backend.Reports(ctx)
			return listOf(reports), err
		})
	register(a, route{id: "dismiss-report", method: http.MethodDelete, path: prefix + "/reports/{id}", access: private,
		status: http.StatusNoContent, summary: "Delete a report"},
		func(ctx context.Context, in *IDPath) (*none, error) {
			return &none{}, a.backend.DismissReport(ctx, in.ID)
		})
	register(a, route{id: "list-hidden", method: http.MethodGet, path: prefix + "/hidden", access: private,
		summary: "Records that are held and not shown here"},
		func(ctx context.Context, _ *none) (*answer[list[card.Hidden]], error) {
			hidden, err := a.backend.HiddenRecords(ctx)
			return listOf(hidden), err
		})
	register(a, route{id: "hide-record", method: http.MethodPost, path: prefix + "/hidden", access: private,
		summary: "Stop showing a record here; other nodes decide for themselves"},
		func(ctx context.Context, in *hideInput) (*answer[card.Hidden], error) {
			hidden, err := a.backend.Hide(ctx, in.Body.Kind, in.Body.ID, in.Body.Reason)
			return &answer[card.Hidden]{Body: hidden}, err
		})
	register(a, route{id: "unhide-record", method: http.MethodDelete, path: prefix + "/hidden/{kind}/{id}", access: private,
		status: http.StatusNoContent, summary: "Show a record again"},
		func(ctx context.Context, in *hiddenPath) (*none, error) {
			return &none{}, a.backend.Unhide(ctx, in.Kind, in.ID)
		})
}
