package node

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
	"courtcircuit/node/web"
)

var setter = access.Person{Role: access.Coordinator, Name: "Dominique"}

func mustChange(t *testing.T, n *Node, fn func(*Settings)) {
	t.Helper()
	if err := n.changeSettings(setter, func(s *Settings) error { fn(s); return nil }); err != nil {
		t.Fatal(err)
	}
}

func changeProblem(t *testing.T, n *Node, cause card.Cause, field string, fn func(*Settings)) {
	t.Helper()
	before := n.settings()
	wantProblem(t, n.changeSettings(setter, func(s *Settings) error { fn(s); return nil }), cause, field)
	if after := n.settings(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("refused, and yet changed: %+v", after)
	}
}

var workingMail = notify.Mail{Host: "smtp.example.org", Username: "bonjour", Password: "jardin-42", From: "bonjour@lesindes.example"}

// What is given outside outranks the console, field by field or by table, and
// cannot be changed in it.
func TestSettingsPrecedence(t *testing.T) {
	cfg := serviceConfig(t, t.TempDir())
	cfg.Legal.Publisher, cfg.Backup.Dir = "Les Indés", filepath.Join(t.TempDir(), "given")
	cfg.Webhook = notify.Webhook{URL: "https://chat.example/", Secret: "a secret of both"}
	cfg.Given = map[string]string{
		"legal.publisher": "courtcircuit.toml", "backup.dir": "--backup-dir", "webhook.url": "COURTCIRCUIT_WEBHOOK_URL",
		"web.embed_sites": "COURTCIRCUIT_WEB_EMBED_SITES", // set, and to none
	}
	n := openService(t, cfg)
	mustChange(t, n, func(s *Settings) { s.Legal.Email, s.Mail = " bonjour@lesindes.example ", workingMail })
	for field, fn := range map[string]func(*Settings){
		"legal.publisher": func(s *Settings) { s.Legal.Publisher = "Others" },
		"backup.dir":      func(s *Settings) { s.Backup.Dir = "" },
		"webhook":         func(s *Settings) { s.Webhook.URL = "https://elsewhere.example/" },
		"web.embed_sites": func(s *Settings) { s.EmbedSites = []string{"https://elsewhere.example"} },
	} {
		changeProblem(t, n, card.Conflict, field, fn)
	}
	s := n.settings()
	if s.Legal.Publisher != "Les Indés" || s.Legal.Email != "bonjour@lesindes.example" || s.Mail != workingMail || s.Webhook.Secret != "a secret of both" {
		t.Errorf("%+v", s)
	}
	for field, want := range map[string]string{
		"legal.publisher": "courtcircuit.toml", "legal.email": "console", "legal.phone": "", "backup.dir": "--backup-dir", "backup.passphrase": "",
		"mail.host": "console", "mail": "console", "webhook.secret": "COURTCIRCUIT_WEBHOOK_URL", "web.embed_sites": "COURTCIRCUIT_WEB_EMBED_SITES",
		"unknown": "",
	} {
		if got := n.settingSource(field); got != want {
			t.Errorf("%s comes from %q, not %q", field, got, want)
		}
	}
}

// Settings are there after a restart; the public address only then.
func TestSettingsAfterRestart(t *testing.T) {
	cfg := serviceConfig(t, t.TempDir())
	cfg.Inbox = func(*inbox.Config) {}
	n, err := New(cfg, testLog())
	if err != nil {
		t.Fatal(err)
	}
	mustChange(t, n, func(s *Settings) {
		s.Mail, s.PublicURL, s.EmbedSites = workingMail, "https://lesindes.example", []string{"https://site.example"}
		s.Backup.Passphrase = "jardin"
	})
	if n.cfg.PublicURL != "" || !slices.Equal(n.settingsWaiting(), []string{"public_url"}) {
		t.Errorf("%q %v", n.cfg.PublicURL, n.settingsWaiting())
	}
	before := n.settings()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openService(t, cfg)
	if fmt.Sprint(n.settings()) != fmt.Sprint(before) || before.Mail.Password != "jardin-42" {
		t.Errorf("%+v, not %+v", n.settings(), before)
	}
	if n.cfg.PublicURL != "https://lesindes.example" || n.settingsWaiting() != nil || n.settingSource("public_url") != "console" {
		t.Errorf("%q %v", n.cfg.PublicURL, n.settingsWaiting())
	}
	mustChange(t, n, func(s *Settings) { s.PublicURL = "" })
	if n.settings().PublicURL != "" || n.settingsWaiting() == nil {
		t.Error("the public address cannot be taken back")
	}
}

// A setting that is no longer taken keeps no node from starting.
func TestSettingsOfAnotherTime(t *testing.T) {
	cfg := serviceConfig(t, t.TempDir())
	n := openService(t, cfg)
	odd := Settings{Mail: notify.Mail{Host: "smtp.example.org", Security: "rot13"}, EmbedSites: []string{"https://a.example; script-src *"}}
	odd.Legal.Publisher = "Les Indés"
	if err := n.settingsHeld.shelf.Put(settingsKey, storedFrom(odd, time.Now())); err != nil {
		t.Fatal(err)
	}
	if err := n.openSettings(); err != nil {
		t.Fatal(err)
	}
	if s := n.settings(); s.Mail.On() || len(s.EmbedSites) > 0 || s.Legal.Publisher != "Les Indés" {
		t.Errorf("%+v", s)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		field string
		fn    func(*Settings)
	}{
		"an address with a path":    {"public_url", func(s *Settings) { s.PublicURL = "https://a.example/x" }},
		"a folder from nowhere":     {"backup.dir", func(s *Settings) { s.Backup.Dir = "backups" }},
		"a folder that is a file":   {"backup.dir", func(s *Settings) { s.Backup.Dir = file }},
		"mail without a sender":     {"mail.from", func(s *Settings) { s.Mail.Host = "smtp.example.org" }},
		"a plain webhook":           {"webhook.url", func(s *Settings) { s.Webhook = notify.Webhook{URL: "http://a.example/", Secret: "a secret of both"} }},
		"a webhook without secret":  {"webhook.secret", func(s *Settings) { s.Webhook.URL = "https://a.example/" }},
		"a site that opens policy":  {"web.embed_sites", func(s *Settings) { s.EmbedSites = []string{"https://a.example;script-src"} }},
		"many sites":                {"web.embed_sites", func(s *Settings) { s.EmbedSites = slices.Repeat([]string{"https://a.example"}, 51) }},
		"a state that is none":      {"legal.access", func(s *Settings) { s.Legal.Access = "perfect" }},
		"a long text":               {"legal.address", func(s *Settings) { s.Legal.Address = strings.Repeat("é", 501) }},
		"a text with control signs": {"legal.phone", func(s *Settings) { s.Legal.Phone = "05\x1b[31m" }},
	} {
		t.Run(name, func(t *testing.T) { changeProblem(t, n, card.Invalid, c.field, c.fn) })
	}
	wantProblem(t, n.ChangeSettings(t.Context(), setter, map[string]string{"http": "0.0.0.0:80"}), card.Invalid, "http")
	wantProblem(t, n.ChangeSettings(t.Context(), setter, map[string]string{"mail.port": "abc"}), card.Invalid, "mail.port")
}

// A secret stays when its field is left empty, never goes to another server,
// and is in no answer.
func TestSecretsOfSettings(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	dir := t.TempDir()
	mustChange(t, n, func(s *Settings) {
		s.Mail, s.Webhook = workingMail, notify.Webhook{URL: "https://chat.example/token", Secret: "a secret of both"}
		s.Backup = BackupSettings{Dir: dir, Passphrase: "verger"}
	})
	mustChange(t, n, func(s *Settings) {
		if shown := fmt.Sprintf("%+v", *s); strings.Contains(shown, "jardin-42") || strings.Contains(shown, "a secret") || strings.Contains(shown, "verger") {
			t.Error(shown)
		}
		s.Mail.To = "coordination@lesindes.example"
	})
	if s := n.settings(); s.Mail.Password != "jardin-42" || s.Webhook.Secret != "a secret of both" || s.Backup.Passphrase != "verger" || s.Mail.To == "" {
		t.Errorf("%+v", s)
	}
	for name, fn := range map[string]func(*notify.Mail){
		"host": func(m *notify.Mail) { m.Host = "mine.example" }, "port": func(m *notify.Mail) { m.Port = 1 },
		"security": func(m *notify.Mail) { m.Security = notify.TLS }, "user": func(m *notify.Mail) { m.Username = "me" },
		"a server here": func(m *notify.Mail) { m.Host, m.Security = "localhost", notify.None },
	} {
		t.Run(name, func(t *testing.T) {
			changeProblem(t, n, card.Invalid, "mail.password", func(s *Settings) { fn(&s.Mail) })
		})
	}
	shown, err := n.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := json.Marshal(shown)
	if err != nil || strings.Contains(string(answer), "jardin-42") || strings.Contains(string(answer), "a secret") || strings.Contains(string(answer), "verger") {
		t.Error(string(answer), err)
	}
	for _, key := range []string{"mail.password", "webhook.secret", "backup.passphrase"} {
		i := slices.IndexFunc(shown, func(s web.Setting) bool { return s.Key == key })
		if i < 0 || !shown[i].Secret || !shown[i].Set || shown[i].Value != "" || shown[i].Source != "console" {
			t.Errorf("%s: %+v", key, shown)
		}
	}
	mustChange(t, n, func(s *Settings) { s.Mail, s.Webhook, s.Backup.Unsealed = notify.Mail{}, notify.Webhook{}, true })
	if s := n.settings(); s.Mail != (notify.Mail{}) || s.Webhook != (notify.Webhook{}) || s.Backup.Passphrase != "" || s.Backup.Dir != dir {
		t.Errorf("%+v", s)
	}
}

// Everything but the address works at once, also for pages that stand already.
func TestSettingsAreLive(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	live := n.webConfig().Live
	dir := filepath.Join(t.TempDir(), "new")
	if n.untilBackup(time.Now()) != noBackup {
		t.Error("a backup is due without a folder")
	}
	err := n.ChangeSettings(t.Context(), setter, map[string]string{
		"legal.publisher": "Les Indés", "web.embed_sites": "https://a.example, https://b.example", "backup.dir": dir, "mail.host": "smtp.example.org",
		"mail.from": "bonjour@lesindes.example", "mail.port": "2525",
	})
	if err != nil {
		t.Fatal(err)
	}
	if legal, sites := live(); legal.Publisher != "Les Indés" || !slices.Equal(sites, []string{"https://a.example", "https://b.example"}) {
		t.Errorf("%+v %v", legal, sites)
	}
	if r := n.reach(); !r.mail || r.webhook || n.settings().Mail.Port != 2525 {
		t.Errorf("%+v", r)
	}
	select {
	case <-n.settingsHeld.backups:
	default:
		t.Error("the backups were not told")
	}
	if n.untilBackup(time.Now()) != 0 {
		t.Error("no backup is due in the new folder")
	}
	if done, err := n.BackupTo(context.Background(), ""); err != nil || filepath.Dir(done.Path) != dir {
		t.Errorf("%+v %v", done, err)
	}
	notes, err := n.journal("", 10)
	if err != nil || !slices.ContainsFunc(notes.Entries, func(e web.JournalEntry) bool { return e.Action == "settings-changed" && e.By == "Dominique" }) {
		t.Errorf("%+v %v", notes, err)
	}
}

// A backup beside what it is a copy of is lost with it.
func TestBackupFolderLiesElsewhere(t *testing.T) {
	n := namedNode(t)
	for dir, fine := range map[string]bool{
		n.cfg.Home: false, filepath.Join(n.cfg.Home, "keys"): false, filepath.Join(n.cfg.Home, "..", filepath.Base(n.cfg.Home), "b"): false,
		filepath.Join(t.TempDir(), "b"): true, n.cfg.Home + "-backups": true,
	} {
		err := n.changeSettings(access.Person{}, func(s *Settings) error { s.Backup.Dir = dir; return nil })
		if fine != (err == nil) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}
