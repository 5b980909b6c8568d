package notify_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/notify"
	"courtcircuit/node/notify/notifytest"
)

const hookSecret = "a secret of both"

func TestCallWebhook(t *testing.T) {
	came := make(chan string, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Error(r.Method, r.Header, err)
		}
		if r.Header.Get(notify.SignatureHeader) != notify.Sign(hookSecret, body) || notify.Sign("another", body) == notify.Sign(hookSecret, body) {
			t.Errorf("signature %q", r.Header.Get(notify.SignatureHeader))
		}
		came <- string(body)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	s := sender(t, notifytest.NewAuthority(t))
	call := notify.Call{Event: "brief", BriefID: "abc", At: now.In(time.FixedZone("x", 3600)), ConsoleURL: "https://lesindes.example/_/briefs/abc"}
	for range 2 {
		if err := s.CallWebhook(context.Background(), notify.Webhook{URL: server.URL, Secret: hookSecret}, call); err != nil {
			t.Fatal(err)
		}
	}
	const want = `{"event":"brief","brief_id":"abc","at":"2026-11-23T10:00:00Z","console_url":"https://lesindes.example/_/briefs/abc"}`
	for range 2 {
		if body := <-came; body != want {
			t.Error(body)
		}
	}
}

// The signature is the one that any other program makes: RFC 4231, case 2.
func TestSign(t *testing.T) {
	if got := notify.Sign("Jefe", []byte("what do ya want for nothing?")); got != "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" {
		t.Error(got)
	}
}

func TestWebhookFailures(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	for name, c := range map[string]struct {
		status int
		cause  notify.Cause
	}{
		"moved": {http.StatusTemporaryRedirect, notify.CauseRefused}, "gone": {http.StatusGone, notify.CauseRefused},
		"busy": {http.StatusTooManyRequests, notify.CauseLater}, "broken": {http.StatusBadGateway, notify.CauseLater},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(c.status)
		}))
		t.Run(name, func(t *testing.T) {
			err := sender(t, notifytest.NewAuthority(t)).CallWebhook(context.Background(), notify.Webhook{URL: server.URL, Secret: hookSecret}, notify.Call{Event: "brief"})
			wantCause(t, err, c.cause)
		})
		server.Close()
	}
}

func TestWebhookIsNotThere(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	quick := notify.DefaultConfig()
	quick.StepTimeout = 50 * time.Millisecond
	s, err := notify.NewSender(quick)
	if err != nil {
		t.Fatal(err)
	}
	err = s.CallWebhook(context.Background(), notify.Webhook{URL: slow.URL + "/token-canary", Secret: hookSecret}, notify.Call{})
	var f *notify.Failure
	if !errors.As(err, &f) || f.Cause != notify.CauseSlow || !f.Unsure || strings.Contains(f.Detail, "canary") {
		t.Errorf("%+v", err)
	}
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	s = sender(t, notifytest.NewAuthority(t))
	wantCause(t, s.CallWebhook(context.Background(), notify.Webhook{URL: untrusted.URL, Secret: hookSecret}, notify.Call{}), notify.CauseCertificate)
	wantCause(t, s.CallWebhook(context.Background(), notify.Webhook{URL: "http://127.0.0.1:1/", Secret: hookSecret}, notify.Call{}), notify.CauseUnreachable)
}
