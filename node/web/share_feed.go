package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"courtcircuit/node/card"
)

const (
	maxFeedItems = 50
	// feedPages of a hundred are looked through for the newest: the search
	// answers the nearest first, and those nearest are the ones to read of.
	feedPages    = 5
	feedPageSize = 100
)

// feed is what both formats say.
type feed struct {
	ID      string // urn:uuid
	Title   string
	Author  string
	Lang    string
	Path    string // of the page with the same missions
	Self    string // of this feed, with its query
	Updated time.Time
	Items   []feedItem
}

type feedItem struct {
	ID      string // urn:uuid, the same wherever the mission is read
	Title   string
	Path    string
	Author  string
	Updated time.Time
	Text    []string // lines
	Tags    []string
}

// serveFeed reads the missions that the search of the same query finds and
// writes them in one of the formats.
func (p *Pages) serveFeed(w http.ResponseWriter, r *http.Request, kind string, write func(feed) ([]byte, error)) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	f, err := p.readFeed(ctx, r)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body, err := write(f)
	if err != nil {
		p.fail(w, r, fmt.Errorf("write feed: %w", err))
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("Content-Language", f.Lang)
	// A mission that closes leaves the feed without a newer date; readers
	// that compare dates alone then keep it until the next one comes.
	p.serveBytes(w, r, kind, body, f.Updated)
}

func (p *Pages) readFeed(ctx context.Context, r *http.Request) (feed, error) {
	site, err := p.node.Site(ctx)
	if err != nil {
		return feed{}, fmt.Errorf("read site: %w", err)
	}
	words := wordsFor(languageOf(r))
	v := &page{Words: words, Site: site, Form: readForm(r.URL.Query())}
	v.Form.Kind, v.Form.Cursor = kindMissions, ""
	near, missions, err := p.openMissions(ctx, v.Form.search(words.Lang))
	if err != nil {
		return feed{}, err
	}
	query := feedQuery(v.Form, words.Lang)
	f := feed{
		Title: v.Say("share_feed_title", v.SiteName()), Author: v.SiteName(), Lang: words.Lang, Path: missionsPath + "?" + query,
		Self: r.URL.Path + "?" + query, Updated: time.Unix(0, 0).UTC(),
	}
	if near != "" && v.Form.Near != "" {
		f.Title = v.Say("share_feed_near", v.Of(near), v.SiteName())
	}
	var own string
	if site.Collective != nil {
		own = site.Collective.ID
		if site.Collective.IssuedAt != nil {
			f.Updated = *site.Collective.IssuedAt
		}
	}
	f.ID = uuidOf("feed", own, query)
	for i := range missions {
		f.Items = append(f.Items, words.feedItemOf(&missions[i]))
	}
	if len(f.Items) > 0 {
		f.Updated = f.Items[0].Updated
	}
	return f, nil
}

// feedQuery is what the feed was asked for, in one order, so that the same
// question has the same id. The language is always named: a reader's program
// sends no Accept-Language, or another one each time.
func feedQuery(f form, lang string) string {
	query := url.Values{"lang": {lang}}
	for name, value := range map[string]string{"near": f.Near, "skill": f.Skill, "radius_km": f.Radius, "q": f.Words} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, values := range map[string][]string{"language": f.Languages, "mode": f.Modes} {
		if len(values) > 0 {
			query[name] = values
		}
	}
	return query.Encode()
}

// openMissions are the newest among the nearest, and what the place asked for
// was understood as.
func (p *Pages) openMissions(ctx context.Context, s card.Search) (near string, missions []card.FoundMission, err error) {
	s.Limit, s.Status = feedPageSize, ""
	for range feedPages {
		page, err := p.node.SearchMissions(ctx, s)
		if err != nil {
			return "", nil, err
		}
		if page.Near != nil {
			near = resolvedName(page.Near.Place)
		}
		missions = append(missions, page.Results...)
		if s.Cursor = page.NextCursor; s.Cursor == "" {
			break
		}
	}
	slices.SortStableFunc(missions, func(a, b card.FoundMission) int {
		return cmp.Or(issued(b.Meta).Compare(issued(a.Meta)), cmp.Compare(a.ID, b.ID))
	})
	missions, _ = firstOf(missions, maxFeedItems)
	return near, missions, nil
}

func issued(m card.Meta) time.Time {
	if m.IssuedAt == nil {
		return time.Unix(0, 0).UTC()
	}
	return m.IssuedAt.UTC().Truncate(time.Second)
}

func (w Words) feedItemOf(m *card.FoundMission) feedItem {
	shown := w.missionItemOf(&m.Mission, m.Trust.Tier == "own")
	item := feedItem{
		ID: uuidOf("mission", m.ID), Title: w.Say("share_item", m.Title, shortPlace(m.Place)), Path: "/missions/" + m.ID,
		Updated: issued(m.Meta), Tags: needNames(m.Needs), Author: w.Say("unnamed_collective"),
	}
	if shown.Collective != nil && shown.Collective.Name != "" {
		item.Author = shown.Collective.Name
	}
	if shown.Unknown {
		item.Author += " (" + w.Say("unknown") + ")"
	}
	item.Text = append(item.Text, strings.Split(m.Description, "\n")...)
	for _, line := range [][2]string{
		{"share_line_place", shown.Place}, {"share_line_needs", strings.Join(item.Tags, ", ")}, {"share_line_modes", shown.Modes},
		{"share_line_start", shown.Start}, {"share_line_apply", shown.ApplyBy}, {"share_line_budget", w.budget(m.Budget)}, {"share_line_by", item.Author},
	} {
		if line[1] != "" {
			item.Text = append(item.Text, w.Say(line[0], line[1]))
		}
	}
	item.Text = slices.DeleteFunc(item.Text, func(line string) bool { return strings.TrimSpace(line) == "" })
	return item
}

// uuidOf names something by a UUID of the free version 8 (RFC 9562): an id of
// a mission is the same at every collective, so its entry must be, and a tag:
// address would need a domain that a collective may not have.
func uuidOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{"courtcircuit"}, parts...), "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
