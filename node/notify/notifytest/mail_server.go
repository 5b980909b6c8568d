package notifytest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
)

// Behaviour is what a MailServer does to its clients.
type Behaviour struct {
	Certificate *tls.Certificate // nil: no TLS
	Implicit    bool             // TLS from the first byte
	Auth        string           // mechanisms offered, such as "PLAIN LOGIN"; "" offers none
	User, Pass  string
	Answers     map[string]string // by verb, or by the recipient's address: a refusal in its place
	Silent      bool              // never greets
	CutAfter    string            // hangs up after this verb; "DATA" is the letter's end, unanswered
}

// Mail is one letter as it came.
type Mail struct {
	From, To string
	Data     string
	User     string // who signed in
}

// MailServer takes mails on a port of 127.0.0.1.
type MailServer struct {
	Port int

	mu        sync.Mutex
	does      Behaviour
	mails     []Mail
	came      chan struct{} // closed and renewed with every mail
	open, top int           // letters between MAIL and the answer to their end
	conns     map[net.Conn]bool
}

// NewMailServer serves until the test ends.
func NewMailServer(t testing.TB, does Behaviour) *MailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &MailServer{Port: l.Addr().(*net.TCPAddr).Port, does: does, came: make(chan struct{}), conns: map[net.Conn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.hold(conn, true)
			all.Go(func() {
				defer s.hold(conn, false)
				defer conn.Close()
				s.serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		for conn := range s.conns {
			conn.Close()
		}
		s.mu.Unlock()
		all.Wait()
	})
	return s
}

func (s *MailServer) hold(conn net.Conn, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns[conn] = true; !is {
		delete(s.conns, conn)
	}
}

func (s *MailServer) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += n
	s.top = max(s.top, s.open)
}

// Do changes how clients are met from now on.
func (s *MailServer) Do(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.does = b
}

// Mails are those that came so far; more is closed when another does.
func (s *MailServer) Mails() (mails []Mail, more <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...), s.came
}

// MostAtOnce is how many letters were being sent at one moment.
func (s *MailServer) MostAtOnce() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.top
}

// talk is one connection.
type talk struct {
	net.Conn
	*bufio.Reader
	does Behaviour
	safe bool
	mail Mail
}

func (c *talk) say(format string, args ...any) { fmt.Fprintf(c.Conn, format+"\r\n", args...) }

func (c *talk) Read(b []byte) (int, error) { return c.Reader.Read(b) }

func (s *MailServer) serve(conn net.Conn) {
	s.mu.Lock()
	c := &talk{Conn: conn, does: s.does}
	s.mu.Unlock()
	if c.does.Implicit {
		c.Conn, c.safe = tls.Server(conn, c.tls()), true
	}
	c.Reader = bufio.NewReader(c.Conn)
	if c.does.Silent {
		_, _ = c.Reader.ReadByte() // until the client hangs up
		return
	}
	c.say("220 localhost ready")
	for {
		line, err := c.Reader.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if answer, ok := c.does.Answers[verb]; ok {
			c.say("%s", answer)
			continue
		}
		if !s.answer(c, verb, line) {
			return
		}
	}
}

func (c *talk) tls() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{*c.does.Certificate}}
}

func (s *MailServer) answer(c *talk, verb, line string) (goOn bool) {
	switch verb {
	case "EHLO":
		c.say("250-localhost")
		if c.does.Certificate != nil && !c.safe {
			c.say("250-STARTTLS")
		}
		if c.does.Auth != "" {
			c.say("250-AUTH %s", c.does.Auth)
		}
		c.say("250 8BITMIME")
	case "STARTTLS":
		c.say("220 go on")
		c.Conn, c.safe = tls.Server(c.Conn, c.tls()), true
		c.Reader = bufio.NewReader(c.Conn)
	case "AUTH":
		c.signIn(line)
	case "MAIL":
		s.count(1)
		c.mail = Mail{From: addressIn(line), User: c.mail.User}
		c.say("250 ok")
	case "RCPT":
		c.mail.To = addressIn(line)
		if refusal, ok := c.does.Answers[c.mail.To]; ok {
			c.say("%s", refusal)
			break
		}
		c.say("250 ok")
	case "DATA":
		return s.take(c)
	case "QUIT":
		c.say("221 bye")
		return false
	case "RSET", "NOOP":
		c.say("250 ok")
	default:
		c.say("500 what?")
	}
	return c.does.CutAfter != verb
}

// take reads the letter, and takes it also when the answer is never given.
func (s *MailServer) take(c *talk) bool {
	c.say("354 go on")
	var data strings.Builder
	for {
		line, err := c.Reader.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		data.WriteString(strings.TrimPrefix(line, "."))
	}
	c.mail.Data = data.String()
	s.count(-1)
	s.mu.Lock()
	s.mails = append(s.mails, c.mail)
	close(s.came)
	s.came = make(chan struct{})
	s.mu.Unlock()
	if c.does.CutAfter == "DATA" {
		return false
	}
	c.say("250 taken")
	return true
}

func (c *talk) signIn(line string) {
	words := strings.Fields(line)
	read := func(ask string) string {
		c.say("334 %s", ask)
		answer, _ := c.Reader.ReadString('\n')
		return decoded(answer)
	}
	var user, pass string
	switch {
	case len(words) == 3 && words[1] == "PLAIN":
		parts := strings.Split(decoded(words[2]), "\x00")
		if len(parts) == 3 {
			user, pass = parts[1], parts[2]
		}
	case len(words) >= 2 && words[1] == "LOGIN":
		user = read("VXNlcm5hbWU6")
		pass = read("UGFzc3dvcmQ6")
	}
	if user != c.does.User || pass != c.does.Pass {
		c.say("535 5.7.8 authentication failed")
		return
	}
	c.mail.User = user
	c.say("235 welcome")
}

func decoded(s string) string {
	out, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	return string(out)
}

func addressIn(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
