package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// SignatureHeader holds sha256= and the HMAC-SHA256 of the body under the
// webhook's secret, in hexadecimal.
const SignatureHeader = "Courtcircuit-Signature"

// Call is the body of a webhook's request. It holds no personal details: only
// whoever may open the console reads more.
type Call struct {
	Event      string    `json:"event"`
	BriefID    string    `json:"brief_id,omitempty"`
	At         time.Time `json:"at"`
	ConsoleURL string    `json:"console_url,omitempty"`
}

func newWebClient(cfg Config) *http.Client {
	return &http.Client{
		Timeout: cfg.StepTimeout,
		Transport: &http.Transport{
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.Roots},
			DisableKeepAlives:      true,
			DialContext:            (&net.Dialer{Timeout: cfg.StepTimeout, Control: refuseLinkLocal}).DialContext,
			MaxResponseHeaderBytes: 16 << 10,
		},
		// Where the address was moved to is for a coordinator to set: following
		// could lead to a machine that only this node reaches.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// refuseLinkLocal keeps a coordinator from asking, through this machine, what
// only the machine itself may ask: hosts of machines answer there with keys.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || to.Addr().Unmap().IsLinkLocalUnicast() {
		return errors.New("an address of the machine's own link is not called")
	}
	return nil
}

// CallWebhook posts the call and takes any 2xx as an answer. Errors are
// *Failure. The same call has the same bytes whenever it is made.
func (s *Sender) CallWebhook(ctx context.Context, w Webhook, c Call) error {
	c.At = c.At.UTC()
	body, err := json.Marshal(c)
	if err != nil {
		return failure(CauseOther, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return failure(CauseSettings, errors.New("the address cannot be called"))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "courtcircuit")
	req.Header.Set(SignatureHeader, Sign(w.Secret, body))
	answer, err := s.web.Do(req)
	if err != nil {
		f := networkFailure(ctx, err)
		f.Unsure = f.Cause == CauseSlow
		// The address may hold a token of its own, as those of chat rooms do.
		f.Detail = withoutAddress(err)
		return f
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10)
	if answer.StatusCode/100 == 2 {
		return nil
	}
	f := failure(CauseRefused, fmt.Errorf("the answer was %s", answer.Status))
	switch {
	case answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500:
		f.Cause = CauseLater
	case answer.StatusCode/100 == 3:
		f.Detail = fmt.Sprintf("the answer was %d: it moved elsewhere, and redirects are not followed", answer.StatusCode)
	}
	return f
}

// withoutAddress is the reason alone.
func withoutAddress(err error) string {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	return failure(CauseOther, err).Detail
}

// Sign is the value of SignatureHeader.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
