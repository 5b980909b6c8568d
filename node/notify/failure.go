package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/wneessen/go-mail"
)

// Cause is why somebody could not be told, in one word of a fixed list.
type Cause string

// The causes.
const (
	CauseSettings    Cause = "settings"    // mail or webhook cannot be used as set
	CauseName        Cause = "name"        // no machine has the server's name
	CauseUnreachable Cause = "unreachable" // nobody answers there
	CauseSlow        Cause = "slow"        // no answer in time
	CauseCertificate Cause = "certificate" // the server cannot prove its name
	CauseNoTLS       Cause = "no-tls"      // the server offers no secured connection
	CausePassword    Cause = "password"    // user name or password refused
	CauseSender      Cause = "sender"      // the account may not send as From
	CauseRecipient   Cause = "recipient"   // the address is refused
	CauseRefused     Cause = "refused"     // the mail or call itself is refused
	CauseLater       Cause = "later"       // the server asks to come back later
	CauseOther       Cause = "other"
)

// Failure is every error of a Sender.
type Failure struct {
	Cause  Cause  `json:"cause"`
	Detail string `json:"detail,omitempty"` // what the other side said, at most maxDetail bytes
	// Permanent: trying the same again is of no use until a setting changes.
	Permanent bool `json:"permanent,omitempty"`
	// Unsure: it may have been taken all the same.
	Unsure bool `json:"unsure,omitempty"`
}

// without takes an address out of what the other side said: it may be a
// client's, and a Failure goes to logs. Servers repeat it in their own case.
func (f *Failure) without(address string) *Failure {
	if a, err := ParseAddress(address); err == nil {
		f.Detail = regexp.MustCompile("(?i)"+regexp.QuoteMeta(a.Address)).ReplaceAllLiteralString(f.Detail, "…")
	}
	return f
}

func (f *Failure) Error() string { return string(f.Cause) + ": " + f.Detail }

// IsOwn says that the failure is about this letter alone, and not about the
// server: others may leave all the same.
func (f *Failure) IsOwn() bool { return f.Cause == CauseRecipient || f.Cause == CauseRefused }

var errNoSignIn = errors.New("the server offers neither PLAIN nor LOGIN to sign in")

// maxDetail bounds what a server's words take.
const maxDetail = 300

func failure(cause Cause, err error) *Failure {
	detail := oneLine(strings.ToValidUTF8(err.Error(), " "))
	for len(detail) > maxDetail {
		detail = strings.ToValidUTF8(detail[:maxDetail], "")
	}
	return &Failure{Cause: cause, Detail: detail}
}

// dialFailure is about everything before the letter itself.
func dialFailure(ctx context.Context, err error) *Failure {
	var said *textproto.Error
	if errors.As(err, &said) {
		switch {
		case said.Code == 454 && !strings.Contains(err.Error(), "AUTH"):
			return failure(CauseNoTLS, err)
		case strings.Contains(err.Error(), "SMTP AUTH failed") && said.Code >= 500, said.Code == 535, said.Code == 534, said.Code == 530:
			return failure(CausePassword, err)
		case said.Code < 500:
			return failure(CauseLater, err)
		default:
			return failure(CauseOther, err)
		}
	}
	if errors.Is(err, errNoSignIn) {
		return failure(CausePassword, err)
	}
	if strings.Contains(err.Error(), "does not support STARTTLS") {
		return failure(CauseNoTLS, err)
	}
	return networkFailure(ctx, err)
}

// networkFailure is about the way to the other side.
func networkFailure(ctx context.Context, err error) *Failure {
	var name *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var proof *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var waited net.Error
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return failure(CauseName, err)
	case errors.As(err, &proof), errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid):
		return failure(CauseCertificate, err)
	case errors.As(err, &record):
		return failure(CauseNoTLS, err)
	case ctx.Err() != nil, errors.As(err, &waited) && waited.Timeout():
		return failure(CauseSlow, err)
	}
	return failure(CauseUnreachable, err)
}

// sendFailure is about the letter.
func sendFailure(ctx context.Context, err error) *Failure {
	var sent *mail.SendError
	if !errors.As(err, &sent) {
		return networkFailure(ctx, err)
	}
	code := sent.ErrorCode()
	var f *Failure
	switch {
	case code == 0:
		f = networkFailure(ctx, err)
		// After the last byte of the letter the answer is lost, not the letter.
		f.Unsure = sent.Reason == mail.ErrSMTPDataClose
	case sent.IsTemp():
		f = failure(CauseLater, err)
	case code == 530 || code == 535:
		f = failure(CausePassword, err)
	case sent.Reason == mail.ErrSMTPMailFrom:
		f = failure(CauseSender, err)
	case sent.Reason == mail.ErrSMTPRcptTo:
		f = failure(CauseRecipient, err)
		f.Permanent = true
	default:
		f = failure(CauseRefused, err)
		f.Permanent = true
	}
	if code != 0 {
		f.Detail = fmt.Sprintf("the server said: %s", f.Detail)
	}
	return f
}
