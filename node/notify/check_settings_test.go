package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"time"
)

func TestMailSettings(t *testing.T) {
	good := Mail{Host: "smtp.example.org", From: "Les Indés <bonjour@lesindes.example>", Username: "u", Password: "p"}
	for name, c := range map[string]struct {
		change func(*Mail)
		field  string
	}{
		"good":                           {func(*Mail) {}, ""},
		"nothing":                        {func(m *Mail) { *m = Mail{} }, ""},
		"a port":                         {func(m *Mail) { m.Port = 2525 }, ""},
		"none on this machine":           {func(m *Mail) { m.Host, m.Security = "127.0.0.1", None }, ""},
		"none on this machine, IPv6":     {func(m *Mail) { m.Host, m.Security = "::1", None }, ""},
		"an accented domain":             {func(m *Mail) { m.To = "a@théâtre.example" }, ""},
		"no host":                        {func(m *Mail) { m.Host = "" }, "host"},
		"a host with a port":             {func(m *Mail) { m.Host = "smtp.example.org:587" }, "host"},
		"a host with a scheme":           {func(m *Mail) { m.Host = "smtp://smtp.example.org" }, "host"},
		"a host that ends a line":        {func(m *Mail) { m.Host = "smtp.example.org\r\nQUIT" }, "host"},
		"a port too far":                 {func(m *Mail) { m.Port = 65536 }, "port"},
		"none elsewhere":                 {func(m *Mail) { m.Security = None }, "security"},
		"none at a name like this one's": {func(m *Mail) { m.Host, m.Security = "localhost.example.org", None }, "security"},
		"another security":               {func(m *Mail) { m.Security = "ssl" }, "security"},
		"no user":                        {func(m *Mail) { m.Username = "" }, "username"},
		"no sender":                      {func(m *Mail) { m.From = "" }, "from"},
		"two senders":                    {func(m *Mail) { m.From = "a@b.example, c@d.example" }, "from"},
		"a sender with a header":         {func(m *Mail) { m.From = "a@b.example\r\nBcc: c@d.example" }, "from"},
		"a recipient without a domain":   {func(m *Mail) { m.To = "coordination" }, "to"},
		"a long password":                {func(m *Mail) { m.Password = strings.Repeat("x", 501) }, "password"},
	} {
		m := good
		c.change(&m)
		wantField(t, name, m.Validate(), c.field)
	}
}

func TestWebhookSettings(t *testing.T) {
	secret := strings.Repeat("s", 16)
	for name, c := range map[string]struct {
		hook  Webhook
		field string
	}{
		"nothing":                    {Webhook{}, ""},
		"https":                      {Webhook{"https://chat.example/hooks/1", secret}, ""},
		"http on this machine":       {Webhook{"http://127.0.0.1:9/x", secret}, ""},
		"http on this machine, name": {Webhook{"http://localhost:9/x", secret}, ""},
		"http elsewhere":             {Webhook{"http://chat.example/hooks/1", secret}, "url"},
		"http that looks like here":  {Webhook{"http://localhost@chat.example/", secret}, "url"},
		"a password in it":           {Webhook{"https://me:pw@chat.example/", secret}, "url"},
		"another scheme":             {Webhook{"file:///etc/passwd", secret}, "url"},
		"no host":                    {Webhook{"https:///x", secret}, "url"},
		"a line end":                 {Webhook{"https://chat.example/\nx", secret}, "url"},
		"a short secret":             {Webhook{"https://chat.example/", "short"}, "secret"},
		"a secret alone":             {Webhook{"", secret}, "url"},
	} {
		wantField(t, name, c.hook.Validate(), c.field)
	}
}

func wantField(t *testing.T, name string, err error, field string) {
	t.Helper()
	var f *FieldError
	if field == "" && err == nil {
		return
	}
	if !errors.As(err, &f) || f.Field != field || f.Expected == "" {
		t.Errorf("%s: %v, not a fault of %q", name, err, field)
	}
}

// Settings that were put into an answer by mistake show no secret.
func TestSecretsAreNotInJSON(t *testing.T) {
	out, err := json.Marshal(struct {
		M Mail
		W Webhook
	}{Mail{Host: "h", Password: "canary"}, Webhook{"https://a.example", "canary"}})
	if err != nil || strings.Contains(string(out), "canary") {
		t.Error(string(out), err)
	}
}

// Whatever an address is, the one that is taken is a single address that can
// end neither a header nor a command.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{
		"a@b.example", "Les Indés <a@b.example>", "a@b.example\r\nBcc: c@d.example", `"a b"@c.example`, "a@[127.0.0.1]", "a@b.example>", "<a@b.example> SIZE=1",
		"a@b.example,c@d.example", "=?utf-8?q?a=0D=0ABcc:_x?= <a@b.example>", "é@b.example", "a@théâtre.example", "group: a@b.example;", "a@b.example (x\x00)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s)
		if err != nil {
			return
		}
		for _, r := range a.Address {
			if r <= ' ' || r >= 0x7f || strings.ContainsRune("<>,;:\"\\()", r) {
				t.Fatalf("%q gave %q", s, a.Address)
			}
		}
		if strings.Count(a.Address, "@") != 1 {
			t.Fatalf("%q gave %q", s, a.Address)
		}
		header := a.String()
		if strings.ContainsAny(header, "\r\n\x00") {
			t.Fatalf("%q gave the header %q", s, header)
		}
		again, err := mail.ParseAddress(header)
		if err != nil || again.Address != a.Address {
			t.Fatalf("%q gave %q, which reads %v %v", s, header, again, err)
		}
	})
}

// Whatever stands in subject, text and names, the headers of the letter are
// those that compose wrote.
func FuzzCompose(f *testing.F) {
	f.Add("Toulouse", "Bonjour", "Les Indés")
	f.Add("a\r\nBcc: c@d.example", "b\r\n.\r\nMAIL FROM:<x>", "n\r\nBcc: c@d.example")
	f.Add("a\u2028b\u0085c", "\x00\x1b[31m", "\xff\"<a@b.example>")
	f.Add(strings.Repeat("é", 300), strings.Repeat("=", 2000), strings.Repeat("n ", 100))
	f.Add("=?utf-8?q?=0D=0ABcc:_c@d.example?=", "Bcc: c@d.example\n\nx", "")
	f.Fuzz(func(t *testing.T, subject, text, name string) {
		from := (&mail.Address{Name: name, Address: "a@b.example"}).String()
		msg, err := compose(Mail{From: from}, Letter{ID: "1", To: "c@d.example", Subject: subject, Text: text, Language: subject}, time.Unix(1e9, 0))
		if err != nil {
			return // a name that no address has
		}
		var out strings.Builder
		if _, err := msg.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		read, err := mail.ReadMessage(strings.NewReader(out.String()))
		if err != nil {
			t.Fatalf("%v in %q", err, out.String())
		}
		allowed := "Auto-Submitted X-Auto-Response-Suppress Content-Language Content-Transfer-Encoding Content-Type Date From Message-Id Mime-Version Subject To"
		for key, values := range read.Header {
			if !strings.Contains(allowed, key) || len(values) != 1 {
				t.Fatalf("header %s: %q", key, values)
			}
		}
		for key, want := range map[string]string{"From": "a@b.example", "To": "c@d.example"} {
			list, err := read.Header.AddressList(key)
			if err != nil || len(list) != 1 || list[0].Address != want {
				t.Fatalf("%s: %v %v", key, list, err)
			}
		}
		for line := range strings.SplitSeq(out.String(), "\r\n") {
			if len(line) > 998 || strings.ContainsAny(line, "\r\n\x00") {
				t.Fatalf("line %q", line)
			}
		}
	})
}

func TestRetriesAreBounded(t *testing.T) {
	total, tries := time.Duration(0), 1
	for ; total < GiveUpAfter; tries++ {
		d := RetryDelay(tries)
		if d < 30*time.Second || d > time.Hour || d < RetryDelay(tries-1) {
			t.Fatal(tries, d)
		}
		total += d
	}
	if tries > 100 {
		t.Error(fmt.Sprint(tries, " tries"))
	}
}
