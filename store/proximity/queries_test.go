package proximity

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
)

// crowd makes documents of a small country: hundreds at one point, so that
// leaves are long and have skips, and the rest around it.
func crowd(r *rand.Rand, n int) []Document {
	c := newCountry(r.Uint64())
	c.talks = true
	c.communes = c.communes[:1+r.IntN(200)]
	docs := make([]Document, n)
	homely := r.IntN(2) == 0 // everybody travels so far and no further
	for i := range docs {
		d := c.person(i)
		if r.IntN(3) == 0 {
			d.Lat, d.Lon = cities[0][0], cities[0][1]
		}
		if r.IntN(50) == 0 {
			d.Languages[1] = 14 + uint32(r.IntN(3))
		}
		d.Tier = []uint8{0, 3, 3, 3, 3, 3}[r.IntN(6)]
		d.State, d.ApplyBy = uint8(r.IntN(4)), uint32(r.IntN(2))*(today+uint32(r.IntN(3)))
		d.Expiry = nowHour + uint32(r.IntN(30))
		d.Unavailable = r.IntN(9) == 0
		if homely {
			d.Reach = uint16(1 + r.IntN(200))
		}
		docs[i] = cloned(d)
	}
	return docs
}

func askCrowd(r *rand.Rand, docs []Document) Query {
	place := cities[0]
	if r.IntN(2) == 0 {
		d := &docs[r.IntN(len(docs))]
		place = [2]int32{d.Lat, d.Lon}
	}
	q := nearPlace(place)
	if r.IntN(3) == 0 {
		q.LatDegrees += r.Float64() - 0.5
		q.LonDegrees += r.Float64() - 0.5
	}
	q.Day += uint32(r.IntN(1000))
	q.Hour += uint32(r.IntN(20))
	if r.IntN(2) == 0 {
		q.RadiusMeters = []float64{0, 5_000, 30_000, 200_000}[r.IntN(4)]
	}
	if r.IntN(4) == 0 { // somebody stands on the edge, or as little beyond it as can be
		_, q.RadiusMeters = plainDistance(&docs[r.IntN(len(docs))], &q)
		if r.IntN(2) == 0 {
			q.RadiusMeters = max(0, math.Nextafter(q.RadiusMeters, 0))
		}
	}
	for range []int{0, 0, 0, 0, 1, 1, 2, 3}[r.IntN(8)] {
		words := docs[r.IntN(len(docs))].Words
		w := Word{Text: words[r.IntN(len(words))], Whole: r.IntN(3) == 0}
		if !w.Whole {
			w.Text = w.Text[:1+r.IntN(len(w.Text))]
		}
		q.Words = append(q.Words, w)
	}
	for range []int{0, 0, 1, 1, 2, 3}[r.IntN(6)] {
		q.Skills = append(q.Skills, docs[r.IntN(len(docs))].Skills[r.IntN(5)])
	}
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(2) {
			q.Languages = append(q.Languages, []uint32{0, 1, 2, 3, 13, 14, 15, 16, 20, rareLanguage}[r.IntN(10)])
		}
	}
	if r.IntN(8) == 0 {
		q.Collectives = []uint64{uint64(r.IntN(200))}
	}
	if r.IntN(3) == 0 {
		q.Modes = uint8(1 + r.IntN(7))
	}
	q.WithinReach = r.IntN(3) == 0
	if r.IntN(5) == 0 {
		q.States = []uint8{uint8(r.IntN(4)), uint8(r.IntN(4))}
	}
	if r.IntN(3) == 0 {
		q.Available = &Availability{By: today - 2 + uint32(r.IntN(40)), ConfirmedSince: today - uint32(r.IntN(50))}
	}
	return q
}

// Random queries over many random indexes, each with changes since it was
// built, against the plain search: 20,000, or COURTCIRCUIT_QUERIES. Words are
// looked up page by page in every other index, as in one of a million.
func TestManyQueries(t *testing.T) {
	defer func(page uint32, ranked int) { wordPage, rankedWords = page, ranked }(wordPage, rankedWords)
	queries := 20_000
	if v := os.Getenv("COURTCIRCUIT_QUERIES"); v != "" {
		var err error
		if queries, err = strconv.Atoi(v); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(20, 26))
	var docs []Document
	var x *Index
	plain := plainIndex{}
	for i := range queries {
		if i%1000 == 0 {
			wordPage, rankedWords = 6+uint32(r.IntN(3)), 1<<15
			if r.IntN(2) == 0 {
				rankedWords = 1 + r.IntN(20)
			}
			docs = crowd(r, 1+r.IntN(600))
			x, plain = builtAndChanged(t, r, docs)
		}
		q := askCrowd(r, docs)
		want := plain.near(q)
		if r.IntN(2) == 0 && len(want) > 0 {
			at := r.IntN(len(want))
			q.After = &want[at].Position
			want = want[at+1:]
		}
		limit := 1 + r.IntN(200)
		got, err := x.Near(q, limit, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want[:min(limit, len(want))]) {
			t.Fatalf("query %d, %+v:\nfound %v,\nplain search %v", i, q, got, want)
		}
		if n, err := x.Count(q, limit); err != nil || n != min(limit, len(want)) {
			t.Fatalf("query %d, %+v: counted %d (%v), expected %d", i, q, n, err, min(limit, len(want)))
		}
	}
}

func builtAndChanged(t *testing.T, r *rand.Rand, docs []Document) (*Index, plainIndex) {
	plain := plainIndex{}
	built := slices.Clone(docs)
	late := r.IntN(2) == 0
	for i := range built {
		if late {
			built[i].Words = nil
		}
	}
	x, err := Build(slices.Values(built))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		plain[d.ID] = d
	}
	if r.IntN(2) == 0 {
		mustReadWords(t, x, plain)
	}
	for _, d := range crowd(r, r.IntN(1+len(docs)/2)) {
		if r.IntN(4) == 0 {
			delete(plain, d.ID)
			err = x.Delete(d.ID)
		} else {
			plain[d.ID] = d
			err = x.Put(d)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	mustReadWords(t, x, plain)
	return x, plain
}

func cloned(d Document) Document {
	d.Skills, d.Languages, d.Collectives = slices.Clone(d.Skills), slices.Clone(d.Languages), slices.Clone(d.Collectives)
	d.Words = slices.Clone(d.Words)
	return d
}

func mustReadWords(t interface{ Fatal(...any) }, x *Index, plain plainIndex) {
	if err := x.ReadWords(context.Background(), plain.readWords, func(int) {}); err != nil {
		t.Fatal(err)
	}
	if s := x.Stats(); s.Wordless > 0 {
		t.Fatal("documents without words are left:", s.Wordless)
	}
}

// readWords is a WordReader.
func (p plainIndex) readWords(_ context.Context, some []Placed, each func(int, []string)) error {
	for i := range some {
		if d, ok := p[some[i].ID]; ok && plainCell(&d) == some[i].Cell {
			each(i, d.Words)
		}
	}
	return nil
}
