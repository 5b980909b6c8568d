package proximity

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// Writers, merges and readers at once. Each pair of documents is put in one
// change, always at one place: who finds one must find the other there, and
// every reader finds the untouched ones, once.
func TestSearchesWhileWritersAndMergesRun(t *testing.T) {
	const untouched, pairs, rounds = 300, 40, 60
	place := func(r *rand.Rand) [2]int32 { return cities[r.IntN(3)] }
	pair := func(n int, at [2]int32) []Document {
		out := make([]Document, 2)
		for i := range out {
			out[i] = Document{Lat: at[0], Lon: at[1], Expiry: nowHour + 1, Skills: []uint64{1, uint64(n % 7)}, Words: []string{"mot"}}
			out[i].ID = ID{1, byte(n), byte(i)}
		}
		return out
	}
	var still []Document
	for i := range untouched {
		still = append(still, Document{ID: ID{2, byte(i >> 8), byte(i)}, Lat: cities[i%3][0], Lon: cities[i%3][1], Expiry: nowHour + 1, Skills: []uint64{1}, Words: []string{"mot"}})
	}
	x, err := Build(slices.Values(still))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var background, writers, readers sync.WaitGroup
	background.Go(func() { x.Run(ctx) })
	background.Go(func() {
		for ctx.Err() == nil {
			x.MergeAll()
			x.ForgetWords()
		}
	})
	for w := range 2 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 1))
			for range rounds * 10 {
				n := r.IntN(pairs/2)*2 + w
				docs := pair(n, place(r))
				var err error
				if r.IntN(3) == 0 {
					err = x.Delete(docs[0].ID, docs[1].ID)
				} else {
					err = x.Put(docs...)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for w := range 2 {
		readers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 2))
			for range rounds {
				q := nearPlace(place(r))
				q.Skills = []uint64{1}
				if r.IntN(2) == 0 {
					q.Words = []Word{{Text: "mot"}}
				}
				hits, err := x.Near(q, 1000, nil)
				if err != nil {
					t.Error(err)
				}
				found, where := map[uint64]int{}, map[uint64]float64{}
				for _, h := range hits {
					ref := uint64(h.ID[1])
					if h.ID[0] == 2 {
						ref = 1 << 32
					}
					if found[ref]++; ref < pairs && found[ref] == 2 && where[ref] != h.Chord2 {
						t.Errorf("pair %d is at two places", ref)
					}
					where[ref] = h.Chord2
				}
				for ref, n := range found {
					if ref < pairs && n != 2 || ref > pairs && n != untouched {
						t.Errorf("%d of %d found", n, ref)
					}
				}
			}
		})
	}
	writers.Wait()
	readers.Wait()
	stop()
	background.Wait()
}
