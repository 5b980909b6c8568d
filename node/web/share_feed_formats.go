package web

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"html"
	"net/http"
	"strings"
	"time"
)

func (p *Pages) serveAtom(w http.ResponseWriter, r *http.Request) {
	p.serveFeed(w, r, "application/atom+xml; charset=utf-8", p.writeAtom)
}

func (p *Pages) serveJSONFeed(w http.ResponseWriter, r *http.Request) {
	p.serveFeed(w, r, "application/feed+json; charset=utf-8", p.writeJSONFeed)
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomPerson  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Updated    string         `xml:"updated"`
	Author     atomPerson     `xml:"author"`
	Links      []atomLink     `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Content    atomContent    `xml:"content"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// writeAtom follows RFC 4287. Without a public address links are relative to
// the feed, which readers on this machine follow; the format allows it.
func (p *Pages) writeAtom(f feed) ([]byte, error) {
	out := atomFeed{
		Lang: f.Lang, ID: f.ID, Title: xmlText(f.Title), Updated: f.Updated.UTC().Format(time.RFC3339), Author: atomPerson{xmlText(f.Author)},
		Links: []atomLink{{"self", "application/atom+xml", p.base() + f.Self}, {"alternate", "text/html", p.base() + f.Path}},
	}
	for _, item := range f.Items {
		entry := atomEntry{
			ID: item.ID, Title: xmlText(item.Title), Updated: item.Updated.Format(time.RFC3339), Author: atomPerson{xmlText(item.Author)},
			Links: []atomLink{{"alternate", "text/html", p.base() + item.Path}}, Content: atomContent{"html", xmlText(htmlOf(item.Text))},
		}
		for _, tag := range item.Tags {
			entry.Categories = append(entry.Categories, atomCategory{xmlText(tag)})
		}
		out.Entries = append(out.Entries, entry)
	}
	body, err := xml.MarshalIndent(out, "", " ")
	return append([]byte(xml.Header), body...), err
}

// xmlText leaves out the characters that XML 1.0 cannot hold, in any writing:
// one of them in one mission would make every reader refuse the whole feed.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r':
			return r
		case r < 0x20, r >= 0xD800 && r <= 0xDFFF, r == 0xFFFE, r == 0xFFFF, r == '\uFFFD', r >= 0x7F && r <= 0x9F:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// htmlOf is text in paragraphs; nothing of it is markup of others.
func htmlOf(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(`<p dir="auto">` + html.EscapeString(line) + "</p>")
	}
	return b.String()
}

type jsonFeed struct {
	Version  string       `json:"version"`
	Title    string       `json:"title"`
	HomePage string       `json:"home_page_url,omitempty"`
	FeedURL  string       `json:"feed_url,omitempty"`
	Language string       `json:"language"`
	Authors  []jsonAuthor `json:"authors"`
	Items    []jsonItem   `json:"items"`
}

type jsonItem struct {
	ID       string       `json:"id"`
	URL      string       `json:"url,omitempty"`
	Title    string       `json:"title"`
	HTML     string       `json:"content_html"`
	Modified string       `json:"date_modified"`
	Authors  []jsonAuthor `json:"authors"`
	Tags     []string     `json:"tags,omitempty"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

// writeJSONFeed follows JSON Feed 1.1, which knows no relative addresses:
// without a public one there are none.
func (p *Pages) writeJSONFeed(f feed) ([]byte, error) {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: xmlText(f.Title), Language: f.Lang, Authors: []jsonAuthor{{xmlText(f.Author)}}, Items: []jsonItem{},
	}
	if p.base() != "" {
		out.HomePage, out.FeedURL = p.base()+f.Path, p.base()+f.Self
	}
	for _, item := range f.Items {
		shown := jsonItem{
			ID: item.ID, URL: p.absolute(item.Path), Title: xmlText(item.Title), HTML: xmlText(htmlOf(item.Text)),
			Modified: item.Updated.Format(time.RFC3339), Authors: []jsonAuthor{{xmlText(item.Author)}},
		}
		for _, tag := range item.Tags {
			shown.Tags = append(shown.Tags, xmlText(tag))
		}
		out.Items = append(out.Items, shown)
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetIndent("", " ")
	err := encoder.Encode(out)
	return body.Bytes(), err
}
