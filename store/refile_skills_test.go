package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

// tableOf makes a small table of skills: the first word of each row is the key.
func tableOf(rows ...[]string) func(string) string {
	keys := map[string]string{}
	for _, row := range rows {
		for _, word := range row {
			keys[FoldSkill(word)] = FoldSkill(row[0])
		}
	}
	return func(folded string) string {
		if key, ok := keys[folded]; ok {
			return key
		}
		return folded
	}
}

var (
	drawingWords = []string{"graphisme", "Graphiste", "designer graphique", "illustration", "illustrateur", "dessin", "go", "golang", "luthier"}
	firstTable   = tableOf([]string{"graphisme", "graphiste", "designer graphique"}, []string{"go", "golang"})
	// The second table splits one row, joins two others and forgets a third.
	secondTable = tableOf([]string{"graphisme", "graphiste"}, []string{"dessin", "illustration", "illustrateur", "designer graphique"})
)

func withTable(c Config, name string, key func(string) string) Config {
	c.SkillTable, c.SkillKey = name, key
	return c
}

// drawnCards are people and missions with any of the words.
func drawnCards(t *testing.T, o *protocol.Opener, count int) (cards []protocol.Verified) {
	t.Helper()
	club := newActor(t, 5000)
	for i := range count {
		var skills []string
		for j, w := range drawingWords {
			if (i*7+j*5+i*j)%4 == 0 {
				skills = append(skills, w)
			}
		}
		cards = append(cards, newActor(t, uint64(5001+i)).profile(t, o, protocol.Profile{
			Name: fmt.Sprint("Personne ", i), Place: protocol.PlaceAt(43+float64(i%7)/10, 1.4), Skills: skills,
		}, nil, t0))
		if i%5 == 0 && len(skills) > 0 {
			cards = append(cards, club.mission(t, o, byte(i), protocol.Mission{
				Place: protocol.PlaceAt(43, 1.5), Needs: []protocol.Need{{Skill: skills[0], Count: 1}},
			}, t0))
		}
	}
	return cards
}

func putCards(t *testing.T, s *Store, cards []protocol.Verified) {
	t.Helper()
	if _, err := s.PutBatch(context.Background(), cards, t0.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// skillIndex is what the index in memory is made of: all rows.
func skillIndex(t *testing.T, s *Store) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := s.view(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix = []byte{famPlace}
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			v, err := it.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			out[string(it.Item().KeyCopy(nil))] = string(v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A replica whose table changed holds exactly what one made with the new table
// does, whatever tables it had before.
func TestRefilingEqualsAFreshReplica(t *testing.T) {
	o := testOpener(t)
	cards := drawnCards(t, o, 90)
	dir := t.TempDir()
	small := diskConfig(dir)
	small.MemTableBytes = minMemTableBytes
	for i, c := range []Config{withTable(small, "first", firstTable), withTable(small, "second", secondTable), small, withTable(small, "first", firstTable)} {
		s, err := Open(c, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			putCards(t, s, cards)
		}
		fresh := openStore(t, withTable(memoryConfig(), c.SkillTable, c.SkillKey), o)
		putCards(t, fresh, cards)
		if got, want := skillIndex(t, s), skillIndex(t, fresh); !maps.Equal(got, want) {
			t.Errorf("table %d %q: %d entries, %d expected", i, c.SkillTable, len(got), len(want))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		c.stopRefile = func() bool { t.Errorf("table %d %q is filed again", i, c.SkillTable); return false }
		if s, err = Open(c, o, quiet); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A refiling that ends between any two commits is made up for at the next
// opening, even under a third table.
func TestRefilingIsRepeatedAfterACrash(t *testing.T) {
	o := testOpener(t)
	cards := drawnCards(t, o, 90)
	for _, last := range []struct {
		name string
		key  func(string) string
	}{{"second", secondTable}, {"first", firstTable}} {
		fresh := openStore(t, withTable(memoryConfig(), last.name, last.key), o)
		putCards(t, fresh, cards)
		want := skillIndex(t, fresh)
		for stopAt := 1; ; stopAt++ {
			c := diskConfig(t.TempDir())
			c.MemTableBytes = minMemTableBytes
			s, err := Open(withTable(c, "first", firstTable), o, quiet)
			if err != nil {
				t.Fatal(err)
			}
			putCards(t, s, cards)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			cut, steps := withTable(c, "second", secondTable), 0
			cut.stopRefile = func() bool { steps++; return steps > stopAt }
			if s, err = Open(cut, o, quiet); err == nil {
				if stopAt < 4 {
					t.Errorf("refiled in %d commits: too few for a test", steps)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				break
			}
			if !errors.Is(err, errStopped) {
				t.Fatal(err)
			}
			s, err = Open(withTable(c, last.name, last.key), o, quiet)
			if err != nil {
				t.Fatal(err)
			}
			if got := skillIndex(t, s); !maps.Equal(got, want) {
				t.Errorf("stopped after %d commits, then the %s table: %d entries, %d expected", stopAt, last.name, len(got), len(want))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Whatever word of a skill is asked for, and whatever changed the replica
// before, the same cards are found: those that a look at every card finds.
func TestAnyWordOfASkillFindsTheSame(t *testing.T) {
	o := testOpener(t)
	cards := drawnCards(t, o, 60)
	for name, key := range map[string]func(string) string{"first": firstTable, "second": secondTable} {
		s := openStore(t, withTable(memoryConfig(), name, key), o)
		putCards(t, s, cards)
		rapid.Check(t, func(rt *rapid.T) {
			asked := rapid.SliceOfNDistinct(rapid.SampledFrom(drawingWords), 1, 3, rapid.ID).Draw(rt, "skills")
			kind := rapid.SampledFrom([]protocol.Kind{protocol.KindProfile, protocol.KindMission}).Draw(rt, "kind")
			var want, got []string
			for _, v := range cards {
				if v.Record().Header.Kind == kind && hasAll(v, asked, key) {
					want = append(want, v.Record().ID.String())
				}
			}
			page, err := s.Near(context.Background(), Query{Kind: kind, LatDegrees: 43, LonDegrees: 1, RadiusMeters: -1, Skills: asked, Limit: 100, Now: t0.Add(time.Minute)})
			if err != nil {
				rt.Fatal(err)
			}
			for _, r := range page.Results {
				got = append(got, r.Record().ID.String())
				for _, word := range r.Skills { // as the card writes it
					if !slices.Contains(skillsOf(r.Body), word) {
						rt.Errorf("%q is not on the card %v", word, skillsOf(r.Body))
					}
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				rt.Fatalf("%s %v: %d found, %d expected", name, asked, len(got), len(want))
			}
		})
	}
}

func skillsOf(body any) []string {
	if m, ok := body.(*protocol.Mission); ok {
		return needSkills(m)
	}
	return body.(*protocol.Profile).Skills
}

func hasAll(v protocol.Verified, asked []string, key func(string) string) bool {
	have := skillsOf(v.Body())
	for _, a := range asked {
		if !slices.ContainsFunc(have, func(h string) bool { return key(FoldSkill(h)) == key(FoldSkill(a)) }) {
			return false
		}
	}
	return true
}

func TestCountSkill(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, withTable(memoryConfig(), "first", firstTable), o)
	cards := drawnCards(t, o, 60)
	putCards(t, s, cards)
	for _, word := range drawingWords {
		want := 0
		for _, v := range cards {
			if v.Record().Header.Kind == protocol.KindProfile && hasAll(v, []string{word}, firstTable) {
				want++
			}
		}
		key := firstTable(FoldSkill(word))
		if got, err := s.CountSkill(protocol.KindProfile, key, 1000); err != nil || got != want {
			t.Errorf("%s: %d, %d expected (%v)", word, got, want, err)
		}
		if got, err := s.CountSkill(protocol.KindProfile, key, 3); err != nil || got != min(want, 3) {
			t.Errorf("%s up to 3: %d (%v)", word, got, err)
		}
	}
}

func TestSkillTableAndKeyGoTogether(t *testing.T) {
	for _, c := range []Config{withTable(memoryConfig(), "first", nil), withTable(memoryConfig(), "", firstTable)} {
		if err := c.Validate(); err == nil {
			t.Errorf("table %q with key %t was let through", c.SkillTable, c.SkillKey != nil)
		}
	}
}
