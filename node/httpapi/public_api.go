package httpapi

import (
	"errors"
	"log/slog"

	"github.com/danielgtaylor/huma/v2"
)

// NewPublic builds the handler for the world: the pages, and of the interface
// only what is public and only to be read. It is made of the same routes as
// New's, so that none can be forgotten; those that are not public are not
// there at all. Token, Hosts and Metrics of cfg are not used: no token opens
// anything here, and which names are served is the listener's to say, because
// a page that rebinds its name to this address reads what it could read
// anyway. log may be nil.
func NewPublic(cfg Config, backend Backend, log *slog.Logger) (*API, error) {
	if cfg.Resume == nil || cfg.VCard == nil {
		return nil, errors.New("http config: Resume and VCard are missing")
	}
	if err := cfg.validateBounds(); err != nil {
		return nil, err
	}
	cfg.Token, cfg.Hosts, cfg.Metrics = "", nil, nil
	return build(cfg, backend, log, true)
}

// dropPrivateParts takes from the public document what only a token opens:
// the scheme itself, and the parameters that ask for this node's own.
func (a *API) dropPrivateParts() {
	if !a.public {
		return
	}
	a.huma.OpenAPI().Components.SecuritySchemes = nil
	for _, path := range a.huma.OpenAPI().Paths {
		if path.Get == nil {
			continue
		}
		// checkQuery reads the same list, and refuses what is not on it.
		path.Get.Parameters = withoutMine(path.Get.Parameters)
	}
}

func withoutMine(params []*huma.Param) (kept []*huma.Param) {
	for _, p := range params {
		if p.In != "query" || p.Name != "mine" {
			kept = append(kept, p)
		}
	}
	return kept
}
