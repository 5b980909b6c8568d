package delivery

import (
	"slices"
	"time"

	"courtcircuit/protocol"
)

// Status says what waits in the outbox.
type Status struct {
	Waiting    int // messages
	Oldest     time.Time
	Recipients []RecipientStatus // those somebody waits for, the oldest first
}

// RecipientStatus says what waits for one collective.
type RecipientStatus struct {
	To        protocol.Identity
	Waiting   int
	Oldest    time.Time
	NextTry   time.Time // zero while one is under way
	LastError string    // in English; empty before the first try
}

// Status reads memory only.
func (c *Courier) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out Status
	for _, l := range c.lanes {
		if len(l.waiting) == 0 {
			continue
		}
		r := RecipientStatus{To: l.to, Waiting: len(l.waiting), Oldest: l.waiting[0].at, LastError: l.lastErr}
		if !l.busy {
			r.NextTry = l.dueAt()
		}
		out.Recipients = append(out.Recipients, r)
		out.Waiting += r.Waiting
	}
	slices.SortFunc(out.Recipients, func(a, b RecipientStatus) int { return a.Oldest.Compare(b.Oldest) })
	if out.Waiting > 0 {
		out.Oldest = out.Recipients[0].Oldest
	}
	return out
}
