package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

// The places that are listed are those on the cards, at an hour at which some
// have expired.
func TestEachPlaceEqualsCards(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		s, err := Open(memoryConfig(), w.o, quiet)
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		want := map[protocol.Kind]map[[32]byte]Spot{protocol.KindProfile: {}, protocol.KindMission: {}, protocol.KindCollective: {}}
		now := t0
		for i := range rapid.IntRange(0, 12).Draw(rt, "cards") {
			issued := t0
			if rapid.Bool().Draw(rt, "expired") {
				issued = t0.Add(-200 * 24 * time.Hour)
			}
			c := w.person(rt, t, i, issued)
			if i%3 == 0 {
				c = w.mission(rt, t, i, issued)
			}
			put(t, s, c.v, issued)
			spot := Spot{PublicID: c.id, LatCenti: c.place.LatCenti, LonCenti: c.place.LonCenti, Open: true}
			kind := c.v.Record().Header.Kind
			if m := c.mission; m != nil {
				spot.Open = m.State == protocol.MissionOpen && (m.ApplyBy == nil || *m.ApplyBy >= today)
				spot.Author = [8]byte(c.members[0][:8])
			}
			if c.v.Record().Header.ExpiresAt().After(now) {
				want[kind][c.id] = spot
			}
		}
		club := protocol.PlaceAt(43.6, 1.44)
		put(t, s, w.clubs[0].collective(t, w.o, protocol.Collective{Place: club}, t0), t0)
		want[protocol.KindCollective][w.clubs[0].Identity()] = Spot{PublicID: w.clubs[0].Identity(), LatCenti: club.LatCenti, LonCenti: club.LonCenti, Open: true}
		for kind, spots := range want {
			got := map[[32]byte]Spot{}
			if err := s.EachPlace(context.Background(), kind, now, func(sp Spot) bool { got[sp.PublicID] = sp; return true }); err != nil {
				rt.Fatal(err)
			}
			if len(got) != len(spots) {
				rt.Fatalf("%s: %d places, %d expected", kind, len(got), len(spots))
			}
			for id, sp := range spots {
				if got[id] != sp {
					rt.Fatalf("%s: %+v, %+v expected", kind, got[id], sp)
				}
			}
			if s.HoldsAny(kind, now) != (len(spots) > 0) {
				rt.Fatalf("%s: holds any: %t with %d", kind, len(spots) == 0, len(spots))
			}
		}
	})
}

func TestEachPlaceStops(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	for _, a := range w.people[:5] {
		put(t, s, a.profile(t, w.o, protocol.Profile{}, nil, t0), t0)
	}
	n := 0
	if err := s.EachPlace(context.Background(), protocol.KindProfile, t0, func(Spot) bool { n++; return n < 3 }); err != nil || n != 3 {
		t.Errorf("%d places (%v), 3 expected", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.EachPlace(context.Background(), protocol.KindProfile, t0, func(Spot) bool { return true }); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed store: %v", err)
	}
}

// What is skipped is missing as if it were not held: pages are full, in the
// same order, and no cursor stands on a skipped record.
func TestSkipLeavesPagesFull(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	for _, a := range w.people[:23] {
		put(t, s, a.profile(t, w.o, protocol.Profile{}, nil, t0), t0)
	}
	q := Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Limit: 4, Now: t0}
	all := allPages(t, s, q)
	hidden := map[[32]byte]bool{}
	for i, id := range all {
		hidden[id] = i%3 == 0 || i < 6
	}
	want := slices.DeleteFunc(slices.Clone(all), func(id [32]byte) bool { return hidden[id] })
	q.Skip = func(k protocol.RecordKey) bool { return hidden[k.PublicID()] }
	first, err := s.Near(context.Background(), q)
	if err != nil || len(first.Results) != q.Limit {
		t.Errorf("a first page of %d results (%v), %d expected", len(first.Results), err, q.Limit)
	}
	if got := allPages(t, s, q); !slices.Equal(got, want) {
		t.Errorf("%d found, %d expected, or in another order", len(got), len(want))
	}
}
