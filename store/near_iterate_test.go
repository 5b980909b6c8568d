package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

func allHits(f failer, s *Store, q Query) (ids [][32]byte) {
	hits, err := s.Iterate(context.Background(), q)
	if err != nil {
		f.Fatal(err)
	}
	defer hits.Close()
	for {
		r, ok, err := hits.Next()
		if err != nil {
			f.Fatal(err)
		}
		if !ok {
			return ids
		}
		ids = append(ids, r.Record().Key().PublicID())
	}
}

// One hit after the other is what pages give, from any place of any page.
func TestIterateEqualsPages(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := w.open(rt)
		defer s.Close()
		w.putPeople(rt, t, s)
		q := anyQuery(rt, protocol.KindProfile, w.clubs)
		want := allPages(rt, s, q)
		if got := allHits(rt, s, q); !slices.Equal(got, want) {
			rt.Fatalf("%+v: %d hits, %d in pages", q, len(got), len(want))
		}
		page, err := s.Near(context.Background(), q)
		if err != nil {
			rt.Fatal(err)
		}
		if q.Cursor = page.NextCursor; q.Cursor != "" {
			if got := allHits(rt, s, q); !slices.Equal(got, want[len(page.Results):]) {
				rt.Fatalf("%+v: %d hits behind a page of %d, expected %d", q, len(got), len(page.Results), len(want)-len(page.Results))
			}
		}
	})
}

// Whoever stays is found once, whoever is erased after an iterator began is
// not given any more, and the store can be closed under one that was forgotten.
func TestIterateWhileRecordsChange(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	s.SetOwn(w.clubs[0].Identity())
	for i, a := range w.people {
		var g *protocol.Grant
		if i%3 == 0 {
			g = w.clubs[0].grant(t, a.Identity(), t0)
		}
		put(t, s, a.profile(t, w.o, protocol.Profile{}, g, t0), t0)
	}
	hits, err := s.Iterate(context.Background(), Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Now: t0})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[protocol.Identity]int{}
	next := func() bool {
		r, ok, err := hits.Next()
		if err != nil {
			t.Fatal(err)
		}
		if hits.search.q.txn != nil {
			hits.Close() // else the store waits for this reader for ever
			t.Fatal("a view of the database is held between two calls")
		}
		if ok {
			seen[r.Record().Key().Identity]++
		}
		return ok
	}
	for range 10 {
		next()
	}
	erased, dismissed := map[protocol.Identity]bool{}, map[protocol.Identity]bool{}
	for i, a := range w.people {
		switch {
		case i%5 == 0 && seen[a.Identity()] == 0:
			put(t, s, a.seal(t, w.o, protocol.ErasureDraft(nil, t0.UnixMilli()+1)), t0)
			erased[a.Identity()] = true
		case i%3 == 0:
			put(t, s, w.clubs[0].seal(t, w.o, protocol.DismissalDraft(a.Identity(), t0.UnixMilli()+1)), t0)
			dismissed[a.Identity()] = true
		}
	}
	for next() {
	}
	for _, a := range w.people {
		n, id := seen[a.Identity()], a.Identity()
		if erased[id] && n != 0 || !erased[id] && !dismissed[id] && n != 1 || n > 1 {
			t.Errorf("%s: %d times, erased %t, dismissed %t", id.Fingerprint(), n, erased[id], dismissed[id])
		}
	}
}

// nearestOf is how a team's composer reads several skills side by side: of all
// next hits the nearest is taken, and only its skill is asked on.
type nearestOf struct {
	hits  []*Hits
	next  []*Result
	asked int
}

func (n *nearestOf) ask(t *testing.T, i int) {
	n.asked++
	r, ok, err := n.hits[i].Next()
	if err != nil {
		t.Fatal(err)
	}
	if n.next[i] = nil; ok {
		n.next[i] = &r
	}
}

func (n *nearestOf) take(t *testing.T) (skill int, r Result) {
	skill = -1
	for i, r := range n.next {
		if r != nil && (skill < 0 || r.DistanceMeters < n.next[skill].DistanceMeters) {
			skill = i
		}
	}
	if skill >= 0 {
		r = *n.next[skill]
		n.ask(t, skill)
	}
	return skill, r
}

// Five skills near a place, each covered by somebody else: the team is the one
// that a look at everybody gives, and few cards are read for it.
func TestTeamOfFiveSkills(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	const people = 300
	var cards []protocol.Verified
	for i := range people {
		p := protocol.Profile{
			Name: fmt.Sprint("Personne ", i), Place: protocol.PlaceAt(43.6+float64(i%17)/10, 1.44+float64(i%13)/10), ConfirmedAtMillis: t0.UnixMilli(),
			Skills: []string{someSkills[i*7%5], someSkills[i*3%4]},
		}
		if p.Skills[0] == p.Skills[1] {
			p.Skills = p.Skills[:1]
		}
		cards = append(cards, newActor(t, uint64(5000+i)).profile(t, w.o, p, nil, t0))
	}
	if _, err := s.PutBatch(context.Background(), cards, t0); err != nil {
		t.Fatal(err)
	}
	q := Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Now: t0}
	merged := &nearestOf{hits: make([]*Hits, len(someSkills)), next: make([]*Result, len(someSkills))}
	var lists [][]Result // the same, with everybody read
	for i, skill := range someSkills {
		q.Skills = []string{skill}
		hits, err := s.Iterate(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		defer hits.Close()
		merged.hits[i] = hits
		merged.ask(t, i)
		var list []Result
		var page Page
		for more := true; more; more = q.Cursor != "" {
			if page, err = s.Near(context.Background(), q); err != nil {
				t.Fatal(err)
			}
			list, q.Cursor = append(list, page.Results...), page.NextCursor
		}
		lists = append(lists, list)
	}
	team, taken := map[int]protocol.Identity{}, map[protocol.Identity]bool{}
	for len(team) < len(someSkills) {
		skill, r := merged.take(t)
		if skill < 0 {
			t.Fatalf("%d of %d skills covered", len(team), len(someSkills))
		}
		id := r.Record().Key().Identity
		if _, has := team[skill]; !has && !taken[id] {
			team[skill], taken[id] = id, true
		}
	}
	if want := plainTeam(lists); !maps.Equal(team, want) {
		t.Errorf("team %v, expected %v", team, want)
	}
	if merged.asked > people/2 {
		t.Errorf("%d cards asked for, of %d people", merged.asked, people)
	}
}

// plainTeam goes through everybody of every skill, the nearest first.
func plainTeam(lists [][]Result) map[int]protocol.Identity {
	type one struct {
		skill int
		Result
	}
	var all []one
	for skill, list := range lists {
		for _, r := range list {
			all = append(all, one{skill, r})
		}
	}
	slices.SortStableFunc(all, func(a, b one) int { return cmp.Compare(a.DistanceMeters, b.DistanceMeters) })
	team, taken := map[int]protocol.Identity{}, map[protocol.Identity]bool{}
	for _, o := range all {
		if _, has := team[o.skill]; !has && !taken[o.Record().Key().Identity] {
			team[o.skill], taken[o.Record().Key().Identity] = o.Record().Key().Identity, true
		}
	}
	return team
}
