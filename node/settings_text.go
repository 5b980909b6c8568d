package node

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"courtcircuit/node/access"
	"courtcircuit/node/web"
)

// settingText is one setting as a form has it.
type settingText struct {
	key    string // as in courtcircuit.toml
	secret bool
	get    func(*Settings) string
	set    func(*Settings, string) error
}

// settingTexts are all settings, in the order of the console.
var settingTexts = []settingText{
	plainSetting("public_url", func(s *Settings) *string { return &s.PublicURL }),
	plainSetting("backup.dir", func(s *Settings) *string { return &s.Backup.Dir }),
	secretSetting("backup.passphrase", func(s *Settings) *string { return &s.Backup.Passphrase }),
	plainSetting("mail.host", func(s *Settings) *string { return &s.Mail.Host }),
	{key: "mail.port", get: mailPort, set: setMailPort},
	plainSetting("mail.security", func(s *Settings) *string { return &s.Mail.Security }),
	plainSetting("mail.username", func(s *Settings) *string { return &s.Mail.Username }),
	secretSetting("mail.password", func(s *Settings) *string { return &s.Mail.Password }),
	plainSetting("mail.from", func(s *Settings) *string { return &s.Mail.From }),
	plainSetting("mail.to", func(s *Settings) *string { return &s.Mail.To }),
	plainSetting("webhook.url", func(s *Settings) *string { return &s.Webhook.URL }),
	secretSetting("webhook.secret", func(s *Settings) *string { return &s.Webhook.Secret }),
	plainSetting("legal.publisher", func(s *Settings) *string { return &s.Legal.Publisher }),
	plainSetting("legal.registration", func(s *Settings) *string { return &s.Legal.Registration }),
	plainSetting("legal.address", func(s *Settings) *string { return &s.Legal.Address }),
	plainSetting("legal.email", func(s *Settings) *string { return &s.Legal.Email }),
	plainSetting("legal.phone", func(s *Settings) *string { return &s.Legal.Phone }),
	plainSetting("legal.director", func(s *Settings) *string { return &s.Legal.Director }),
	plainSetting("legal.host", func(s *Settings) *string { return &s.Legal.Host }),
	plainSetting("legal.data_contact", func(s *Settings) *string { return &s.Legal.DataContact }),
	plainSetting("legal.access", func(s *Settings) *string { return &s.Legal.Access }),
	plainSetting("legal.access_email", func(s *Settings) *string { return &s.Legal.AccessEmail }),
	{
		key: "web.embed_sites",
		get: func(s *Settings) string { return strings.Join(s.EmbedSites, ", ") },
		set: func(s *Settings, text string) error {
			s.EmbedSites = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' || r == ' ' })
			return nil
		},
	},
}

func plainSetting(key string, at func(*Settings) *string) settingText {
	return settingText{
		key: key,
		get: func(s *Settings) string { return *at(s) },
		set: func(s *Settings, text string) error { *at(s) = text; return nil },
	}
}

func secretSetting(key string, at func(*Settings) *string) settingText {
	t := plainSetting(key, at)
	t.secret = true
	return t
}

func mailPort(s *Settings) string {
	if s.Mail.Port == 0 {
		return ""
	}
	return strconv.Itoa(s.Mail.Port)
}

func setMailPort(s *Settings, text string) error {
	if text = strings.TrimSpace(text); text == "" {
		s.Mail.Port = 0
		return nil
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return invalid("mail.port", "1 to 65535", "%q is no port", shortWords(text))
	}
	s.Mail.Port = int(port)
	return nil
}

// Settings are those in force, as the console shows them: of a secret only
// that it is set.
func (n *Node) Settings(context.Context) ([]web.Setting, error) {
	s := n.settings()
	out := make([]web.Setting, len(settingTexts))
	for i, t := range settingTexts {
		value := t.get(&s)
		out[i] = web.Setting{Key: t.key, Value: value, Set: value != "", Secret: t.secret, Source: n.settingSource(t.key)}
		if t.secret {
			out[i].Value = ""
		}
	}
	return out, nil
}

// ChangeSettings sets those that are named and leaves the others; a secret
// that is named as "" stays. See changeSettings.
func (n *Node) ChangeSettings(_ context.Context, by access.Person, values map[string]string) error {
	return n.changeSettings(by, func(s *Settings) error {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			i := slices.IndexFunc(settingTexts, func(t settingText) bool { return t.key == key })
			if i < 0 {
				return invalid(key, "a setting of the console", "%q is not known", shortWords(key))
			}
			if err := settingTexts[i].set(s, values[key]); err != nil {
				return err
			}
		}
		return nil
	})
}
