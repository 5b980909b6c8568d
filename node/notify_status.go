package node

import (
	"context"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
	"courtcircuit/node/web"
)

// failureWords say what went wrong, and the setting that is to be looked at.
var failureWords = map[notify.Cause]struct{ field, words string }{
	notify.CauseSettings:    {"host", "it cannot be used as it is set"},
	notify.CauseName:        {"host", "no machine is found under the name of the server; look at its spelling"},
	notify.CauseUnreachable: {"host", "nobody answers at the server; look at its name, at the port, and whether this machine may reach it"},
	notify.CauseSlow:        {"host", "the server did not answer in time"},
	notify.CauseCertificate: {"host", "the certificate of the server is not for this name, has expired, or is not trusted by this machine"},
	notify.CauseNoTLS:       {"security", "the server offers no secured connection at this port: starttls is usually at 587, tls at 465"},
	notify.CausePassword:    {"password", "the server refuses the user name or the password; some providers want a password made for this program"},
	notify.CauseSender:      {"from", "the server does not let this account send under this address"},
	notify.CauseRecipient:   {"to", "the server refuses the address of the recipient"},
	notify.CauseRefused:     {"", "it was refused by the other side"},
	notify.CauseLater:       {"", "the other side asks to try again later"},
	notify.CauseOther:       {"", "it did not work"},
}

// notifyFailure is a failure in plain words, with what the other side said.
func notifyFailure(c channel, f *notify.Failure) *card.Problem {
	said := failureWords[f.Cause]
	p := &card.Problem{Cause: card.Unavailable, Detail: said.words}
	switch {
	case c == byWebhook && said.field != "":
		p.Field = "webhook.url"
	case said.field != "":
		p.Field = "mail." + said.field
	}
	if f.Detail != "" {
		p.Detail += ": " + f.Detail
	}
	return p
}

// TestMail sends a mail to the coordinators' address, and returns once the
// server has taken it. What is wrong comes as *card.Problem with the setting.
func (n *Node) TestMail(ctx context.Context, by access.Person) error {
	m := n.settings().Mail
	if !m.On() {
		return withField(conflict("no mail server is set"), "mail.host")
	}
	now := n.notices.now()
	own, language := n.ownNameAndLanguage(now)
	l := notify.Letter{ID: "test " + now.Format(time.RFC3339Nano), To: m.WithDefaults().To, Language: language}
	l.Subject, l.Text = deskLetter(language, tellTest, own, "", n.notices.address("/_/"))
	n.audit(by, "mail-tested", "")
	return n.tested(byMail, n.notices.sender.SendMail(ctx, m, l, now))
}

// TestWebhook calls it with the event "test".
func (n *Node) TestWebhook(ctx context.Context, by access.Person) error {
	w := n.settings().Webhook
	if !w.On() {
		return withField(conflict("no webhook is set"), "webhook.url")
	}
	n.audit(by, "webhook-tested", "")
	return n.tested(byWebhook, n.notices.sender.CallWebhook(ctx, w, notify.Call{Event: tellTest, At: n.notices.now(), ConsoleURL: n.notices.address("/_/")}))
}

// tested lets the rest go at once when the channel works again.
func (n *Node) tested(c channel, err error) error {
	if err != nil {
		return notifyFailure(c, asFailure(err))
	}
	n.noteHealth(c, nil, n.notices.now())
	n.wakeNotices()
	return nil
}

func withField(p *card.Problem, field string) *card.Problem {
	p.Field = field
	return p
}

// NotifyStatus says what is due and how the last failure went, of this run or
// kept from an earlier one with what could not be sent.
func (n *Node) NotifyStatus(context.Context) (web.NotifyState, error) {
	var s web.NotifyState
	var worst *notify.Failure
	var by channel
	var at time.Time
	note := func(c channel, f *notify.Failure, when time.Time) {
		if f != nil && when.After(at) {
			worst, by, at = f, c, when
		}
	}
	n.notices.mu.Lock()
	for c, h := range n.notices.health {
		note(c, h.failure, h.failedAt)
	}
	n.notices.mu.Unlock()
	now, ways := n.notices.now(), n.reach()
	err := n.notices.shelf.Each(func(_ inbox.ID, v notice) error {
		waits := false
		for _, d := range v.Due {
			waits = waits || !d.At.After(now) && !v.isSettled(d, ways)
			for c, a := range d.By {
				if ways.takes(c, v) && !a.Done {
					note(c, a.Failure, a.Last)
				}
			}
		}
		if waits {
			s.Waiting++
		}
		return nil
	})
	if worst != nil {
		s.Failure, s.At = notifyFailure(by, worst).Error(), &at
	}
	return s, err
}
