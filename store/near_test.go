package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

// plainCard is what the plain searcher knows of a card: bodies and facts, no
// index, no hash.
type plainCard struct {
	v       protocol.Verified
	id      [32]byte
	place   protocol.Place
	skills  []string
	langs   []string
	modes   []protocol.WorkMode
	texts   []string
	members []protocol.Identity // the collectives that count
	profile *protocol.Profile
	mission *protocol.Mission
}

// plainNear is the search written again as naively as can be.
func plainNear(cards []plainCard, q Query, own protocol.Identity) (ids [][32]byte) {
	type found struct {
		c2   float64
		tier int
		rot  uint64
		id   [32]byte
	}
	var all []found
	day := uint32(q.Now.Unix() / 86400)
	turn := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("courtcircuit order of the day"), day))
	for _, c := range cards {
		c2, meters := plainDistance(c.place, q)
		if q.RadiusMeters >= 0 && meters > q.RadiusMeters || !plainMatch(c, q, meters) {
			continue
		}
		tier := 3
		if slices.Contains(c.members, own) {
			tier = 0
		}
		rot := binary.BigEndian.Uint64(c.id[:8]) - binary.BigEndian.Uint64(turn[:8])
		all = append(all, found{c2: c2, tier: tier, rot: rot, id: c.id})
	}
	slices.SortFunc(all, func(a, b found) int {
		switch {
		case a.c2 != b.c2:
			return sign(a.c2 < b.c2)
		case a.tier != b.tier:
			return sign(a.tier < b.tier)
		case a.rot != b.rot:
			return sign(a.rot < b.rot)
		}
		return bytes.Compare(a.id[:], b.id[:])
	})
	for _, f := range all {
		ids = append(ids, f.id)
	}
	return ids
}

func sign(less bool) int {
	if less {
		return -1
	}
	return 1
}

func plainDistance(p protocol.Place, q Query) (chord2, meters float64) {
	rad := func(d float64) float64 { return d * math.Pi / 180 }
	point := func(lat, lon float64) [3]float64 {
		return [3]float64{math.Cos(rad(lat)) * math.Cos(rad(lon)), math.Cos(rad(lat)) * math.Sin(rad(lon)), math.Sin(rad(lat))}
	}
	a, b := point(float64(p.LatCenti)/100, float64(p.LonCenti)/100), point(q.LatDegrees, q.LonDegrees)
	for i := range a {
		chord2 += (b[i] - a[i]) * (b[i] - a[i])
	}
	return chord2, 2 * 6371008.8 * math.Asin(math.Min(1, math.Sqrt(chord2)/2))
}

func plainMatch(c plainCard, q Query, meters float64) bool {
	for _, want := range q.Skills {
		if !slices.ContainsFunc(c.skills, func(s string) bool { return strings.EqualFold(s, want) }) {
			return false
		}
	}
	if len(q.Languages) > 0 {
		any := false
		for _, l := range c.langs {
			for _, w := range q.Languages {
				any = any || l == w || strings.HasPrefix(l, w+"-")
			}
		}
		if !any {
			return false
		}
	}
	if q.Collective != nil && !slices.Contains(c.members, *q.Collective) {
		return false
	}
	for _, w := range strings.Fields(strings.ToLower(q.Words)) {
		have := strings.FieldsFunc(strings.ToLower(strings.Join(append(slices.Clone(c.texts), c.skills...), " ")), func(r rune) bool { return r == ' ' || r == '\'' })
		found := slices.ContainsFunc(have, func(word string) bool { return word == w || len(w) > 2 && strings.HasPrefix(word, w) })
		if !found && w != "les" && w != "d" {
			return false
		}
	}
	if c.profile == nil && c.mission == nil {
		return true
	}
	if len(q.Modes) > 0 {
		modes := c.modes
		if len(modes) == 0 {
			modes = []protocol.WorkMode{protocol.Onsite, protocol.Hybrid}
		}
		if !slices.ContainsFunc(modes, func(m protocol.WorkMode) bool { return slices.Contains(q.Modes, m) }) {
			return false
		}
	}
	today := protocol.Date(q.Now.Unix() / 86400)
	if p := c.profile; p != nil {
		comes := len(q.Modes) > 0 && !slices.Contains(q.Modes, protocol.Remote)
		if comes && p.RadiusKm != nil && meters > float64(*p.RadiusKm)*1000 {
			return false
		}
		if q.AvailableBy != nil {
			from := today
			if p.AvailableFrom != nil {
				from = *p.AvailableFrom
			}
			old := q.Now.Sub(time.UnixMilli(p.ConfirmedAtMillis)) > 45*24*time.Hour
			if p.DaysPerWeek != nil && *p.DaysPerWeek == 0 || from > *q.AvailableBy || old {
				return false
			}
		}
		return true
	}
	m := c.mission
	if q.States == nil {
		return true
	}
	if m.State == protocol.MissionOpen && m.ApplyBy != nil && *m.ApplyBy < today {
		return false
	}
	return slices.Contains(q.States, m.State)
}

// world is a small replica with cards of every kind in awkward places.
type world struct {
	o      *protocol.Opener
	clubs  []actor
	people []actor
}

var awkward = []protocol.Place{
	protocol.PlaceAt(90, 0), protocol.PlaceAt(90, 77.7), protocol.PlaceAt(-90, -20), protocol.PlaceAt(89.99, 180),
	protocol.PlaceAt(0, 180), protocol.PlaceAt(0, 179.99), protocol.PlaceAt(0.01, -179.99), protocol.PlaceAt(-17, 179.4),
	protocol.PlaceAt(0, 0), protocol.PlaceAt(48.86, 2.35), protocol.PlaceAt(48.86, 2.35), protocol.PlaceAt(48.86, 2.35),
	protocol.PlaceAt(48.85, 2.35), protocol.PlaceAt(43.6, 1.44), protocol.PlaceAt(43.61, 1.45), protocol.PlaceAt(45.76, 4.84),
}

var (
	someSkills = []string{"Go", "Graphisme", "Rédaction", "UX design", "Rust"}
	someLangs  = []string{"fr", "en", "fr-CA", "pt-BR", "br"}
)

func subset[T any](rt *rapid.T, list []T, label string) (out []T) {
	mask := rapid.IntRange(0, 1<<len(list)-1).Draw(rt, label)
	for i := range list {
		if mask>>i&1 == 1 {
			out = append(out, list[i])
		}
	}
	return out
}

func anyPlace(rt *rapid.T) protocol.Place {
	if rapid.IntRange(0, 3).Draw(rt, "awkward") > 0 {
		return rapid.SampledFrom(awkward).Draw(rt, "place")
	}
	return protocol.PlaceAt(rapid.Float64Range(-90, 90).Draw(rt, "lat"), rapid.Float64Range(-180, 179.99).Draw(rt, "lon"))
}

func optional[T any](rt *rapid.T, g *rapid.Generator[T], label string) *T {
	if rapid.Bool().Draw(rt, label+"?") {
		v := g.Draw(rt, label)
		return &v
	}
	return nil
}

const today = protocol.Date(20777) // of t0

func (w *world) person(rt *rapid.T, tb testing.TB, i int, at time.Time) plainCard {
	p := protocol.Profile{
		Name: fmt.Sprintf("Personne %d", i), Headline: "métier d'avenir", Place: anyPlace(rt), Skills: subset(rt, someSkills, "skills"),
		Languages:         subset(rt, someLangs, "languages"),
		Modes:             subset(rt, []protocol.WorkMode{protocol.Onsite, protocol.Hybrid, protocol.Remote}, "modes"),
		RadiusKm:          optional(rt, rapid.SampledFrom([]uint{0, 1, 30, 500, 20000}), "radius"),
		AvailableFrom:     optional(rt, rapid.SampledFrom([]protocol.Date{today - 9, today, today + 1, today + 40}), "from"),
		DaysPerWeek:       optional(rt, rapid.SampledFrom([]uint{0, 3}), "days"),
		ConfirmedAtMillis: at.Add(-time.Duration(rapid.SampledFrom([]int{0, 44, 46}).Draw(rt, "confirmed")) * 24 * time.Hour).UnixMilli(),
	}
	var g *protocol.Grant
	var members []protocol.Identity
	if c := rapid.IntRange(0, len(w.clubs)).Draw(rt, "club"); c < len(w.clubs) {
		g = w.clubs[c].grant(tb, w.people[i].Identity(), at.Add(-time.Hour))
		members = append(members, w.clubs[c].Identity())
	}
	v := w.people[i].profile(tb, w.o, p, g, at)
	return plainCard{v: v, id: w.people[i].Identity(), place: p.Place, skills: p.Skills, langs: p.Languages, modes: p.Modes,
		texts: []string{p.Name, p.Headline}, members: members, profile: &p}
}

func (w *world) mission(rt *rapid.T, tb testing.TB, i int, at time.Time) plainCard {
	club := w.clubs[i%len(w.clubs)]
	m := protocol.Mission{
		Title: fmt.Sprintf("Appel %d", i), Description: "site vitrine", Place: anyPlace(rt), Languages: subset(rt, someLangs, "languages"),
		Modes:   subset(rt, []protocol.WorkMode{protocol.Onsite, protocol.Hybrid, protocol.Remote}, "modes"),
		State:   rapid.SampledFrom([]protocol.MissionState{1, 1, 2, 3}).Draw(rt, "state"),
		ApplyBy: optional(rt, rapid.SampledFrom([]protocol.Date{today - 1, today, today + 9}), "apply by"),
	}
	skills := subset(rt, someSkills, "needs")
	for _, s := range skills {
		m.Needs = append(m.Needs, protocol.Need{Skill: s, Count: 1})
	}
	v := club.mission(tb, w.o, byte(i), m, at)
	return plainCard{v: v, id: v.Record().Key().PublicID(), place: m.Place, skills: skills, langs: m.Languages, modes: m.Modes,
		texts: []string{m.Title, m.Description}, members: []protocol.Identity{club.Identity()}, mission: &m}
}

func anyQuery(rt *rapid.T, kind protocol.Kind, clubs []actor) Query {
	q := Query{
		Kind: kind, Now: t0, Limit: rapid.IntRange(1, 7).Draw(rt, "limit"),
		RadiusMeters: rapid.SampledFrom([]float64{-1, -1, 0, 700, 50_000, 1e6, 1.2e7, 2.1e7, 1e12}).Draw(rt, "radius m"),
	}
	if rapid.Bool().Draw(rt, "on a place") {
		p := rapid.SampledFrom(awkward).Draw(rt, "near")
		q.LatDegrees, q.LonDegrees = p.LatDegrees(), p.LonDegrees()
	} else {
		q.LatDegrees, q.LonDegrees = rapid.Float64Range(-90, 90).Draw(rt, "near lat"), rapid.Float64Range(-180, 180).Draw(rt, "near lon")
	}
	if rapid.IntRange(0, 2).Draw(rt, "skill filter") == 0 {
		q.Skills = subset(rt, []string{"go", "GRAPHISME", "rust"}, "skills asked")
	}
	if rapid.IntRange(0, 2).Draw(rt, "language filter") == 0 {
		q.Languages = subset(rt, []string{"fr", "pt", "en"}, "languages asked")
	}
	if rapid.IntRange(0, 2).Draw(rt, "mode filter") == 0 {
		q.Modes = subset(rt, []protocol.WorkMode{protocol.Onsite, protocol.Hybrid, protocol.Remote}, "modes asked")
	}
	if rapid.IntRange(0, 3).Draw(rt, "date filter") == 0 {
		d := rapid.SampledFrom([]protocol.Date{today - 1, today, today + 10}).Draw(rt, "date")
		q.AvailableBy = &d
	}
	if rapid.IntRange(0, 3).Draw(rt, "club filter") == 0 {
		id := rapid.SampledFrom(clubs).Draw(rt, "club asked").Identity()
		q.Collective = &id
	}
	if rapid.IntRange(0, 3).Draw(rt, "words filter") == 0 {
		q.Words = rapid.SampledFrom([]string{"personne", "appel 1", "site go", "les", "les indés 1", "rust", "go", "av", "d avenir", "d avenir zz"}).Draw(rt, "words")
	}
	if rapid.Bool().Draw(rt, "state filter") {
		q.States = []protocol.MissionState{protocol.MissionOpen}
	}
	return q
}

func newWorld(tb testing.TB) *world {
	w := &world{o: testOpener(tb)}
	for i := range uint64(3) {
		w.clubs = append(w.clubs, newActor(tb, 50+i))
	}
	for i := range uint64(40) {
		w.people = append(w.people, newActor(tb, 100+i))
	}
	return w
}

// open gives an empty replica of the first club.
func (w *world) open(rt *rapid.T) *Store {
	s, err := Open(memoryConfig(), w.o, quiet)
	if err != nil {
		rt.Fatal(err)
	}
	s.SetOwn(w.clubs[0].Identity())
	return s
}

// putPeople gives everybody a card.
func (w *world) putPeople(rt *rapid.T, tb testing.TB, s *Store) {
	var all []protocol.Verified
	for i := range w.people {
		all = append(all, w.person(rt, tb, i, t0).v)
	}
	if _, err := s.PutBatch(context.Background(), all, t0); err != nil {
		rt.Fatal(err)
	}
}

// Every page of every query, one after the other, is what the plain search
// finds, in its order.
func TestNearEqualsPlainSearch(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := w.open(rt)
		defer s.Close()
		cards := map[protocol.Kind][]plainCard{}
		for i := range rapid.IntRange(0, len(w.people)).Draw(rt, "people") {
			cards[protocol.KindProfile] = append(cards[protocol.KindProfile], w.person(rt, t, i, t0))
		}
		for i := range rapid.IntRange(0, 12).Draw(rt, "missions") {
			cards[protocol.KindMission] = append(cards[protocol.KindMission], w.mission(rt, t, i, t0))
		}
		for i, club := range w.clubs {
			c := protocol.Collective{Name: fmt.Sprintf("Les Indés %d", i), Place: anyPlace(rt), Languages: subset(rt, someLangs, "languages")}
			card := plainCard{v: club.collective(t, w.o, c, t0), id: club.Identity(), place: c.Place, langs: c.Languages,
				texts: []string{c.Name}, members: []protocol.Identity{club.Identity()}}
			for _, p := range cards[protocol.KindProfile] {
				if slices.Contains(p.members, club.Identity()) {
					card.skills = append(card.skills, p.skills...)
				}
			}
			cards[protocol.KindCollective] = append(cards[protocol.KindCollective], card)
		}
		var all []protocol.Verified
		for _, list := range cards {
			for _, c := range list {
				all = append(all, c.v)
			}
		}
		if _, err := s.PutBatch(context.Background(), all, t0); err != nil {
			rt.Fatal(err)
		}
		comparePlain(rt, s, cards, w.clubs, t0)
	})
}

// comparePlain asks eight queries.
func comparePlain(rt *rapid.T, s *Store, cards map[protocol.Kind][]plainCard, clubs []actor, now time.Time) {
	rt.Helper()
	for range 8 {
		kind := rapid.SampledFrom([]protocol.Kind{protocol.KindProfile, protocol.KindProfile, protocol.KindMission, protocol.KindCollective}).Draw(rt, "kind")
		q := anyQuery(rt, kind, clubs)
		q.Now = now
		want := plainNear(cards[kind], q, clubs[0].Identity())
		got := allPages(rt, s, q)
		if !slices.Equal(got, want) {
			for i := range got {
				if i < len(want) && got[i] != want[i] {
					rt.Logf("%d: %x, expected %x", i, got[i][:4], want[i][:4])
				}
			}
			rt.Fatalf("%+v: found %d, plain search %d", q, len(got), len(want))
		}
	}
}

type failer interface{ Fatal(args ...any) }

func allPages(f failer, s *Store, q Query) (ids [][32]byte) {
	for {
		page, err := s.Near(context.Background(), q)
		if err != nil {
			f.Fatal(err)
		}
		for _, r := range page.Results {
			ids = append(ids, r.Record().Key().PublicID())
		}
		if len(page.Results) > q.Limit {
			f.Fatal("page over its limit")
		}
		if page.NextCursor == "" {
			return ids
		}
		q.Cursor = page.NextCursor
	}
}

// The same after people changed their cards, came and were erased, round after
// round, with merges between and a start anew from the rows.
func TestNearEqualsPlainSearchOverUpdates(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := w.open(rt)
		defer s.Close()
		now := t0
		held, erased := map[int]plainCard{}, map[int]bool{}
		for range rapid.IntRange(2, 5).Draw(rt, "rounds") {
			now = now.Add(time.Minute)
			var batch []protocol.Verified
			for i := range w.people {
				switch rapid.IntRange(0, 5).Draw(rt, "what") {
				case 0, 1:
					card := w.person(rt, t, i, now)
					if erased[i] {
						card.members = nil // the grant, an hour old, is from before the erasure
					}
					held[i] = card
					batch = append(batch, card.v)
				case 2:
					delete(held, i)
					erased[i] = true
					batch = append(batch, w.people[i].seal(t, w.o, protocol.ErasureDraft(nil, now.UnixMilli())))
				}
			}
			if _, err := s.PutBatch(context.Background(), batch, now); err != nil {
				rt.Fatal(err)
			}
			switch rapid.IntRange(0, 3).Draw(rt, "then") {
			case 0:
				s.near.kinds[protocol.KindProfile].MergeAll()
			case 1:
				if err := s.exec(context.Background(), s.buildNear); err != nil {
					rt.Fatal(err)
				}
			}
			people := slices.Collect(maps.Values(held))
			comparePlain(rt, s, map[protocol.Kind][]plainCard{protocol.KindProfile: people}, w.clubs, now)
		}
	})
}

// Who does not change while pages are read is found exactly once, whatever
// happens to others between two pages, and over midnight.
func TestPagingWhileRecordsChange(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := w.open(rt)
		defer s.Close()
		late := time.Date(2026, 11, 20, 23, 59, 0, 0, time.UTC)
		people := w.people[:24]
		half := len(people) / 2
		still := map[[32]byte]int{}
		for i, a := range people {
			put(t, s, a.profile(t, w.o, protocol.Profile{Place: anyPlace(rt)}, nil, late), late)
			if i < half {
				still[a.Identity()] = 0
			}
		}
		q := Query{Kind: protocol.KindProfile, LatDegrees: 48.86, LonDegrees: 2.35, RadiusMeters: -1, Limit: 5, Now: late}
		for {
			page, err := s.Near(context.Background(), q)
			if err != nil {
				rt.Fatal(err)
			}
			for _, r := range page.Results {
				if n, ok := still[r.Record().Key().Identity]; ok {
					still[r.Record().Key().Identity] = n + 1
				}
			}
			if page.NextCursor == "" {
				break
			}
			q.Cursor, q.Now = page.NextCursor, q.Now.Add(time.Minute)
			i := rapid.IntRange(half, len(people)-1).Draw(rt, "who changes")
			if rapid.Bool().Draw(rt, "leaves") {
				put(t, s, w.people[i].seal(t, w.o, protocol.ErasureDraft(nil, q.Now.UnixMilli())), q.Now)
			} else {
				put(t, s, w.people[i].profile(t, w.o, protocol.Profile{Place: anyPlace(rt)}, nil, q.Now), q.Now)
			}
		}
		for id, n := range still {
			if n != 1 {
				rt.Fatalf("%s found %d times", protocol.Identity(id).Fingerprint(), n)
			}
		}
	})
}

// A cursor is refused when a bit of it changed, or the query.
func TestForeignCursor(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	for _, a := range w.people[:9] {
		put(t, s, a.profile(t, w.o, protocol.Profile{}, nil, t0), t0)
	}
	q := Query{Kind: protocol.KindProfile, LatDegrees: 43, LonDegrees: 1, RadiusMeters: -1, Limit: 3, Now: t0}
	page, err := s.Near(context.Background(), q)
	if err != nil || page.NextCursor == "" {
		t.Fatal(err)
	}
	refused := func(q Query) {
		t.Helper()
		var wrong *CursorError
		if _, err := s.Near(context.Background(), q); !errors.As(err, &wrong) {
			t.Fatal("accepted", err)
		}
	}
	for _, cursor := range []string{"x", "é", page.NextCursor + "A", strings.Repeat("A", len(page.NextCursor))} {
		q.Cursor = cursor
		refused(q)
	}
	for i := range page.NextCursor {
		b := []byte(page.NextCursor)
		if b[i]++; b[i] == '{' || b[i] == '[' {
			b[i] = 'A'
		}
		q.Cursor = string(b)
		refused(q)
	}
	q.Cursor = page.NextCursor
	q.Words = "ailleurs"
	refused(q)
	q.Words, q.Limit = "", 7
	if _, err := s.Near(context.Background(), q); err != nil {
		t.Fatal("another limit refused:", err)
	}
}

func TestFoldSkill(t *testing.T) {
	for in, want := range map[string]string{
		"Rédaction web": "redaction web", "  UX--Design! ": "ux design", "C++": "c++", "C#": "c#", "C": "c", "Node.js": "node js",
		"Œuvre": "oeuvre", "İstanbul": "istanbul", "Straße": "strasse", "+ +": "", "élève": "eleve", "日本語": "日本語", "ﬁnance": "finance",
	} {
		if got := FoldSkill(in); got != want {
			t.Errorf("%q: %q, expected %q", in, got, want)
		}
		if again := FoldSkill(want); again != want {
			t.Errorf("%q folds again to %q", want, again)
		}
	}
}

// A search that reads a bounded number of cards for each page finds, page
// after page, what an unbounded one finds.
func TestMaxReadGoesOn(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := w.open(rt)
		defer s.Close()
		w.putPeople(rt, t, s)
		q := anyQuery(rt, protocol.KindProfile, w.clubs)
		want := allPages(rt, s, q)
		q.MaxRead = rapid.IntRange(1, 5).Draw(rt, "cards")
		if got := allPages(rt, s, q); !slices.Equal(got, want) {
			rt.Fatalf("%+v: %d found, %d without a bound", q, len(got), len(want))
		}
	})
}
