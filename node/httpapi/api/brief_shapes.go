package api

import "time"

// Waiting says what waits for one other collective.
type Waiting struct {
	Collective CollectiveRef `json:"collective"`
	Messages   int           `json:"messages"`
	Oldest     time.Time     `json:"oldest"`
	NextTry    *time.Time    `json:"next_try,omitempty"`   // none: one is under way
	LastError  string        `json:"last_error,omitempty"` // in English
}
