package notify_test

import (
	"context"
	"errors"
	"io"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/notify"
	"courtcircuit/node/notify/notifytest"
)

var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func letter() notify.Letter {
	return notify.Letter{ID: "one", To: "coordination@lesindes.example", Subject: "Une mission a été déposée", Text: "Bonjour,\n\nà lire.\n.\nfin\n", Language: "fr"}
}

func sender(t *testing.T, a *notifytest.Authority) *notify.Sender {
	t.Helper()
	cfg := notify.DefaultConfig()
	cfg.Roots = a.Roots
	s, err := notify.NewSender(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func account(s *notifytest.MailServer) notify.Mail {
	return notify.Mail{
		Host: "localhost", Port: s.Port, Username: "bonjour", Password: "jardin-42", From: "Les Indés <bonjour@lesindes.example>",
		Security: notify.StartTLS,
	}
}

func TestMailIsSent(t *testing.T) {
	a := notifytest.NewAuthority(t)
	cert := a.Certificate(t, "localhost", time.Now().Add(time.Hour))
	for name, c := range map[string]struct {
		does     notifytest.Behaviour
		security string
	}{
		"starttls":        {notifytest.Behaviour{Certificate: &cert, Auth: "PLAIN LOGIN"}, notify.StartTLS},
		"starttls, login": {notifytest.Behaviour{Certificate: &cert, Auth: "XOAUTH2 LOGIN"}, notify.StartTLS},
		"tls":             {notifytest.Behaviour{Certificate: &cert, Auth: "PLAIN", Implicit: true}, notify.TLS},
		"this machine":    {notifytest.Behaviour{Auth: "PLAIN"}, notify.None},
		"a lost goodbye":  {notifytest.Behaviour{Certificate: &cert, Auth: "PLAIN", Answers: map[string]string{"RSET": "500 what?"}}, notify.StartTLS},
	} {
		t.Run(name, func(t *testing.T) {
			c.does.User, c.does.Pass = "bonjour", "jardin-42"
			server := notifytest.NewMailServer(t, c.does)
			m := account(server)
			m.Security = c.security
			if err := sender(t, a).SendMail(context.Background(), m, letter(), now); err != nil {
				t.Fatal(err)
			}
			mails, _ := server.Mails()
			if len(mails) != 1 {
				t.Fatalf("%d mails", len(mails))
			}
			checkMail(t, mails[0])
		})
	}
}

func checkMail(t *testing.T, m notifytest.Mail) {
	t.Helper()
	if m.From != "bonjour@lesindes.example" || m.To != "coordination@lesindes.example" || m.User != "bonjour" {
		t.Errorf("from %q to %q by %q", m.From, m.To, m.User)
	}
	msg, err := netmail.ReadMessage(strings.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"Auto-Submitted": "auto-generated", "Content-Language": "fr", "Date": "Mon, 23 Nov 2026 10:00:00 +0000",
		"Content-Type": "text/plain; charset=UTF-8", "User-Agent": "", "X-Mailer": "",
	} {
		if got := msg.Header.Get(header); got != want {
			t.Errorf("%s: %q, not %q", header, got, want)
		}
	}
	if id := msg.Header.Get("Message-Id"); !strings.HasSuffix(id, "@lesindes.example>") {
		t.Errorf("message id %q", id)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil || strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n")) != strings.TrimSpace(letter().Text) {
		t.Errorf("%q %v", body, err)
	}
}

// The same letter has the same id however often it is tried, another has not.
func TestMessageIDIsStable(t *testing.T) {
	server := notifytest.NewMailServer(t, notifytest.Behaviour{})
	m := notify.Mail{Host: "127.0.0.1", Port: server.Port, From: "a@b.example", Security: notify.None}
	s := sender(t, notifytest.NewAuthority(t))
	other := letter()
	other.ID = "two"
	for _, l := range []notify.Letter{letter(), letter(), other} {
		if err := s.SendMail(context.Background(), m, l, now); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	mails, _ := server.Mails()
	for _, m := range mails {
		msg, err := netmail.ReadMessage(strings.NewReader(m.Data))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, msg.Header.Get("Message-Id"))
	}
	if len(ids) != 3 || ids[0] != ids[1] || ids[0] == ids[2] {
		t.Error(ids)
	}
}

func TestMailFailures(t *testing.T) {
	a := notifytest.NewAuthority(t)
	good, wrongName, ended := a.Certificate(t, "localhost", time.Now().Add(time.Hour)), a.Certificate(t, "other.example", time.Now().Add(time.Hour)), a.Certificate(t, "localhost", time.Now().Add(-time.Hour))
	stranger := notifytest.NewAuthority(t).Certificate(t, "localhost", time.Now().Add(time.Hour))
	does := func(change func(*notifytest.Behaviour)) notifytest.Behaviour {
		b := notifytest.Behaviour{Certificate: &good, Auth: "PLAIN", User: "bonjour", Pass: "jardin-42"}
		change(&b)
		return b
	}
	answers := func(verb, answer string) notifytest.Behaviour {
		return does(func(b *notifytest.Behaviour) { b.Answers = map[string]string{verb: answer} })
	}
	for name, c := range map[string]struct {
		does              notifytest.Behaviour
		cause             notify.Cause
		permanent, unsure bool
		own               bool
	}{
		"another name":          {does: does(func(b *notifytest.Behaviour) { b.Certificate = &wrongName }), cause: notify.CauseCertificate},
		"an ended certificate":  {does: does(func(b *notifytest.Behaviour) { b.Certificate = &ended }), cause: notify.CauseCertificate},
		"an unknown authority":  {does: does(func(b *notifytest.Behaviour) { b.Certificate = &stranger }), cause: notify.CauseCertificate},
		"no tls":                {does: does(func(b *notifytest.Behaviour) { b.Certificate = nil }), cause: notify.CauseNoTLS},
		"tls is not up":         {does: answers("STARTTLS", "454 not now"), cause: notify.CauseNoTLS},
		"wrong password":        {does: does(func(b *notifytest.Behaviour) { b.Pass = "another" }), cause: notify.CausePassword},
		"no known way to enter": {does: does(func(b *notifytest.Behaviour) { b.Auth = "XOAUTH2" }), cause: notify.CausePassword},
		"entering later":        {does: answers("AUTH", "421 busy"), cause: notify.CauseLater},
		"sender":                {does: answers("MAIL", "550 not yours"), cause: notify.CauseSender},
		"recipient":             {does: answers("coordination@lesindes.example", "550 5.1.1 nobody"), cause: notify.CauseRecipient, permanent: true, own: true},
		"greylisted":            {does: answers("coordination@lesindes.example", "451 come back"), cause: notify.CauseLater},
		"letter":                {does: answers("DATA", "554 no"), cause: notify.CauseRefused, permanent: true, own: true},
		"cut in between":        {does: does(func(b *notifytest.Behaviour) { b.CutAfter = "RCPT" }), cause: notify.CauseUnreachable},
		"cut at the end":        {does: does(func(b *notifytest.Behaviour) { b.CutAfter = "DATA" }), cause: notify.CauseUnreachable, unsure: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := notifytest.NewMailServer(t, c.does)
			err := sender(t, a).SendMail(context.Background(), account(server), letter(), now)
			var f *notify.Failure
			if !errors.As(err, &f) || f.Cause != c.cause || f.Permanent != c.permanent || f.Unsure != c.unsure || f.IsOwn() != c.own {
				t.Errorf("%+v", err)
			}
			if f != nil && strings.Contains(f.Error(), "jardin-42") {
				t.Errorf("the password is in %q", f.Error())
			}
			if f != nil && strings.Contains(strings.ToLower(f.Error()), "coordination@lesindes.example") {
				t.Errorf("the address of the recipient is in %q: it goes to the log", f.Error())
			}
		})
	}
}

func TestMailServerIsNotThere(t *testing.T) {
	a := notifytest.NewAuthority(t)
	server := notifytest.NewMailServer(t, notifytest.Behaviour{Silent: true})
	quick := notify.DefaultConfig()
	quick.StepTimeout, quick.Timeout = 50*time.Millisecond, 100*time.Millisecond
	s, err := notify.NewSender(quick)
	if err != nil {
		t.Fatal(err)
	}
	wantCause(t, s.SendMail(context.Background(), account(server), letter(), now), notify.CauseSlow)

	ctx, cancel := context.WithCancel(context.Background())
	go cancel()
	if err := sender(t, a).SendMail(ctx, account(server), letter(), now); err == nil {
		t.Error("a mail was sent although the server is silent")
	}
	nobody := account(server)
	nobody.Port = 1
	wantCause(t, sender(t, a).SendMail(context.Background(), nobody, letter(), now), notify.CauseUnreachable)
	nameless := account(server)
	nameless.Host = "nobody.invalid"
	err = sender(t, a).SendMail(context.Background(), nameless, letter(), now)
	var f *notify.Failure
	if !errors.As(err, &f) || f.Cause != notify.CauseName && f.Cause != notify.CauseUnreachable {
		t.Errorf("%v", err) // unreachable where no name server is
	}
}

func wantCause(t *testing.T, err error, want notify.Cause) {
	t.Helper()
	var f *notify.Failure
	if !errors.As(err, &f) || f.Cause != want {
		t.Errorf("%v, not %s", err, want)
	}
}

func TestOneConnectionAtATime(t *testing.T) {
	server := notifytest.NewMailServer(t, notifytest.Behaviour{})
	m := notify.Mail{Host: "127.0.0.1", Port: server.Port, From: "a@b.example", Security: notify.None}
	s := sender(t, notifytest.NewAuthority(t))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := s.SendMail(context.Background(), m, letter(), now); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if mails, _ := server.Mails(); len(mails) != 8 || server.MostAtOnce() != 1 {
		t.Errorf("%d mails, %d at once", len(mails), server.MostAtOnce())
	}
}
