package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"courtcircuit/node/card"
)

// reportReader keeps reports as they came, and refuses them with err.
type reportReader struct {
	*fakeReader
	mu   sync.Mutex
	got  []card.Report
	err  error
	wait chan struct{} // nil: none
}

func (f *reportReader) Report(_ context.Context, r card.Report) (card.Report, error) {
	if f.wait != nil {
		<-f.wait
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.got = append(f.got, r)
	}
	return r, f.err
}

func reportPages(t testing.TB) (*Pages, *reportReader) {
	f := &reportReader{fakeReader: newFakeReader()}
	return sharePages(t, f, testURL), f
}

var malikReport = "/signaler/profile/" + fakeID("malik")

func filled(change ...string) url.Values {
	v := url.Values{"reason": {"impersonation"}, "details": {"C’est ma photo.\r\nEt mon nom."}, "contact": {"moi@example.org"}, "token": {"T0KEN"}, "website": {""}}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

func TestReportForm(t *testing.T) {
	p, _ := reportPages(t)
	for path, name := range map[string]string{
		malikReport: "Malik Benali", "/signaler/mission/" + fakeID("open"): "Identité visuelle", "/signaler/collective/" + fakeID("other"): "Chartrons",
	} {
		body := read(t, p, path)
		for _, want := range append([]string{name, `method="post"`, `name="token"`, `name="website"`}, card.ReportReasons...) {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
	}
	if a, b := tokenIn(read(t, p, malikReport)), tokenIn(read(t, p, malikReport)); a == b || len(a) < 20 {
		t.Errorf("tokens %q and %q", a, b)
	}
	for path, want := range map[string]int{
		"/signaler/profile/" + fakeID("nobody"): http.StatusNotFound, "/signaler/photo/" + fakeID("malik"): http.StatusNotFound,
	} {
		if w := ask(p, http.MethodGet, path, nil); w.Code != want {
			t.Errorf("GET %s: %d", path, w.Code)
		}
		if w := ask(p, http.MethodPost, path, filled()); w.Code != want {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
}

func tokenIn(body string) string {
	_, rest, _ := strings.Cut(body, `name="token" value="`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

func TestReportIsKept(t *testing.T) {
	p, f := reportPages(t)
	w := ask(p, http.MethodPost, malikReport, filled())
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), wordsFor("fr").Say("report_thanks")) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want := card.Report{Kind: "profile", Subject: fakeID("malik"), Name: "Malik Benali", Reason: "impersonation", Details: "C’est ma photo.\nEt mon nom.", Contact: "moi@example.org"}
	if len(f.got) != 1 || f.got[0] != want {
		t.Errorf("%+v", f.got)
	}
	if h := headIn(t, w.Body.String()); h.indexed() {
		t.Error("the answer is to be indexed")
	}
	if strings.Contains(w.Body.String(), "moi@example.org") {
		t.Error("the contact is shown back")
	}
}

// Pressing the button again sends nothing; other words are another report.
func TestReportOnce(t *testing.T) {
	p, f := reportPages(t)
	for range 3 {
		if w := ask(p, http.MethodPost, malikReport, filled()); w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	if len(f.got) != 1 {
		t.Errorf("%d reports of one form", len(f.got))
	}
	ask(p, http.MethodPost, malikReport, filled("details", "Et encore."))
	ask(p, http.MethodPost, malikReport, filled("token", "0THER"))
	ask(p, http.MethodPost, "/signaler/profile/"+fakeID("camille"), filled())
	if len(f.got) != 4 {
		t.Errorf("%d reports, want 4", len(f.got))
	}
}

// Two presses at the same moment are one report as well.
func TestReportOnceAtOnce(t *testing.T) {
	p, f := reportPages(t)
	f.wait = make(chan struct{})
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { ask(p, http.MethodPost, malikReport, filled()) })
	}
	close(f.wait)
	both.Wait()
	if len(f.got) != 1 {
		t.Errorf("%d reports", len(f.got))
	}
}

func TestReportMemoryIsBounded(t *testing.T) {
	var s sentReports
	for i := range maxSentReports + 50 {
		if err := s.send(strings.Repeat("x", i), card.Report{}, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.done) != maxSentReports || len(s.order) != maxSentReports {
		t.Errorf("%d and %d are kept", len(s.done), len(s.order))
	}
}

// What failed was not sent, so it can be sent again.
func TestReportAfterFailure(t *testing.T) {
	p, f := reportPages(t)
	f.err = &card.Problem{Cause: card.Unavailable, Detail: "full"}
	w := ask(p, http.MethodPost, malikReport, filled())
	body := w.Body.String()
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(body, "Et mon nom.") || !strings.Contains(body, "moi@example.org") || !strings.Contains(body, `value="impersonation" required checked`) || tokenIn(body) != "T0KEN" {
		t.Errorf("%d %s", w.Code, body)
	}
	f.err = nil
	if w := ask(p, http.MethodPost, malikReport, filled()); w.Code != http.StatusOK || len(f.got) != 1 {
		t.Errorf("%d, %d reports", w.Code, len(f.got))
	}
}

func TestReportRefused(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
		say  string
	}{
		"often reported":   {&card.Problem{Cause: card.Conflict, Detail: "enough"}, http.StatusConflict, "report_enough"},
		"details refused":  {&card.Problem{Cause: card.Invalid, Field: "details"}, http.StatusUnprocessableEntity, "report_unreadable"},
		"something else":   {&card.Problem{Cause: card.Invalid, Field: "kind"}, http.StatusUnprocessableEntity, "problem_refused"},
		"erased meanwhile": {&card.Problem{Cause: card.Gone}, http.StatusGone, "problem_gone"},
		"a fault of ours":  {errors.New("disk"), http.StatusInternalServerError, "problem_failed"},
	} {
		p, f := reportPages(t)
		f.err = c.err
		if w := ask(p, http.MethodPost, malikReport, filled()); w.Code != c.want || !strings.Contains(w.Body.String(), wordsFor("fr").Say(c.say)) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestReportWithFaults(t *testing.T) {
	p, f := reportPages(t)
	for name, c := range map[string]struct{ field, value, id string }{
		"no reason":        {"reason", "", "reason-error"},
		"unknown reason":   {"reason", "jealousy", "reason-error"},
		"details too long": {"details", strings.Repeat("é", maxReportDetails+1), "details-error"},
		"contact too long": {"contact", strings.Repeat("é", maxReportContact+1), "contact-error"},
	} {
		w := ask(p, http.MethodPost, malikReport, filled(c.field, c.value))
		body := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, `id="`+c.id+`"`) || strings.Count(body, `class="error"`) != 1 {
			t.Errorf("%s: %d", name, w.Code)
		}
		if c.field != "details" && !strings.Contains(body, "Et mon nom.") {
			t.Errorf("%s: what was typed is gone", name)
		}
	}
	fine := filled("details", strings.Repeat("é", maxReportDetails), "contact", strings.Repeat("é", maxReportContact))
	if w := ask(p, http.MethodPost, malikReport, fine); w.Code != http.StatusOK || len(f.got) != 1 {
		t.Errorf("at the bounds: %d", w.Code)
	}
	if w := ask(p, http.MethodPost, malikReport, filled("details", strings.Repeat("x", maxFormBytes))); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a huge form: %d", w.Code)
	}
	if len(f.got) != 1 {
		t.Errorf("%d reports", len(f.got))
	}
}

// A program that fills in what people do not see is thanked and not heard.
func TestReportTrap(t *testing.T) {
	p, f := reportPages(t)
	w := ask(p, http.MethodPost, malikReport, filled("website", "https://spam.example"))
	if w.Code != http.StatusOK || len(f.got) != 0 {
		t.Errorf("%d, %d reports", w.Code, len(f.got))
	}
}

func TestReportOfOnesOwnCard(t *testing.T) {
	p, _ := reportPages(t)
	for _, body := range []string{read(t, p, malikReport), ask(p, http.MethodPost, malikReport, filled("reason", "mine")).Body.String()} {
		if !strings.Contains(body, `href="/c/`+fakeID("other")+`"`) || !strings.Contains(body, wordsFor("fr").Say("report_mine_text")) {
			t.Errorf("it does not say who can erase it: %s", body)
		}
	}
}

// What is typed comes back as text.
func TestReportShowsTextAsText(t *testing.T) {
	p, _ := reportPages(t)
	body := ask(p, http.MethodPost, malikReport, filled("reason", "", "details", "</textarea><script>alert(1)</script>", "contact", `"><img src=x onerror=alert(1)>`, "token", `"><script>`)).Body.String()
	if strings.Contains(body, "<script>") || strings.Contains(body, "<img src=x") {
		t.Errorf("markup of the visitor: %s", body)
	}
}
