package card

import "time"

// Retention says how long one kind of private thing is kept.
type Retention struct {
	Key      string        `json:"key"` // what it is: a word of the pages without its retention_
	Duration time.Duration `json:"duration"`
}
