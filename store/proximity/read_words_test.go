package proximity

import (
	"context"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Words that come late: a search lets who is not known to lack them pass, so
// that looking at each hit gives exactly the plain search's; once they have
// been read, while documents were put, deleted and merged, looking is needless.
func TestWordsThatComeLate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plain := plainIndex{}
		drawBuilt(rt, plain)
		docs := make([]Document, 0, len(plain))
		for _, d := range plain {
			d.Words = nil
			docs = append(docs, d)
		}
		x, err := Build(slices.Values(docs))
		if err != nil {
			rt.Fatal(err)
		}
		ask := func() {
			q := drawQuery(rt)
			q.Words = drawWords(rt)
			got, err := x.Near(q, len(plain)+1, nil)
			if err != nil {
				rt.Fatal(err)
			}
			got = slices.DeleteFunc(got, func(h Hit) bool { d := plain[h.ID]; return !plainWords(&d, &q) })
			mustEqual(rt, q, "looked at", got, plain.near(q))
		}
		ask()
		change(rt, x, plain)
		ask()
		begun := 0
		read := func(ctx context.Context, some []Placed, each func(int, []string)) error {
			if begun++; begun < 9 { // merges of what is changed in may leave more to read
				change(rt, x, plain)
				ask()
			}
			return plain.readWords(ctx, some, each)
		}
		if err := x.ReadWords(context.Background(), read, func(int) {}); err != nil {
			rt.Fatal(err)
		}
		if s := x.Stats(); s.Wordless > 0 || len(x.busy) > 0 {
			rt.Fatalf("%d documents without words, %d segments kept from merges", s.Wordless, len(x.busy))
		}
		for range 4 {
			q := drawQuery(rt)
			q.Words = drawWords(rt)
			compareQuery(rt, x, plain, q)
		}
	})
}

// A reader that fails leaves everything as it was, to be read again.
func TestWordsNotRead(t *testing.T) {
	x, err := Build(slices.Values([]Document{{ID: ID{1}, Expiry: 9}}))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no disk")
	err = x.ReadWords(context.Background(), func(context.Context, []Placed, func(int, []string)) error { return broken }, func(int) {})
	if !errors.Is(err, broken) || x.Stats().Wordless != 1 || len(x.busy) > 0 {
		t.Fatalf("%v, %+v", err, x.Stats())
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := x.ReadWords(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	plain := plainIndex{ID{1}: Document{ID: ID{1}, Words: []string{"go"}}}
	mustReadWords(t, x, plain)
	for asked, want := range map[string]int{"go": 1, "g": 1, "gone": 0} {
		if n, err := x.Count(Query{RadiusMeters: -1, Words: []Word{{Text: asked}}}, 9); n != want || err != nil {
			t.Errorf("%s: %d, %v", asked, n, err)
		}
	}
}
