package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/httpapi/api"
)

func (a *API) registerConsole() {
	register(a, route{id: "make-console-link", method: http.MethodPost, path: prefix + "/console-links", access: private,
		status: http.StatusCreated, summary: "A link that opens the console, once; the one before it ends"},
		func(ctx context.Context, _ *none) (*answer[api.ConsoleLink], error) {
			link, err := a.backend.ConsoleLink(ctx)
			return &answer[api.ConsoleLink]{Body: link}, err
		})
}
