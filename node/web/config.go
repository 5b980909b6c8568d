package web

import (
	"fmt"
	"iter"
	"net/url"
	"strings"

	"courtcircuit/node/web/atlas"
)

// Config says what the pages need beside the node.
type Config struct {
	// PublicURL is the https address under which the world reads these pages,
	// without a path; "" when there is none. Absolute addresses (canonical
	// links, feeds, sitemap, pictures) are made from it alone, never from the
	// Host header, which is anybody's to write.
	PublicURL string
	// Legal fills /mentions-legales and /accessibilite.
	Legal Legal
	// EmbedSites are the origins (https://site.example) whose pages may show
	// /integrer in a frame.
	EmbedSites []string
	// Live gives both as they are now, when they may change while the pages are
	// served; nil: they stay as they are above.
	Live func() (Legal, []string)
	// Dots are the communes that draw the map; nil draws coasts only.
	Dots iter.Seq[atlas.Dot]
	// Sources are the attributions of data that the pages show.
	Sources []string
}

// live are the settings that change without a restart.
func (c Config) live() (Legal, []string) {
	if c.Live == nil {
		return c.Legal, c.EmbedSites
	}
	return c.Live()
}

// Legal is what a public page must say of who is behind it (LCEN article 6,
// GDPR article 13). Empty fields are named on the page as not given yet.
type Legal struct {
	Publisher    string // who publishes: the association, company or person
	Registration string // RNA, SIREN or the like
	Address      string
	Email        string
	Phone        string
	Director     string // directeur·rice de la publication
	Host         string // who hosts the machine: name, address, phone
	DataContact  string // who answers about personal data; default Email
	Access       string // state of accessibility: "total", "partial" or "none"; default "partial"
	AccessEmail  string // who answers about accessibility; default Email
}

// Validate names the setting that cannot be used and what was expected.
func (c Config) Validate() error {
	if c.PublicURL != "" {
		if err := checkOrigin(c.PublicURL); err != nil {
			return fmt.Errorf("web public url %q: %w", c.PublicURL, err)
		}
	}
	for _, site := range c.EmbedSites {
		if err := checkOrigin(site); err != nil {
			return fmt.Errorf("web embed site %q: %w", site, err)
		}
	}
	switch c.Legal.Access {
	case "", "total", "partial", "none":
		return nil
	}
	return fmt.Errorf("web legal access %q: total, partial or none expected", c.Legal.Access)
}

// checkOrigin takes scheme and host only: a frame policy or a canonical
// address with a path, a space or a semicolon in it would mean something else.
func checkOrigin(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") ||
		strings.TrimSuffix(s, "/") != u.Scheme+"://"+u.Host || strings.ContainsAny(s, " ;,'\"*") {
		return fmt.Errorf("an address such as https://lesindes.example expected, without a path")
	}
	return nil
}
