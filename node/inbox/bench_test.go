package inbox

import (
	"strings"
	"testing"
)

// filledWith has so many briefs of 4 KB.
func filledWith(b *testing.B, n int) (*Inbox, Shelf[note]) {
	b.Helper()
	box := openTest(b, nil)
	shelf := NewShelf[note](box, SpaceBriefs)
	text := strings.Repeat("x", 4<<10)
	for first := 0; first < n; first += 100 {
		err := box.Update(func(tx *Tx) error {
			for i := first; i < first+100; i++ {
				if err := shelf.PutIn(tx, numberedID(i), note{i, text}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return box, shelf
}

// BenchmarkStep is what every request that changes something waits for.
func BenchmarkStep(b *testing.B) {
	_, shelf := filledWith(b, 2_000)
	n := 0
	for b.Loop() {
		n++
		if err := shelf.Put(numberedID(n%2_000), noteOf(n, 4<<10)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPurge is for how long an erasure holds up everybody else.
func BenchmarkPurge(b *testing.B) {
	box, shelf := filledWith(b, 2_000)
	n := 0
	for b.Loop() {
		n++
		if err := shelf.Put(numberedID(n%2_000), noteOf(n, 4<<10)); err != nil {
			b.Fatal(err)
		}
		if err := box.Purge(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEach is a reading of a whole shelf, as lists and counts do it.
func BenchmarkEach(b *testing.B) {
	_, shelf := filledWith(b, 2_000)
	for b.Loop() {
		if err := shelf.Each(func(ID, note) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
