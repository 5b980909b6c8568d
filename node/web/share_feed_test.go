package web

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"courtcircuit/node/card"
)

var urnUUID = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// readAtom takes what RFC 4287 requires and nothing that it does not know.
func readAtom(t testing.TB, body string) atomFeed {
	t.Helper()
	checkXML(t, body)
	var f atomFeed
	if err := xml.Unmarshal([]byte(body), &f); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if !urnUUID.MatchString(f.ID) || strings.TrimSpace(f.Title) == "" || f.Author.Name == "" || len(f.Links) != 2 {
		t.Errorf("feed lacks something: %+v", f)
	}
	newest, err := time.Parse(time.RFC3339, f.Updated)
	if err != nil {
		t.Errorf("updated: %v", err)
	}
	seen := map[string]bool{}
	for _, e := range f.Entries {
		updated, err := time.Parse(time.RFC3339, e.Updated)
		if err != nil || !urnUUID.MatchString(e.ID) || seen[e.ID] || e.Title == "" || e.Author.Name == "" || len(e.Links) != 1 || e.Content.Type != "html" {
			t.Errorf("entry lacks something: %+v %v", e, err)
		}
		if seen[e.ID] = true; updated.After(newest) {
			t.Errorf("entry of %s behind a feed of %s", e.Updated, f.Updated)
		}
	}
	return f
}

var atomElements = strings.Fields("feed id title updated author name link entry category content")

// checkXML reads every token: the decoder refuses what XML 1.0 cannot hold.
func checkXML(t testing.TB, body string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in %q", err, body)
		}
		if e, ok := token.(xml.StartElement); ok && (e.Name.Space != "http://www.w3.org/2005/Atom" || !slices.Contains(atomElements, e.Name.Local)) {
			t.Errorf("unknown element %v", e.Name)
		}
	}
}

func readJSONFeed(t testing.TB, body string) jsonFeed {
	t.Helper()
	var f jsonFeed
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if f.Version != "https://jsonfeed.org/version/1.1" || f.Title == "" || f.Items == nil {
		t.Errorf("feed lacks something: %+v", f)
	}
	for _, item := range f.Items {
		if _, err := time.Parse(time.RFC3339, item.Modified); err != nil || !urnUUID.MatchString(item.ID) || item.HTML == "" {
			t.Errorf("item lacks something: %+v", item)
		}
	}
	return f
}

func TestFeedsSayTheSame(t *testing.T) {
	p := sharePages(t, withHome(newFakeReader(), ""), testURL)
	atom, list := readAtom(t, read(t, p, "/missions.atom")), readJSONFeed(t, read(t, p, "/missions.json"))
	if len(atom.Entries) != 3 || len(list.Items) != 3 {
		t.Fatalf("%d and %d missions", len(atom.Entries), len(list.Items))
	}
	for i := range atom.Entries {
		e, item := atom.Entries[i], list.Items[i]
		if e.ID != item.ID || e.Title != item.Title || e.Content.Text != item.HTML || e.Links[0].Href != item.URL || e.Updated != item.Modified || e.Author.Name != item.Authors[0].Name {
			t.Errorf("%+v\n%+v", e, item)
		}
	}
	if got := list.Items[0].URL; !strings.HasPrefix(got, testURL+"/missions/") {
		t.Errorf("address %s", got)
	}
}

func TestFeedOrder(t *testing.T) {
	f := newFakeReader()
	own := f.collectives[fakeID("own")]
	var missions []card.Mission
	for i := range 120 {
		m := fakeMission(fmt.Sprintf("m%d", i), fmt.Sprintf("Mission %d", i), "open", own)
		m.ID = fmt.Sprintf("%052d", i)
		m.IssuedAt = pointer(today.Add(time.Duration((i*37)%120) * time.Hour))
		missions = append(missions, m)
	}
	f.missionPage = foundMissions(missions...)
	feed := readAtom(t, read(t, sharePages(t, f, testURL), "/missions.atom"))
	if len(feed.Entries) != maxFeedItems {
		t.Fatalf("%d entries", len(feed.Entries))
	}
	for i := 1; i < len(feed.Entries); i++ {
		if feed.Entries[i-1].Updated < feed.Entries[i].Updated {
			t.Fatalf("%s stands before %s", feed.Entries[i-1].Updated, feed.Entries[i].Updated)
		}
	}
	if feed.Updated != feed.Entries[0].Updated || feed.Entries[0].Updated != today.Add(119*time.Hour).Format(time.RFC3339) {
		t.Errorf("the newest is missing: %s", feed.Updated)
	}
}

// A node that always says that there is more is not read for ever.
func TestFeedReadsSoManyPages(t *testing.T) {
	f := newFakeReader()
	f.missionPage = foundMissions(f.missions[fakeID("open")])
	f.missionPage.NextCursor = "more"
	p := sharePages(t, f, testURL)
	p.readFeed(t.Context(), mustRequest("/missions.atom?near=Lyon&radius_km=30&skill=graphisme&skill=go&status=any&cursor=mine"))
	if len(f.searched) != feedPages {
		t.Fatalf("%d searches", len(f.searched))
	}
	first, second := f.searched[0], f.searched[1]
	if first.Near != "Lyon" || *first.RadiusKm != 30 || fmt.Sprint(first.Skills) != "[graphisme go]" || first.Status != "" || first.Cursor != "" || first.Limit != feedPageSize || second.Cursor != "more" {
		t.Errorf("searched for %+v", first)
	}
}

func mustRequest(target string) *http.Request {
	r, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil {
		panic(err)
	}
	return r
}

func TestFeedIDs(t *testing.T) {
	f := newFakeReader()
	id := func(p *Pages, target string) string { return readAtom(t, read(t, p, target)).ID }
	p := sharePages(t, f, testURL)
	if id(p, "/missions.atom?skill=go&near=Lyon") != id(p, "/missions.atom?near=Lyon&skill=go&cursor=x&unknown=1") {
		t.Error("one question has two ids")
	}
	if id(p, "/missions.atom") == id(p, "/missions.atom?near=Lyon") {
		t.Error("two questions have one id")
	}
	if id(p, "/missions.atom") != id(p, "/missions.atom?lang=fr") {
		t.Error("the default language has another id than its name")
	}
	elsewhere := newFakeReader()
	elsewhere.site.Collective.ID = fakeID("other")
	entry := func(p *Pages) string { return readAtom(t, read(t, p, "/missions.atom")).Entries[0].ID }
	if entry(p) != entry(sharePages(t, elsewhere, "https://chartrons.example")) {
		t.Error("one mission has two ids at two collectives")
	}
}

func TestFeedWithoutPublicURL(t *testing.T) {
	p := sharePages(t, newFakeReader(), "")
	atom, list := readAtom(t, read(t, p, "/missions.atom")), readJSONFeed(t, read(t, p, "/missions.json"))
	if !strings.HasPrefix(atom.Entries[0].Links[0].Href, "/missions/") || !strings.HasPrefix(atom.Links[0].Href, "/missions.atom") {
		t.Errorf("links %v %v", atom.Links, atom.Entries[0].Links)
	}
	if list.FeedURL+list.HomePage+list.Items[0].URL != "" {
		t.Errorf("addresses in %+v", list)
	}
}

func TestEmptyFeed(t *testing.T) {
	for _, f := range []*fakeReader{namelessReader(), newFakeReader()} {
		f.missionPage = &card.Page[card.FoundMission]{}
		p := sharePages(t, f, testURL)
		if n := len(readAtom(t, read(t, p, "/missions.atom")).Entries) + len(readJSONFeed(t, read(t, p, "/missions.json")).Items); n > 0 {
			t.Errorf("%d missions", n)
		}
	}
}

func TestFeedIsNotSentTwice(t *testing.T) {
	p := sharePages(t, newFakeReader(), testURL)
	for _, path := range []string{"/missions.atom", "/missions.json", "/robots.txt", "/sitemap.xml", "/favicon.ico"} {
		first := ask(p, http.MethodGet, path, nil)
		etag := first.Header().Get("ETag")
		if again := ask(p, http.MethodGet, path, nil, "If-None-Match", etag); etag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: %d with %q", path, again.Code, etag)
		}
		if other := ask(p, http.MethodGet, path, nil, "If-None-Match", `"other"`); other.Code != http.StatusOK {
			t.Errorf("%s: %d", path, other.Code)
		}
		if last := first.Header().Get("Last-Modified"); strings.HasPrefix(path, "/missions.") {
			if again := ask(p, http.MethodGet, path, nil, "If-Modified-Since", last); last == "" || again.Code != http.StatusNotModified {
				t.Errorf("%s: %d since %q", path, again.Code, last)
			}
		}
		if w := ask(p, http.MethodHead, path, nil); w.Code != http.StatusOK || w.Body.Len() > 0 {
			t.Errorf("HEAD %s: %d", path, w.Code)
		}
		if w := ask(p, http.MethodPost, path, url.Values{}); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
}

func TestFeedOfWhatIsNotUnderstood(t *testing.T) {
	f := newFakeReader()
	f.searchErr = &card.Problem{Cause: card.Ambiguous, Field: "near", Detail: "which one"}
	if w := ask(sharePages(t, f, testURL), http.MethodGet, "/missions.atom?near=Saint-Denis", nil); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d", w.Code)
	}
}

// FuzzFeeds puts a stranger's words everywhere in both formats.
func FuzzFeeds(f *testing.F) {
	for _, seed := range []string{"", "Zoé", "a\x00b\x0b\x1f", "]]>", "</content><script>alert(1)</script>", "\ufffe\uffff", "\xed\xa0\x80", "\u2028\u0085", "&#0;&amp;<!--", "\r\n\r\nx"} {
		f.Add(seed)
	}
	p := sharePages(f, newFakeReader(), testURL)
	f.Fuzz(func(t *testing.T, text string) {
		in := feed{
			ID: uuidOf("x"), Title: "t" + text, Author: "a" + text, Lang: "fr", Path: missionsPath, Self: "/missions.atom?" + url.Values{"near": {text}}.Encode(), Updated: today,
			Items: []feedItem{{ID: uuidOf(text), Title: "t" + text, Path: "/missions/x", Author: "a" + text, Updated: today, Text: []string{"x", text}, Tags: []string{text}}},
		}
		atom, err := p.writeAtom(in)
		if err != nil {
			t.Fatal(err)
		}
		read := readAtom(t, string(atom))
		if bytes.Contains(atom, []byte("\uFFFD")) {
			t.Errorf("a character was replaced instead of dropped: %s", atom)
		}
		if strings.Contains(read.Entries[0].Content.Text, "<script") {
			t.Errorf("markup of others in %s", read.Entries[0].Content.Text)
		}
		list, err := p.writeJSONFeed(in)
		if err != nil || !utf8.Valid(list) {
			t.Fatalf("%v %q", err, list)
		}
		if item := readJSONFeed(t, string(list)).Items[0]; item.HTML != read.Entries[0].Content.Text && !strings.Contains(text, "\r") {
			t.Errorf("%q and %q", item.HTML, read.Entries[0].Content.Text)
		}
	})
}
