package access

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Span is how long a session lasts.
type Span struct {
	Idle     time.Duration // without use
	Absolute time.Duration // at most
}

// Config says where the pages are and how long things last.
type Config struct {
	// PublicURL is the https address of the public door; with another one, or
	// none, the private pages are at the private door only.
	PublicURL string
	// SiteName stands beside a passkey in the browser's own list.
	SiteName string

	Sessions map[Role]Span

	MaxLinkAge  time.Duration // of a link, whatever is asked for
	MaxSessions int           // of one person: the one used longest ago ends
	MaxPasskeys int           // of one person

	ChallengeAge  time.Duration // a passkey's ceremony takes at most that
	MaxChallenges int           // under way at once
	MaxChallenged int           // of these, from one visitor

	// A visitor may come with this many wrong links or passkeys; one more is
	// granted each AttemptEvery.
	MaxAttempts  int
	AttemptEvery time.Duration
	MaxVisitors  int // remembered for that

	Now func() time.Time
}

// DefaultConfig is for a site at publicURL ("" for none).
func DefaultConfig(publicURL string) Config {
	const day = 24 * time.Hour
	return Config{
		PublicURL: publicURL, SiteName: "Courtcircuit",
		Sessions: map[Role]Span{
			Member:      {Idle: 30 * day, Absolute: 180 * day},
			Coordinator: {Idle: 12 * time.Hour, Absolute: 30 * day},
		},
		MaxLinkAge: 60 * day, MaxSessions: 20, MaxPasskeys: 10,
		ChallengeAge: 5 * time.Minute, MaxChallenges: 4096, MaxChallenged: 16,
		MaxAttempts: 20, AttemptEvery: 30 * time.Second, MaxVisitors: 4096,
		Now: time.Now,
	}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Hostname() == "" {
			return fmt.Errorf("access: PublicURL is %q, an address such as https://lesindes.example expected", c.PublicURL)
		}
	}
	for _, role := range []Role{Member, Coordinator} {
		if s := c.Sessions[role]; s.Idle < 2*seenEvery || s.Absolute < s.Idle {
			return fmt.Errorf("access: sessions of a %s end after %s without use and after %s at most; at least %s, and no less than without use, expected", role, s.Idle, s.Absolute, 2*seenEvery)
		}
	}
	for _, bound := range []struct {
		name string
		n    int
	}{
		{"MaxSessions", c.MaxSessions}, {"MaxPasskeys", c.MaxPasskeys}, {"MaxChallenges", c.MaxChallenges},
		{"MaxChallenged", c.MaxChallenged}, {"MaxAttempts", c.MaxAttempts}, {"MaxVisitors", c.MaxVisitors},
	} {
		if bound.n < 1 {
			return fmt.Errorf("access: %s is %d, at least 1 expected", bound.name, bound.n)
		}
	}
	for _, lasts := range []struct {
		name string
		d    time.Duration
	}{{"MaxLinkAge", c.MaxLinkAge}, {"ChallengeAge", c.ChallengeAge}, {"AttemptEvery", c.AttemptEvery}} {
		if lasts.d <= 0 {
			return fmt.Errorf("access: %s is %s, more than 0 expected", lasts.name, lasts.d)
		}
	}
	if c.Now == nil {
		return errors.New("access: Now is missing")
	}
	return nil
}
