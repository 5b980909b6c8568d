package notify

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"net"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Letter is one mail of plain text to one person.
type Letter struct {
	ID       string // the same for every try, so that a second copy can be told from a second mail
	To       string
	Subject  string
	Text     string
	Language string // fr or en
}

// SendMail hands a letter to the mail server and returns once the server has
// taken it. Errors are *Failure. It waits for another mail that is being sent.
func (s *Sender) SendMail(ctx context.Context, m Mail, l Letter, now time.Time) error {
	m = m.WithDefaults()
	msg, err := compose(m, l, now)
	if err != nil {
		return err
	}
	s.mails.Lock()
	defer s.mails.Unlock()
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	client, hangUp, err := s.mailClient(ctx, m)
	if err != nil {
		return &Failure{Cause: CauseSettings, Detail: err.Error()}
	}
	defer hangUp()
	if err := client.DialWithContext(ctx); err != nil {
		return dialFailure(ctx, err).without(l.To)
	}
	err = client.Send(msg)
	if msg.IsDelivered() {
		// The server has it, whatever it said about saying goodbye.
		_ = client.Close()
		return nil
	}
	return sendFailure(ctx, err).without(l.To)
}

// compose writes every header that is not the library's to choose. Nothing of
// l can end a header: lines are cleaned, addresses parsed.
func compose(m Mail, l Letter, now time.Time) (*mail.Msg, error) {
	from, err := ParseAddress(m.From)
	if err != nil {
		return nil, &Failure{Cause: CauseSettings, Detail: err.Error()}
	}
	to, err := ParseAddress(l.To)
	if err != nil {
		return nil, &Failure{Cause: CauseRecipient, Permanent: true, Detail: err.Error()}
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(firstRunes(oneLine(l.Subject), maxSubject))
	msg.SetDateWithValue(now)
	msg.SetMessageIDWithValue(messageID(l.ID, from))
	// Out-of-office answers to it would come back to people who wait for briefs.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	if l.Language == "fr" || l.Language == "en" {
		msg.SetGenHeader("Content-Language", l.Language)
	}
	msg.SetBodyString(mail.TypeTextPlain, manyLines(l.Text))
	return msg, nil
}

// messageID says nothing of what the letter is about.
func messageID(id string, from *netmail.Address) string {
	sum := sha256.Sum256([]byte("courtcircuit-mail/1 " + id))
	return hex.EncodeToString(sum[:16]) + "@" + domainOf(from.Address)
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// mailClient makes a client for one connection, and what closes it: the
// library leaves it open when signing in fails, and does not look at ctx after
// dialling.
func (s *Sender) mailClient(ctx context.Context, m Mail) (*mail.Client, func(), error) {
	secure := &tls.Config{ServerName: m.Host, MinVersion: tls.VersionTLS12, RootCAs: s.cfg.Roots}
	line := &openLine{}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		d := net.Dialer{Timeout: s.cfg.StepTimeout}
		address := net.JoinHostPort(m.Host, strconv.Itoa(m.Port))
		if m.Security == TLS {
			return line.keep((&tls.Dialer{NetDialer: &d, Config: secure}).DialContext(ctx, network, address))
		}
		return line.keep(d.DialContext(ctx, network, address))
	}
	options := []mail.Option{
		mail.WithPort(m.Port), mail.WithTimeout(s.cfg.StepTimeout), mail.WithTLSConfig(secure), mail.WithDialContextFunc(dial),
		mail.WithoutNoop(), mail.WithHELO(heloName(m)),
	}
	switch m.Security {
	case TLS:
		options = append(options, mail.WithSSL())
	case None:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.Username != "" {
		options = append(options, mail.WithSMTPAuthCustom(&signIn{mail: m}))
	}
	client, err := mail.NewClient(m.Host, options...)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, line.hangUp)
	return client, func() { stop(); line.hangUp() }, nil
}

// openLine is the connection of one mail; it is hung up by whoever comes first.
type openLine struct {
	mu   sync.Mutex
	conn net.Conn
	over bool
}

func (l *openLine) keep(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		conn.Close()
		return nil, net.ErrClosed
	}
	l.conn = conn
	return conn, nil
}

func (l *openLine) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over = true; l.conn != nil {
		l.conn.Close()
	}
}

// heloName is the domain of the sender: the name of this machine is nobody's
// business, and servers refuse one without a dot.
func heloName(m Mail) string {
	if from, err := ParseAddress(m.From); err == nil {
		return domainOf(from.Address)
	}
	return "localhost"
}

// signIn takes PLAIN or LOGIN, whichever the server has: over a verified TLS
// connection, or to this machine, the others protect nothing more. It is asked
// only once TLS stands, because TLS is mandatory beyond this machine.
type signIn struct {
	mail   Mail
	chosen smtp.Auth
}

func (a *signIn) Start(server *smtp.ServerInfo) (string, []byte, error) {
	switch {
	case slices.Contains(server.Auth, "PLAIN"):
		a.chosen = smtp.PlainAuth("", a.mail.Username, a.mail.Password, server.Name, true)
	case slices.Contains(server.Auth, "LOGIN"):
		a.chosen = smtp.LoginAuth(a.mail.Username, a.mail.Password, server.Name, true)
	default:
		return "", nil, errNoSignIn
	}
	return a.chosen.Start(server)
}

func (a *signIn) Next(fromServer []byte, more bool) ([]byte, error) {
	return a.chosen.Next(fromServer, more)
}

// maxSubject is in characters. What has no space is not folded, and no line of
// a letter may be longer than 998 bytes (RFC 5322, 2.1.1).
const maxSubject = 200

func firstRunes(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// oneLine and manyLines put spaces for what could end a header or hide text.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if isBreaking(r) {
			return ' '
		}
		return r
	}, s)), " ")
}

func manyLines(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && isBreaking(r) {
			return ' '
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}
