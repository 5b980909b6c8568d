package access

import (
	"testing"
	"time"
)

const day = 24 * time.Hour

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestSessionEnds(t *testing.T) {
	spans := DefaultConfig("").Sessions
	for name, c := range map[string]struct {
		role       Role
		made, seen time.Duration // before noon
		over       bool
	}{
		"just made": {Member, 0, 0, false},
		"member, a day before the end without use": {Member, 60 * day, 29 * day, false},
		"member, at the end without use":           {Member, 60 * day, 30 * day, true},
		"member, a second before it":               {Member, 60 * day, 30*day - time.Second, false},
		"member, used daily, before the last day":  {Member, 180*day - time.Second, 0, false},
		"member, used daily, on the last day":      {Member, 180 * day, 0, true},
		"coordinator, over night":                  {Coordinator, 20 * time.Hour, 11 * time.Hour, false},
		"coordinator, the next day":                {Coordinator, 20 * time.Hour, 12 * time.Hour, true},
		"coordinator, used daily, after a month":   {Coordinator, 30 * day, 0, true},
		"coordinator, before a month":              {Coordinator, 30*day - time.Second, time.Hour, false},
		"made under a clock an hour fast":          {Member, -time.Hour, -time.Hour, false},
		"made under a clock a year fast":           {Member, -365 * day, -365 * day, true},
		"used under a clock a year fast":           {Member, 10 * day, -365 * day, false},
		"the same, at its absolute end":            {Member, 180 * day, -365 * day, true},
		"a role that nobody has":                   {"visitor", 0, 0, true},
	} {
		s := Session{Person: Person{Role: c.role}, CreatedAt: noon.Add(-c.made), SeenAt: noon.Add(-c.seen)}
		if got := hasEnded(s, spans[c.role], noon); got != c.over {
			t.Errorf("%s: over %v, ends %s", name, got, endOf(s, spans[c.role]))
		}
	}
}

func TestUseIsDueHourly(t *testing.T) {
	for ago, want := range map[time.Duration]bool{0: false, time.Hour - time.Second: false, time.Hour: true, day: true, -day: false} {
		if got := isDue(Session{SeenAt: noon.Add(-ago)}, noon); got != want {
			t.Errorf("seen %s ago: due %v", ago, got)
		}
	}
}

func TestLinkExpires(t *testing.T) {
	for name, c := range map[string]struct {
		made, ends time.Duration // after noon
		over       bool
	}{
		"fresh": {0, time.Hour, false}, "a second left": {-time.Hour, time.Second, false}, "at its end": {-time.Hour, 0, true},
		"long past": {-60 * day, -59 * day, true}, "made under a clock a year fast": {365 * day, 366 * day, true},
	} {
		if got := hasExpired(Link{CreatedAt: noon.Add(c.made), ExpiresAt: noon.Add(c.ends)}, noon); got != c.over {
			t.Errorf("%s: over %v", name, got)
		}
	}
}

func TestSecrets(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		secret, key := drawSecret()
		again, ok := keyOf(secret)
		if len(secret) != 43 || seen[secret] || !ok || again != key {
			t.Fatalf("secret %q", secret)
		}
		seen[secret] = true
	}
	good, _ := drawSecret()
	for name, bad := range map[string]string{
		"empty": "", "short": good[:42], "long": good + "A", "padded": good + "=", "another alphabet": "+" + good[1:],
		"spaces": " " + good[1:], "a new line": good[:20] + "\n" + good[20:], "bits beyond the last byte": good[:42] + "_",
	} {
		if _, ok := keyOf(bad); ok {
			t.Errorf("%s: %q is taken for a secret", name, bad)
		}
	}
}

func TestDevices(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox Linux",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                   "Chrome Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                   "Safari Mac",
		"curl/8.5.0": "", "": "", "<script>alert(1)</script>": "",
	} {
		if got := deviceOf(agent); got != want {
			t.Errorf("%q is %q", agent, got)
		}
	}
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig("https://lesindes.example").Validate(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Config){
		"no host":          func(c *Config) { c.PublicURL = "lesindes" },
		"no members":       func(c *Config) { c.Sessions = map[Role]Span{Coordinator: {2 * time.Hour, time.Hour * 3}} },
		"idle over all":    func(c *Config) { c.Sessions[Member] = Span{3 * day, 2 * day} },
		"idle too short":   func(c *Config) { c.Sessions[Member] = Span{time.Hour, 2 * day} },
		"no sessions":      func(c *Config) { c.MaxSessions = 0 },
		"no passkeys":      func(c *Config) { c.MaxPasskeys = 0 },
		"no challenges":    func(c *Config) { c.MaxChallenges = 0 },
		"none of a person": func(c *Config) { c.MaxChallenged = -1 },
		"no attempts":      func(c *Config) { c.MaxAttempts = 0 },
		"no visitors":      func(c *Config) { c.MaxVisitors = 0 },
		"no time":          func(c *Config) { c.ChallengeAge = 0 },
		"no link":          func(c *Config) { c.MaxLinkAge = 0 },
		"no wait":          func(c *Config) { c.AttemptEvery = 0 },
		"no clock":         func(c *Config) { c.Now = nil },
	} {
		c := DefaultConfig("")
		if spoil(&c); c.Validate() == nil {
			t.Errorf("%s: let through", name)
		} else if _, err := New(c, nil, nil); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}
