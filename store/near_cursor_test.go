package store

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"courtcircuit/protocol"
)

// Each part of a query is one that a cursor is bound to. Filters are sets: in
// another order, or written otherwise, they are the same.
func TestCursorIsBoundToEachFilter(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	club, by := w.clubs[0].Identity(), today+9
	for i, a := range w.people[:6] {
		p := protocol.Profile{Skills: []string{"go", "rust"}, Languages: []string{"fr", "en"}, Place: protocol.PlaceAt(43, 1), ConfirmedAtMillis: t0.UnixMilli(), About: "été d'avenir"}
		put(t, s, a.profile(t, w.o, p, w.clubs[0].grant(t, a.Identity(), t0), t0), t0)
		m := protocol.Mission{Title: "été", Place: protocol.PlaceAt(43, 1), State: protocol.MissionOpen}
		put(t, s, w.clubs[0].mission(t, w.o, byte(i), m, t0), t0)
	}
	people := Query{
		Kind: protocol.KindProfile, LatDegrees: 43, LonDegrees: 1, RadiusMeters: 9000, Skills: []string{"go", "rust"}, Languages: []string{"fr", "en"},
		Modes: []protocol.WorkMode{protocol.Onsite, protocol.Hybrid}, AvailableBy: &by, Collective: &club, Words: "avenir ete", Limit: 2, Now: t0,
	}
	missions := Query{Kind: protocol.KindMission, RadiusMeters: -1, States: []protocol.MissionState{1, 2}, Limit: 2, Now: t0}
	other, later := w.clubs[1].Identity(), by+1
	for name, c := range map[string]struct {
		of     Query
		change func(*Query)
		same   bool
	}{
		"kind":             {missions, func(q *Query) { q.Kind, q.States = protocol.KindProfile, []protocol.MissionState{1, 2} }, false},
		"latitude":         {people, func(q *Query) { q.LatDegrees = 43.01 }, false},
		"longitude":        {people, func(q *Query) { q.LonDegrees = 1.01 }, false},
		"radius":           {people, func(q *Query) { q.RadiusMeters = 9001 }, false},
		"no radius":        {people, func(q *Query) { q.RadiusMeters = -1 }, false},
		"fewer skills":     {people, func(q *Query) { q.Skills = q.Skills[:1] }, false},
		"languages":        {people, func(q *Query) { q.Languages = q.Languages[:1] }, false},
		"modes":            {people, func(q *Query) { q.Modes = q.Modes[:1] }, false},
		"day":              {people, func(q *Query) { q.AvailableBy = &later }, false},
		"any day":          {people, func(q *Query) { q.AvailableBy = nil }, false},
		"collective":       {people, func(q *Query) { q.Collective = &other }, false},
		"any collective":   {people, func(q *Query) { q.Collective = nil }, false},
		"words":            {people, func(q *Query) { q.Words = "avenir" }, false},
		"states":           {missions, func(q *Query) { q.States = q.States[:1] }, false},
		"any state":        {missions, func(q *Query) { q.States = nil }, false},
		"no state":         {missions, func(q *Query) { q.States = []protocol.MissionState{} }, false},
		"limit":            {people, func(q *Query) { q.Limit = 3 }, true},
		"moment":           {people, func(q *Query) { q.Now = t0.Add(time.Minute) }, true},
		"order of skills":  {people, func(q *Query) { q.Skills = []string{"RUST", "Go"} }, true},
		"order of modes":   {people, func(q *Query) { q.Modes = []protocol.WorkMode{protocol.Hybrid, protocol.Onsite} }, true},
		"order of words":   {people, func(q *Query) { q.Words = "Été, l'avenir" }, true},
		"order of states":  {missions, func(q *Query) { q.States = []protocol.MissionState{2, 1} }, true},
		"order of tongues": {people, func(q *Query) { q.Languages = []string{"en", "fr"} }, true},
	} {
		page, err := s.Near(context.Background(), c.of)
		if err != nil || page.NextCursor == "" {
			t.Fatal(name, err, len(page.Results))
		}
		q := c.of
		q.Cursor = page.NextCursor
		c.change(&q)
		_, err = s.Near(context.Background(), q)
		var wrong *CursorError
		if same := !errors.As(err, &wrong); same != c.same || same && err != nil {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

// Somebody may make a cursor that is whole and bound to the query, and names a
// distance that nobody has.
func TestCursorOfNoDistance(t *testing.T) {
	s := openStore(t, memoryConfig(), testOpener(t))
	q := Query{Kind: protocol.KindProfile, RadiusMeters: -1, Now: t0}
	f, err := s.newFilter(q)
	if err != nil {
		t.Fatal(err)
	}
	for chord2, refused := range map[float64]bool{0: false, 4: false, math.NaN(): true, math.Inf(1): true, -1: true, 5: true} {
		q.Cursor = f.cursor(f.today, position{chord2: chord2})
		var wrong *CursorError
		if _, err := s.Near(context.Background(), q); errors.As(err, &wrong) != refused {
			t.Errorf("squared chord %v: %v", chord2, err)
		}
	}
}
