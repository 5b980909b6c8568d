package access

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
)

func TestChallenges(t *testing.T) {
	cfg := DefaultConfig("")
	cfg.MaxChallenges, cfg.MaxChallenged = 8, 3
	c := newChallenges(cfg)
	at := netip.MustParsePrefix
	add := func(key, visitor string, now time.Time) {
		c.add(webauthn.SessionData{Challenge: key}, ID{}, at(visitor), now)
	}
	for i := range 5 {
		add(fmt.Sprint("a", i), "192.0.2.1/32", noon)
	}
	add("b", "192.0.2.2/32", noon)
	for key, want := range map[string]bool{"a0": false, "a1": false, "a2": true, "a4": true, "b": true, "": false} {
		if _, ok := c.take(key, ID{}, noon); ok != want {
			t.Errorf("%q of a visitor with too many: %v", key, ok)
		}
		if _, ok := c.take(key, ID{}, noon); ok {
			t.Errorf("%q a second time", key)
		}
	}
	c.add(webauthn.SessionData{Challenge: "mine"}, ID{1}, at("192.0.2.2/32"), noon)
	if _, ok := c.take("mine", ID{2}, noon); ok {
		t.Error("of another session")
	}
	if _, ok := c.take("mine", ID{1}, noon); ok {
		t.Error("given out after a wrong session asked for it")
	}
	add("late", "192.0.2.3/32", noon)
	if _, ok := c.take("late", ID{}, noon.Add(cfg.ChallengeAge)); ok {
		t.Error("too late")
	}
	for i := range 1000 {
		add(fmt.Sprint("c", i), fmt.Sprintf("10.0.%d.%d/32", i/250, i%250), noon)
		if len(c.held) > cfg.MaxChallenges || len(c.order) > cfg.MaxChallenges+1 {
			t.Fatalf("%d held, %d in order", len(c.held), len(c.order))
		}
	}
	if _, ok := c.take("c999", ID{}, noon); !ok {
		t.Error("the newest is gone")
	}
	add("d", "10.9.9.9/32", noon.Add(time.Hour))
	if len(c.held) != 1 || len(c.order) != 1 {
		t.Errorf("an hour later: %d held, %d in order", len(c.held), len(c.order))
	}
}

func TestAttemptsRememberFew(t *testing.T) {
	cfg := DefaultConfig("")
	cfg.MaxVisitors, cfg.MaxAttempts = 10, 2
	a := newAttempts(cfg)
	guesser := netip.MustParsePrefix("192.0.2.1/32")
	for range 10 {
		a.add(guesser, noon)
	}
	for i := range 1000 {
		a.add(netip.MustParsePrefix(fmt.Sprintf("10.0.%d.%d/32", i/250, i%250)), noon)
		if len(a.free) > cfg.MaxVisitors {
			t.Fatalf("%d visitors are remembered", len(a.free))
		}
	}
	if a.may(guesser, noon) {
		t.Error("who guesses most is forgotten first")
	}
	if !a.may(guesser, noon.Add(9*cfg.AttemptEvery)) {
		t.Error("no attempt is granted again")
	}
}
