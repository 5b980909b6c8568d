package protocol

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	long := strings.Repeat("é", 10)
	for s, want := range map[string]bool{
		"a": true, long: true, long + "é": false, "": false, "é": true, "e\u0301": false, " a": false, "a ": false, "a\u00a0b": true,
		"a\nb": true, "a\tb": false, "a\rb": false, "a\x00b": false, "a\x7fb": false, "a\u0085b": false, "a\u2028b": false, "a\u2029b": false,
		"a\u202eb": false, "a\u202ab": false, "a\u2066b": false, "a\u2069b": false, "a\u200eb": false, "a\u200fb": false, "a\u061cb": false,
		"a\u200bb": false, "a\ufeffb": false, "a\u00adb": false, "a\u2060b": false, "a\U000e0041b": false, "a\u180eb": false,
		"a\u3164b": false, "\u3164": false, "\u2800": false, "a\u034fb": false, "\u115f": false, "\uffa0": false,
		"\xff": false, "a\ufffdb": false, "\xed\xa0\x80": false,
		"می\u200cخواهم": true, "Cam\u200dille": false, "Camille\u200d": false, "\u200dCa": false, "\u200c": false, "ми\u200cр": false, "1\u200d2": false,
		"👩\u200d💻": true, "👩\u200d\u200d💻": false, "❤\ufe0f": true, "a\ufe0fb": false, "1\ufe0f\u20e3": true, "🏳\ufe0f\u200d🌈": true, "❤\ufe0f\ufe0f": false,
		"\u0301": false, "\u0301\u0301": false, "漢字": true, "عربي": true, "a" + strings.Repeat("\u0316", 8): true, "a" + strings.Repeat("\u0316", 9): false,
		"👩🏽\u200d🚀": true,
	} {
		if err := checkText("name", s, 1, 10, true); (err == nil) != want {
			t.Errorf("%+q: %v", s, err)
		}
	}
	if checkText("name", "a\nb", 1, 10, false) == nil {
		t.Error("a line end in one line")
	}
	if checkText("name", "", 0, 10, false) != nil {
		t.Error("an optional text must be given")
	}
}

func TestCleanText(t *testing.T) {
	for s, want := range map[string]string{
		"  Camille \t Moreau\u202e ": "Camille Moreau", "e\u0301": "é", "a\u200db": "ab", "\u3164": "", "a\r\nb": "a b", "👩\u200d💻": "👩\u200d💻",
		"a" + strings.Repeat("\u0316", 40): "a" + strings.Repeat("\u0316", 8), "x\xffy": "xy", "\u200d\u200da": "a", "a\u2028b": "a b",
	} {
		if got := CleanText(s, false); got != want {
			t.Errorf("%+q: %+q, want %+q", s, got, want)
		}
	}
	if got := CleanText("\n a\r\nb\rc\u2029d \n", true); got != "a\nb\nc\nd" {
		t.Errorf("%q", got)
	}
	rapid.Check(t, func(t *rapid.T) { checkCleaned(t, rapid.String().Draw(t, "text")) })
	rapid.Check(t, func(t *rapid.T) { checkCleaned(t, rapid.StringMatching(`[ -\x7f\t\n]{0,9}`).Draw(t, "ASCII")) })
}

// checkCleaned holds of any input: cleaning twice is cleaning once, and what
// comes out is taken unless it is too long or nothing in it can be seen.
func checkCleaned(t interface{ Fatalf(string, ...any) }, s string) {
	for _, multiline := range []bool{false, true} {
		once := CleanText(s, multiline)
		if twice := CleanText(once, multiline); twice != once {
			t.Fatalf("%+q cleans to %+q, then to %+q", s, once, twice)
		}
		if err := checkText("text", once, 0, 1<<20, multiline); err != nil && !strings.Contains(err.Error(), "can be seen") {
			t.Fatalf("%+q cleans to %+q: %v", s, once, err)
		}
		if utf8.RuneCountInString(once) > 3*len(s) {
			t.Fatalf("%+q grows", s)
		}
		for _, text := range []string{s, once} { // the short way, and the long one
			for _, least := range []int{0, 1, 4} {
				short, long := checkText("text", text, least, 8, multiline), checkRunes("text", text, least, 8, multiline)
				if fmt.Sprint(short) != fmt.Sprint(long) {
					t.Fatalf("%+q: %v, by its runes %v", text, short, long)
				}
			}
		}
	}
}

func TestLinks(t *testing.T) {
	for url, want := range map[string]bool{
		"https://example.org": true, "https://example.org:8443/a?b=c#d": true, "https://exemple.fr/é": true, "https://[2001:db8::1]/": true,
		"http://example.org": false, "HTTPS://example.org": false, "javascript:alert(1)": false, "https:example.org": false, "https://": false, "https:///a": false,
		"https://user@example.org": false, "https://u:p@example.org": false, "https://example.org/a b": false, "https://example.org/\"x": false,
		"https://example.org/'": false, "https://example.org/<": false, "https://example.org/\\": false, "https://example.org/\u202e": false,
		"https://example.org/a\u00a0b": false, "https://:443": false, "data:text/html,x": false, "https://exam\u200dple.org": false, "https://a\n.org": false, "https://%zz": false,
		"https://example.org/" + strings.Repeat("a", 280): true, "https://example.org/" + strings.Repeat("a", 281): false,
	} {
		if err := checkURL("url", url); (err == nil) != want {
			t.Errorf("%q: %v", url, err)
		}
	}
}

type fieldCase[B any] struct {
	field  string // "" when good
	change func(b *B)
}

func checkFields[B any, P interface {
	*B
	body
}](t *testing.T, fresh func() P, h *Header, cases []fieldCase[B]) {
	t.Helper()
	for i, row := range cases {
		b := fresh()
		row.change((*B)(b))
		err := b.check(h)
		if c, ok := any(b).(*Collective); ok && err == nil {
			err = c.checkProofs(testNet, h.Signer.Identity())
		}
		var f *FieldError
		switch {
		case row.field == "" && err != nil:
			t.Errorf("case %d: %v", i, err)
		case row.field != "" && (!errors.As(err, &f) || f.Field != row.field):
			t.Errorf("case %d: %v, want a fault of %s", i, err, row.field)
		}
	}
}

func repeat(n int, item func(i int) string) (out []string) {
	for i := range n {
		out = append(out, item(i))
	}
	return out
}

func numbered(i int) string { return "s" + strings.Repeat("x", i) }

func TestProfileBounds(t *testing.T) {
	c := newCast(t)
	tag := func(i int) string { return string([]rune{'a', rune('a' + i)}) }
	late := c.grant
	late.IssuedAtMillis = testNow.UnixMilli() + 1
	checkFields(t, fullProfile, &Header{Kind: KindProfile, Signer: c.person.Signer, IssuedAtMillis: testNow.UnixMilli()}, []fieldCase[Profile]{
		{"", func(p *Profile) {}},
		{"name", func(p *Profile) { p.Name = "" }},
		{"", func(p *Profile) { p.Name = strings.Repeat("é", MaxNameRunes) }},
		{"name", func(p *Profile) { p.Name = strings.Repeat("é", MaxNameRunes+1) }},
		{"name", func(p *Profile) { p.Name = "a\nb" }},
		{"", func(p *Profile) { p.Headline = strings.Repeat("é", MaxHeadlineRunes) }},
		{"headline", func(p *Profile) { p.Headline = strings.Repeat("é", MaxHeadlineRunes+1) }},
		{"", func(p *Profile) { p.About = strings.Repeat("é", MaxAboutRunes) }},
		{"about", func(p *Profile) { p.About = strings.Repeat("é", MaxAboutRunes+1) }},
		{"place", func(p *Profile) { p.Place.LonCenti = 18000 }},
		{"place", func(p *Profile) { p.Place.Country = "fr" }},
		{"place", func(p *Profile) { p.Place.Name = strings.Repeat("a", 101) }},
		{"place", func(p *Profile) { p.Place.Area = "\u202e" }},
		{"", func(p *Profile) { p.RadiusKm = ptr(uint(maxRadiusKm)) }},
		{"radius_km", func(p *Profile) { p.RadiusKm = ptr(uint(maxRadiusKm + 1)) }},
		{"", func(p *Profile) { p.Skills = repeat(MaxSkills, numbered) }},
		{"skills", func(p *Profile) { p.Skills = repeat(MaxSkills+1, numbered) }},
		{"skills", func(p *Profile) { p.Skills = []string{"a", "b", "a"} }},
		{"skills", func(p *Profile) { p.Skills = []string{""} }},
		{"skills", func(p *Profile) { p.Skills = []string{strings.Repeat("a", maxSkillRunes+1)} }},
		{"", func(p *Profile) { p.Languages = append(repeat(13, tag), "zh-Hant-TW", "es-419", "gsw") }},
		{"languages", func(p *Profile) { p.Languages = repeat(maxLanguages+1, tag) }},
		{"languages", func(p *Profile) { p.Languages = []string{"fr", "fr"} }},
		{"languages", func(p *Profile) { p.Languages = []string{"FR"} }},
		{"languages", func(p *Profile) { p.Languages = []string{"fr-fr"} }},
		{"", func(p *Profile) { p.Modes = []WorkMode{Onsite, Hybrid, Remote} }},
		{"modes", func(p *Profile) { p.Modes = []WorkMode{Hybrid, Onsite} }},
		{"modes", func(p *Profile) { p.Modes = []WorkMode{Onsite, Onsite} }},
		{"modes", func(p *Profile) { p.Modes = []WorkMode{4} }},
		{"modes", func(p *Profile) { p.Modes = []WorkMode{0} }},
		{"", func(p *Profile) { p.AvailableFrom = ptr(maxDate) }},
		{"available_from", func(p *Profile) { p.AvailableFrom = ptr(maxDate + 1) }},
		{"", func(p *Profile) { p.DaysPerWeek = ptr(uint(7)) }},
		{"days_per_week", func(p *Profile) { p.DaysPerWeek = ptr(uint(8)) }},
		{"since", func(p *Profile) { p.Since = 1899 }},
		{"since", func(p *Profile) { p.Since = 2201 }},
		{"links", func(p *Profile) { p.Links = make([]Link, maxLinks+1) }},
		{"links.url", func(p *Profile) { p.Links = []Link{{Label: "x", URL: "http://example.org"}} }},
		{"links.label", func(p *Profile) { p.Links = []Link{{Label: strings.Repeat("a", 61), URL: "https://example.org"}} }},
		{"confirmed_at", func(p *Profile) { p.ConfirmedAtMillis = -1 }},
		{"confirmed_at", func(p *Profile) { p.ConfirmedAtMillis = testNow.UnixMilli() + 1 }},
		{"", func(p *Profile) {
			p.Memberships = [][]byte{c.grant.Bytes(), c.grant.Bytes(), c.grant.Bytes(), c.rebornGrant.Bytes()}
		}},
		{"memberships", func(p *Profile) { p.Memberships = make([][]byte, 5) }},
		{"memberships", func(p *Profile) { p.Memberships = [][]byte{late.Bytes()} }},
		{"memberships", func(p *Profile) { p.Memberships = [][]byte{{0x80}} }},
	})
}

func TestMissionBounds(t *testing.T) {
	need := Need{Skill: "go", Count: 1}
	checkFields(t, fullMission, &Header{}, []fieldCase[Mission]{
		{"", func(m *Mission) {}},
		{"title", func(m *Mission) { m.Title = "" }},
		{"title", func(m *Mission) { m.Title = strings.Repeat("a", MaxTitleRunes+1) }},
		{"description", func(m *Mission) { m.Description = strings.Repeat("a", MaxAboutRunes+1) }},
		{"place", func(m *Mission) { m.Place.LatCenti = 9001 }},
		{"", func(m *Mission) { m.Needs = []Need{{Skill: "go", Count: maxNeedCount, Days: maxNeedDays}} }},
		{"needs", func(m *Mission) { m.Needs = append(make([]Need, MaxNeeds), need) }},
		{"needs.skill", func(m *Mission) { m.Needs = []Need{{Count: 1}} }},
		{"needs.count", func(m *Mission) { m.Needs = []Need{{Skill: "go"}} }},
		{"needs.count", func(m *Mission) { m.Needs = []Need{{Skill: "go", Count: maxNeedCount + 1}} }},
		{"needs.days", func(m *Mission) { m.Needs = []Need{{Skill: "go", Count: 1, Days: maxNeedDays + 1}} }},
		{"start", func(m *Mission) { m.Start = ptr(maxDate + 1) }},
		{"apply_by", func(m *Mission) { m.ApplyBy = ptr(maxDate + 1) }},
		{"", func(m *Mission) { m.Budget = nil }},
		{"budget", func(m *Mission) { m.Budget.Min = 6001 }},
		{"budget", func(m *Mission) { m.Budget.Max = maxBudget + 1 }},
		{"budget.currency", func(m *Mission) { m.Budget.Currency = "eur" }},
		{"budget.per", func(m *Mission) { m.Budget.Per = "year" }},
		{"contract", func(m *Mission) { m.Contract = "Direct" }},
		{"contract", func(m *Mission) { m.Contract = strings.Repeat("a", 25) }},
		{"status", func(m *Mission) { m.State = 0 }},
		{"status", func(m *Mission) { m.State = 4 }},
		{"", func(m *Mission) { m.State = MissionClosed }},
	})
}

func TestCollectiveBounds(t *testing.T) {
	c := newCast(t)
	link := func(i int, renews bool) NodeLink {
		return must(NewNodeLink(testNet, c.collective.Identity(), PrivateKeyFromSeed([32]byte{byte(i)}), renews, nil))
	}
	links := func(n int) (out []NodeLink) {
		for i := range n {
			out = append(out, link(i, i == 0))
		}
		return out
	}
	checkFields(t, func() *Collective { return fullCollective(c) }, &Header{Signer: c.collective.Signer}, []fieldCase[Collective]{
		{"", func(b *Collective) {}},
		{"name", func(b *Collective) { b.Name = "" }},
		{"contact", func(b *Collective) { b.Contact = strings.Repeat("a", 301) }},
		{"url", func(b *Collective) { b.URL = "http://example.org" }},
		{"sealing_key", func(b *Collective) { b.SealingKey = make([]byte, 31) }},
		{"", func(b *Collective) { b.Nodes = links(maxNodes) }},
		{"nodes", func(b *Collective) { b.Nodes = links(maxNodes + 1) }},
		{"nodes", func(b *Collective) { b.Nodes = append(links(2), link(1, false)) }},
		{"nodes", func(b *Collective) { b.Nodes = append(links(2), link(5, true)) }},
		{"nodes", func(b *Collective) { b.Nodes[0].Signature[0] ^= 1 }},
		{"nodes", func(b *Collective) { b.Nodes[0].Signature = nil }},
		{"nodes", func(b *Collective) { b.Nodes[0].PeerID = b.Nodes[0].PeerID[:37] }},
		{"nodes", func(b *Collective) { b.Nodes[0].PeerID[3] = 2 }},
		{"nodes", func(b *Collective) { b.Nodes[0].PeerID = append(b.Nodes[0].PeerID, 0x18, 1) }},
		{"nodes", func(b *Collective) { b.Nodes[0].Addrs = repeat(5, func(int) string { return "/ip4/192.0.2.1" }) }},
		{"nodes.addrs", func(b *Collective) { b.Nodes[0].Addrs = []string{"example.org"} }},
		{"nodes.addrs", func(b *Collective) { b.Nodes[0].Addrs = []string{"/" + strings.Repeat("a", 200)} }},
		{"nodes", func(b *Collective) { // signed for another collective
			b.Nodes[0] = must(NewNodeLink(testNet, c.person.Identity(), PrivateKeyFromSeed([32]byte{1}), true, nil))
		}},
		{"nodes", func(b *Collective) { // signed on another network
			b.Nodes[0] = must(NewNodeLink("main", c.collective.Identity(), PrivateKeyFromSeed([32]byte{1}), true, nil))
		}},
	})
}

func TestWorkModes(t *testing.T) {
	for _, m := range []WorkMode{Onsite, Hybrid, Remote} {
		if back, err := ParseWorkMode(m.String()); err != nil || back != m {
			t.Error(m, err)
		}
	}
	for _, bad := range []string{"", "office", "Onsite"} {
		if _, err := ParseWorkMode(bad); err == nil {
			t.Error(bad)
		}
	}
	if WorkMode(9).String() != "mode-9" || MissionState(9).String() != "unknown" {
		t.Error("names of numbers to come")
	}
}
