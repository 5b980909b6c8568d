package node

import (
	"strings"
	"time"

	"courtcircuit/node/notify"
)

// What a crash does to a notice that is just being sent. Nearly all are told
// again, under the same message id: somebody waits for them, and silence is
// worse than a second copy. A reminder is only marked before it is sent, so
// that none comes twice: it says nothing new, the brief stands in the console,
// and reminders that repeat themselves are no longer read.
func toldAtMostOnce(event string) bool { return event == tellReminder }

// endsTrack says that a client is told nothing after it.
func endsTrack(event string) bool { return event == tellDeclined || event == tellPublished }

// reach says by which ways people can be told now.
type reach struct {
	mail, webhook bool
	client        bool // by mail, with a link that opens elsewhere too
}

// takes says whether a notice goes by a channel: a webhook must not hear of
// clients.
func (r reach) takes(c channel, v notice) bool {
	switch {
	case v.Client != nil:
		return c == byMail && r.client
	case c == byMail:
		return r.mail
	default:
		return r.webhook
	}
}

func (n *Node) reach() reach {
	s := n.settings()
	return reach{mail: s.Mail.On(), webhook: s.Webhook.On(), client: s.Mail.On() && strings.HasPrefix(n.notices.address("/"), "https://")}
}

// planned is the next thing to do with a notice by one channel.
type planned struct {
	due   int       // index
	at    time.Time // when
	close bool      // there is nobody left to tell
	sent  bool      // it counts as sent
}

// plan says what comes next by a channel. changed is when the settings were
// last changed: what failed or was given up before is tried again after it.
func (v notice) plan(c channel, r reach, changed, now time.Time) (planned, bool) {
	// The latest thing due speaks for those before it: after days off, a
	// reminder tells of the brief as well.
	next, found := planned{}, false
	for i, d := range v.Due {
		if found && d.At.After(now) {
			break
		}
		next, found = planned{due: i, at: d.At}, true
	}
	if !found {
		return planned{}, false
	}
	if changed.After(now) {
		changed = time.Time{} // saved under a clock that was ahead
	}
	d := v.Due[next.due]
	if !d.At.After(now) && v.isSettled(d, r) {
		next.close = true
		return next, true
	}
	if !r.takes(c, v) {
		return planned{}, false
	}
	a := d.By[c]
	switch {
	case a.Done:
		return v.afterwards(next.due)
	case a.Sending && toldAtMostOnce(d.Event):
		next.sent = true
	case a.Tries > 0 && changed.After(a.Last):
		next.at = changed
	case a.gaveUp():
		return v.afterwards(next.due)
	case a.Tries > 0:
		next.at = a.Last.Add(notify.RetryDelay(a.Tries))
	}
	return next, true
}

// afterwards is when the thing after one comes.
func (v notice) afterwards(due int) (planned, bool) {
	if due++; due < len(v.Due) {
		return planned{due: due, at: v.Due[due].At}, true
	}
	return planned{}, false
}

// isSettled says that everybody who can be told was told.
func (v notice) isSettled(d dueNotice, r reach) bool {
	for _, c := range []channel{byMail, byWebhook} {
		if r.takes(c, v) && !d.By[c].Done {
			return false
		}
	}
	return true
}

// gaveUp says that only a change of settings leads to another try.
func (a attempt) gaveUp() bool {
	return a.Failure != nil && (a.Failure.Permanent || a.Last.Sub(a.First) >= notify.GiveUpAfter)
}

// tried is an attempt after one more try; a nil failure is success.
func (a attempt) tried(event string, failure *notify.Failure, changed, now time.Time) attempt {
	if a.Tries == 0 || changed.After(a.Last) {
		a = attempt{First: now}
	}
	a.Tries, a.Last, a.Failure, a.Sending = a.Tries+1, now, failure, false
	a.Done = failure == nil || failure.Unsure && toldAtMostOnce(event)
	return a
}

// without drops one due notice and those before it, for which it spoke; keep
// says whether the rest is worth keeping.
func (v notice) without(was telling) (rest notice, keep bool) {
	rest = v
	rest.Due = nil
	for _, d := range v.Due {
		if d.At.UnixNano() > was.at || d.At.UnixNano() == was.at && d.Event != was.event {
			rest.Due = append(rest.Due, d)
		}
	}
	return rest, len(rest.Due) > 0 || v.Client != nil && !endsTrack(was.event)
}
