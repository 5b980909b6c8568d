package node

import (
	"context"
	"errors"
	"log/slog"

	"courtcircuit/node/card"
	"courtcircuit/store"
)

// Setup is what a new collective says of itself.
type Setup struct {
	Name      string
	Place     string // commune, postcode or lat,lon
	Languages []string
	About     string
	Contact   string // how to reach the collective; shown on its page
	Links     []card.Link
}

// Done is what Init made, as programs read it.
type Done struct {
	ID             string `json:"id"`
	Fingerprint    string `json:"fingerprint"`
	Name           string `json:"name"`
	Place          string `json:"place"`
	RecoverySecret string `json:"recovery_secret"` // handed out this once
}

// Init sets up a home without running it: keys, and the collective's record,
// which the first start shares. A home whose collective has a name is refused.
// When only the publishing failed, Done holds the recovery secret beside the
// error: its key is made, and the secret cannot be shown again.
func Init(ctx context.Context, cfg Config, setup Setup, log *slog.Logger) (Done, error) {
	cfg.offline = true
	n, err := New(cfg, log)
	if errors.Is(err, store.ErrLocked) {
		return Done{}, &card.Problem{
			Cause: card.Conflict, Field: "home", Detail: "a node runs on this home",
			Expected: "its console, or courtcircuit collective edit --name … --place …; or to stop it first",
		}
	}
	if err != nil {
		return Done{}, err
	}
	made, err := n.Init(ctx, card.Collective{
		Name: setup.Name, Place: card.Place{Text: setup.Place}, Languages: setup.Languages, About: setup.About,
		Contact: setup.Contact, Links: setup.Links,
	})
	err = errors.Join(err, n.Close())
	done := Done{ID: made.ID, Fingerprint: made.Fingerprint, Name: made.Collective.Name, RecoverySecret: made.RecoverySecret}
	if p := made.Collective.Place.Resolved; p != nil {
		done.Place = p.Name
	}
	return done, err
}
