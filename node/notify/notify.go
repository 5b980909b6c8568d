// Package notify tells people outside of the pages that something waits for
// them: by the collective's own mail account, or by calling a webhook.
package notify

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Config says how patient a Sender is. Start from DefaultConfig.
type Config struct {
	// StepTimeout bounds the wait for one answer of a mail server, Timeout all
	// of one mail or call. Defaults 20 s and 50 s: what is due leaves within a
	// minute, or is known not to.
	StepTimeout, Timeout time.Duration
	// Roots replaces the authorities that the system trusts (tests).
	Roots *x509.CertPool
}

// DefaultConfig gives the defaults named at each field.
func DefaultConfig() Config {
	return Config{StepTimeout: 20 * time.Second, Timeout: 50 * time.Second}
}

// Validate names the field that cannot be used.
func (c Config) Validate() error {
	if c.StepTimeout <= 0 || c.Timeout < c.StepTimeout {
		return fmt.Errorf("notify step timeout %s, timeout %s: more than 0 and the second at least the first expected", c.StepTimeout, c.Timeout)
	}
	return nil
}

// Sender sends mails and calls webhooks. Settings come with each call, because
// they change while it is in use.
type Sender struct {
	cfg   Config
	mails sync.Mutex // one connection to the mail server at a time
	web   *http.Client
}

// NewSender makes a Sender; it holds no connection between calls.
func NewSender(cfg Config) (*Sender, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Sender{cfg: cfg, web: newWebClient(cfg)}, nil
}
