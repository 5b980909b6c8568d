package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/node/listener"
	"courtcircuit/node/notify"
	"courtcircuit/node/web"
)

// Bounds of settings, in characters and sites.
const (
	maxSettingText = 500
	maxEmbedSites  = 50
)

// check names what of a group cannot be used.
func (g settingGroup) check(s *Settings) error {
	switch g.field {
	case "public_url":
		if s.PublicURL == "" {
			return nil
		}
		if _, err := listener.ParseOrigin(s.PublicURL); err != nil {
			return invalid(g.field, "scheme and name such as https://lesindes.example, without a path", "%s cannot be the public address", shortWords(s.PublicURL))
		}
	case "backup.dir":
		if s.Backup.Dir != "" && !filepath.IsAbs(s.Backup.Dir) {
			return invalid(g.field, "a whole path such as /var/backups/courtcircuit", "%s does not begin at the root", shortWords(s.Backup.Dir))
		}
	case "mail":
		return notifyProblem(g.field, s.Mail.Validate())
	case "webhook":
		return notifyProblem(g.field, s.Webhook.Validate())
	case "web.embed_sites":
		return checkEmbedSites(s.EmbedSites)
	case "legal.access":
		if !slices.Contains([]string{"", "total", "partial", "none"}, s.Legal.Access) {
			return invalid(g.field, "total, partial or none", "%q is no state of accessibility", shortWords(s.Legal.Access))
		}
	}
	for _, t := range settingTexts {
		if t.key == g.field {
			return checkSettingText(t.key, t.get(s))
		}
	}
	return nil
}

// notifyProblem is a fault that package notify found, with its table before
// the field.
func notifyProblem(table string, err error) error {
	var fault *notify.FieldError
	if !errors.As(err, &fault) {
		return err
	}
	return &card.Problem{Cause: card.Invalid, Field: table + "." + fault.Field, Detail: fault.Detail, Expected: fault.Expected}
}

func checkEmbedSites(sites []string) error {
	const field = "web.embed_sites"
	if len(sites) > maxEmbedSites {
		return invalid(field, fmt.Sprintf("at most %d", maxEmbedSites), "%d sites are too many", len(sites))
	}
	for _, site := range sites {
		if err := (web.Config{EmbedSites: []string{site}}).Validate(); err != nil {
			return invalid(field, "addresses such as https://lesindes.example, without a path", "%s is no site that may show the frame", shortWords(site))
		}
	}
	return nil
}

func checkSettingText(field, value string) error {
	if n := utf8.RuneCountInString(value); n > maxSettingText {
		return invalid(field, fmt.Sprintf("at most %d characters", maxSettingText), "the text is too long")
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || unicode.Is(unicode.Cf, r) }) {
		return invalid(field, "text", "it holds control characters")
	}
	return nil
}

// tryBackupDir finds out now, before somebody relies on it, whether backups
// can be written there.
func tryBackupDir(dir, home string) error {
	if dir == "" {
		return nil
	}
	// A copy beside what it is a copy of is lost with it, and among the keys it
	// would be taken for one.
	if inside, err := filepath.Rel(home, dir); err == nil && filepath.IsLocal(inside) {
		return invalid("backup.dir", "a folder elsewhere, best on another disk", "the folder lies in the node's own")
	}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".courtcircuit-*.part"); err == nil {
			err = errors.Join(f.Close(), os.Remove(f.Name()))
		}
	}
	if err != nil {
		return &card.Problem{Cause: card.Invalid, Field: "backup.dir", Expected: "a folder that the node may write to", Detail: err.Error()}
	}
	return nil
}

// trim takes off the spaces that come with what is copied into a form. Secrets
// stay as they are.
func (s *Settings) trim() {
	for _, t := range settingTexts {
		if !t.secret {
			_ = t.set(s, strings.TrimSpace(t.get(s))) // what came out goes in
		}
	}
}

func (s Settings) withoutSecrets() Settings {
	s.Mail.Password, s.Webhook.Secret, s.Backup.Passphrase = "", "", ""
	s.EmbedSites = slices.Clone(s.EmbedSites)
	return s
}

// keepSecrets fills in those that were left as they are. A password stays only
// with the server and account it is for: else whoever may change the settings
// could have it sent to a server of their own.
func (s *Settings) keepSecrets(held *Settings) error {
	switch {
	case s.Mail.Username == "":
		s.Mail.Password = ""
	case s.Mail.Password != "" || held.Mail.Password == "":
	case s.Mail.Host == held.Mail.Host && s.Mail.Port == held.Mail.Port && s.Mail.Username == held.Mail.Username && s.Mail.Security == held.Mail.Security:
		s.Mail.Password = held.Mail.Password
	default:
		return invalid("mail.password", "the password of this account once more", "the server or the account was changed")
	}
	if s.Webhook.Secret == "" && s.Webhook.On() {
		s.Webhook.Secret = held.Webhook.Secret
	} else if !s.Webhook.On() {
		s.Webhook.Secret = ""
	}
	if s.Backup.Passphrase == "" && !s.Backup.Unsealed {
		s.Backup.Passphrase = held.Backup.Passphrase
	}
	s.Backup.Unsealed = false
	return nil
}
