package access

import "time"

// seenEvery is how often the use of a session is written: each one would be a
// write to the disk for every page read.
const seenEvery = time.Hour

// clockSlack is by how much the machine's clock may have been put back.
const clockSlack = time.Hour

// endOf is when a session ends unless it is used before. As its use is known
// to an hour only, it ends up to that much early, never late.
func endOf(s Session, span Span) time.Time {
	idle, absolute := s.SeenAt.Add(span.Idle), s.CreatedAt.Add(span.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// hasEnded says whether a session is over. One from the future began under a
// wrong clock: how old it is cannot be known, so it is over too.
func hasEnded(s Session, span Span, now time.Time) bool {
	return !now.Before(endOf(s, span)) || s.CreatedAt.After(now.Add(clockSlack))
}

// isDue says whether the use of a session is to be written.
func isDue(s Session, now time.Time) bool { return now.Sub(s.SeenAt) >= seenEvery }

// hasExpired says whether a link is over.
func hasExpired(l Link, now time.Time) bool {
	return !now.Before(l.ExpiresAt) || l.CreatedAt.After(now.Add(clockSlack))
}
