package delivery

import (
	"errors"
	"fmt"
	"time"

	"courtcircuit/protocol"
)

// Config bounds what a courier takes and how long it tries. Start from
// DefaultConfig; the zero value is not valid.
type Config struct {
	Network protocol.Network

	// MaxPerSender is how many messages of one collective are taken in 24
	// hours, when its record is held here; default 100.
	MaxPerSender int
	// MaxPerUnknown is the same for a collective without a record here; a new
	// identity costs nothing, so MaxUnknown bounds them together. Default 5
	// and 100.
	MaxPerUnknown, MaxUnknown int
	// MaxPerDay bounds all senders together in 24 hours. With KeepSeen it
	// keeps the marks of what came under the inbox's bound. Default 800.
	MaxPerDay int

	// GiveUpAfter is how long a message waits for its recipient; default 30
	// days, at most protocol.MaxMessageAge.
	GiveUpAfter time.Duration
	// KeepSeen is how long a message that came is remembered; default 120
	// days. It must outlast every message that could come again.
	KeepSeen time.Duration
	// FirstBackoff and MaxBackoff are between tries, ± a third; default 1
	// minute and 6 hours.
	FirstBackoff, MaxBackoff time.Duration
	// Timeout is for one message and its answer, dialling included; default
	// 30 seconds.
	Timeout time.Duration
	// Parallel is how many recipients are served at once, those that failed
	// last by half as many; default 32.
	Parallel int

	// Step is called before and after each step of a delivery, by name
	// (tests: the places at which a process may die).
	Step func(name string)
}

// DefaultConfig gives the defaults named at each field.
func DefaultConfig(n protocol.Network) Config {
	return Config{
		Network: n, MaxPerSender: 100, MaxPerUnknown: 5, MaxUnknown: 100, MaxPerDay: 800,
		GiveUpAfter: 30 * 24 * time.Hour, KeepSeen: 120 * 24 * time.Hour,
		FirstBackoff: time.Minute, MaxBackoff: 6 * time.Hour, Timeout: 30 * time.Second, Parallel: 32,
	}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if err := c.Network.Validate(); err != nil {
		return fmt.Errorf("delivery: %w", err)
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"MaxPerSender", c.MaxPerSender}, {"MaxPerUnknown", c.MaxPerUnknown}, {"MaxUnknown", c.MaxUnknown}, {"MaxPerDay", c.MaxPerDay}} {
		if f.value < 1 {
			return fmt.Errorf("delivery: %s is %d, at least 1 expected", f.name, f.value)
		}
	}
	switch {
	case c.Parallel < 2:
		return fmt.Errorf("delivery: Parallel is %d, at least 2 expected", c.Parallel)
	case c.FirstBackoff <= 0 || c.MaxBackoff < c.FirstBackoff:
		return fmt.Errorf("delivery: backoff from %s to %s, above zero and rising expected", c.FirstBackoff, c.MaxBackoff)
	case c.Timeout <= 0:
		return errors.New("delivery: Timeout above zero expected")
	case c.GiveUpAfter <= 0 || c.GiveUpAfter > protocol.MaxMessageAge:
		return fmt.Errorf("delivery: GiveUpAfter is %s, up to %s expected", c.GiveUpAfter, protocol.MaxMessageAge)
	case c.KeepSeen < 2*protocol.MaxMessageAge:
		return fmt.Errorf("delivery: KeepSeen is %s, at least %s expected", c.KeepSeen, 2*protocol.MaxMessageAge)
	}
	return nil
}

func (c Config) step(name string) {
	if c.Step != nil {
		c.Step(name)
	}
}
