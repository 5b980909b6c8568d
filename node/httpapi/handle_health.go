package httpapi

import (
	"context"
	"net"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"courtcircuit/node/httpapi/api"
)

type health struct {
	Status string `json:"status"`
}

func (a *API) registerHealth() {
	register(a, route{id: "get-info", method: http.MethodGet, path: prefix + "/info",
		summary: "What this node is and holds"},
		func(ctx context.Context, _ *none) (*answer[api.Info], error) {
			info, err := a.backend.Info(ctx)
			return &answer[api.Info]{Body: fullInfo(info)}, err
		})
	register(a, route{id: "get-status", method: http.MethodGet, path: prefix + "/status", access: private,
		summary: "Health of the node, and the next step where something is wrong"},
		func(ctx context.Context, _ *none) (*answer[api.Status], error) {
			status, err := a.backend.Status(ctx)
			if status.Checks == nil {
				status.Checks = []api.Check{}
			}
			if status.Limits == nil {
				status.Limits = []api.Limit{}
			}
			status.Info = fullInfo(status.Info)
			return &answer[api.Status]{Body: status}, err
		})
	register(a, route{id: "live", method: http.MethodGet, path: "/healthz", summary: "Fails only when a restart is the cure"},
		func(context.Context, *none) (*answer[health], error) { return a.healthAnswer(a.backend.Live()) })
	register(a, route{id: "ready", method: http.MethodGet, path: "/readyz", summary: "Answers queries and takes records"},
		func(context.Context, *none) (*answer[health], error) { return a.healthAnswer(a.backend.Ready()) })
	register(a, route{id: "openapi", method: http.MethodGet, path: "/openapi.json", summary: "This document"},
		func(context.Context, *none) (*file, error) {
			return &file{ContentType: "application/openapi+json", Body: a.openAPI}, nil
		}, produces("application/openapi+json"))
	if a.cfg.Metrics != nil {
		register(a, route{id: "metrics", method: http.MethodGet, path: "/metrics", access: local, summary: "Prometheus metrics, to loopback only"},
			func(context.Context, *none) (*stream, error) { return &stream{Body: a.serveMetrics}, nil },
			produces("text/plain"))
	}
}

func (a *API) healthAnswer(err error) (*answer[health], error) {
	if err != nil && a.public {
		return nil, api.NewProblem(http.StatusServiceUnavailable, "not at the moment") // why is the operator's to know
	}
	if err != nil {
		return nil, api.NewProblem(http.StatusServiceUnavailable, err.Error())
	}
	return &answer[health]{Body: health{Status: "ok"}}, nil
}

// serveMetrics looks at where the connection comes from: metrics tell who
// this node talks with, and the Host header is anybody's to write.
func (a *API) serveMetrics(ctx huma.Context) {
	r, w := humago.Unwrap(ctx)
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		writeProblem(w, api.NewProblem(http.StatusForbidden, "metrics are for programs on this machine"))
		return
	}
	a.cfg.Metrics.ServeHTTP(w, r)
}

// fullInfo never answers null where a list was promised.
func fullInfo(info api.Info) api.Info {
	if info.Addresses == nil {
		info.Addresses = []string{}
	}
	if info.Counts == nil {
		info.Counts = map[string]int{}
	}
	return info
}
