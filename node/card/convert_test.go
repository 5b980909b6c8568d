package card

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"courtcircuit/protocol"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	toulouse = protocol.Place{LatCenti: 4360, LonCenti: 144, Name: "Toulouse", Area: "Haute-Garonne", Country: "FR"}
	someday  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func uintOf(n uint) *uint { return &n }

// wantProblem asks for a *Problem about a field whose text says what was
// expected.
func wantProblem(t testing.TB, err error, field, expected string) {
	t.Helper()
	var p *Problem
	if !errors.As(err, &p) || p.Cause != Invalid || p.Field != field || !strings.Contains(p.Expected, expected) {
		t.Errorf("got %v; a problem with %q that expects %q expected", err, field, expected)
	}
}

func camille() Profile {
	return Profile{
		Name: " Camille  Moreau ", Headline: "Graphiste,\nidentité visuelle", About: "Bonjour\r\nà tous", RadiusKm: uintOf(50),
		Skills: []string{"Graphisme", "branding ", "graphismé", "", "C++", "C#", "C"}, Languages: []string{"FR", "fr_ca", "anglais", "français", "zh-hant-tw"},
		Modes: []string{"hybride", "ONSITE", "présentiel"}, AvailableFrom: "2026-12-01", DaysPerWeek: uintOf(0), Since: 2015,
		Links: []Link{{" Portfolio ", "https://example.org"}},
	}
}

func TestProfileIsCleaned(t *testing.T) {
	p := camille()
	body, err := p.Body(toulouse, someday)
	if err != nil {
		t.Fatal(err)
	}
	got := ProfileOf(body)
	place := ResolvedOf(toulouse)
	want := Profile{
		Name: "Camille Moreau", Headline: "Graphiste, identité visuelle", About: "Bonjour\nà tous", Place: Place{Resolved: &place}, RadiusKm: uintOf(50),
		Skills: []string{"Graphisme", "branding", "C++", "C#", "C"}, Languages: []string{"fr", "fr-CA", "en", "zh-Hant-TW"},
		Modes: []string{"onsite", "hybrid"}, AvailableFrom: "2026-12-01", DaysPerWeek: uintOf(0), Since: 2015,
		Links: []Link{{"Portfolio", "https://example.org"}}, ConfirmedAt: &someday,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if *p.RadiusKm = 7; *body.RadiusKm != 50 {
		t.Error("the body shares memory with the form")
	}
}

func TestProfileFaultsNameTheField(t *testing.T) {
	many := make([]string, 33)
	for i := range many {
		many[i] = fmt.Sprint("skill ", i)
	}
	for _, c := range []struct {
		change          func(*Profile)
		field, expected string
	}{
		{func(p *Profile) { p.Name = "  " }, "name", "1 to 80"},
		{func(p *Profile) { p.Name = strings.Repeat("é", 81) }, "name", "1 to 80"},
		{func(p *Profile) { p.Headline = strings.Repeat("x", 141) }, "headline", "140"},
		{func(p *Profile) { p.About = strings.Repeat("x", 4001) }, "about", "4000"},
		{func(p *Profile) { p.About = strings.Repeat("😀", 4000) }, "about", "at most 15"},
		{func(p *Profile) { p.RadiusKm = uintOf(30000) }, "radius_km", "0 to"},
		{func(p *Profile) { p.Skills = many }, "skills", "at most 32"},
		{func(p *Profile) { p.Skills = []string{strings.Repeat("x", 61)} }, "skills", "60"},
		{func(p *Profile) { p.Languages = []string{"klingonais"} }, "languages", "français"},
		{func(p *Profile) { p.Modes = []string{"nomade"} }, "modes", "onsite, hybrid or remote"},
		{func(p *Profile) { p.AvailableFrom = "2026-02-30" }, "available_from", "2026-12-01"},
		{func(p *Profile) { p.DaysPerWeek = uintOf(8) }, "days_per_week", "0 to 7"},
		{func(p *Profile) { p.Since = 1815 }, "since", "1900"},
		{func(p *Profile) { p.Links = []Link{{"x", "http://example.org"}} }, "links.url", "https://"},
		{func(p *Profile) { p.Links = []Link{{"x", "javascript:alert(1)"}} }, "links.url", "https://"},
		{func(p *Profile) { p.Links = make([]Link, 9) }, "links", "at most 8"},
	} {
		p := camille()
		c.change(&p)
		body, err := p.Body(toulouse, someday)
		wantProblem(t, err, c.field, c.expected)
		if body != nil {
			t.Errorf("%s: a body beside the problem", c.field)
		}
	}
	p := camille()
	_, err := p.Body(protocol.Place{LatCenti: 9100}, someday)
	wantProblem(t, err, "place", "latitude")
}

func TestMissionAndCollective(t *testing.T) {
	m := Mission{
		Title: "Identité visuelle", Description: "…", Modes: []string{"onsite"}, Languages: []string{"fr"},
		Needs: []Need{{Skill: "graphisme", Days: 10}}, Start: "2027-01-05", ApplyBy: "2026-12-15",
		Budget: &Budget{Min: 4000, Max: 6000, Currency: "EUR", Per: "mission"}, Contract: "direct",
	}
	body, err := m.Body(toulouse, protocol.MissionOpen)
	if err != nil {
		t.Fatal(err)
	}
	place := ResolvedOf(toulouse)
	want := m
	want.Place, want.Status, want.Needs = Place{Resolved: &place}, "open", []Need{{Skill: "graphisme", Count: 1, Days: 10}}
	if diff := cmp.Diff(want, MissionOf(body)); diff != "" {
		t.Errorf("mission -want +got:\n%s", diff)
	}
	m.Budget.Per = "week"
	_, err = m.Body(toulouse, protocol.MissionOpen)
	wantProblem(t, err, "budget.per", "mission, day")

	c := Collective{Name: "Les Indés", About: "a", Languages: []string{"fr"}, Contact: "a\nb", Links: []Link{{"x", "https://example.org"}}, URL: "https://example.org"}
	cb, err := c.Body(toulouse)
	if err != nil {
		t.Fatal(err)
	}
	wantC := c
	wantC.Place = Place{Resolved: &place}
	if diff := cmp.Diff(wantC, CollectiveOf(cb)); diff != "" {
		t.Errorf("collective -want +got:\n%s", diff)
	}
	c.URL = "http://example.org"
	_, err = c.Body(toulouse)
	wantProblem(t, err, "url", "https://")
}

func TestMetaOf(t *testing.T) {
	a, _, err := protocol.NewAuthor(rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	p := camille()
	body, err := p.Body(toulouse, someday)
	if err != nil {
		t.Fatal(err)
	}
	draft, err := body.Draft(nil, someday.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	wire, err := protocol.Seal("test", a, draft)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := protocol.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	m := MetaOf(&rec)
	if m.ID != a.Identity().String() || m.Fingerprint != a.Identity().Fingerprint() || m.RecordID != rec.ID.String() || !m.IssuedAt.Equal(someday) || m.ExpiresAt.Before(someday) {
		t.Errorf("meta %+v", m)
	}
}

// What was answered may be sent back; anything else in the server's fields is
// named.
func TestCheckUnchanged(t *testing.T) {
	yes, no := true, false
	later := someday.Add(time.Hour)
	held := Profile{
		Meta:        Meta{ID: "a", Fingerprint: "f", RecordID: "r", IssuedAt: &someday, ExpiresAt: &later},
		Collectives: []Membership{{ID: "c", Name: "Les Indés", Custody: "node"}}, ConfirmedAt: &someday, AvailabilityConfirmed: &yes,
	}
	data, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	var back Profile
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	elsewhere := someday.In(time.FixedZone("", 3600))
	back.IssuedAt = &elsewhere
	for name, sent := range map[string]Profile{"as answered": back, "left out": {}, "empty list": {Collectives: []Membership{}}} {
		if err := sent.CheckUnchanged(held); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for field, change := range map[string]func(*Profile){
		"id": func(p *Profile) { p.ID = "b" }, "fingerprint": func(p *Profile) { p.Fingerprint = "x" }, "record_id": func(p *Profile) { p.RecordID = "x" },
		"issued_at": func(p *Profile) { p.IssuedAt = &later }, "expires_at": func(p *Profile) { p.ExpiresAt = &someday },
		"collectives": func(p *Profile) {
			p.Collectives = []Membership{{ID: "c", Name: "Les Indés", Custody: "node", Verified: true}}
		},
		"confirmed_at": func(p *Profile) { p.ConfirmedAt = &later }, "availability_confirmed": func(p *Profile) { p.AvailabilityConfirmed = &no },
	} {
		sent := back
		change(&sent)
		wantProblem(t, sent.CheckUnchanged(held), field, "was answered")
		wantProblem(t, sent.CheckUnchanged(Profile{}), firstField(t, sent), "was answered")
	}
	m := Mission{Status: "closed"}
	wantProblem(t, m.CheckUnchanged(Mission{Status: "open"}), "status", "")
	c := Collective{Members: 3}
	wantProblem(t, c.CheckUnchanged(Collective{Members: 2}), "members", "")
}

// firstField is what a new profile with server's fields is refused for.
func firstField(t *testing.T, p Profile) string {
	t.Helper()
	if p.ID == "" {
		t.Fatal("no id in the test's profile")
	}
	return "id"
}

// genProfile draws profiles as they come out of ProfileOf.
func genProfile(t *rapid.T) Profile {
	text := func(label string, least, most int) string {
		return protocol.CleanText(rapid.StringOfN(rapid.RuneFrom([]rune(" aéÉ字😀;,\\\"'\n-#|:<")), least, most, -1).Draw(t, label), false)
	}
	nonEmpty := func(label string, most int) string {
		return rapid.Custom(func(t *rapid.T) string { return "A" + text(label, 0, most-1) }).Draw(t, label)
	}
	place := protocol.PlaceAt(rapid.Float64Range(-90, 90).Draw(t, "lat"), rapid.Float64Range(-180, 179).Draw(t, "lon"))
	place.Name, place.Area = text("commune", 0, 40), text("department", 0, 40)
	place.Country = rapid.SampledFrom([]string{"", "FR", "BE"}).Draw(t, "country")
	place.Approximate = rapid.Bool().Draw(t, "approximate")
	number := func(label string, most uint) *uint {
		return rapid.Ptr(rapid.UintRange(0, most), true).Draw(t, label)
	}
	p := Profile{
		Name: nonEmpty("name", 80), Headline: text("headline", 0, 140), About: protocol.CleanText(rapid.StringOfN(rapid.RuneFrom([]rune("ab \n;,\\")), 0, 300, -1).Draw(t, "about"), true),
		RadiusKm: number("radius", 20000), DaysPerWeek: number("days", 7),
		Languages: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"fr", "en", "pt-BR", "zh-Hant", "fsl", "es-419", "tlh"}), 0, 4, rapid.ID[string]).Draw(t, "languages"),
		Modes:     rapid.SliceOfN(rapid.SampledFrom([]string{"onsite", "hybrid", "remote"}), 0, 3).Draw(t, "modes"),
		Since:     rapid.SampledFrom([]uint{0, 1900, 2015}).Draw(t, "since"),
	}
	for range rapid.IntRange(0, 6).Draw(t, "skills") {
		p.Skills = append(p.Skills, nonEmpty("skill", 40))
	}
	for range rapid.IntRange(0, 4).Draw(t, "links") {
		p.Links = append(p.Links, Link{text("label", 0, 30), "https://example.org/" + rapid.StringMatching(`[a-z;,|=&?]{0,20}`).Draw(t, "url")})
	}
	if rapid.Bool().Draw(t, "dated") {
		p.AvailableFrom = protocol.Date(rapid.Uint32Range(0, 70000).Draw(t, "from")).String()
	}
	body, err := p.Body(place, someday)
	if err != nil {
		t.Fatalf("the generator's own profile: %v", err)
	}
	out := ProfileOf(body)
	out.ConfirmedAt = nil
	return out
}

// The typed form of a body makes the same body again.
func TestBodyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genProfile(t)
		body, err := p.Body(p.Place.Resolved.Protocol(), someday)
		if err != nil {
			t.Fatal(err)
		}
		again := ProfileOf(body)
		again.ConfirmedAt = nil
		if diff := cmp.Diff(p, again); diff != "" {
			t.Fatalf("-once +twice:\n%s", diff)
		}
	})
}

// Export to JSON Resume and back, and to our own JSON and back, loses nothing.
func TestExportRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genProfile(t)
		if rapid.Bool().Draw(t, "typed place") {
			p.Place = Place{Text: rapid.SampledFrom([]string{"Toulouse", "31000", "Saint-Étienne, Loire"}).Draw(t, "typed")}
		}
		resume, err := WriteResume(p)
		if err != nil {
			t.Fatal(err)
		}
		own, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{"resume": resume, "own": own} {
			items := collect(string(data))
			if len(items) != 1 || items[0].Err != nil || len(items[0].Warnings) > 0 {
				t.Fatalf("%s: %+v\n%s", name, items, data)
			}
			if diff := cmp.Diff(p, items[0].Profile); diff != "" {
				t.Fatalf("%s -written +read:\n%s", name, diff)
			}
		}
	})
}

func collect(content string) []Item {
	var out []Item
	for item := range ReadProfiles(strings.NewReader(content), "test") {
		out = append(out, item)
	}
	return out
}

func TestCanonicalLanguage(t *testing.T) {
	for in, want := range map[string]string{
		"fr": "fr", "FR": "fr", "fr_CA": "fr-CA", "fra": "fr", "fre": "fr", "français": "fr", "Francais": "fr", " Anglais ": "en",
		"English": "en", "zh-hans-cn": "zh-Hans-CN", "es-419": "es-419", "LSF": "fsl", "": "", "klingonais": "", "fr-latin": "", "und": "", "en-GB-oed": "",
	} {
		if got, _ := canonicalLanguage(in); got != want {
			t.Errorf("%q is %q, %q expected", in, got, want)
		}
	}
	for _, l := range languageNames {
		for _, n := range l.names {
			if got, _ := canonicalLanguage(n); got != l.tag {
				t.Errorf("%q is %q, %q expected", n, got, l.tag)
			}
		}
		if got, _ := canonicalLanguage(l.tag); got != l.tag {
			t.Errorf("the tag %q is read as %q", l.tag, got)
		}
	}
}
