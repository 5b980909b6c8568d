package node

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
)

// noticeBook tells people what is due.
type noticeBook struct {
	shelf inbox.Shelf[notice]
	awake map[channel]chan struct{} // each with room for one signal
	// tell sends one thing; tests put their own in its place. Its errors are
	// *notify.Failure.
	tell   func(ctx context.Context, c channel, v notice, d dueNotice) error
	sender *notify.Sender
	// now and address are time.Now and privateAddress but in tests.
	now     func() time.Time
	address func(path string) string

	mu     sync.Mutex
	told   map[telling]bool // sent, and not yet noted: the disk was full
	health map[channel]channelHealth
}

// channelHealth is how a channel does since the start.
type channelHealth struct {
	sentAt, failedAt time.Time
	failure          *notify.Failure // of the last try; nil: it went well
	failures         int             // in a row, of the channel and not of one letter
}

// noticeLook bounds the wait for what is due far ahead, because a clock may be
// set meanwhile.
const noticeLook = time.Hour

// openNotices lays the shelf open; nothing is told before Run.
func (n *Node) openNotices() error {
	sender, err := notify.NewSender(notify.DefaultConfig())
	if err != nil {
		return err
	}
	n.notices.shelf = inbox.NewShelf[notice](n.inbox, inbox.SpaceNotices)
	n.notices.awake = map[channel]chan struct{}{byMail: make(chan struct{}, 1), byWebhook: make(chan struct{}, 1)}
	n.notices.health, n.notices.told = map[channel]channelHealth{}, map[telling]bool{}
	n.notices.sender, n.notices.tell, n.notices.now, n.notices.address = sender, n.tellOne, time.Now, n.privateAddress
	return nil
}

// wake lets both channels look again, without ever waiting for them.
func (b *noticeBook) wake() {
	for _, c := range b.awake {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// runMail and runWebhook are apart, so that a slow mail server holds up no
// call.
func (n *Node) runMail(ctx context.Context) error    { return n.runNotices(ctx, byMail) }
func (n *Node) runWebhook(ctx context.Context) error { return n.runNotices(ctx, byWebhook) }

// runNotices tells what is due, the first time at once: after a crash it was
// due meanwhile.
func (n *Node) runNotices(ctx context.Context, c channel) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var pause time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.notices.awake[c]:
			pause = time.Time{}
		case <-timer.C:
		}
		var wait time.Duration
		if wait, pause = n.tellRound(ctx, c, pause); ctx.Err() != nil {
			return nil
		}
		timer.Reset(wait)
	}
}

// tellRound tells everything that is due and says how long to wait for the
// next round. Before the end of a failing channel's pause nothing is tried, unless
// something new wakes it.
func (n *Node) tellRound(ctx context.Context, c channel, pause time.Time) (wait time.Duration, newPause time.Time) {
	next, failures, err := n.tellDue(ctx, c, pause)
	now := n.notices.now()
	if err != nil && ctx.Err() == nil {
		n.log.Warn("notices wait", "channel", string(c), "error", err)
		next = now.Add(time.Minute)
	}
	if failures > 0 {
		pause = now.Add(notify.RetryDelay(failures))
	}
	if next.Before(pause) {
		next = pause
	}
	return max(0, min(next.Sub(now), noticeLook)), pause
}

// tellDue tells everything whose time has come, what is due longest first,
// until the channel itself fails: failures is how often in a row it has. next
// is when to look again.
func (n *Node) tellDue(ctx context.Context, c channel, pause time.Time) (next time.Time, failures int, err error) {
	duties, next, err := n.duties(c, n.notices.now())
	if err != nil {
		return next, 0, err
	}
	for _, d := range duties {
		if !d.close && !d.sent && n.notices.now().Before(pause) {
			continue
		}
		failure, err := n.perform(ctx, c, d.key)
		if err != nil || ctx.Err() != nil {
			return next, 0, err
		}
		if failures = n.noteHealth(c, failure, n.notices.now()); failures > 0 {
			break
		}
	}
	if len(duties) > 0 {
		_, next, err = n.duties(c, n.notices.now())
	}
	return next, failures, err
}

// duty is a notice whose time has come.
type duty struct {
	key inbox.ID
	planned
}

// duties are those whose time has come, and next when there will be others;
// what is due already counts as next.
func (n *Node) duties(c channel, now time.Time) (list []duty, next time.Time, err error) {
	next = now.Add(noticeLook)
	ways, changed := n.reach(), n.settingsChangedAt()
	err = n.notices.shelf.Each(func(key inbox.ID, v notice) error {
		p, ok := v.plan(c, ways, changed, now)
		if ok && p.at.Before(next) {
			next = p.at
		}
		if ok && !p.at.After(now) {
			list = append(list, duty{key, p})
		}
		return nil
	})
	slices.SortFunc(list, func(a, b duty) int { return cmp.Or(a.at.Compare(b.at), bytes.Compare(a.key[:], b.key[:])) })
	return list, next, err
}

// noteHealth remembers how a try went. It answers how often in a row the
// channel failed; a letter that was refused says nothing about the channel.
func (n *Node) noteHealth(c channel, f *notify.Failure, now time.Time) int {
	b := &n.notices
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.health[c]
	switch {
	case f == nil:
		h = channelHealth{sentAt: now}
	case f.IsOwn():
		h.failedAt, h.failure, h.failures = now, f, 0
	default:
		h.failedAt, h.failure = now, f
		h.failures++
	}
	b.health[c] = h
	return h.failures
}
