package access

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
)

// Keeper opens and closes the private pages. All methods may be called at once.
type Keeper struct {
	cfg        Config
	store      Store
	log        *slog.Logger
	public     *url.URL // nil: the public door is closed
	attempts   *attempts
	challenges *challenges
}

// New makes a keeper over what a store keeps. log may be nil.
func New(cfg Config, store Store, log *slog.Logger) (*Keeper, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	k := &Keeper{cfg: cfg, store: store, log: log, attempts: newAttempts(cfg), challenges: newChallenges(cfg)}
	if cfg.PublicURL != "" {
		u, err := url.Parse(cfg.PublicURL)
		if err != nil {
			return nil, fmt.Errorf("access: public url: %w", err)
		}
		if u.Scheme == "https" {
			k.public = u
		}
	}
	return k, nil
}

// Open says whether the private pages are served at the door of a request;
// where they are not, every other method of a request answers ErrClosed or
// ErrNoSession.
func (k *Keeper) Open(r *http.Request) bool {
	return DoorOf(r.Context()) == Private || k.public != nil
}
