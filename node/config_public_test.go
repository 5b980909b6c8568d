package node

import (
	"strings"
	"testing"
)

func TestPublicSettings(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Config)
		says string // "" is fine
	}{
		"all ports":                {func(c *Config) { c.Public = ":8080" }, ""},
		"a port to be drawn":       {func(c *Config) { c.Public = "127.0.0.1:0" }, ""},
		"IPv6":                     {func(c *Config) { c.Public = "[::]:443" }, ""},
		"a name":                   {func(c *Config) { c.Public = "localhost:8080" }, ""},
		"a multiaddr":              {func(c *Config) { c.Public = "/dns4/noeud.example.org/tcp/4137" }, "--announce"},
		"no port":                  {func(c *Config) { c.Public = "127.0.0.1" }, ":8080"},
		"a named port":             {func(c *Config) { c.Public = ":http" }, ":8080"},
		"too large a port":         {func(c *Config) { c.Public = ":70000" }, ":8080"},
		"an address":               {func(c *Config) { c.PublicURL = "https://a.example" }, ""},
		"an address with a slash":  {func(c *Config) { c.PublicURL = "https://a.example/" }, ""},
		"an address with a path":   {func(c *Config) { c.PublicURL = "https://a.example/collectif" }, "without a path"},
		"an address of no scheme":  {func(c *Config) { c.PublicURL = "a.example" }, "https://lesindes.example"},
		"a proxy":                  {func(c *Config) { c.TrustedProxies = []string{"10.0.0.0/8"} }, ""},
		"everybody a proxy":        {func(c *Config) { c.TrustedProxies = []string{"0.0.0.0/0"} }, "everybody"},
		"a domain":                 {func(c *Config) { c.Domains = []string{"a.example"} }, ""},
		"a domain and its address": {func(c *Config) { c.Domains, c.PublicURL = []string{"a.example", "b.example"}, "https://b.example" }, ""},
		"a domain and another":     {func(c *Config) { c.Domains, c.PublicURL = []string{"a.example"}, "https://b.example" }, "one of the domains"},
		"a domain without https":   {func(c *Config) { c.Domains, c.PublicURL = []string{"a.example"}, "http://a.example" }, "https"},
		"an address as a domain":   {func(c *Config) { c.Domains = []string{"https://a.example"} }, "without https://"},
		"http without a domain":    {func(c *Config) { c.PublicHTTP = ":80" }, "set domain"},
		"an authority for nothing": {func(c *Config) { c.ACME.Email = "moi@a.example" }, "set domain"},
		"http off":                 {func(c *Config) { c.Domains, c.PublicHTTP = []string{"a.example"}, "off" }, ""},
		"http nowhere":             {func(c *Config) { c.Domains, c.PublicHTTP = []string{"a.example"}, "none" }, "public_http"},
	} {
		cfg := DefaultConfig(t.TempDir())
		c.edit(&cfg)
		err := cfg.Validate()
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %q expected", name, err, c.says)
		}
	}
}

func TestDomainImpliesTheRest(t *testing.T) {
	cfg := Config{Domains: []string{"Été.example", "www.ete.example"}}.withDomain()
	if cfg.Public != ":443" || cfg.PublicHTTP != ":80" || cfg.PublicURL != "https://xn--t-9fab.example" {
		t.Errorf("%q %q %q", cfg.Public, cfg.PublicHTTP, cfg.PublicURL)
	}
	cfg = Config{Domains: []string{"a.example"}, Public: ":8443", PublicHTTP: "off", PublicURL: "https://a.example:8443"}
	if got := cfg.withDomain(); got.Public != cfg.Public || got.PublicHTTP != cfg.PublicHTTP || got.PublicURL != cfg.PublicURL {
		t.Errorf("%+v", got)
	}
	if got := (Config{}).withDomain(); got.Public != "" || got.PublicURL != "" {
		t.Errorf("%+v", got)
	}
}
