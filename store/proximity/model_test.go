package proximity

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is put, deleted and merged in whatever order, a search gives the
// same hits in the same order as the plain one, all at once and page by page,
// and counts as many.
func TestIndexEqualsPlainSearch(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plain := plainIndex{}
		x := drawBuilt(rt, plain)
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			change(rt, x, plain)
			if rapid.IntRange(0, 2).Draw(rt, "while merging") == 0 {
				chosen := x.choose(rapid.Bool().Draw(rt, "all"))
				merged := x.join(chosen)
				change(rt, x, plain)
				compareQuery(rt, x, plain, drawQuery(rt))
				change(rt, x, plain)
				x.swap(chosen, merged)
			}
			for range rapid.IntRange(1, 8).Draw(rt, "queries") {
				compareQuery(rt, x, plain, drawQuery(rt))
			}
			if got := x.Stats().Documents; got != len(plain) {
				rt.Fatalf("%d documents, expected %d", got, len(plain))
			}
		}
	})
}

func drawBuilt(rt *rapid.T, plain plainIndex) *Index {
	for range rapid.IntRange(0, 300).Draw(rt, "built") {
		d := drawDocument(rt)
		plain[d.ID] = d
	}
	x, err := Build(func(yield func(Document) bool) {
		for _, d := range plain {
			if !yield(d) {
				return
			}
		}
	})
	if err != nil {
		rt.Fatal(err)
	}
	return x
}

// change does one change to both, and sometimes merges.
func change(rt *rapid.T, x *Index, plain plainIndex) {
	var puts []Document
	var deletes []ID
	for range rapid.IntRange(0, 40).Draw(rt, "puts") {
		puts = append(puts, drawDocument(rt))
	}
	for range rapid.IntRange(0, 40).Draw(rt, "deletes") {
		deletes = append(deletes, drawID(rt))
	}
	if err := x.Apply(puts, deletes); err != nil {
		rt.Fatal(err)
	}
	for _, id := range deletes {
		delete(plain, id)
	}
	for _, d := range puts {
		plain[d.ID] = d
	}
	switch merge := rapid.IntRange(0, 5).Draw(rt, "merge"); {
	case len(x.busy) > 0: // one is under way
	case merge == 0:
		x.MergeAll()
	case merge == 1:
		x.Merge()
	case merge == 2:
		x.ForgetWords()
		mustKnowTheLiving(rt, x, plain)
	}
}

// mustKnowTheLiving: words that were read are those of somebody.
func mustKnowTheLiving(rt *rapid.T, x *Index, plain plainIndex) {
	had := map[string]bool{}
	for _, d := range plain {
		for _, w := range d.Words {
			had[w] = true
		}
	}
	for _, l := range x.view.Load().segments {
		if w := l.words.Load(); w != nil {
			for r := w.block(0, nil); !r.done(); r.step() {
				if !had[string(r.word)] {
					rt.Fatalf("%q is a word of nobody", r.word)
				}
			}
		}
	}
}

func compareQuery(rt *rapid.T, x *Index, plain plainIndex, q Query) {
	want := plain.near(q)
	got, err := x.Near(q, len(plain)+1, nil)
	if err != nil {
		rt.Fatal(err)
	}
	mustEqual(rt, q, "all at once", got, want)
	limit := rapid.IntRange(1, 7).Draw(rt, "limit")
	if n, err := x.Count(q, limit*10); err != nil || n != min(limit*10, len(want)) {
		rt.Fatalf("%+v: counted %d (%v), expected %d of %d", q, n, err, min(limit*10, len(want)), len(want))
	}
	var pages []Hit
	for {
		page, err := x.Near(q, limit, nil)
		if err != nil {
			rt.Fatal(err)
		}
		if pages = append(pages, page...); len(page) < limit {
			break
		}
		q.After = &page[limit-1].Position
	}
	mustEqual(rt, q, "page by page", pages, want)
	if len(want) == 0 {
		return
	}
	q.After = &want[rapid.IntRange(0, len(want)-1).Draw(rt, "after")].Position
	want = plain.near(q)
	if got, err = x.Near(q, len(plain)+1, nil); err != nil {
		rt.Fatal(err)
	}
	mustEqual(rt, q, "those after a place", got, want)
	if n, err := x.Count(q, len(plain)+1); err != nil || n != len(want) {
		rt.Fatalf("%+v: counted %d (%v), expected %d", q, n, err, len(want))
	}
}

func mustEqual(rt *rapid.T, q Query, how string, got, want []Hit) {
	if slices.Equal(got, want) {
		return
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			rt.Fatalf("%+v, %s: hit %d is\n%+v, expected\n%+v", q, how, i, got[i], want[i])
		}
	}
	rt.Fatalf("%+v, %s: found %d, plain search %d", q, how, len(got), len(want))
}

// Who does not change while pages are read is found exactly once, whatever
// happens to others between two pages.
func TestPagingWhileDocumentsChange(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plain := plainIndex{}
		x := drawBuilt(rt, plain)
		still, open := map[ID]int{}, func(d Document) bool { return d.ID[31]%2 == 0 && d.Expiry > nowHour }
		for id, d := range plain {
			if open(d) {
				still[id] = 0
			}
		}
		q := Query{LatDegrees: 48.86, LonDegrees: 2.35, RadiusMeters: -1, Hour: nowHour, Day: today}
		for {
			page, err := x.Near(q, 5, nil)
			if err != nil {
				rt.Fatal(err)
			}
			for _, h := range page {
				if _, ok := still[h.ID]; ok {
					still[h.ID]++
				}
			}
			if len(page) < 5 {
				break
			}
			q.After = &page[4].Position
			if d := drawDocument(rt); d.ID[31]%2 == 1 {
				if err := x.Put(d); err != nil {
					rt.Fatal(err)
				}
			}
			if id := drawID(rt); id[31]%2 == 1 {
				if err := x.Delete(id); err != nil {
					rt.Fatal(err)
				}
			}
			if rapid.IntRange(0, 9).Draw(rt, "merge") == 0 {
				x.MergeAll()
			}
		}
		for id, n := range still {
			if n != 1 {
				rt.Fatalf("%x found %d times", id[30:], n)
			}
		}
	})
}
