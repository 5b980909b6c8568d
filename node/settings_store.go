package node

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/inbox"
)

// settingsBook keeps what was set in the console.
type settingsBook struct {
	shelf    inbox.Shelf[storedSettings]
	edits    sync.Mutex // held while they are changed
	held     atomic.Pointer[storedSettings]
	givenURL string        // Config.PublicURL before the console's was laid below it
	backups  chan struct{} // has room for one signal: folder or passphrase changed
}

// settingsKey is that of the one value in its space.
var settingsKey = inbox.ID{'s', 'e', 't'}

// storedSettings is how they lie in the inbox.
type storedSettings struct {
	Settings         Settings  `json:"settings"`
	MailPassword     string    `json:"mail_password,omitempty"`
	WebhookSecret    string    `json:"webhook_secret,omitempty"`
	BackupPassphrase string    `json:"backup_passphrase,omitempty"`
	SavedAt          time.Time `json:"saved_at,omitzero"`
}

func storedFrom(s Settings, now time.Time) storedSettings {
	s.Backup.Unsealed = false
	return storedSettings{s, s.Mail.Password, s.Webhook.Secret, s.Backup.Passphrase, now.UTC()}
}

// whole has its secrets in place again, and shares nothing with s.
func (s storedSettings) whole() Settings {
	out := s.Settings
	out.Mail.Password, out.Webhook.Secret, out.Backup.Passphrase = s.MailPassword, s.WebhookSecret, s.BackupPassphrase
	out.EmbedSites = slices.Clone(out.EmbedSites)
	return out
}

// openSettings reads what was set in the console. A setting that this program
// does not take any more is left out and named in the log: a node that refused
// to start would have no console in which to put it right.
func (n *Node) openSettings() error {
	b := &n.settingsHeld
	b.shelf = inbox.NewShelf[storedSettings](n.inbox, inbox.SpaceSettings)
	b.givenURL, b.backups = n.cfg.PublicURL, make(chan struct{}, 1)
	held, err := b.shelf.Get(settingsKey)
	if err != nil && !errors.Is(err, inbox.ErrNotFound) {
		return fmt.Errorf("open settings: %w", err)
	}
	whole := held.whole()
	for _, g := range settingGroups() {
		if err := g.check(&whole); err != nil {
			n.log.Warn("a setting of the console is not used", "field", g.field, "error", err)
			g.move(&whole, &Settings{})
		}
	}
	held = storedFrom(whole, held.SavedAt)
	b.held.Store(&held)
	n.cfg.PublicURL = n.settings().PublicURL
	return nil
}

// givenConfig is the configuration without anything from the console.
func (n *Node) givenConfig() Config {
	c := n.cfg
	c.PublicURL = n.settingsHeld.givenURL
	return c
}

// settings are those in force, secrets included; they belong to the caller.
// The public address is the one from the next start on: cfg.PublicURL is that
// of now.
func (n *Node) settings() Settings {
	return mergeSettings(n.givenConfig(), n.settingsHeld.held.Load().whole())
}

// settingSource says where a setting was given, for people to read:
// "courtcircuit.toml", an environment variable or a flag, which the console
// cannot change; "console"; "" when it was not given. field is as in
// courtcircuit.toml, or "mail" and "webhook" for the whole table.
func (n *Node) settingSource(field string) string {
	for _, g := range settingGroups() {
		if field != g.field && !strings.HasPrefix(field, g.field+".") {
			continue
		}
		if where := n.givenConfig().sourceOf(g); where != "" {
			return where
		}
		if held := n.settingsHeld.held.Load().whole(); !g.same(&held, &Settings{}) {
			return sourceConsole
		}
	}
	return ""
}

// settingsWaiting names the settings that work from the next start on.
func (n *Node) settingsWaiting() []string {
	if n.settings().PublicURL != n.cfg.PublicURL {
		return []string{"public_url"}
	}
	return nil
}

// settingsChangedAt is when somebody last set something in the console.
func (n *Node) settingsChangedAt() time.Time { return n.settingsHeld.held.Load().SavedAt }

// changeSettings lets fn change the settings in force and keeps the outcome. fn
// gets every secret as "": left so, the one that is there stays, unless whom it
// is for was changed too. Errors that a person can act on are *card.Problem
// with the field; one that is given outside of the console cannot be changed.
// Everything works at once but the public address: see settingsWaiting.
func (n *Node) changeSettings(who access.Person, fn func(*Settings) error) error {
	b := &n.settingsHeld
	b.edits.Lock()
	defer b.edits.Unlock()
	console, now := b.held.Load().whole(), n.settings()
	next := now.withoutSecrets()
	if err := fn(&next); err != nil {
		return err
	}
	next.trim()
	if err := next.keepSecrets(&now); err != nil {
		return err
	}
	var changed []string
	for _, g := range settingGroups() {
		if g.same(&next, &now) {
			continue
		}
		if where := n.givenConfig().sourceOf(g); where != "" {
			p := conflict("this is set in %s and can only be changed there", where)
			p.Field = g.field
			return p
		}
		if err := g.check(&next); err != nil {
			return err
		}
		g.move(&console, &next)
		changed = append(changed, g.field)
	}
	if len(changed) == 0 {
		return nil
	}
	if slices.Contains(changed, "backup.dir") {
		if err := tryBackupDir(next.Backup.Dir, n.cfg.Home); err != nil {
			return err
		}
	}
	held := storedFrom(console, time.Now())
	if err := b.shelf.Put(settingsKey, held); err != nil {
		return problemOf(err)
	}
	b.held.Store(&held)
	n.audit(who, "settings-changed", strings.Join(changed, ", "))
	n.wakeNotices()
	select {
	case b.backups <- struct{}{}:
	default:
	}
	return nil
}
