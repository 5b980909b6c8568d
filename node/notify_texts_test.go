package node

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
	"courtcircuit/node/notify/notifytest"
)

// Every mail is there in both languages, without a gap and without the words
// that only the console may use.
func TestLetterTexts(t *testing.T) {
	banned := regexp.MustCompile(`(?i)\b(n[oœ]eu?ds?|nodes?|peers?|pairs?|tier|digest|vendor|score)\b|[{}]`)
	for event := range letterTexts {
		seen := map[string]bool{}
		for _, language := range []string{"fr", "en"} {
			if letterTexts[event][language] == (letterWords{}) {
				t.Errorf("%s has no text in %s", event, language)
			}
			subject, text := letter(language, event, "Les Indés", "Le Loup", "Toulouse", "https://lesindes.example/x")
			if found := banned.FindString(subject + text); found != "" {
				t.Errorf("%s, %s: %q", event, language, found)
			}
			if !strings.Contains(text, "\nhttps://lesindes.example/x\n") || !strings.HasSuffix(text, "-- \nLes Indés\n") || strings.ContainsAny(subject, "\n") {
				t.Errorf("%s, %s: %q %q", event, language, subject, text)
			}
			if len(subject) > 120 || seen[subject] {
				t.Errorf("%s, %s: subject %q", event, language, subject)
			}
			seen[subject] = true
		}
		other, _ := letter("de", event, "a", "a", "", "x")
		if french, _ := letter("fr", event, "a", "a", "", "x"); other != french {
			t.Errorf("%s in another language: %q", event, other)
		}
	}
}

// A collective's name stays whole behind the "de" of a subject.
func TestLetterNamesTheCollective(t *testing.T) {
	for name, want := range map[string]string{"Autres": "réponse d’Autres", "Les Indés": "réponse de Les Indés"} {
		if subject, _ := letter("fr", tellDeclined, name, name, "", "x"); !strings.HasSuffix(subject, want) {
			t.Errorf("%q does not end in %q", subject, want)
		}
	}
}

// tellingNode tells over real sockets to a mail server and a webhook.
func tellingNode(t *testing.T) (n *Node, mails *notifytest.MailServer, calls func() []string) {
	t.Helper()
	mails = notifytest.NewMailServer(t, notifytest.Behaviour{})
	bodies := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
	}))
	t.Cleanup(hook.Close)
	cfg := serviceConfig(t, t.TempDir())
	cfg.Mail = notify.Mail{Host: "127.0.0.1", Port: mails.Port, From: "bonjour@lesindes.example", To: "coordination@lesindes.example", Security: notify.None}
	cfg.Webhook = notify.Webhook{URL: hook.URL, Secret: "a secret of both"}
	n = nameNode(t, openService(t, cfg))
	n.notices.address = func(path string) string { return "https://lesindes.example" + path }
	var came []string
	return n, mails, func() []string {
		for len(bodies) > 0 {
			came = append(came, <-bodies)
		}
		return came
	}
}

// plainMail is a mail as its reader sees it.
func plainMail(t *testing.T, m notifytest.Mail) string {
	t.Helper()
	msg, err := netmail.ReadMessage(strings.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return subject + "\n" + strings.ReplaceAll(string(body), "\r\n", "\n")
}

// What a client wrote goes to nobody: not in the mail to the coordinators, not
// in the call, not even by the name of a place. A client's own mail reaches
// only them, and the link in it stands nowhere else.
func TestNoticesHoldNoContactDetails(t *testing.T) {
	n, mails, calls := tellingNode(t)
	canary := rand.Text()
	err := n.inbox.Update(func(tx *inbox.Tx) error {
		place := card.ResolvedPlace{Name: "06 12 34 56 78 " + canary, Department: canary, Lat: 43.6045, Lon: 1.444}
		if err := n.noticeBriefIn(tx, briefNotice{Brief: inbox.ID{7}, Place: place}, time.Now()); err != nil {
			return err
		}
		c := clientNotice{Track: inbox.ID{8}, Email: canary + "@example.org", Path: "/suivi/" + canary, Language: "en", Collective: "Les Indés"}
		if err := n.noticeClientIn(tx, c, time.Now()); err != nil {
			return err
		}
		return n.noticeStateIn(tx, inbox.ID{8}, card.BriefProposed, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	n.tellRound(context.Background(), byMail, time.Time{})
	n.tellRound(context.Background(), byWebhook, time.Time{})
	sent, _ := mails.Mails()
	if len(sent) != 2 || len(calls()) != 1 {
		t.Fatalf("%d mails, %d calls", len(sent), len(calls()))
	}
	for _, m := range sent {
		text := plainMail(t, m)
		switch m.To {
		case "coordination@lesindes.example":
			if strings.Contains(m.Data+text, canary) || !strings.Contains(text, "(Toulouse)") || !strings.Contains(text, "https://lesindes.example/_/briefs/") {
				t.Errorf("to the coordinators: %s", text)
			}
		case canary + "@example.org":
			if !strings.Contains(text, "https://lesindes.example/suivi/"+canary+"\n") || !strings.HasPrefix(text, "Your mission: ") {
				t.Errorf("to the client: %s", text)
			}
		default:
			t.Errorf("to %s", m.To)
		}
	}
	if call := calls()[0]; strings.Contains(call, canary) || strings.Contains(call, "Toulouse") || !strings.Contains(call, `"event":"brief"`) {
		t.Error(call)
	}
}

func TestTestButtons(t *testing.T) {
	n, mails, calls := tellingNode(t)
	by := access.Person{Role: access.Coordinator, Name: "Ada"}
	if err := n.TestMail(t.Context(), by); err != nil {
		t.Fatal(err)
	}
	if err := n.TestWebhook(t.Context(), by); err != nil {
		t.Fatal(err)
	}
	if sent, _ := mails.Mails(); len(sent) != 1 || !strings.Contains(plainMail(t, sent[0]), "Message d’essai de Les Indés") || sent[0].To != "coordination@lesindes.example" {
		t.Error(sent)
	}
	if len(calls()) != 1 || !strings.Contains(calls()[0], `"event":"test"`) {
		t.Error(calls())
	}
	mails.Do(notifytest.Behaviour{Answers: map[string]string{"MAIL": "550 not yours"}})
	p := wantProblem(t, n.TestMail(t.Context(), by), card.Unavailable, "mail.from")
	if !strings.Contains(p.Detail, "not yours") {
		t.Error(p.Detail)
	}
	quiet := serviceNode(t, t.TempDir())
	wantProblem(t, quiet.TestMail(t.Context(), by), card.Conflict, "mail.host")
	wantProblem(t, quiet.TestWebhook(t.Context(), by), card.Conflict, "webhook.url")
}

// Every cause has its words.
func TestFailureWords(t *testing.T) {
	for _, c := range []notify.Cause{
		notify.CauseSettings, notify.CauseName, notify.CauseUnreachable, notify.CauseSlow, notify.CauseCertificate, notify.CauseNoTLS,
		notify.CausePassword, notify.CauseSender, notify.CauseRecipient, notify.CauseRefused, notify.CauseLater, notify.CauseOther,
	} {
		if notifyFailure(byMail, &notify.Failure{Cause: c}).Detail == "" {
			t.Errorf("%s has no words", c)
		}
	}
}

// The real loop: a notice wakes it at once, a failed one is tried again by
// itself, and it ends with its context.
func TestNoticeLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := serviceConfig(t, t.TempDir())
		cfg.Mail = notify.Mail{Host: "smtp.example.org", From: "bonjour@lesindes.example"}
		n, err := New(cfg, testLog())
		if err != nil {
			t.Fatal(err)
		}
		told := make(chan string, 10)
		var failure error = &notify.Failure{Cause: notify.CauseSlow}
		n.notices.tell = func(_ context.Context, _ channel, _ notice, d dueNotice) error {
			told <- fmt.Sprint(d.Event, " ", time.Since(d.At))
			err := failure
			failure = nil
			return err
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- n.runMail(ctx) }()
		synctest.Wait() // it looked, and found nothing
		err = n.inbox.Update(func(tx *inbox.Tx) error { return n.noticeBriefIn(tx, briefNotice{Brief: inbox.ID{1}}, time.Now()) })
		if err != nil {
			t.Fatal(err)
		}
		n.wakeNotices()
		if got := <-told; got != "brief 0s" {
			t.Error(got)
		}
		if got := <-told; got != "brief 30s" {
			t.Error(got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
}
