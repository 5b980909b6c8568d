package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"courtcircuit/node/notify"
)

// Mail and webhook are read from file and environment, and it is known where
// each was given.
func TestNotifySettings(t *testing.T) {
	const file = "[mail]\nhost = \"smtp.example.org\"\nport = 465\nsecurity = \"tls\"\nusername = \"u\"\npassword = \"from the file\"\nfrom = \"a@b.example\"\n[legal]\nemail = \"a@b.example\"\n"
	a := &app{home: t.TempDir()}
	if err := os.WriteFile(filepath.Join(a.home, configFile), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"MAIL_PASSWORD": "from the environment", "MAIL_TO": "c@d.example", "WEBHOOK_URL": "https://chat.example/", "WEBHOOK_SECRET": "a secret of both",
	} {
		t.Setenv(envPrefix+name, value)
	}
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	(&app{words: newWords("en")}).addNodeFlags(flags)
	if err := flags.Parse([]string{"--backup-dir", "/tmp/b", "--public-url", "https://a.example"}); err != nil {
		t.Fatal(err)
	}
	cfg, err := a.loadConfig(flags)
	if err != nil {
		t.Fatal(err)
	}
	want := notify.Mail{
		Host: "smtp.example.org", Port: 465, Security: notify.TLS, Username: "u", Password: "from the environment", From: "a@b.example", To: "c@d.example",
	}
	if cfg.Mail != want || cfg.Webhook != (notify.Webhook{URL: "https://chat.example/", Secret: "a secret of both"}) {
		t.Errorf("%+v %+v", cfg.Mail, cfg.Webhook)
	}
	given := map[string]string{
		"mail.host": configFile, "mail.port": configFile, "mail.security": configFile, "mail.username": configFile, "mail.from": configFile,
		"mail.password": "COURTCIRCUIT_MAIL_PASSWORD", "mail.to": "COURTCIRCUIT_MAIL_TO", "webhook.url": "COURTCIRCUIT_WEBHOOK_URL",
		"webhook.secret": "COURTCIRCUIT_WEBHOOK_SECRET", "legal.email": configFile, "backup.dir": "--backup-dir", "public_url": "--public-url",
	}
	if !maps.Equal(cfg.Given, given) {
		t.Errorf("%v", cfg.Given)
	}
}

func TestNotifySettingsAreRefused(t *testing.T) {
	for file, says := range map[string]string{
		"[mail]\nhost = \"smtp.example.org\"":                                              "mail.from",
		"[mail]\nhost = \"smtp.example.org\"\nfrom = \"a@b.example\"\nsecurity = \"none\"": "mail.security",
		"[mail]\nport = \"many\"":                                                          "whole number",
		"[mail]\nserver = \"smtp.example.org\"":                                            "unknown setting",
		"[webhook]\nurl = \"http://chat.example/\"\nsecret = \"a secret of both\"":         "webhook.url",
		"[webhook]\nurl = \"https://chat.example/\"":                                       "webhook.secret",
	} {
		a := &app{home: t.TempDir()}
		if err := os.WriteFile(filepath.Join(a.home, configFile), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := a.loadConfig(nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, %q expected", file, err, says)
		}
	}
}
