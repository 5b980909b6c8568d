package store

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

// The index that followed every commit answers as one made anew from the rows
// would, before it has read the words of cards and after: when people moved,
// changed their cards, and were erased.
func TestIndexFollowsCommits(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := w.open(rt)
		defer s.Close()
		now := t0
		for range rapid.IntRange(1, 4).Draw(rt, "rounds") {
			now = now.Add(time.Minute)
			var batch []protocol.Verified
			for i := range len(w.people) {
				switch rapid.IntRange(0, 5).Draw(rt, "what") {
				case 0, 1, 2:
					batch = append(batch, w.person(rt, t, i, now).v)
				case 3:
					batch = append(batch, w.people[i].seal(t, w.o, protocol.ErasureDraft(nil, now.UnixMilli())))
				}
			}
			for i := range rapid.IntRange(0, 4).Draw(rt, "missions") {
				batch = append(batch, w.mission(rt, t, i, now).v)
			}
			if _, err := s.PutBatch(context.Background(), batch, now); err != nil {
				rt.Fatal(err)
			}
		}
		var queries []Query
		var followed [][][32]byte
		for range 6 {
			q := anyQuery(rt, rapid.SampledFrom(nearKinds).Draw(rt, "kind"), w.clubs)
			q.Now = now
			queries, followed = append(queries, q), append(followed, allPages(rt, s, q))
		}
		held := s.near
		if err := s.exec(context.Background(), s.buildNear); err != nil {
			rt.Fatal(err)
		}
		for _, kind := range nearKinds {
			// A document without a row is passed over, and yet takes memory for good.
			if got, want := held.kinds[kind].Stats().Documents, s.near.kinds[kind].Stats().Documents; got != want {
				rt.Fatalf("%d %s documents in the index that followed, %d rows", got, kind, want)
			}
		}
		same := func(how string) {
			for i, q := range queries {
				if anew := allPages(rt, s, q); !slices.Equal(followed[i], anew) {
					rt.Fatalf("%+v: the index that followed finds %d, one made anew, %s, %d", q, len(followed[i]), how, len(anew))
				}
			}
		}
		same("without words")
		for _, kind := range nearKinds {
			if err := s.near.kinds[kind].ReadWords(context.Background(), s.wordReader(kind), func(int) {}); err != nil {
				rt.Fatal(err)
			}
			followed, anew := held.kinds[kind].Stats(), s.near.kinds[kind].Stats()
			if followed.Wordless+anew.Wordless > 0 {
				rt.Fatalf("%s: words of %d and %d cards are not known", kind, followed.Wordless, anew.Wordless)
			}
		}
		same("with words")
	})
}

// The index knows the day on which an availability was confirmed; that it runs
// out to the millisecond is looked at in the row.
func TestAvailabilityRunsOutToTheMillisecond(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	last := t0.Add(-protocol.AvailabilityWindow)
	for i, at := range []time.Time{last.Add(-time.Millisecond), last} {
		if at.UTC().YearDay() != last.UTC().YearDay() {
			t.Fatal("not the same day")
		}
		p := protocol.Profile{Name: "Camille Moreau", ConfirmedAtMillis: at.UnixMilli()}
		put(t, s, w.people[i].profile(t, w.o, p, nil, t0), t0)
	}
	by := today
	q := Query{Kind: protocol.KindProfile, RadiusMeters: -1, AvailableBy: &by, Limit: 9, Now: t0}
	if got, want := allPages(t, s, q), [][32]byte{w.people[1].Identity()}; !slices.Equal(got, want) {
		t.Errorf("%d are available, one expected", len(got))
	}
}

// A card's row stays when one that it has elsewhere goes after it came, as when
// a repair lets go of another version.
func TestRowElsewhereGoesAlone(t *testing.T) {
	b := &batch{rows: map[nearKey]nearChange{}}
	id := [32]byte{7}
	here, elsewhere := placeKey(protocol.KindProfile, cellOf(4360, 144), id), placeKey(protocol.KindProfile, cellOf(4886, 235), id)
	k := nearKey{protocol.KindProfile, id}
	b.noteRow(here, []byte("row"))
	b.noteRow(elsewhere, nil)
	if c := b.rows[k]; c.row == nil || c.cell != cellOf(4360, 144) {
		t.Errorf("the row went with the other: %+v", c)
	}
	b.noteRow(here, nil)
	if b.rows[k].row != nil {
		t.Error("the row stays when it goes itself")
	}
}

// The index is tidied behind the answers: the segments of single records do not
// pile up until searches have many to ask.
func TestIndexIsTidiedBehindCommits(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	for i := range 31 {
		expect(t, s, newActor(t, uint64(i)).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	}
	if n := s.near.kinds[protocol.KindProfile].Stats().Segments; n > maxUntidy+5 {
		t.Errorf("%d segments of 31 documents", n)
	}
	if err := s.exec(t.Context(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.exec(t.Context(), func() error { return nil }); err != nil { // tidied behind the answer of the one before
		t.Fatal(err)
	}
	if n := s.near.kinds[protocol.KindProfile].Stats().Segments; n > 5 {
		t.Errorf("%d segments of 31 documents behind a job", n)
	}
}

// Nor do a few stay as they are where nothing comes behind them.
func TestIndexIsTidiedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := diskConfig(t.TempDir())
		cfg.Simulated = true
		s, err := Open(cfg, testOpener(t), quiet)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for i := range uint64(maxUntidy - 1) {
			expect(t, s, newActor(t, 1+i).profile(t, s.opener, protocol.Profile{}, nil, t0), t0, Stored)
		}
		time.Sleep(cfg.SyncDelay)
		synctest.Wait()
		if n := s.near.kinds[protocol.KindProfile].Stats().Segments; n > 3 {
			t.Errorf("%d segments of %d documents", n, maxUntidy-1)
		}
	})
}
