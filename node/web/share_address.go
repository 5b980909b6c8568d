package web

import (
	"net"
	"net/url"
	"strings"

	"courtcircuit/node/card"
)

// alternate is the same page in another language.
type alternate struct{ Lang, Address string }

// base is the address of these pages without a slash at the end, "" when the
// world does not read them: then nothing absolute is said anywhere.
func (p *Pages) base() string { return strings.TrimSuffix(p.cfg.PublicURL, "/") }

// absolute is a path of these pages for the world, "" without a public address.
func (p *Pages) absolute(path string) string {
	if p.base() == "" {
		return ""
	}
	return p.base() + (&url.URL{Path: path}).EscapedPath()
}

// standHere makes this the page to index.
//
// The bare address is the French page: engines send no Accept-Language and
// get French there. So it is the canonical one of ?lang=fr too, which is the
// same page twice; ?lang=en is a page of its own and canonical to itself, as
// a canonical link from one language to another would take it out of the
// index. All of them name the whole set, themselves included, else engines
// ignore it; x-default is the bare address, which follows the reader.
func (p *Pages) standHere(v *page, path string) {
	bare := p.absolute(path)
	if bare == "" {
		return
	}
	english := bare + "?lang=en"
	v.Head.Canonical, v.Head.Index = bare, true
	if v.Form.Lang == "en" {
		v.Head.Canonical = english
	}
	v.Head.Alternates = []alternate{{"fr", bare}, {"en", english}, {"x-default", bare}}
}

// standElsewhere names the address of the page this is a copy of, when its
// collective has pages; the copy is not indexed either way.
func (p *Pages) standElsewhere(v *page, home, path string) {
	if p.base() == "" {
		return
	}
	if origin := homeOrigin(home); origin != "" && origin != p.base() {
		v.Head.Canonical = origin + (&url.URL{Path: path}).EscapedPath()
	}
}

// homeOrigin takes the address of a collective's own pages as its record
// gives it, and only if the world can read pages there: https, a name with a
// dot, the usual port, no path. Anything else would send readers to a site
// that has no such page, or into their own network.
func homeOrigin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if u.Port() != "" || net.ParseIP(host) != nil || !strings.Contains(strings.Trim(host, "."), ".") || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return ""
	}
	// The last part of a name begins with a letter: 127.1 and 192.168.1.1. are
	// addresses to browsers.
	if last := host[strings.LastIndexByte(host, '.')+1:]; last == "" || last[0] < 'a' || strings.Contains(host, "..") {
		return ""
	}
	for _, private := range []string{".local", ".localhost", ".internal", ".home.arpa", ".lan", ".onion"} {
		if strings.HasSuffix(host, private) {
			return ""
		}
	}
	return "https://" + host
}

// homeCollective is whose pages a card belongs to: the own collective if it
// counts her among its members, else the first that does, else nil.
func homeCollective(site card.Site, in []card.Membership) *card.Membership {
	var home *card.Membership
	for i := range in {
		switch c := &in[i]; {
		case !c.Verified:
		case site.Collective != nil && c.ID == site.Collective.ID:
			return c
		case home == nil:
			home = c
		}
	}
	return home
}

// ours says that these pages are a card's home.
func ours(site card.Site, home *card.Membership) bool {
	return home != nil && site.Collective != nil && home.ID == site.Collective.ID
}
