package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	root "courtcircuit"
	"courtcircuit/node"
	"courtcircuit/protocol"
)

// configFile is read from the home. It is written by people only: what the
// program itself learns is kept elsewhere.
const configFile = "courtcircuit.toml"

// envPrefix begins the environment variable of every setting: backup.dir is
// COURTCIRCUIT_BACKUP_DIR.
const envPrefix = "COURTCIRCUIT_"

// listSettings are separated by commas in the environment.
var listSettings = []string{"listen", "announce", "bootstrap", "http_hosts", "trusted_proxies", "domain", "web.embed_sites"}

// settings are all names a configuration may hold, each with what is
// expected; an unknown name is refused, because a typing error that is
// silently ignored is found months later.
var settings = map[string]string{
	"network": "text", "listen": "list of text", "http": "text", "http_hosts": "list of text", "announce": "list of text",
	"public": listenAddress, "public_url": "text", "public_http": "text", "trusted_proxies": "list of text",
	"domain": "text or list of text", "acme_directory": "text", "acme_ca_file": "text", "acme_email": "text",
	"web.embed_sites": "list of text", "legal.publisher": "text", "legal.registration": "text", "legal.address": "text", "legal.email": "text", "legal.phone": "text",
	"legal.director": "text", "legal.host": "text", "legal.data_contact": "text", "legal.access": "text", "legal.access_email": "text",
	"bootstrap": "list of text", "mdns": "true or false", "min_free_mib": "whole number", "lang": "text",
	"mail.host": "text", "mail.port": "whole number", "mail.username": "text", "mail.password": "text", "mail.from": "text", "mail.to": "text",
	"mail.security": "text", "webhook.url": "text", "webhook.secret": "text",
	"backup.dir": "text", "backup.passphrase": "text", "backup.keep": "whole number", "backup.every": "duration such as 24h",
}

func init() {
	for _, name := range node.LimitNames() {
		settings["limits."+name] = "whole number"
	}
}

// listenAddress is what public is; it once held what announce holds now.
const listenAddress = "an address to listen on such as :8080 (the multiaddrs by which others reach this node go to announce)"

// otherEnv are variables of the prefix that are no settings of a node.
var otherEnv = []string{"COURTCIRCUIT_HOME", "COURTCIRCUIT_LANG", "COURTCIRCUIT_PASSPHRASE"}

// loadConfig joins defaults, courtcircuit.toml, environment and the flags that
// were given, each outranking those before.
func (a *app) loadConfig(flags *pflag.FlagSet) (node.Config, error) {
	k := koanf.New(".")
	path := filepath.Join(a.home, configFile)
	if err := k.Load(file.Provider(path), toml.Parser()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return node.Config{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := checkSettings(k, path); err != nil {
		return node.Config{}, err
	}
	fromFile := k.Keys()
	if err := k.Load(env.Provider(".", env.Opt{Prefix: envPrefix, TransformFunc: envSetting}), nil); err != nil {
		return node.Config{}, fmt.Errorf("environment: %w", err)
	}
	if err := checkSettings(k, "environment "+envPrefix+"…"); err != nil {
		return node.Config{}, err
	}
	cfg := node.DefaultConfig(a.home)
	cfg.DefaultBootstrap = root.DefaultBootstrap
	if err := applySettings(&cfg, k); err != nil {
		return node.Config{}, err
	}
	applyFlags(&cfg, flags)
	cfg.Given = givenBy(k.Keys(), fromFile, flags)
	return cfg, cfg.Validate()
}

// givenBy says for every setting that was given where, as people know the
// place. The last that names it wins, as its value does.
func givenBy(keys, fromFile []string, flags *pflag.FlagSet) map[string]string {
	given := map[string]string{}
	for _, key := range keys {
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
		if _, inEnv := os.LookupEnv(name); inEnv || !slices.Contains(fromFile, key) {
			given[key] = name
		} else {
			given[key] = configFile
		}
	}
	if flags != nil {
		flags.Visit(func(f *pflag.Flag) {
			key := strings.ReplaceAll(f.Name, "-", "_")
			if rest, ok := strings.CutPrefix(key, "backup_"); ok {
				key = "backup." + rest
			}
			if _, ok := settings[key]; ok {
				given[key] = "--" + f.Name
			}
		})
	}
	return given
}

func envSetting(name, value string) (string, any) {
	if slices.Contains(otherEnv, name) {
		return "", nil
	}
	key := strings.ToLower(strings.TrimPrefix(name, envPrefix))
	for _, table := range []string{"backup", "legal", "limits", "mail", "webhook", "web"} {
		if rest, ok := strings.CutPrefix(key, table+"_"); ok {
			key = table + "." + rest
		}
	}
	if slices.Contains(listSettings, key) {
		if value == "" {
			return key, []string{} // set, and to none
		}
		return key, strings.Split(value, ",")
	}
	return key, value
}

func checkSettings(k *koanf.Koanf, where string) error {
	for _, key := range k.Keys() {
		expected, ok := settings[key]
		if !ok {
			names := make([]string, 0, len(settings))
			for name := range settings {
				names = append(names, name)
			}
			slices.Sort(names)
			return fmt.Errorf("%s: unknown setting %q (expected one of %s)", where, key, strings.Join(names, ", "))
		}
		if !fits(k, key, expected) {
			return fmt.Errorf("%s: %s is %q, %s expected", where, key, fmt.Sprint(k.Get(key)), expected)
		}
	}
	return nil
}

func fits(k *koanf.Koanf, key, expected string) bool {
	value := k.Get(key)
	switch expected {
	case "list of text":
		list, isList := value.([]any)
		_, isStrings := value.([]string)
		return isStrings || isList && !slices.ContainsFunc(list, func(v any) bool { _, ok := v.(string); return !ok })
	case "text or list of text":
		_, isText := value.(string)
		return isText || fits(k, key, "list of text")
	case "true or false":
		return slices.Contains([]string{"true", "false"}, fmt.Sprint(value))
	case "whole number":
		return fmt.Sprint(k.Int64(key)) == fmt.Sprint(value)
	case "duration such as 24h":
		_, err := time.ParseDuration(fmt.Sprint(value))
		return err == nil
	default:
		_, ok := value.(string)
		return ok
	}
}

func applySettings(cfg *node.Config, k *koanf.Koanf) error {
	text := func(key string, into *string) {
		if k.Exists(key) {
			*into = k.String(key)
		}
	}
	list := func(key string, into *[]string) {
		if k.Exists(key) {
			*into = append([]string{}, k.Strings(key)...) // an empty list is not the default
		}
	}
	network := string(cfg.Network)
	text("network", &network)
	cfg.Network = protocol.Network(network)
	text("http", &cfg.HTTP)
	text("public", &cfg.Public)
	text("public_url", &cfg.PublicURL)
	text("public_http", &cfg.PublicHTTP)
	text("acme_directory", &cfg.ACME.Directory)
	text("acme_ca_file", &cfg.ACME.CAFile)
	text("acme_email", &cfg.ACME.Email)
	text("legal.publisher", &cfg.Legal.Publisher)
	text("legal.registration", &cfg.Legal.Registration)
	text("legal.address", &cfg.Legal.Address)
	text("legal.email", &cfg.Legal.Email)
	text("legal.phone", &cfg.Legal.Phone)
	text("legal.director", &cfg.Legal.Director)
	text("legal.host", &cfg.Legal.Host)
	text("legal.data_contact", &cfg.Legal.DataContact)
	text("legal.access", &cfg.Legal.Access)
	text("legal.access_email", &cfg.Legal.AccessEmail)
	list("web.embed_sites", &cfg.EmbedSites)
	text("mail.host", &cfg.Mail.Host)
	text("mail.username", &cfg.Mail.Username)
	text("mail.password", &cfg.Mail.Password)
	text("mail.from", &cfg.Mail.From)
	text("mail.to", &cfg.Mail.To)
	text("mail.security", &cfg.Mail.Security)
	text("webhook.url", &cfg.Webhook.URL)
	text("webhook.secret", &cfg.Webhook.Secret)
	if k.Exists("mail.port") {
		cfg.Mail.Port = k.Int("mail.port")
	}
	text("backup.dir", &cfg.Backup.Dir)
	text("backup.passphrase", &cfg.Backup.Passphrase)
	list("listen", &cfg.Listen)
	list("http_hosts", &cfg.HTTPHosts)
	list("announce", &cfg.Announce)
	list("trusted_proxies", &cfg.TrustedProxies)
	list("domain", &cfg.Domains)
	if domain, ok := k.Get("domain").(string); ok {
		cfg.Domains = []string{domain}
	}
	list("bootstrap", &cfg.Bootstrap)
	if k.Exists("mdns") {
		cfg.MDNS = k.String("mdns") == "true" || k.Bool("mdns")
	}
	if k.Exists("min_free_mib") {
		cfg.MinFreeBytes = k.Int64("min_free_mib") << 20
	}
	for _, name := range node.LimitNames() {
		if key := "limits." + name; k.Exists(key) {
			if err := cfg.Limits.Set(name, k.Int(key)); err != nil {
				return err
			}
		}
	}
	if k.Exists("backup.keep") {
		cfg.Backup.Keep = k.Int("backup.keep")
	}
	if k.Exists("backup.every") {
		every, err := time.ParseDuration(k.String("backup.every"))
		if err != nil {
			return fmt.Errorf("backup.every: %w", err)
		}
		cfg.Backup.Every = every
	}
	return nil
}

// addNodeFlags are the settings that are also flags.
func (a *app) addNodeFlags(flags *pflag.FlagSet) {
	flags.StringArray("listen", nil, a.t("flag.listen"))
	flags.String("http", "", a.t("flag.http"))
	flags.StringArray("announce", nil, a.t("flag.announce"))
	flags.String("public", "", a.t("flag.public"))
	flags.StringArray("domain", nil, a.t("flag.domain"))
	flags.String("public-url", "", a.t("flag.public_url"))
	flags.StringArray("bootstrap", nil, a.t("flag.bootstrap"))
	flags.String("network", "", a.t("flag.network"))
	flags.Bool("mdns", true, a.t("flag.mdns"))
	flags.String("backup-dir", "", a.t("flag.backup_dir"))
}

func applyFlags(cfg *node.Config, flags *pflag.FlagSet) {
	if flags == nil {
		return
	}
	flags.Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "listen":
			cfg.Listen, _ = flags.GetStringArray(f.Name)
		case "http":
			cfg.HTTP = f.Value.String()
		case "announce":
			cfg.Announce, _ = flags.GetStringArray(f.Name)
		case "public":
			cfg.Public = f.Value.String()
		case "domain":
			cfg.Domains, _ = flags.GetStringArray(f.Name)
		case "public-url":
			cfg.PublicURL = f.Value.String()
		case "bootstrap":
			more, _ := flags.GetStringArray(f.Name)
			cfg.Bootstrap = append(slices.Clone(cfg.Bootstrap), more...)
		case "network":
			cfg.Network = protocol.Network(f.Value.String())
		case "mdns":
			cfg.MDNS, _ = flags.GetBool(f.Name)
		case "backup-dir":
			cfg.Backup.Dir = f.Value.String()
		}
	})
}

// writeConfig leaves a commented example where people look for it.
func writeConfig(home string) error {
	path := filepath.Join(home, configFile)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	_, err = f.WriteString(exampleConfig)
	return errors.Join(err, f.Close())
}

const exampleConfig = `# Settings of this Courtcircuit node. A flag outranks an environment variable
# (COURTCIRCUIT_HTTP, COURTCIRCUIT_BACKUP_DIR, …), which outranks this file.

# http = "127.0.0.1:7317"            # the page and the API, for this machine only
# listen = ["/ip4/0.0.0.0/tcp/4137", "/ip4/0.0.0.0/udp/4137/quic-v1"]
# announce = ["/dns4/noeud.example.org/tcp/4137"]  # how other nodes reach this one

# The page for the whole world, with a certificate of its own on ports 443 and 80:
# domain = "collectif.example.org"
# or behind a reverse proxy:
# public = "127.0.0.1:8080"
# public_url = "https://collectif.example.org"
# trusted_proxies = ["10.0.0.0/8"]   # only for a proxy on another machine

# bootstrap = ["/dns4/ami.example.org/tcp/4137/p2p/12D3Koo…"]  # or the path of a bootstrap.json
# mdns = true                        # find nodes on the local network
# min_free_mib = 512                 # below this much free disk no record is taken

# [limits]                           # of what peers may take; docs/operations.md has all of them
# connections = 200
# answer_percent = 16                # of one processor core, for answering peers in catch-up
# memory_mib = 256                   # of connections and streams
# disk_mib = 10240                   # of the replica; 0 for no bound but min_free_mib

# public_url and what follows may also be set in the console; what stands here outranks it.

# [legal]                            # fills /mentions-legales and /accessibilite
# publisher = "Association Les Indés"
# registration = "RNA W313000000"
# address = "12 rue de la République, 31000 Toulouse"
# email = "bonjour@lesindes.example"
# phone = "05 00 00 00 00"
# director = "…"                     # directrice ou directeur de la publication
# host = "…"                         # who hosts the machine: name, address, phone
# access = "partial"                 # of the accessibility rules: total, partial or none

# [web]
# embed_sites = ["https://lesindes.example"]  # may show /integrer in a frame

# [mail]                             # tells coordinators of briefs, and clients of answers
# host = "smtp.example.org"          # the collective's own account, where it sends from
# port = 587
# security = "starttls"              # or tls (port 465); none only for a server on this machine
# username = "bonjour@lesindes.example"
# password = "…"
# from = "Les Indés <bonjour@lesindes.example>"
# to = "coordination@lesindes.example"  # who reads that a brief came; default from

# [webhook]                          # called with {event, brief_id, at, console_url}: no personal details
# url = "https://chat.example/hooks/briefs"
# secret = "16 characters or more"   # known to both; signs each call (HMAC-SHA256)

# [backup]
# dir = "/var/backups/courtcircuit"  # one file a day, seven kept
# passphrase = "…"                   # encrypts them; keep it elsewhere too
# keep = 7
# every = "24h"
`
