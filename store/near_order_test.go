package store

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

// No change of any budget changes who is found, or in which order, on any
// page of any search.
func TestBudgetsChangeNoOrder(t *testing.T) {
	w := newWorld(t)
	budget := rapid.Custom(func(rt *rapid.T) *protocol.Budget {
		least := rapid.UintRange(0, 100_000).Draw(rt, "least")
		return &protocol.Budget{Min: least, Max: least + rapid.UintRange(1, 100_000).Draw(rt, "more"), Currency: "EUR", Per: rapid.SampledFrom([]string{"day", "mission"}).Draw(rt, "per")}
	})
	rapid.Check(t, func(rt *rapid.T) {
		s, err := Open(memoryConfig(), w.o, quiet)
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		s.SetOwn(w.clubs[0].Identity())
		n := rapid.IntRange(1, 15).Draw(rt, "missions")
		cards := make([]plainCard, n)
		for i := range cards {
			cards[i] = w.mission(rt, t, i, t0)
		}
		publish := func(at time.Time, some []int) {
			for _, i := range some {
				m := *cards[i].mission
				if m.Budget = nil; rapid.IntRange(0, 3).Draw(rt, "has a budget") > 0 {
					m.Budget = budget.Draw(rt, "budget")
				}
				if got, err := s.Put(context.Background(), w.clubs[i%len(w.clubs)].mission(t, w.o, byte(i), m, at), at); err != nil || got != Stored {
					rt.Fatal(got, err)
				}
			}
		}
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		publish(t0, all)
		q := anyQuery(rt, protocol.KindMission, w.clubs)
		before := allPages(rt, s, q)
		publish(t0.Add(time.Minute), subset(rt, all, "new budgets"))
		if after := allPages(rt, s, q); !slices.Equal(before, after) {
			rt.Fatalf("%+v: %d found, in another order or others than the %d before", q, len(after), len(before))
		}
	})
}

// No filter, and nothing that a search keeps of a card, is a price.
func TestNothingOfASearchIsAPrice(t *testing.T) {
	for _, kept := range []any{Query{}, row{}, filter{}} {
		typ := reflect.TypeOf(kept)
		for i := range typ.NumField() {
			if f := typ.Field(i); slices.Contains([]string{"Budget", "Price", "Rate", "Min", "Max", "budget", "price", "rate"}, f.Name) {
				t.Errorf("%s.%s", typ.Name(), f.Name)
			}
		}
	}
	if _, ok := reflect.TypeFor[protocol.Profile]().FieldByName("Rate"); ok {
		t.Error("a profile has a rate")
	}
}

// Results at one distance say so, over the edges of pages too.
func TestTiedResultsSaySo(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	for i, lon := range []float64{1, 2, 2, 2, 3, 4, 4} {
		p := protocol.Profile{Name: fmt.Sprint("Personne ", i), Place: protocol.PlaceAt(0, lon)}
		put(t, s, w.people[i].profile(t, w.o, p, nil, t0), t0)
	}
	want := []bool{false, true, true, true, false, true, true}
	for limit := 1; limit <= 8; limit++ {
		var got []bool
		q := Query{Kind: protocol.KindProfile, RadiusMeters: -1, Limit: limit, Now: t0}
		for more := true; more; more = q.Cursor != "" {
			page, err := s.Near(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Results {
				got = append(got, r.Tied)
			}
			q.Cursor = page.NextCursor
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v, expected %v", limit, got, want)
		}
	}
}
