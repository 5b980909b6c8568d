package protocol

import (
	"crypto/sha256"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// testNow is the clock of every test, off the whole hour on purpose.
var testNow = time.Date(2026, 12, 1, 10, 20, 30, 456e6, time.UTC)

const testNet Network = "test"

// testAuthor gives the same author for the same name in every run.
func testAuthor(name string) (Author, RecoverySecret) {
	secret := RecoverySecret(sha256.Sum256([]byte("recovery of " + name)))
	key := PrivateKeyFromSeed(sha256.Sum256([]byte("key of " + name)))
	return Author{Signer: Signer{FirstKey: key.Public(), RecoveryHash: secret.Hash()}, Key: key}, secret
}

// cast is who appears in the tests.
type cast struct {
	person, collective             Author
	personSecret, collectiveSecret RecoverySecret
	successor, reborn              Author // of the person, of the collective
	grant, rebornGrant             Grant
}

func newCast(t testing.TB) (c cast) {
	t.Helper()
	c.person, c.personSecret = testAuthor("person")
	c.collective, c.collectiveSecret = testAuthor("collective")
	c.successor = must(c.person.Signer.Succeed(testNet, c.personSecret, PrivateKeyFromSeed(sha256.Sum256([]byte("second key of person")))))
	c.reborn = must(c.collective.Signer.Succeed(testNet, c.collectiveSecret, PrivateKeyFromSeed(sha256.Sum256([]byte("second key of collective")))))
	c.grant = must(NewGrant(testNet, c.collective, c.person.Identity(), testNow.Add(-time.Hour), 300*day, CustodySelf))
	c.rebornGrant = must(NewGrant(testNet, c.reborn, c.person.Identity(), testNow.Add(-time.Hour), MaxGrant, CustodyNode))
	return c
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ptr[T any](v T) *T { return &v }

// fullProfile uses every key.
func fullProfile() *Profile {
	return &Profile{
		Name: "Camille Moreau", Headline: "Graphiste, identité visuelle", About: "Dix ans de métier.\nÀ Toulouse.",
		Place:    Place{LatCenti: 4360, LonCenti: 144, Name: "Toulouse", Area: "Haute-Garonne", Country: "FR"},
		RadiusKm: ptr(uint(50)), Skills: []string{"graphisme", "branding"}, Languages: []string{"fr", "pt-BR"},
		Modes: []WorkMode{Onsite, Hybrid}, AvailableFrom: ptr(Date(20800)), DaysPerWeek: ptr(uint(4)), Since: 2015,
		Links: []Link{{Label: "Portfolio", URL: "https://example.org/camille"}}, ConfirmedAtMillis: testNow.UnixMilli(),
	}
}

func fullMission() *Mission {
	return &Mission{
		Title: "Identité visuelle d'une coopérative", Description: "Un logo,\nune charte.",
		Place: Place{LatCenti: 4360, LonCenti: 144, Name: "Toulouse", Country: "FR"}, Modes: []WorkMode{Onsite}, Languages: []string{"fr"},
		Needs: []Need{{Skill: "graphisme", Count: 1, Days: 10}}, Start: ptr(Date(20830)), ApplyBy: ptr(Date(20800)),
		Budget: &Budget{Min: 4000, Max: 6000, Currency: "EUR", Per: "mission"}, Contract: "direct", State: MissionOpen,
	}
}

func fullCollective(c cast) *Collective {
	peer := PrivateKeyFromSeed(sha256.Sum256([]byte("peer")))
	return &Collective{
		Name: "Les Indés", About: "Un collectif.", Place: Place{LatCenti: 4360, LonCenti: 144, Name: "Toulouse", Country: "FR"},
		Languages: []string{"fr"}, Contact: "bonjour@example.org", Links: []Link{{Label: "Site", URL: "https://example.org"}}, URL: "https://example.org/indes",
		Nodes:      []NodeLink{must(NewNodeLink(testNet, c.collective.Identity(), peer, true, []string{"/ip4/192.0.2.1/tcp/4001"}))},
		SealingKey: make([]byte, 32),
	}
}

// drafts gives one good draft of every known kind, of a tombstone and of an
// unknown kind, with who signs it.
func (c cast) drafts() map[string]struct {
	Author Author
	Draft  Draft
} {
	at := testNow.UnixMilli()
	type row = struct {
		Author Author
		Draft  Draft
	}
	profile := must(fullProfile().Draft(&c.grant, at))
	further := fullProfile()
	further.Memberships = [][]byte{c.grant.Bytes()}
	about := c.person.Identity()
	unannounced := fullCollective(c)
	unannounced.Nodes[0].Addrs = nil
	return map[string]row{
		"profile":              {c.person, profile},
		"profile alone":        {c.person, must(fullProfile().Draft(nil, at))},
		"profile twice member": {c.successor, must(further.Draft(&c.rebornGrant, at))},
		"profile tombstone":    {c.person, Draft{Kind: KindProfile, Grant: &c.grant, IssuedAtMillis: at, Zone: profile.Zone}},
		"mission":              {c.collective, must(fullMission().Draft([16]byte{1, 2, 3}, at))},
		"collective":           {c.collective, must(fullCollective(c).Draft(at))},
		"collective at home":   {c.collective, must(unannounced.Draft(at))},
		"dismissal":            {c.collective, DismissalDraft(c.person.Identity(), at)},
		"erasure":              {c.person, ErasureDraft(&c.grant, at)},
		"succession":           {c.successor, SuccessionDraft(&c.rebornGrant, at)},
		"unknown kind":         {c.reborn, Draft{Kind: 777, Slot: []byte("x"), About: &about, IssuedAtMillis: at, Zone: maxZone, BodyVersion: 9, Body: []byte("anything")}},
	}
}

// wires seals every draft, and adds a profile of a version to come, which
// Seal would not write.
func (c cast) wires(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{
		"unknown version": signHeader(c.person, Draft{Kind: KindProfile, IssuedAtMillis: testNow.UnixMilli(), BodyVersion: 2, Body: []byte{0xa0}}),
	}
	for name, row := range c.drafts() {
		out[name] = seal(t, row.Author, row.Draft)
	}
	return out
}

func seal(t testing.TB, a Author, d Draft) []byte {
	t.Helper()
	wire, err := Seal(testNet, a, d)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func newOpener(t testing.TB) *Opener {
	t.Helper()
	return must(NewOpener(testNet, 1000))
}

// signRaw signs header bytes as they are, for what Seal would refuse.
func signRaw(a Author, header, body []byte) []byte {
	return appendRecord(nil, header, a.Key.sign(testNet, purposeRecord, header), body)
}

// signHeader signs a draft without any check.
func signHeader(a Author, d Draft) []byte {
	h := Header{
		Kind: d.Kind, Signer: a.Signer, Slot: d.Slot, IssuedAtMillis: d.IssuedAtMillis, About: d.About, Grant: d.Grant,
		Zone: d.Zone, BodyVersion: d.BodyVersion, BodyLength: uint32(len(d.Body)), BodyHash: sha256.Sum256(d.Body),
	}
	return signRaw(a, h.append(nil), d.Body)
}

// Generators of good bodies.

func drawText(t *rapid.T, name string, maxRunes int, multiline bool) string {
	letters := []rune("abcdeéàçñøß ĐПриветعربي漢字仮名'-,.!0123456789👩€")
	if multiline {
		letters = append(letters, '\n')
	}
	s := CleanText(string(rapid.SliceOfN(rapid.SampledFrom(letters), 0, maxRunes).Draw(t, name)), multiline)
	return s
}

func drawName(t *rapid.T, name string, maxRunes int) string {
	return "N" + drawText(t, name, maxRunes-1, false)
}

func drawPlace(t *rapid.T) Place {
	return Place{
		LatCenti: rapid.IntRange(-9000, 9000).Draw(t, "lat"), LonCenti: rapid.IntRange(-18000, 17999).Draw(t, "lon"),
		Name: drawText(t, "place", 100, false), Area: drawText(t, "area", 100, false),
		Country: rapid.SampledFrom([]string{"", "FR", "BE"}).Draw(t, "country"), Approximate: rapid.Bool().Draw(t, "approximate"),
	}
}

func drawModes(t *rapid.T) (out []WorkMode) {
	for _, m := range []WorkMode{Onsite, Hybrid, Remote} {
		if rapid.Bool().Draw(t, m.String()) {
			out = append(out, m)
		}
	}
	return out
}

func drawExtra(t *rapid.T) Extra {
	n := rapid.IntRange(0, 3).Draw(t, "extras")
	if n == 0 {
		return nil
	}
	out := Extra{}
	for range n {
		key := rapid.Uint64Range(firstOptionalKey, maxBodyKey).Draw(t, "extra key")
		out[key] = must(bodyEncoding.Marshal(rapid.SampledFrom([]any{1, -5, "é", []byte{1}, []any{1, "x"}, map[int]int{3: 4, 1: 2}, true, nil, 1.5}).Draw(t, "extra")))
	}
	return out
}

func drawList(t *rapid.T, name string, maxItems int, item func(i int) string) (out []string) {
	for i := range rapid.IntRange(0, maxItems).Draw(t, name) {
		out = append(out, item(i))
	}
	return out
}

func optional[T any](t *rapid.T, name string, g *rapid.Generator[T]) *T {
	return rapid.Ptr(g, true).Draw(t, name)
}

func drawProfile(t *rapid.T, issuedAtMillis int64) *Profile {
	p := &Profile{
		Name: drawName(t, "name", MaxNameRunes), Headline: drawText(t, "headline", MaxHeadlineRunes, false), About: drawText(t, "about", 500, true),
		Place: drawPlace(t), RadiusKm: optional(t, "radius", rapid.UintRange(0, maxRadiusKm)), Modes: drawModes(t),
		Skills:      drawList(t, "skills", MaxSkills, func(i int) string { return drawName(t, "skill", 40) + string(rune('A'+i)) }),
		Languages:   drawList(t, "languages", 10, func(i int) string { return string([]rune{'f', rune('a' + i)}) }),
		DaysPerWeek: optional(t, "days", rapid.UintRange(0, 7)), Since: rapid.SampledFrom([]uint{0, 1900, 2015, 2200}).Draw(t, "since"),
		ConfirmedAtMillis: rapid.Int64Range(0, issuedAtMillis).Draw(t, "confirmed"), Extra: drawExtra(t),
		AvailableFrom: optional(t, "from", rapid.Custom(func(t *rapid.T) Date { return Date(rapid.Uint32Range(0, uint32(maxDate)).Draw(t, "date")) })),
	}
	for range rapid.IntRange(0, maxLinks).Draw(t, "links") {
		p.Links = append(p.Links, Link{Label: drawText(t, "label", 60, false), URL: "https://example.org/" + string(rapid.SliceOfN(rapid.RuneFrom([]rune("abc/é")), 0, 20).Draw(t, "url"))})
	}
	return p
}

func drawMission(t *rapid.T) *Mission {
	m := &Mission{
		Title: drawName(t, "title", MaxTitleRunes), Description: drawText(t, "description", 500, true), Place: drawPlace(t), Modes: drawModes(t),
		State: MissionState(rapid.IntRange(1, 3).Draw(t, "state")), Contract: rapid.SampledFrom([]string{"", "direct", "portage-salarial"}).Draw(t, "contract"), Extra: drawExtra(t),
	}
	for range rapid.IntRange(0, MaxNeeds).Draw(t, "needs") {
		m.Needs = append(m.Needs, Need{Skill: drawName(t, "skill", 40), Count: rapid.UintRange(1, maxNeedCount).Draw(t, "count"), Days: rapid.UintRange(0, maxNeedDays).Draw(t, "days")})
	}
	if rapid.Bool().Draw(t, "budget") {
		low := rapid.UintRange(0, maxBudget).Draw(t, "min")
		m.Budget = &Budget{Min: low, Max: rapid.UintRange(low, maxBudget).Draw(t, "max"), Currency: "EUR", Per: rapid.SampledFrom(budgetPeriods).Draw(t, "per")}
	}
	return m
}
