package api

import "time"

// ConsoleLink lets a coordinator in, once. It is answered once and kept
// nowhere.
type ConsoleLink struct {
	URL       string    `json:"url"`                  // on the machine itself
	PublicURL string    `json:"public_url,omitempty"` // the same through the public address; absent without https
	ExpiresAt time.Time `json:"expires_at"`
}
