package notify

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// The ways of securing the connection to a mail server.
const (
	StartTLS = "starttls" // port 587: TLS or nothing
	TLS      = "tls"      // port 465: TLS from the first byte
	None     = "none"     // a server on this machine only
)

// Mail is the collective's submission account. The zero value sends none.
type Mail struct {
	Host     string `json:"host,omitempty"`
	Port     int    `json:"port,omitempty"` // 0: 587, or 465 with TLS, or 25 with None
	Username string `json:"username,omitempty"`
	Password string `json:"-"`                  // never in JSON, so that no answer holds it by mistake
	From     string `json:"from,omitempty"`     // one address, a name before it is allowed
	To       string `json:"to,omitempty"`       // where coordinators read; default From
	Security string `json:"security,omitempty"` // default StartTLS
}

// Webhook is called with what happened, without personal details. The zero
// value calls nobody.
type Webhook struct {
	URL    string `json:"url,omitempty"` // https, or http on this machine
	Secret string `json:"-"`             // signs every call; at least minSecret characters
}

// Bounds of settings, in bytes.
const (
	maxField  = 500
	minSecret = 16
)

// FieldError names a setting that cannot be used.
type FieldError struct {
	Field    string // as in courtcircuit.toml below its table: host, url, …
	Detail   string // what is wrong, without the value of a secret
	Expected string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%s: %s, %s expected", e.Field, e.Detail, e.Expected)
}

// On says whether mails are to be sent.
func (m Mail) On() bool { return m.Host != "" }

// On says whether anybody is to be called.
func (w Webhook) On() bool { return w.URL != "" }

// WithDefaults fills in port, security and recipient.
func (m Mail) WithDefaults() Mail {
	if !m.On() {
		return m
	}
	if m.Security == "" {
		m.Security = StartTLS
	}
	if m.Port == 0 {
		m.Port = map[string]int{StartTLS: 587, TLS: 465, None: 25}[m.Security]
	}
	if m.To == "" {
		m.To = m.From
	}
	return m
}

// Validate names the field that cannot be used, as a *FieldError.
func (m Mail) Validate() error {
	for _, f := range []struct{ name, value string }{
		{"host", m.Host}, {"username", m.Username}, {"password", m.Password}, {"from", m.From}, {"to", m.To},
	} {
		if err := checkLine(f.name, f.value); err != nil {
			return err
		}
	}
	if !m.On() {
		if m != (Mail{}) {
			return &FieldError{"host", "is empty although other settings of mail are there", "the name of the mail server, such as smtp.example.org"}
		}
		return nil
	}
	if strings.ContainsAny(m.Host, " /@[]") || strings.Contains(m.Host, ":") && net.ParseIP(m.Host) == nil {
		return &FieldError{"host", quote(m.Host), "the name of the mail server without port or scheme, such as smtp.example.org"}
	}
	if m.Port < 0 || m.Port > 65535 {
		return &FieldError{"port", fmt.Sprint(m.Port), "1 to 65535"}
	}
	switch m.Security {
	case "", StartTLS, TLS:
	case None:
		if !isLoopback(m.Host) {
			return &FieldError{"security", "none to " + quote(m.Host), "starttls or tls; none is for a server on this machine (localhost)"}
		}
	default:
		return &FieldError{"security", quote(m.Security), "starttls, tls or none"}
	}
	if m.Password != "" && m.Username == "" {
		return &FieldError{"username", "is empty although a password is there", "the name to sign in with, often the whole mail address"}
	}
	if _, err := ParseAddress(m.From); err != nil {
		return &FieldError{"from", err.Error(), "one mail address such as bonjour@lesindes.example"}
	}
	if m.To != "" {
		if _, err := ParseAddress(m.To); err != nil {
			return &FieldError{"to", err.Error(), "one mail address such as bonjour@lesindes.example"}
		}
	}
	return nil
}

// Validate names the field that cannot be used, as a *FieldError.
func (w Webhook) Validate() error {
	if !w.On() {
		if w.Secret != "" {
			return &FieldError{"url", "is empty although a secret is there", "an address such as https://chat.example/hooks/briefs"}
		}
		return nil
	}
	if err := checkLine("url", w.URL); err != nil {
		return err
	}
	if err := checkLine("secret", w.Secret); err != nil {
		return err
	}
	u, err := url.Parse(w.URL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return &FieldError{"url", "this address cannot be called", "an https address such as https://chat.example/hooks/briefs, or http on this machine (localhost), without a name and password in it"}
	}
	if len(w.Secret) < minSecret {
		return &FieldError{"secret", "is too short", fmt.Sprintf("at least %d characters, which the receiver knows too", minSecret)}
	}
	return nil
}

// ParseAddress takes one mail address, also with a name before it, and refuses
// everything that could end a header or an SMTP command.
func ParseAddress(s string) (*mail.Address, error) {
	if err := checkLine("address", s); err != nil {
		return nil, errors.New("holds characters that no mail address has")
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("%s is no mail address", quote(s))
	}
	at := strings.LastIndexByte(a.Address, '@')
	local := a.Address[:at]
	domain, err := idna.Lookup.ToASCII(a.Address[at+1:])
	if err != nil || len(local) > 64 || len(domain) > 253 || strings.ContainsFunc(local, isUnusual) || strings.ContainsAny(domain, "[]:") {
		return nil, fmt.Errorf("%s is no mail address that servers take", quote(s))
	}
	a.Address = local + "@" + domain
	// A domain of characters that are not seen becomes none, and some names are not read as they are written.
	if again, err := mail.ParseAddress(a.String()); err != nil || again.Address != a.Address {
		return nil, fmt.Errorf("%s is no mail address that servers take", quote(s))
	}
	return a, nil
}

// isUnusual is what a local part has only in quotes, or beyond ASCII: few
// servers take either, and each is a way to say something else in a command.
func isUnusual(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"\<>,;:()[]@`, r) }

// checkLine refuses control characters, line ends above all: they would start
// a header or a command of their own.
func checkLine(field, s string) error {
	if len(s) > maxField {
		return &FieldError{field, "is too long", fmt.Sprintf("at most %d bytes", maxField)}
	}
	if strings.ContainsFunc(s, isBreaking) {
		return &FieldError{field, "holds a line end or another control character", "one line of text"}
	}
	return nil
}

// isBreaking also holds for the separators that Unicode has for lines, and for
// what is no character at all.
func isBreaking(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func quote(s string) string { return fmt.Sprintf("%.80q", s) }
