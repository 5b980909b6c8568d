package inbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	badger "github.com/dgraph-io/badger/v4"
)

func numberedID(n int) (id ID) {
	binary.BigEndian.PutUint32(id[:], uint32(n))
	return id
}

// Every space that keys.go lists refuses what is too large, too many or too
// much, and says so.
func TestShelfBounds(t *testing.T) {
	b := openTest(t, nil)
	for space, bound := range shelfBounds {
		shelf := NewShelf[string](b, space)
		if err := shelf.Put(ID{1}, strings.Repeat("x", bound.bytes)); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), bound.name) {
			t.Errorf("a value over the bound of a %s: %v, ErrTooLarge expected", bound.name, err)
		}
		b.shelved[space] = usage{count: bound.count}
		if err := shelf.Put(ID{1}, "x"); !errors.Is(err, ErrFull) {
			t.Errorf("one %s too many: %v, ErrFull expected", bound.name, err)
		}
		b.shelved[space] = usage{bytes: bound.total}
		if err := shelf.Put(ID{1}, "x"); !errors.Is(err, ErrFull) {
			t.Errorf("more bytes of a %s than fit: %v, ErrFull expected", bound.name, err)
		}
		b.shelved[space] = usage{}
		if err := shelf.Put(ID{1}, "x"); err != nil || shelf.Len() != 1 {
			t.Errorf("the first %s: %v", bound.name, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a shelf for an unknown space was made")
		}
	}()
	NewShelf[string](b, 'z')
}

func TestEverySpaceIsItsOwn(t *testing.T) {
	seen := map[Space]bool{formatSpace: true, draftSpace: true, refSpace: true, ownerSpace: true, hiddenSpace: true, reportSpace: true, flushSpace: true}
	for space := range shelfBounds {
		if seen[space] {
			t.Errorf("space %s has two uses", string(space))
		}
		seen[space] = true
	}
}

// What is over leaves a full disk too, and nothing else is written there.
func TestShelvesOnAFullDisk(t *testing.T) {
	full := error(nil)
	b := openTest(t, func(c *Config) { c.CheckSpace = func() error { return full } })
	shelf := NewShelf[note](b, SpaceSessions)
	if err := shelf.Put(ID{1}, noteOf(1, 1)); err != nil {
		t.Fatal(err)
	}
	full = errors.New("disk full")
	if err := shelf.Put(ID{2}, noteOf(2, 1)); !errors.Is(err, full) {
		t.Errorf("a value on a full disk: %v", err)
	}
	if err := shelf.Change(ID{1}, func(*note) error { return nil }); !errors.Is(err, full) {
		t.Errorf("a change on a full disk: %v", err)
	}
	if err := errors.Join(shelf.Delete(ID{1}, ID{3}), b.Purge()); err != nil || shelf.Len() != 0 {
		t.Errorf("deleting on a full disk: %v, %d left", err, shelf.Len())
	}
	if n := countInFiles(t, b.cfg.Dir, []byte("canari")); n != 0 {
		t.Errorf("the value is in %d files after a purge on a full disk", n)
	}
}

// A crash between blanking and dropping, also with a key that was written
// again, is finished on opening.
func TestInterruptedPurgeOfShelvesIsFinished(t *testing.T) {
	b := openTest(t, nil)
	shelf := NewShelf[note](b, SpaceBriefs)
	for n := range 3 {
		if err := shelf.Put(numberedID(n), noteOf(n, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(shelf.Delete(numberedID(0), numberedID(1)), shelf.Put(numberedID(1), noteOf(7, 1))); err != nil {
		t.Fatal(err)
	}
	if countInFiles(t, b.cfg.Dir, []byte(`canari\u003c0\u003e`)) == 0 {
		t.Fatal("the value left the files before the purge: this test proves nothing")
	}
	if err := b.db.Update(func(txn *badger.Txn) error { return txn.Set(flushKey, nil) }); err != nil {
		t.Fatal(err)
	}
	b = reopen(t, b)
	shelf = NewShelf[note](b, SpaceBriefs)
	if n := countInFiles(t, b.cfg.Dir, []byte(`canari\u003c0\u003e`)); n != 0 {
		t.Errorf("the value is in %d files after opening", n)
	}
	again, err := shelf.Get(numberedID(1))
	if _, gone := shelf.Get(numberedID(0)); !errors.Is(gone, ErrNotFound) || err != nil || again != noteOf(7, 1) || shelf.Len() != 2 {
		t.Errorf("%v, %v (%v), %d values", gone, again, err, shelf.Len())
	}
	keys := 0
	if err := b.scan(func(*badger.Item) error { keys++; return nil }); err != nil || keys != 4 {
		t.Errorf("%d keys (%v), two values, the format and the count expected", keys, err)
	}
}

// In an inbox so large that Badger keeps it on two levels, too, a purge leaves
// the present version alone.
func TestPurgeReachesEveryLevel(t *testing.T) {
	b := openTest(t, nil)
	shelf := NewShelf[note](b, SpaceBriefs)
	for first := 0; first < 320; first += 8 {
		err := b.Update(func(tx *Tx) error {
			for n := first; n < first+8; n++ {
				if err := shelf.PutIn(tx, numberedID(n), noteOf(n, 60<<10)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Purge(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int{0, 160, 319} {
		if err := shelf.Put(numberedID(id), note{Text: "autre"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Purge(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int{0, 160, 319} {
		if n := countInFiles(t, b.cfg.Dir, fmt.Appendf(nil, `canari\u003c%d\u003e`, id)); n != 0 {
			t.Errorf("the former version of %d is in %d files after a purge", id, n)
		}
	}
	if n := countInFiles(t, b.cfg.Dir, []byte(`canari\u003c1\u003e`)); n == 0 {
		t.Error("a value that was not replaced is in no file")
	}
}

// Very many leave in several steps, and never more than a bound of them waits
// for the files; what is too much for one step is refused as a whole.
func TestManyDeletionsAtOnce(t *testing.T) {
	b := openTest(t, nil)
	shelf := NewShelf[note](b, SpaceSeen)
	var ids []ID
	for n := range 2*maxBlanked + 10 {
		ids = append(ids, numberedID(n))
	}
	err := b.Update(func(tx *Tx) error {
		for n, id := range ids {
			if err := shelf.PutIn(tx, id, noteOf(n, 1)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := shelf.Delete(ids...); err != nil || shelf.Len() != 0 {
		t.Fatalf("%v, %d left", err, shelf.Len())
	}
	if b.blanked >= maxBlanked {
		t.Errorf("%d blanked keys wait, less than %d expected", b.blanked, maxBlanked)
	}
	if err := b.Purge(); err != nil {
		t.Fatal(err)
	}
	if n := countInFiles(t, b.cfg.Dir, []byte("canari")); n != 0 {
		t.Errorf("deleted values are in %d files", n)
	}
	err = b.Update(func(tx *Tx) error {
		for n := range 6 * maxBlanked {
			if err := shelf.PutIn(tx, numberedID(n), noteOf(n, 90)); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, ErrTooLarge) || shelf.Len() != 0 {
		t.Errorf("a step too large: %v, ErrTooLarge expected; %d values kept", err, shelf.Len())
	}
}

func TestAViewWritesNothing(t *testing.T) {
	b := openTest(t, nil)
	shelf := NewShelf[note](b, SpaceWorks)
	if err := shelf.Put(ID{1}, noteOf(1, 1)); err != nil {
		t.Fatal(err)
	}
	err := b.View(func(tx *Tx) error {
		if put, gone := shelf.PutIn(tx, ID{2}, note{}), shelf.DeleteIn(tx, ID{1}); !errors.Is(put, errReading) || !errors.Is(gone, errReading) {
			t.Errorf("in a View: %v and %v", put, gone)
		}
		return nil
	})
	if err != nil || shelf.Len() != 1 {
		t.Errorf("%v, %d values", err, shelf.Len())
	}
}

// A step whose fn panics leaves nothing behind, not even the lock.
func TestPanicInAStep(t *testing.T) {
	b := openTest(t, nil)
	shelf := NewShelf[note](b, SpaceWorks)
	func() {
		defer func() { _ = recover() }()
		_ = b.Update(func(tx *Tx) error {
			if err := shelf.PutIn(tx, ID{1}, note{}); err != nil {
				t.Error(err)
			}
			panic("fault")
		})
	}()
	if _, err := shelf.Get(ID{1}); !errors.Is(err, ErrNotFound) {
		t.Errorf("kept: %v", err)
	}
	if err := shelf.Put(ID{2}, note{}); err != nil || shelf.Len() != 1 {
		t.Errorf("afterwards: %v, %d values", err, shelf.Len())
	}
}

// Readers may be within readers, and steps read all they like.
func TestEachWithinEach(t *testing.T) {
	b := openTest(t, nil)
	one, two := NewShelf[note](b, SpaceBriefs), NewShelf[note](b, SpaceTracks)
	for n := range 3 {
		if err := errors.Join(one.Put(numberedID(n), noteOf(n, 1)), two.Put(numberedID(n), noteOf(n, 1))); err != nil {
			t.Fatal(err)
		}
	}
	pairs := 0
	err := b.Update(func(tx *Tx) error {
		return one.EachIn(tx, func(id ID, _ note) error {
			if err := two.EachIn(tx, func(ID, note) error { pairs++; return nil }); err != nil {
				return err
			}
			return one.DeleteIn(tx, id)
		})
	})
	if err != nil || pairs != 9 || one.Len() != 0 {
		t.Errorf("%d pairs (%v), %d left; 9 and none expected", pairs, err, one.Len())
	}
}

func TestNewerAndDamagedValuesOnShelves(t *testing.T) {
	b := openTest(t, nil)
	shelf := NewShelf[note](b, SpaceBriefs)
	for value, want := range map[string]error{
		`{"v":2,"value":{}}`: ErrNewerFormat, `{"v":0}`: ErrDamaged, `{`: ErrDamaged, `{"v":1}`: ErrDamaged, `{"v":1,"value":7}`: ErrDamaged,
	} {
		if err := b.db.Update(func(txn *badger.Txn) error { return txn.Set(shelf.key(ID{1}), []byte(value)) }); err != nil {
			t.Fatal(err)
		}
		if _, err := shelf.Get(ID{1}); !errors.Is(err, want) || !strings.Contains(err.Error(), "brief") {
			t.Errorf("%s: %v, %v expected", value, err, want)
		}
		if err := shelf.Each(func(ID, note) error { return nil }); !errors.Is(err, want) {
			t.Errorf("each %s: %v, %v expected", value, err, want)
		}
	}
}

// Two accounts, and many who move from one to the other while others read,
// purge and back up: the sum stays, in every View.
func TestStepsAtOnce(t *testing.T) {
	b := openTest(t, nil)
	shelf, other := NewShelf[int](b, SpaceBriefs), NewShelf[int](b, SpaceTracks)
	if err := errors.Join(shelf.Put(ID{1}, 100), other.Put(ID{2}, 100)); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	stop := make(chan struct{})
	run := func(fn func() error) {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := fn(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	run(func() error {
		return b.View(func(tx *Tx) error {
			x, err := shelf.GetIn(tx, ID{1})
			y, failed := other.GetIn(tx, ID{2})
			if x+y != 200 {
				t.Errorf("%d and %d", x, y)
			}
			return errors.Join(err, failed)
		})
	})
	run(func() error { return shelf.Each(func(ID, int) error { return nil }) })
	run(b.Purge)
	var movers sync.WaitGroup
	for n := range 4 {
		movers.Go(func() {
			for range 50 {
				err := b.Update(func(tx *Tx) error {
					err := shelf.ChangeIn(tx, ID{1}, func(v *int) error { *v -= n; return nil })
					return errors.Join(err, other.ChangeIn(tx, ID{2}, func(v *int) error { *v += n; return nil }), shelf.PutIn(tx, ID{3}, n), other.DeleteIn(tx, ID{4}))
				})
				if err = errors.Join(err, other.Put(ID{4}, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	movers.Wait()
	close(stop)
	all.Wait()
	x, err := shelf.Get(ID{1})
	if want := 100 - 50*(0+1+2+3); err != nil || x != want {
		t.Errorf("%d (%v), %d expected", x, err, want)
	}
}
