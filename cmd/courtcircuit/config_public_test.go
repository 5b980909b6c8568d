package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPublicSettings(t *testing.T) {
	for name, c := range map[string]struct {
		toml, env string // env: NAME=value
		domains   []string
		proxies   []string
		says      string // of the error
	}{
		"one domain":             {toml: `domain = "a.example"`, domains: []string{"a.example"}},
		"domains":                {toml: `domain = ["a.example", "www.a.example"]`, domains: []string{"a.example", "www.a.example"}},
		"domains of environment": {env: "DOMAIN=a.example,www.a.example", domains: []string{"a.example", "www.a.example"}},
		"no proxies is not none": {toml: `public = "127.0.0.1:8080"`},
		"none trusted":           {toml: `trusted_proxies = []`, proxies: []string{}},
		"none in environment":    {env: "TRUSTED_PROXIES=", proxies: []string{}},
		"environment outranks":   {toml: `trusted_proxies = ["10.0.0.1"]`, env: "TRUSTED_PROXIES=10.0.0.2,10.0.0.3", proxies: []string{"10.0.0.2", "10.0.0.3"}},
		"multiaddrs in public":   {toml: `public = ["/dns4/a.example/tcp/1"]`, says: "go to announce"},
		"multiaddr in public":    {toml: `public = "/dns4/a.example/tcp/1"`, says: "--announce"},
		"a number as domain":     {toml: `domain = 7`, says: "text or list of text"},
		"a list with a number":   {toml: `trusted_proxies = [7]`, says: "list of text"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &app{home: t.TempDir()}
			if err := os.WriteFile(filepath.Join(a.home, configFile), []byte(c.toml), 0o600); err != nil {
				t.Fatal(err)
			}
			if key, value, ok := strings.Cut(c.env, "="); ok {
				t.Setenv(envPrefix+key, value)
			}
			cfg, err := a.loadConfig(nil)
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, %q expected", err, c.says)
				}
				return
			}
			if err != nil || !slices.Equal(cfg.Domains, c.domains) || !slices.Equal(cfg.TrustedProxies, c.proxies) || (cfg.TrustedProxies == nil) != (c.proxies == nil) {
				t.Errorf("domains %q, proxies %#v: %v", cfg.Domains, cfg.TrustedProxies, err)
			}
		})
	}
}

// The example that a home is given can be used as it stands, line by line.
func TestExampleConfig(t *testing.T) {
	a := &app{home: t.TempDir()}
	var settingsOnly []string
	for line := range strings.Lines(exampleConfig) {
		if setting, ok := strings.CutPrefix(line, "# "); ok && (strings.Contains(setting, " = ") || strings.HasPrefix(setting, "[")) &&
			!strings.HasPrefix(setting, "domain") && !strings.HasPrefix(setting, "bootstrap") {
			settingsOnly = append(settingsOnly, setting)
		}
	}
	if err := os.WriteFile(filepath.Join(a.home, configFile), []byte(strings.Join(settingsOnly, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := a.loadConfig(nil)
	if err != nil || cfg.Public != "127.0.0.1:8080" || len(cfg.Announce) != 1 || cfg.Backup.Keep != 7 {
		t.Errorf("%+v: %v", cfg, err)
	}
}
