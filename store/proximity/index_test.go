package proximity

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestRefusedDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		d    Document
		says string
	}{
		"too far north":   {Document{Lat: 9001}, "9001"},
		"too far south":   {Document{Lat: -9001}, "-9001"},
		"too far east":    {Document{Lon: 18001}, "18001"},
		"too far west":    {Document{Lon: -18001}, "-18001"},
		"too many skills": {Document{Skills: make([]uint64, 1025)}, "1025 skills"},
		"too many words":  {Document{Words: make([]string, 16385)}, "16385 words"},
	} {
		x := New()
		if err := x.Put(Document{}, c.d); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: put says %v", name, err)
		}
		if x.Stats().Documents != 0 {
			t.Errorf("%s: half of the change was done", name)
		}
		if _, err := Build(slices.Values([]Document{c.d})); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: build says %v", name, err)
		}
	}
	if _, err := Build(slices.Values([]Document{{ID: ID{7}}, {}, {ID: ID{7}}})); err == nil || !strings.Contains(err.Error(), "0700") {
		t.Errorf("one id twice: build says %v", err)
	}
}

func TestRefusedQueries(t *testing.T) {
	nan := math.NaN()
	for _, q := range []Query{
		{LatDegrees: 90.1}, {LatDegrees: nan}, {LonDegrees: -180.1}, {LonDegrees: nan}, {RadiusMeters: nan},
	} {
		if _, err := New().Near(q, 1, nil); err == nil {
			t.Errorf("near accepts %+v", q)
		}
		if _, err := New().Count(q, 1); err == nil {
			t.Errorf("count accepts %+v", q)
		}
	}
	if hits, err := New().Near(Query{}, 5, nil); err != nil || len(hits) != 0 {
		t.Errorf("an empty index gives %v, %v", hits, err)
	}
}

// Of two puts of one id in one change the later one counts, and puts come
// after deletions.
func TestOneChange(t *testing.T) {
	x := New()
	a := Document{ID: ID{1}, Tier: 1, Expiry: 9}
	b, c := a, a
	b.Tier, c.Tier, c.ID = 2, 3, ID{2}
	if err := x.Apply([]Document{a, c, b}, []ID{{1}, {9}}); err != nil {
		t.Fatal(err)
	}
	hits, err := x.Near(Query{RadiusMeters: -1}, 9, nil)
	if err != nil {
		t.Fatal(err)
	}
	tiers := []uint8{}
	for _, h := range hits {
		tiers = append(tiers, h.Tier)
	}
	if !slices.Equal(tiers, []uint8{2, 3}) {
		t.Fatalf("found %v", tiers)
	}
}

// An iterator keeps what it began with, whatever happens meanwhile.
func TestIteratorKeepsItsView(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	docs := crowd(r, 500)
	x, plain := builtAndChanged(t, r, docs)
	q := nearPlace(cities[0])
	want := plain.near(q)
	it, err := x.Iterate(q)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	for i := range want {
		h, ok := it.Next()
		if !ok || h != want[i] {
			t.Fatalf("hit %d is %+v, %v", i, h, ok)
		}
		if err := x.Delete(want[len(want)-1-i].ID); err != nil {
			t.Fatal(err)
		}
		if i%100 == 0 {
			x.MergeAll()
		}
	}
	if _, ok := it.Next(); ok {
		t.Fatal("one more")
	}
	if x.MergeAll(); x.Stats().Documents != len(plain)-len(want) {
		t.Fatalf("%+v", x.Stats())
	}
}

// However documents come, segments stay few, the dead do not stay for ever,
// and what nobody has any more leaves the dictionary.
func TestSegmentsStayFew(t *testing.T) {
	x := New()
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 3000 {
		d := Document{ID: ID{byte(i), byte(i >> 8)}, Skills: []uint64{uint64(i)}, Expiry: 1}
		if r.IntN(4) == 0 {
			d.ID = ID{}
		}
		if err := x.Put(d); err != nil {
			t.Fatal(err)
		}
		if s := x.Stats(); s.Segments > 9 {
			t.Fatalf("after %d: %+v", i, s)
		}
	}
	x.MergeAll()
	if l := x.view.Load().segments[0]; len(l.names) != len(l.ids) {
		t.Fatalf("%d skills of %d documents", len(l.names), len(l.ids))
	}
	for i := range 3000 {
		if err := x.Delete(ID{byte(i), byte(i >> 8)}, ID{1}); err != nil {
			t.Fatal(err)
		}
		if s := x.Stats(); s.Dead > 20+s.Documents/2 {
			t.Fatalf("after %d deletions: %+v", i, s)
		}
	}
	if s := x.Stats(); s.Documents != 0 || s.Segments != 0 || s.Bytes.Sum() != 0 {
		t.Fatalf("%+v", s)
	}
}

// Large merges are not the writer's, unless nobody does them.
func TestWriterMergesWhenNobodyDoes(t *testing.T) {
	x := New()
	docs := crowd(rand.New(rand.NewPCG(1, 1)), 4097)
	for n := range maxSegments + 8 {
		for i := range docs {
			docs[i].ID[8]++
		}
		if err := x.Put(docs...); err != nil {
			t.Fatal(err)
		}
		if s := x.Stats(); s.Segments > maxSegments || n < maxSegments && s.Segments != n+1 {
			t.Fatalf("%+v", s)
		}
	}
}

// Run merges in the background and ends with its context.
func TestRunEnds(t *testing.T) {
	x := New()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); x.Run(ctx) }()
	docs := crowd(rand.New(rand.NewPCG(1, 1)), 5000)
	for i := range 2 {
		docs[0].ID[9] = byte(i)
		for j := range docs {
			docs[j].ID[8] = byte(i)
		}
		if err := x.Put(docs...); err != nil {
			t.Fatal(err)
		}
	}
	for x.Stats().Segments > 1 {
		select {
		case <-done:
			t.Fatal("ended early")
		default:
		}
	}
	stop()
	<-done
}
