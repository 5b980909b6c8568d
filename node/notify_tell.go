package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
	"courtcircuit/protocol"
)

// telling is one thing told to somebody by one channel.
type telling struct {
	key   inbox.ID
	c     channel
	event string
	at    int64 // Unix nanoseconds
}

// perform does what is due with one notice, as it is now: it may have been
// cancelled since it was read. The failure is of telling, err of this node.
func (n *Node) perform(ctx context.Context, c channel, key inbox.ID) (*notify.Failure, error) {
	v, err := n.notices.shelf.Get(key)
	if errors.Is(err, inbox.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now := n.notices.now()
	p, ok := v.plan(c, n.reach(), n.settingsChangedAt(), now)
	if !ok || p.at.After(now) {
		return nil, nil
	}
	d := v.Due[p.due]
	was := telling{key, c, d.Event, d.At.UnixNano()}
	if p.close {
		return nil, n.settle(was, nil, true)
	}
	if p.sent || n.notices.wasTold(was) {
		return nil, n.settle(was, nil, false)
	}
	if toldAtMostOnce(d.Event) {
		cancelled, err := n.markSending(was)
		if err != nil || cancelled {
			return nil, err
		}
	}
	failure := asFailure(n.notices.tell(ctx, c, v, d))
	if failure != nil && ctx.Err() != nil {
		// The node ends: nobody's fault, and it is tried again at the next start.
		return failure, nil
	}
	if failure == nil {
		n.notices.noteTold(was)
		n.log.Info("notice sent", "channel", string(c), "event", d.Event)
	} else {
		n.log.Warn("notice not sent", "channel", string(c), "event", d.Event, "cause", string(failure.Cause), "detail", failure.Detail)
	}
	return failure, n.settle(was, failure, false)
}

func asFailure(err error) *notify.Failure {
	var f *notify.Failure
	if err == nil || errors.As(err, &f) {
		return f
	}
	return &notify.Failure{Cause: notify.CauseOther, Detail: err.Error()}
}

// markSending notes durably that a reminder is on its way.
func (n *Node) markSending(was telling) (cancelled bool, err error) {
	err = n.notices.shelf.Change(was.key, func(v *notice) error {
		d := v.dueOf(was)
		if d == nil {
			cancelled = true
			return nil
		}
		a := d.By[was.c]
		a.Sending = true
		d.note(was.c, a)
		return nil
	})
	if errors.Is(err, inbox.ErrNotFound) {
		return true, nil
	}
	return cancelled, err
}

// settle notes durably how it went and takes the notice off the shelf when
// nothing is left of it. drop: whatever is still missing is not sent.
func (n *Node) settle(was telling, failure *notify.Failure, drop bool) error {
	ways, changed, now := n.reach(), n.settingsChangedAt(), n.notices.now().UTC()
	err := n.inbox.Update(func(tx *inbox.Tx) error {
		v, err := n.notices.shelf.GetIn(tx, was.key)
		if errors.Is(err, inbox.ErrNotFound) {
			return nil // answered meanwhile
		}
		if err != nil {
			return err
		}
		d := v.dueOf(was)
		if d == nil {
			return nil
		}
		if !drop {
			d.note(was.c, d.By[was.c].tried(d.Event, failure, changed, now))
		}
		if drop || v.isSettled(*d, ways) {
			rest, keep := v.without(was)
			if !keep {
				return n.notices.shelf.DeleteIn(tx, was.key)
			}
			v = rest
		}
		return n.notices.shelf.PutIn(tx, was.key, v)
	})
	if err == nil {
		n.notices.forgetTold(was)
	}
	return err
}

func (v *notice) dueOf(t telling) *dueNotice {
	for i := range v.Due {
		if d := &v.Due[i]; d.Event == t.event && d.At.UnixNano() == t.at {
			return d
		}
	}
	return nil
}

func (d *dueNotice) note(c channel, a attempt) {
	if d.By == nil {
		d.By = map[channel]attempt{}
	}
	d.By[c] = a
}

// What was sent and could not be noted, because the disk was full, is known
// until the next start: it would else be sent again every minute.
func (b *noticeBook) wasTold(t telling) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told[t]
}

func (b *noticeBook) noteTold(t telling) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told[t] = true
}

func (b *noticeBook) forgetTold(t telling) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.told, t)
}

// tellOne sends one thing over the network.
func (n *Node) tellOne(ctx context.Context, c channel, v notice, d dueNotice) error {
	s := n.settings()
	if c == byWebhook {
		return n.notices.sender.CallWebhook(ctx, s.Webhook, notify.Call{
			Event: d.Event, BriefID: protocol.StableID(v.Subject).String(), At: d.At, ConsoleURL: n.notices.address(consoleBriefPath(v.Subject)),
		})
	}
	own, language := n.ownNameAndLanguage(n.notices.now())
	l := notify.Letter{ID: letterID(v, d), Language: language}
	if v.Client == nil {
		l.To = s.Mail.WithDefaults().To
		l.Subject, l.Text = deskLetter(language, d.Event, own, v.Place, n.notices.address(consoleBriefPath(v.Subject)))
		return n.notices.sender.SendMail(ctx, s.Mail, l, n.notices.now())
	}
	if v.Client.Language != "" {
		l.Language = v.Client.Language
	}
	collective := v.Client.Collective
	if collective == "" {
		collective = own
	}
	l.To = v.Client.Email
	l.Subject, l.Text = clientLetter(l.Language, d.Event, own, collective, n.notices.address(v.Client.Path))
	return n.notices.sender.SendMail(ctx, s.Mail, l, n.notices.now())
}

func consoleBriefPath(brief inbox.ID) string {
	return "/_/briefs/" + protocol.StableID(brief).String()
}

// letterID is the same for every try of one thing.
func letterID(v notice, d dueNotice) string {
	return fmt.Sprintf("%s %s %d", hex.EncodeToString(v.Subject[:]), d.Event, d.At.UnixNano())
}

// ownNameAndLanguage are the collective's; French while it has no name.
func (n *Node) ownNameAndLanguage(now time.Time) (name, language string) {
	own, err := n.ownCard(now)
	if err != nil {
		return "Courtcircuit", "fr"
	}
	language = "fr"
	if len(own.Languages) > 0 && !strings.HasPrefix(own.Languages[0], "fr") {
		language = "en"
	}
	return own.Name, language
}
