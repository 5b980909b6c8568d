package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// visit is a page as a browser gets it.
type visit struct {
	code   int
	header http.Header
	body   string
	doc    *html.Node
}

func newPages(t testing.TB, cfg Config, f Reader) *Pages {
	t.Helper()
	p, err := New(cfg, f, Doors{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// visitPage asks for a page and checks what must hold of every one.
func visitPage(t testing.TB, h http.Handler, address string, header ...string) visit {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	v := visit{w.Code, w.Header(), w.Body.String(), doc}
	for _, fault := range faultsOf(v) {
		t.Errorf("%s: %s", address, fault)
	}
	return v
}

// all are the elements that keep answers true for, in the order of the page.
func (v visit) all(keep func(*html.Node) bool) (found []*html.Node) {
	for n := range v.doc.Descendants() {
		if n.Type == html.ElementNode && keep(n) {
			found = append(found, n)
		}
	}
	return found
}

func (v visit) named(names ...string) []*html.Node {
	return v.all(func(n *html.Node) bool { return slices.Contains(names, n.Data) })
}

// link is the address of the first link with this text, "" without one.
func (v visit) link(text string) string {
	for _, n := range v.named("a") {
		if strings.Contains(textOf(n), text) {
			return attr(n, "href")
		}
	}
	return ""
}

func (v visit) text() string {
	for _, n := range v.named("body") {
		return textOf(n)
	}
	return ""
}

func attr(n *html.Node, key string) string {
	value, _ := hasAttr(n, key)
	return value
}

func hasAttr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// faultsOf is what is wrong with a page, whatever it shows: what a screen
// reader would stumble over, and what text of others must never become.
func faultsOf(v visit) (faults []string) {
	say := func(parts ...string) { faults = append(faults, strings.Join(parts, " ")) }
	if !strings.HasPrefix(v.header.Get("Content-Type"), "text/html") {
		return []string{"answered " + v.header.Get("Content-Type")}
	}
	if lang := attr(v.named("html")[0], "lang"); lang != v.header.Get("Content-Language") {
		say("lang", lang)
	}
	for _, one := range []string{"h1", "main", "footer", "title"} {
		if n := len(v.all(func(n *html.Node) bool { return n.Data == one && n.Namespace == "" })); n != 1 {
			say("not one but", strings.Repeat("I", n), one)
		}
	}
	for _, n := range v.named("h1", "h2", "h3", "a", "button", "title") {
		if strings.TrimSpace(textOf(n)) == "" && n.Namespace == "" {
			say("empty", n.Data)
		}
	}
	for _, odd := range []string{"%!", "ZgotmplZ", "<no value>"} {
		if strings.Contains(v.body, odd) {
			say("the page contains", odd)
		}
	}
	return append(append(append(faults, idFaults(v)...), fieldFaults(v)...), safetyFaults(v)...)
}

// idFaults finds ids that stand twice and references that lead nowhere.
func idFaults(v visit) (faults []string) {
	ids := map[string]bool{}
	for _, n := range v.all(func(n *html.Node) bool { return attr(n, "id") != "" }) {
		if ids[attr(n, "id")] {
			faults = append(faults, "id twice: "+attr(n, "id"))
		}
		ids[attr(n, "id")] = true
	}
	for n := range v.doc.Descendants() {
		for _, key := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls"} {
			for _, id := range strings.Fields(attr(n, key)) {
				if !ids[id] {
					faults = append(faults, key+" leads nowhere: "+id)
				}
			}
		}
		if to := attr(n, "href"); n.Data == "a" && strings.HasPrefix(to, "#") && !ids[to[1:]] {
			faults = append(faults, "no such place on the page: "+to)
		}
	}
	return faults
}

// fieldFaults finds fields that nothing names.
func fieldFaults(v visit) (faults []string) {
	labelled := map[string]bool{}
	for _, n := range v.named("label") {
		labelled[attr(n, "for")] = true
	}
	for _, n := range v.named("input", "select", "textarea") {
		inLabel := n.Parent != nil && n.Parent.Data == "label"
		if attr(n, "type") != "hidden" && !inLabel && !labelled[attr(n, "id")] && attr(n, "aria-label") == "" {
			faults = append(faults, "no label: "+attr(n, "name"))
		}
	}
	return faults
}

// Elements of the templates. Text of others that became markup would bring
// another one, or an attribute that runs or fetches.
var writtenElements = strings.Fields(`html head meta title base link script body a header nav ul ol li main footer section article aside div p span small strong em
	h1 h2 h3 dl dt dd form fieldset legend label input select option button textarea details summary pre code bdi time img figure figcaption hr table thead tbody tr th td caption
	svg circle path text g use rect line title desc symbol defs a image tspan polyline polygon`)

func safetyFaults(v visit) (faults []string) {
	for n := range v.doc.Descendants() {
		if n.Type == html.CommentNode {
			faults = append(faults, "comment "+n.Data)
		}
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(writtenElements, n.Data) {
			faults = append(faults, "element "+n.Data)
		}
		if n.Data == "script" && attr(n, "src") == "" && attr(n, "type") != "application/ld+json" {
			faults = append(faults, "script in the page")
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcset" || a.Key == "srcdoc" {
				faults = append(faults, n.Data+" has "+a.Key)
			}
		}
		faults = append(faults, addressFaults(n)...)
	}
	return faults
}

// addressFaults: what is loaded is ours, a link elsewhere is https and tells
// nothing of the reader, and no link runs anything.
func addressFaults(n *html.Node) (faults []string) {
	for _, key := range []string{"href", "src", "action", "poster", "data"} {
		address, ok := hasAttr(n, key)
		inner := strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//")
		switch {
		case !ok || inner:
		case n.Data == "a" && strings.HasPrefix(address, "https://"):
			// noreferrer implies noopener.
			if rel := attr(n, "rel"); !strings.Contains(rel, "noreferrer") {
				faults = append(faults, "link elsewhere with rel "+rel+": "+address)
			}
		case n.Data == "a" && (strings.HasPrefix(address, "#") || strings.HasPrefix(address, "mailto:")):
		case n.Data == "link" && (attr(n, "rel") == "canonical" || attr(n, "rel") == "alternate"):
		default:
			faults = append(faults, n.Data+" "+key+" is "+address)
		}
	}
	return faults
}
