package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxMapEntries is how many addresses one file may have (sitemaps.org).
	maxMapEntries = 50_000
	// maxMapCards bounds the members and the missions each.
	maxMapCards = 10_000
	// mapAge is how long the list is kept: engines come once a day, and whoever
	// comes oftener shall not make the node read all its members each time.
	mapAge = time.Minute

	sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"
)

// mapEntry is one page to index.
type mapEntry struct {
	Path    string
	Changed *time.Time
}

type xmlURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

type xmlURLSet struct {
	XMLName xml.Name `xml:"urlset"`
	Space   string   `xml:"xmlns,attr"`
	URLs    []xmlURL `xml:"url"`
}

type xmlIndex struct {
	XMLName xml.Name `xml:"sitemapindex"`
	Space   string   `xml:"xmlns,attr"`
	Maps    []xmlURL `xml:"sitemap"`
}

// serveSitemap lists the pages whose home is here. Without a public address
// there is none to list.
func (p *Pages) serveSitemap(w http.ResponseWriter, r *http.Request) {
	if p.base() == "" {
		p.serveProblem(w, r, http.StatusNotFound, nil)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	entries, err := p.share.sitemap.get(time.Now(), mapAge, func() ([]mapEntry, error) { return p.mapEntries(ctx) })
	if err != nil {
		p.fail(w, r, err)
		return
	}
	file, ok := p.sitemapFile(entries, r.URL.Query().Get("part"), maxMapEntries)
	if !ok {
		p.serveProblem(w, r, http.StatusNotFound, nil)
		return
	}
	body, err := xml.Marshal(file)
	if err != nil {
		p.fail(w, r, fmt.Errorf("write sitemap: %w", err))
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	p.serveBytes(w, r, "application/xml; charset=utf-8", append([]byte(xml.Header), body...), time.Time{})
}

// mapEntries are all pages to index, the fixed ones first.
func (p *Pages) mapEntries(ctx context.Context) ([]mapEntry, error) {
	entries := []mapEntry{{Path: "/"}, {Path: missionsPath}, {Path: "/mentions-legales"}, {Path: "/accessibilite"}}
	site, err := p.node.Site(ctx)
	if err != nil {
		return nil, fmt.Errorf("read site: %w", err)
	}
	if own := site.Collective; own != nil && own.ID != "" {
		entries[0].Changed = own.IssuedAt
		entries = append(entries, mapEntry{collectivePath(own.ID), own.IssuedAt})
		members, err := p.node.Members(ctx, own.ID, maxMapCards)
		if err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		for i := range members {
			if ours(site, homeCollective(site, members[i].Collectives)) {
				entries = append(entries, mapEntry{"/p/" + members[i].ID, members[i].IssuedAt})
			}
		}
		missions, err := p.node.MissionsOf(ctx, own.ID, maxMapCards)
		if err != nil {
			return nil, fmt.Errorf("list missions: %w", err)
		}
		for i := range missions {
			entries = append(entries, mapEntry{"/missions/" + missions[i].ID, missions[i].IssuedAt})
		}
	}
	overview, err := p.node.Overview(ctx)
	if err != nil {
		return nil, fmt.Errorf("count places: %w", err)
	}
	for _, place := range overview.Places {
		if place.Slug != "" && place.Profiles+place.Missions+place.Collectives > 0 {
			entries = append(entries, mapEntry{Path: "/ville/" + place.Slug})
		}
	}
	return entries, nil
}

// sitemapFile is the whole list where it fits one file of so many addresses,
// else an index of parts; part counts from 1.
func (p *Pages) sitemapFile(entries []mapEntry, part string, size int) (any, bool) {
	parts := (len(entries) + size - 1) / size
	if part == "" && parts > 1 {
		index := xmlIndex{Space: sitemapSpace}
		for i := range parts {
			index.Maps = append(index.Maps, xmlURL{Loc: p.absolute("/sitemap.xml") + "?part=" + strconv.Itoa(i+1)})
		}
		return index, true
	}
	n := 1
	if part != "" {
		var err error
		if n, err = strconv.Atoi(part); err != nil || n < 1 || n > parts {
			return nil, false
		}
	}
	set := xmlURLSet{Space: sitemapSpace}
	for _, e := range entries[(n-1)*size : min(n*size, len(entries))] {
		set.URLs = append(set.URLs, xmlURL{Loc: p.absolute(e.Path), LastMod: dateTime(e.Changed)})
	}
	return set, true
}

// serveRobots keeps engines out of the countless answers to searches, where
// they find nothing that the pages of people and communes do not show. What
// must not be indexed says so itself, and has to be read for that.
func (p *Pages) serveRobots(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	b.WriteString("User-agent: *\n")
	for _, path := range []string{"/api/", searchPath, "/carte", "/signaler"} {
		fmt.Fprintf(&b, "Disallow: %s\n", path)
	}
	if address := p.absolute("/sitemap.xml"); address != "" {
		fmt.Fprintf(&b, "Sitemap: %s\n", address)
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	p.serveBytes(w, r, "text/plain; charset=utf-8", b.Bytes(), time.Time{})
}
