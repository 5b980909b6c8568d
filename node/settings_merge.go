package node

import (
	"slices"
	"strings"
	"sync"

	"courtcircuit/node/notify"
	"courtcircuit/node/web"
)

// Settings are what coordinators may set in the console. What is given by a
// flag, the environment or courtcircuit.toml outranks them. Secrets never
// become JSON, so that no page or answer can hold one by mistake.
type Settings struct {
	PublicURL  string // works from the next start on
	Backup     BackupSettings
	Mail       notify.Mail
	Webhook    notify.Webhook
	Legal      web.Legal
	EmbedSites []string
}

// BackupSettings is the part of BackupConfig that is set in the console.
type BackupSettings struct {
	Dir        string // "" makes none by itself
	Passphrase string `json:"-"`
	Unsealed   bool   `json:"-"` // in changeSettings: from now on without a passphrase
}

// settingGroup is one setting, or several that are given together or not at
// all: a password that the operator wrote into a file must never be sent to a
// server that somebody named in the console.
type settingGroup struct {
	field string // as in courtcircuit.toml, or the name of a whole table
	same  func(a, b *Settings) bool
	move  func(into, from *Settings)
}

// settingGroups are all of them: the tables of mail and webhook, and every
// other setting by itself.
var settingGroups = sync.OnceValue(func() []settingGroup {
	groups := []settingGroup{
		{
			field: "mail",
			same:  func(a, b *Settings) bool { return a.Mail == b.Mail },
			move:  func(into, from *Settings) { into.Mail = from.Mail },
		},
		{
			field: "webhook",
			same:  func(a, b *Settings) bool { return a.Webhook == b.Webhook },
			move:  func(into, from *Settings) { into.Webhook = from.Webhook },
		},
	}
	for _, t := range settingTexts {
		if strings.HasPrefix(t.key, "mail.") || strings.HasPrefix(t.key, "webhook.") {
			continue
		}
		groups = append(groups, settingGroup{
			field: t.key,
			same:  func(a, b *Settings) bool { return t.get(a) == t.get(b) },
			move:  func(into, from *Settings) { _ = t.set(into, t.get(from)) }, // what came out goes in
		})
	}
	return groups
})

// fixedSettings are the settings as flags, environment and file give them.
func (c Config) fixedSettings() Settings {
	return Settings{
		PublicURL: c.PublicURL, Backup: BackupSettings{Dir: c.Backup.Dir, Passphrase: c.Backup.Passphrase},
		Mail: c.Mail, Webhook: c.Webhook, Legal: c.Legal, EmbedSites: c.EmbedSites,
	}
}

// sourceOf is where a setting was given outside of the console; "" when it may
// be set there.
func (c Config) sourceOf(g settingGroup) string {
	for field, where := range c.Given {
		if field == g.field || strings.HasPrefix(field, g.field+".") {
			return where
		}
	}
	if fixed := c.fixedSettings(); !g.same(&fixed, &Settings{}) {
		return sourceConfig
	}
	return ""
}

// mergeSettings lays what the configuration gives over what the console set.
func mergeSettings(c Config, console Settings) Settings {
	fixed, out := c.fixedSettings(), console
	out.EmbedSites = slices.Clone(console.EmbedSites)
	for _, g := range settingGroups() {
		if c.sourceOf(g) != "" {
			g.move(&out, &fixed)
		}
	}
	return out
}

// Where a setting comes from, beside what Config.Given says.
const (
	sourceConfig  = "courtcircuit.toml"
	sourceConsole = "console"
)
