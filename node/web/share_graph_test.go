package web

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtcircuit/node/card"
)

//go:embed testdata/schema_vocabulary.json
var vocabularyJSON []byte

// vocabulary is the part of schema.org that the pages use: what each type is
// besides itself, and what its properties take.
type vocabulary struct {
	Types map[string]struct {
		Is         []string
		Properties map[string][]string
	}
}

func loadVocabulary(t testing.TB) vocabulary {
	t.Helper()
	var v vocabulary
	if err := json.Unmarshal(vocabularyJSON, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// faults are what is not schema.org in a node, with the way to it.
func (v vocabulary) faults(at string, node map[string]any) (faults []string) {
	kind, _ := node["@type"].(string)
	known, ok := v.Types[kind]
	if !ok {
		return []string{fmt.Sprintf("%s: type %q", at, kind)}
	}
	if id, ok := node["@id"]; ok && !isAbsolute(id) {
		faults = append(faults, fmt.Sprintf("%s: @id %v", at, id))
	}
	if len(node) < 2 {
		faults = append(faults, at+": says nothing")
	}
	for name, value := range node {
		if strings.HasPrefix(name, "@") {
			continue
		}
		expected, ok := known.Properties[name]
		if !ok {
			faults = append(faults, fmt.Sprintf("%s: %s has no %s", at, kind, name))
			continue
		}
		values, many := value.([]any)
		if !many {
			values = []any{value}
		}
		if len(values) == 0 {
			faults = append(faults, at+"."+name+": empty list")
		}
		for _, one := range values {
			faults = append(faults, v.faultsOfValue(at+"."+name, one, expected)...)
		}
	}
	return faults
}

func (v vocabulary) faultsOfValue(at string, value any, expected []string) []string {
	if node, ok := value.(map[string]any); ok {
		kind, _ := node["@type"].(string)
		is := append([]string{kind}, v.Types[kind].Is...)
		if !slices.ContainsFunc(is, func(t string) bool { return slices.Contains(expected, t) }) {
			return []string{fmt.Sprintf("%s: %s where %v is expected", at, kind, expected)}
		}
		return v.faults(at, node)
	}
	for _, kind := range expected {
		if isOfType(value, kind) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: %v where %v is expected", at, value, expected)}
}

// isOfType checks a literal; a thing may be named by its address.
func isOfType(value any, kind string) bool {
	text, isText := value.(string)
	number, isNumber := value.(float64)
	switch kind {
	case "Text":
		return isText && text != ""
	case "URL", "Thing":
		return isAbsolute(value)
	case "Number":
		return isNumber
	case "Integer":
		return isNumber && number == float64(int(number))
	case "Date":
		_, err := time.Parse(time.DateOnly, text)
		return isText && err == nil
	case "DateTime":
		_, err := time.Parse(time.RFC3339, text)
		return isText && err == nil
	case "ItemAvailability":
		return slices.Contains([]string{"https://schema.org/InStock", "https://schema.org/SoldOut"}, text)
	}
	return false
}

func isAbsolute(value any) bool {
	text, _ := value.(string)
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != ""
}

var graphScript = regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)

// graphIn is the data of a page, nil when it has none.
func graphIn(t testing.TB, body string) []map[string]any {
	t.Helper()
	found := graphScript.FindAllStringSubmatch(body, -1)
	if len(found) == 0 {
		return nil
	}
	if len(found) > 1 {
		t.Fatalf("%d scripts of data", len(found))
	}
	var graph struct {
		Context string           `json:"@context"`
		Graph   []map[string]any `json:"@graph"`
	}
	if err := json.Unmarshal([]byte(found[0][1]), &graph); err != nil {
		t.Fatalf("%v in %s", err, found[0][1])
	}
	if graph.Context != "https://schema.org" {
		t.Errorf("context %q", graph.Context)
	}
	return graph.Graph
}

// sharedPaths are the pages that carry data.
var sharedPaths = []string{
	"/", "/p/" + fakeID("camille"), "/p/" + fakeID("malik"), "/c/" + fakeID("own"), "/c/" + fakeID("other"),
	"/missions/" + fakeID("open"), "/missions/" + fakeID("done"), "/missions/" + fakeID("far"), "/ville/toulouse", "/ville/bordeaux",
}

func TestGraphsAreSchemaOrg(t *testing.T) {
	known := loadVocabulary(t)
	for _, publicURL := range []string{testURL, ""} {
		p := sharePages(t, withHome(newFakeReader(), "https://chartrons.example"), publicURL)
		for _, path := range sharedPaths {
			graph := graphIn(t, read(t, p, path))
			if len(graph) == 0 {
				t.Errorf("%s: no data", path)
			}
			for _, node := range graph {
				for _, fault := range known.faults(path, node) {
					t.Error(fault)
				}
			}
		}
	}
}

func TestGraphsOfEachPage(t *testing.T) {
	p := sharePages(t, newFakeReader(), testURL)
	for path, want := range map[string]string{
		"/":                                      "Organization WebSite",
		"/p/" + fakeID("camille"):                "ProfilePage BreadcrumbList",
		"/c/" + fakeID("own"):                    "Organization BreadcrumbList",
		"/missions/" + fakeID("open"):            "WebPage BreadcrumbList",
		"/ville/toulouse":                        "CollectionPage BreadcrumbList ItemList",
		"/recherche":                             "",
		"/signaler/profile/" + fakeID("camille"): "",
	} {
		var got []string
		for _, node := range graphIn(t, read(t, p, path)) {
			got = append(got, node["@type"].(string))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", path, got, want)
		}
	}
}

// The vocabulary itself is tested with what it must refuse.
func TestVocabularyBites(t *testing.T) {
	known := loadVocabulary(t)
	for name, text := range map[string]string{
		"type":           `{"@type": "JobPosting", "name": "x"}`,
		"property":       `{"@type": "Person", "name": "x", "salary": 1}`,
		"text for URL":   `{"@type": "Person", "name": "x", "url": "/p/x"}`,
		"thing for text": `{"@type": "Person", "name": {"@type": "City", "name": "x"}}`,
		"wrong thing":    `{"@type": "Organization", "seeks": [{"@type": "Person", "name": "x"}]}`,
		"date":           `{"@type": "Demand", "validThrough": "soon"}`,
		"empty text":     `{"@type": "Person", "name": ""}`,
		"empty list":     `{"@type": "Person", "knowsAbout": []}`,
		"null":           `{"@type": "Person", "name": null}`,
		"bare":           `{"@type": "Person"}`,
		"number as text": `{"@type": "ListItem", "url": 7}`,
	} {
		var node map[string]any
		if err := json.Unmarshal([]byte(text), &node); err != nil {
			t.Fatal(err)
		}
		if len(known.faults("", node)) == 0 {
			t.Errorf("%s was let through: %s", name, text)
		}
	}
}

// drawnText is what strangers write: words, markup, and what ends a script.
var drawnText = rapid.OneOf(
	rapid.Just(""), rapid.StringN(0, 40, 200),
	rapid.SampledFrom([]string{"</script><script>alert(1)</script>", "<!--", "-->", "]]>", "\u2028\u2029", "\"};alert(1)//", "&lt;/script&gt;", "\x00\x01", "</SCRIPT ", "\u202egnp.exe", "{{.}}", "É"}),
)

func drawnPlace(t *rapid.T) card.Place {
	switch rapid.IntRange(0, 2).Draw(t, "place") {
	case 0:
		return card.Place{Text: drawnText.Draw(t, "place text")}
	case 1:
		return card.Place{}
	}
	return card.Place{Resolved: &card.ResolvedPlace{Name: drawnText.Draw(t, "commune"), Department: drawnText.Draw(t, "department"), Country: "FR", Lat: 43.6, Lon: 1.4}}
}

func drawnProfile(t *rapid.T) card.Profile {
	c := fakeProfile("drawn", drawnText.Draw(t, "name"), fakeCollective("own", "Les Indés", "Toulouse", "", 43.6, 1.44))
	c.Headline, c.About, c.Place = drawnText.Draw(t, "headline"), drawnText.Draw(t, "about"), drawnPlace(t)
	c.Skills = rapid.SliceOfN(drawnText, 0, 5).Draw(t, "skills")
	c.Languages = rapid.SliceOfN(rapid.SampledFrom([]string{"fr", "en", "oc"}), 0, 3).Draw(t, "languages")
	c.Links = []card.Link{{Label: "x", URL: drawnText.Draw(t, "link")}, {URL: "https://example.org/" + url.PathEscape(drawnText.Draw(t, "path"))}, {URL: "javascript:alert(1)"}}
	c.Collectives[0].Name, c.Collectives[0].Verified = drawnText.Draw(t, "collective"), rapid.Bool().Draw(t, "verified")
	if rapid.Bool().Draw(t, "never issued") {
		c.IssuedAt = nil
	}
	return c
}

func drawnMission(t *rapid.T) card.Mission {
	m := fakeMission("drawn", drawnText.Draw(t, "title"), rapid.SampledFrom([]string{"open", "attributed", "closed", "expired"}).Draw(t, "status"),
		fakeCollective("own", drawnText.Draw(t, "by"), "Toulouse", "", 43.6, 1.44))
	m.Description, m.Place, m.Start, m.ApplyBy = drawnText.Draw(t, "description"), drawnPlace(t), "", ""
	if rapid.Bool().Draw(t, "no budget") {
		m.Budget = nil
	} else {
		m.Budget.Min, m.Budget.Per = rapid.UintRange(0, 9).Draw(t, "min"), rapid.SampledFrom([]string{"day", "hour", "month", "mission"}).Draw(t, "per")
	}
	if rapid.Bool().Draw(t, "nobody's") {
		m.Collective = nil
	}
	m.Needs = []card.Need{{Skill: drawnText.Draw(t, "need")}}
	return m
}

// Whatever strangers write, the data is schema.org's and stays data.
func TestGraphsOfDrawnCards(t *testing.T) {
	known := loadVocabulary(t)
	f := newFakeReader()
	p := sharePages(t, f, testURL)
	rapid.Check(t, func(r *rapid.T) {
		c, m, in := drawnProfile(r), drawnMission(r), fakeCollective("own", drawnText.Draw(r, "own"), "Toulouse", "", 43.6, 1.44)
		in.About, in.Place, in.Contact, in.Skills = drawnText.Draw(r, "about us"), drawnPlace(r), drawnText.Draw(r, "contact"), []card.SkillCount{{Skill: drawnText.Draw(r, "skill"), Count: 1}}
		v := func() *page {
			return &page{Words: wordsFor("fr"), Site: card.Site{Collective: &in}, Form: readForm(nil)}
		}
		pages := map[string]*page{"profile": v(), "mission": v(), "collective": v(), "home": v()}
		p.headProfile(pages["profile"], c, "")
		p.headMission(pages["mission"], m, "")
		p.headCollective(pages["collective"], in)
		p.headHome(pages["home"], &in, []card.Profile{c}, []card.Mission{m})
		for name, v := range pages {
			var out strings.Builder
			if err := p.templates.ExecuteTemplate(&out, "head", v); err != nil {
				r.Fatal(err)
			}
			for _, node := range graphIn(t, out.String()) {
				for _, fault := range known.faults(name, node) {
					r.Error(fault)
				}
			}
			if n := strings.Count(strings.ToLower(out.String()), "<script"); n > 1 {
				r.Errorf("%s: %d scripts in %s", name, n, out.String())
			}
		}
	})
}

func TestHostileTextStaysInTheScript(t *testing.T) {
	const hostile = "</script><script>alert(1)</script><!--\u2028\u2029-->"
	f := newFakeReader()
	c := f.profiles[fakeID("camille")]
	c.Name, c.Headline, c.About = hostile, hostile, hostile
	f.profiles[c.ID] = c
	body := read(t, sharePages(t, f, testURL), "/p/"+c.ID)
	script := graphScript.FindStringSubmatch(body)[1]
	for _, ends := range []string{"<", ">", "\u2028", "\u2029", "&"} {
		if strings.Contains(script, ends) {
			t.Errorf("%q stands in the script: %s", ends, script)
		}
	}
	person := graphIn(t, body)[0]["mainEntity"].(map[string]any)
	if person["name"] != hostile {
		t.Errorf("the name became %q", person["name"])
	}
	title, _, _ := strings.Cut(body[strings.Index(body, "<title>")+len("<title>"):], "</title>")
	if strings.Contains(title, "<") || !strings.HasPrefix(html.UnescapeString(title), hostile) {
		t.Errorf("title %q", title)
	}
}

// A mission asks for a service; nobody is hired and no price is made up.
func TestMissionGraph(t *testing.T) {
	f := newFakeReader()
	p := sharePages(t, f, testURL)
	demand := func(id string) map[string]any {
		return graphIn(t, read(t, p, "/missions/"+fakeID(id)))[0]["mainEntity"].(map[string]any)
	}
	open := demand("open")
	price := open["priceSpecification"].(map[string]any)
	if open["@type"] != "Demand" || price["minPrice"] != 4000.0 || price["unitCode"] != "C62" || open["availability"] != nil {
		t.Errorf("open mission: %v", open)
	}
	if done := demand("done"); done["availability"] != "https://schema.org/SoldOut" {
		t.Errorf("attributed mission: %v", done)
	}
	m := f.missions[fakeID("open")]
	m.Budget = nil
	f.missions[m.ID] = m
	if price := demand("open")["priceSpecification"]; price != nil {
		t.Errorf("price without a budget: %v", price)
	}
}
