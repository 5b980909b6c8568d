package picture

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestGalleryDrawsOnce(t *testing.T) {
	drawn := 0
	g := newGallery(func(c Card) ([]byte, error) { drawn++; return []byte(c.Title), nil })
	for _, c := range []Card{{Title: "a"}, {Title: "a"}, {Title: "b"}, {Title: "a"}, {Title: "a", Place: "x"}, {Title: "a", At: &Point{1, 2}}, {Title: "a", At: &Point{1, 2}}} {
		if data, err := g.Picture(c); err != nil || string(data) != c.Title {
			t.Errorf("%+v: %s %v", c, data, err)
		}
	}
	if drawn != 4 {
		t.Errorf("%d drawings of 4 cards", drawn)
	}
}

// No two fields can be shifted into one another.
func TestTags(t *testing.T) {
	seen := map[string]Card{}
	for _, c := range []Card{{}, {Group: "a"}, {Title: "a"}, {Text: "a"}, {Place: "a"}, {Foot: "a"}, {Group: "a b"}, {Group: "a", Title: "b"}, {Group: `a" "b`}, {At: &Point{}}, {At: &Point{1, 0}}, {At: &Point{0, 1}}} {
		if other, ok := seen[c.tag()]; ok {
			t.Errorf("%+v and %+v", c, other)
		}
		seen[c.tag()] = c
	}
}

func TestGalleryIsBounded(t *testing.T) {
	inUse := 0
	g := newGallery(func(c Card) ([]byte, error) {
		if c.Title == "0" {
			inUse++
		}
		return make([]byte, 1000), nil
	})
	for i := range 3 * maxKeptPictures {
		g.Picture(Card{Title: fmt.Sprint(i)})
		g.Picture(Card{Title: "0"})
	}
	if len(g.byTag) != maxKeptPictures || g.order.Len() != maxKeptPictures || g.bytes != 1000*maxKeptPictures {
		t.Errorf("%d, %d, %d bytes", len(g.byTag), g.order.Len(), g.bytes)
	}
	if inUse != 1 {
		t.Errorf("the one in use was let go and drawn %d times", inUse)
	}
	large := newGallery(func(c Card) ([]byte, error) { return make([]byte, maxKeptBytes/3), nil })
	for i := range 9 {
		large.Picture(Card{Title: fmt.Sprint(i)})
	}
	if large.order.Len() != 3 || large.bytes > maxKeptBytes {
		t.Errorf("%d pictures, %d bytes", large.order.Len(), large.bytes)
	}
}

func TestGalleryForgetsFailures(t *testing.T) {
	fault := errors.New("no ink")
	g := newGallery(func(Card) ([]byte, error) { return []byte("x"), fault })
	if _, err := g.Picture(Card{}); !errors.Is(err, fault) {
		t.Error(err)
	}
	fault = nil
	if _, err := g.Picture(Card{}); err != nil {
		t.Error(err)
	}
}

// One draws, some wait, the rest is turned away; afterwards there is room.
func TestGalleryUnderFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var drawing, most, busy, fine atomic.Int64
		gate := make(chan struct{})
		g := newGallery(func(Card) ([]byte, error) {
			most.Store(max(most.Load(), drawing.Add(1)))
			<-gate
			drawing.Add(-1)
			return []byte("x"), nil
		})
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				_, err := g.Picture(Card{Title: fmt.Sprint(i)})
				switch {
				case errors.Is(err, ErrBusy):
					busy.Add(1)
				case err == nil:
					fine.Add(1)
				}
			})
		}
		for range 50 { // of the same card: one drawing
			all.Go(func() { g.Picture(Card{Title: "0"}) })
		}
		synctest.Wait()
		if drawing.Load() != 1 {
			t.Errorf("%d are drawing", drawing.Load())
		}
		close(gate)
		all.Wait()
		if most.Load() != 1 || fine.Load() < 16 || fine.Load() > 17 || fine.Load()+busy.Load() != 100 {
			t.Errorf("at most %d drew at once; %d drawn, %d turned away", most.Load(), fine.Load(), busy.Load())
		}
		if _, err := g.Picture(Card{Title: "later"}); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}
