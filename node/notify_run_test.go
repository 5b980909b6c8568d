package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
)

// noticeTrial is a node that tells into a list instead of over the network. Its
// inbox is on the disk, so that it can be opened again.
type noticeTrial struct {
	t   *testing.T
	cfg Config
	n   *Node

	now   time.Time
	runs  bool
	next  map[channel]time.Time // when each looks again
	pause map[channel]time.Time

	told  []string // "Mon 10:00:00 mail brief 1"
	fails func(c channel, v notice, d dueNotice) error
	ids   []string
}

func newNoticeTrial(t *testing.T, channels ...channel) *noticeTrial {
	t.Helper()
	cfg := serviceConfig(t, t.TempDir())
	cfg.Inbox = func(*inbox.Config) {}
	cfg.PublicURL, cfg.Public = "https://lesindes.example", "127.0.0.1:0"
	if slices.Contains(channels, byMail) {
		cfg.Mail = notify.Mail{Host: "smtp.example.org", From: "bonjour@lesindes.example"}
	}
	if slices.Contains(channels, byWebhook) {
		cfg.Webhook = notify.Webhook{URL: "https://chat.example/", Secret: "a secret of both"}
	}
	trial := &noticeTrial{t: t, cfg: cfg, now: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)}
	trial.open()
	return trial
}

func (r *noticeTrial) open() {
	r.t.Helper()
	n, err := New(r.cfg, testLog())
	if err != nil {
		r.t.Fatal(err)
	}
	n.notices.address = func(path string) string { return r.cfg.PublicURL + path }
	n.notices.tell, n.notices.now = r.tell, func() time.Time { return r.now }
	r.n, r.next, r.pause = n, map[channel]time.Time{}, map[channel]time.Time{}
}

// start lets both channels run from now on.
func (r *noticeTrial) start() {
	r.runs = true
	r.wake()
}

// wake does what the signal does in runNotices.
func (r *noticeTrial) wake() {
	if r.runs {
		r.round(byMail, time.Time{})
		r.round(byWebhook, time.Time{})
	}
}

// round is one of runNotices.
func (r *noticeTrial) round(c channel, pause time.Time) {
	wait, pause := r.n.tellRound(r.t.Context(), c, pause)
	r.next[c], r.pause[c] = r.now.Add(wait), pause
}

// sleepTo goes on to the next such time, such as "Mon 10:00", while the
// channels do at every moment what runNotices would.
func (r *noticeTrial) sleepTo(when string) {
	r.t.Helper()
	to := r.now.Truncate(time.Minute).Add(time.Minute)
	for to.Format("Mon 15:04") != when {
		if to = to.Add(time.Minute); to.Sub(r.now) > 8*24*time.Hour {
			r.t.Fatal(when)
		}
	}
	r.sleep(to.Sub(r.now))
}

func (r *noticeTrial) sleep(d time.Duration) {
	for to := r.now.Add(d); ; {
		c := byMail
		if r.next[byWebhook].Before(r.next[byMail]) {
			c = byWebhook
		}
		if !r.runs || r.next[c].After(to) {
			r.now = to
			return
		}
		r.now = r.next[c]
		r.round(c, r.pause[c])
	}
}

// end is the end of the program.
func (r *noticeTrial) end() {
	r.t.Helper()
	r.runs = false
	if err := r.n.Close(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *noticeTrial) tell(_ context.Context, c channel, v notice, d dueNotice) error {
	r.told = append(r.told, fmt.Sprintf("%s %s %s %d", r.now.Format("Mon 15:04:05"), c, d.Event, v.Subject[0]))
	r.ids = append(r.ids, letterID(v, d))
	if r.fails == nil {
		return nil
	}
	return r.fails(c, v, d)
}

func (r *noticeTrial) failing(f func(c channel, v notice, d dueNotice) error) {
	r.fails = f
}

// step is one durable step of whoever keeps briefs.
func (r *noticeTrial) step(fn func(tx *inbox.Tx) error) {
	r.t.Helper()
	if err := r.n.inbox.Update(fn); err != nil {
		r.t.Fatal(err)
	}
	r.wake()
}

func (r *noticeTrial) brief(id byte) {
	r.t.Helper()
	r.step(func(tx *inbox.Tx) error {
		return r.n.noticeBriefIn(tx, briefNotice{Brief: inbox.ID{id}, Place: card.ResolvedPlace{Lat: 43.6, Lon: 1.44}}, r.now)
	})
}

func (r *noticeTrial) client(id byte) {
	r.t.Helper()
	r.step(func(tx *inbox.Tx) error {
		return r.n.noticeClientIn(tx, clientNotice{Track: inbox.ID{id}, Email: "client@example.org", Path: "/suivi/x", Collective: "Les Indés"}, r.now)
	})
}

func (r *noticeTrial) state(id byte, state string) {
	r.t.Helper()
	r.step(func(tx *inbox.Tx) error { return r.n.noticeStateIn(tx, inbox.ID{id}, state, r.now) })
}

// want compares what was told since the last call.
func (r *noticeTrial) want(what string, lines ...string) {
	r.t.Helper()
	slices.Sort(r.told)
	slices.Sort(lines)
	if !slices.Equal(r.told, lines) {
		r.t.Errorf("%s:\n%s\nnot\n%s", what, strings.Join(r.told, "\n"), strings.Join(lines, "\n"))
	}
	r.told = nil
}

func (r *noticeTrial) wantKept(n int) {
	r.t.Helper()
	if got := r.n.notices.shelf.Len(); got != n {
		r.t.Errorf("%d notices are kept, not %d", got, n)
	}
}

func TestNoticesInTime(t *testing.T) {
	r := newNoticeTrial(t, byMail, byWebhook)
	r.sleepTo("Fri 10:00")
	r.start()
	r.brief(1)
	r.want("at once", "Fri 10:00:00 mail brief 1", "Fri 10:00:00 webhook brief 1")
	r.brief(2)
	r.step(func(tx *inbox.Tx) error { return r.n.cancelNoticesIn(tx, inbox.ID{2}) })
	r.want("another", "Fri 10:00:00 mail brief 2", "Fri 10:00:00 webhook brief 2")
	r.sleepTo("Tue 09:59")
	r.want("before two working days")
	r.sleepTo("Tue 10:01")
	r.want("after two working days", "Tue 10:00:00 mail reminder 1", "Tue 10:00:00 webhook reminder 1")
	r.wantKept(0)
	r.sleepTo("Mon 10:00")
	r.want("nothing more")
	r.end()
}

func TestNoticesOfClients(t *testing.T) {
	r := newNoticeTrial(t, byMail, byWebhook)
	r.sleepTo("Mon 10:00")
	r.start()
	for id := byte(1); id <= 5; id++ {
		r.client(id)
	}
	r.state(1, card.BriefReceived)
	r.state(1, card.BriefRead)
	r.want("received and read")
	r.state(2, card.BriefProposed)
	r.want("proposed", "Mon 10:00:00 mail proposed 2")
	r.state(3, card.BriefDeclined)
	r.want("declined", "Mon 10:00:00 mail declined 3")
	r.state(4, card.BriefWithdrawn)
	r.state(5, card.BriefUndeliverable)
	r.want("undeliverable", "Mon 10:00:00 mail offer 5")
	r.state(6, card.BriefProposed) // left no address
	r.sleep(2 * time.Minute)
	r.state(2, card.BriefPublished)
	r.want("published", "Mon 10:02:00 mail published 2")
	r.wantKept(2)
	r.sleepTo("Sun 10:00")
	r.want("within five working days")
	r.sleepTo("Mon 10:01")
	r.want("after five working days", "Mon 10:00:00 mail offer 1")
	r.state(1, card.BriefDeclined)
	r.state(1, card.BriefDeclined)
	r.want("answered at last", "Mon 10:01:00 mail declined 1")
	r.step(func(tx *inbox.Tx) error { return r.n.forgetClientIn(tx, inbox.ID{5}) })
	r.wantKept(0)
	r.end()
}

// What was due while the node was off is told within a minute of its start,
// each thing once, and the reminder speaks for the brief.
func TestNoticesAfterRestart(t *testing.T) {
	r := newNoticeTrial(t, byMail, byWebhook)
	r.sleepTo("Mon 10:00")
	r.brief(1) // never told: the program ended
	r.end()
	r.sleep(time.Hour)
	r.open()
	r.start()
	r.sleep(time.Minute)
	r.want("late", "Mon 11:00:00 mail brief 1", "Mon 11:00:00 webhook brief 1")
	r.end()
	r.open()
	r.start()
	r.want("once only")
	r.end()
	r.sleepTo("Tue 10:00")
	r.open()
	r.brief(2)
	r.end()
	r.sleepTo("Mon 10:00")
	r.open()
	r.start()
	r.want("after a week", "Mon 10:00:00 mail reminder 1", "Mon 10:00:00 webhook reminder 1", "Mon 10:00:00 mail reminder 2", "Mon 10:00:00 webhook reminder 2")
	r.wantKept(0)
	r.end()
}

// A crash after the server took it and before that was noted: a brief is told
// again, recognisably the same; a reminder is not.
func TestNoticesAfterCrash(t *testing.T) {
	r := newNoticeTrial(t, byMail)
	r.sleepTo("Mon 10:00")
	crash := func() {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		r.failing(func(channel, notice, dueNotice) error { cancel(); return context.Canceled })
		r.n.tellRound(ctx, byMail, time.Time{})
		r.failing(nil)
		r.end()
		r.open()
	}
	r.brief(1)
	crash()
	r.want("before the crash", "Mon 10:00:00 mail brief 1")
	r.start()
	r.want("again", "Mon 10:00:00 mail brief 1")
	if len(r.ids) != 2 || r.ids[0] != r.ids[1] {
		t.Error(r.ids)
	}
	r.end()
	r.sleepTo("Wed 10:00")
	r.open()
	crash()
	r.want("the reminder", "Wed 10:00:00 mail reminder 1")
	r.start()
	r.want("not again")
	r.wantKept(0)
	r.end()
}

// A channel that fails is left alone for longer and longer, and in the end
// until somebody changes the settings. The other one goes on.
func TestNoticesAreRetried(t *testing.T) {
	r := newNoticeTrial(t, byMail, byWebhook)
	r.sleepTo("Fri 10:00")
	r.start()
	r.failing(func(c channel, _ notice, _ dueNotice) error {
		if c == byMail {
			return &notify.Failure{Cause: notify.CausePassword, Detail: "535 no"}
		}
		return nil
	})
	r.brief(1)
	r.brief(2)
	r.want("first", "Fri 10:00:00 mail brief 1", "Fri 10:00:00 mail brief 2", "Fri 10:00:00 webhook brief 1", "Fri 10:00:00 webhook brief 2")
	r.sleep(3 * time.Minute)
	if len(r.told) == 0 || len(r.told) > 4 {
		t.Errorf("in three minutes: %q", r.told)
	}
	s, err := r.n.NotifyStatus(t.Context())
	if err != nil || s.Waiting != 2 || !strings.Contains(s.Failure, "mail.password") || !strings.Contains(s.Failure, "535 no") || s.At == nil {
		t.Errorf("%+v %v", s, err)
	}
	r.told = nil
	r.sleepTo("Mon 12:00")
	if n := len(r.told); n < 20 || n > 200 {
		t.Errorf("%d tries in three days", n)
	}
	r.told = nil
	r.sleepTo("Tue 09:00")
	r.want("given up")
	r.failing(nil)
	r.sleep(time.Second)
	r.n.settingsHeld.held.Store(&storedSettings{SavedAt: r.now})
	r.wake()
	r.want("settings changed", "Tue 09:00:01 mail brief 1", "Tue 09:00:01 mail brief 2")
	s, err = r.n.NotifyStatus(t.Context())
	if err != nil || s.Failure != "" || s.Waiting != 0 {
		t.Errorf("%+v %v", s, err)
	}
	r.end()
}

// One refused address holds up nobody else, and is not tried again.
func TestRefusedAddress(t *testing.T) {
	r := newNoticeTrial(t, byMail)
	r.sleepTo("Mon 10:00")
	r.client(1)
	r.client(2)
	r.state(1, card.BriefProposed)
	r.state(2, card.BriefProposed)
	r.failing(func(_ channel, v notice, _ dueNotice) error {
		if v.Subject[0] == 1 {
			return &notify.Failure{Cause: notify.CauseRecipient, Permanent: true}
		}
		return nil
	})
	r.start()
	r.want("both", "Mon 10:00:00 mail proposed 1", "Mon 10:00:00 mail proposed 2")
	r.sleepTo("Thu 10:00")
	r.want("never again")
	r.end()
}

// Without any channel nothing is kept that nobody will send; a client without
// a link that opens elsewhere is told nothing.
func TestNoticesWithoutChannel(t *testing.T) {
	r := newNoticeTrial(t)
	r.sleepTo("Mon 10:00")
	r.start()
	r.brief(1)
	r.client(1)
	r.state(1, card.BriefDeclined)
	r.sleepTo("Thu 10:00")
	r.want("nothing")
	r.wantKept(0)
	r.end()
	r.cfg.PublicURL = ""
	r.cfg.Mail = notify.Mail{Host: "smtp.example.org", From: "bonjour@lesindes.example"}
	r.open()
	r.start()
	r.client(2)
	r.state(2, card.BriefDeclined)
	r.want("no address to give")
	r.end()
}

// A channel that was told is woken for the reminder although the other never
// heard of the brief.
func TestNoticesDespiteTheOtherChannel(t *testing.T) {
	r := newNoticeTrial(t, byMail, byWebhook)
	r.sleepTo("Fri 10:00")
	r.start()
	r.failing(func(c channel, _ notice, _ dueNotice) error {
		if c == byWebhook {
			return &notify.Failure{Cause: notify.CauseRefused, Permanent: true}
		}
		return nil
	})
	r.brief(1)
	r.want("at once", "Fri 10:00:00 mail brief 1", "Fri 10:00:00 webhook brief 1")
	r.sleep(30 * time.Minute)
	r.wake()
	r.sleepTo("Tue 10:01")
	r.want("the reminder", "Tue 10:00:00 mail reminder 1", "Tue 10:00:00 webhook reminder 1")
	r.end()
}
