package access

import (
	"net/netip"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
)

// challenge is one passkey ceremony under way.
type challenge struct {
	data    webauthn.SessionData
	session ID // who registers; the zero ID for an entry
	visitor netip.Prefix
	ends    time.Time
}

// challenges are the ceremonies under way, each good for one answer. They live
// in memory: after a restart people press the button again.
type challenges struct {
	max, maxOf int
	age        time.Duration

	mu    sync.Mutex
	held  map[string]challenge
	order []string // oldest first; those taken are still in it
}

func newChallenges(cfg Config) *challenges {
	return &challenges{max: cfg.MaxChallenges, maxOf: cfg.MaxChallenged, age: cfg.ChallengeAge, held: map[string]challenge{}}
}

// add keeps a challenge. Over a bound the oldest goes: of this visitor, so
// that one cannot push out the others', else of all.
func (c *challenges) add(data webauthn.SessionData, session ID, visitor netip.Prefix, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tidy(now)
	c.held[data.Challenge] = challenge{data, session, visitor, now.Add(c.age)}
	c.order = append(c.order, data.Challenge)
	var of []string
	for _, key := range c.order {
		if held, ok := c.held[key]; ok && held.visitor == visitor {
			of = append(of, key)
		}
	}
	if len(of) > c.maxOf {
		delete(c.held, of[0])
	}
	if len(c.held) > c.max {
		for _, key := range c.order {
			if _, ok := c.held[key]; ok {
				delete(c.held, key)
				return
			}
		}
	}
}

// take gives a challenge out, once.
func (c *challenges) take(key string, session ID, now time.Time) (webauthn.SessionData, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held, ok := c.held[key]
	delete(c.held, key)
	return held.data, ok && held.session == session && now.Before(held.ends)
}

// tidy forgets what was taken and what took too long.
func (c *challenges) tidy(now time.Time) {
	kept := c.order[:0]
	for _, key := range c.order {
		held, ok := c.held[key]
		switch {
		case !ok:
		case now.Before(held.ends):
			kept = append(kept, key)
		default:
			delete(c.held, key)
		}
	}
	c.order = kept
}
