package idtree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"courtcircuit/protocol/reconcile"

	"pgregory.net/rapid"
)

// fakeDisk has items and leaves as a commit leaves them.
type fakeDisk struct {
	mu     sync.Mutex
	items  []reconcile.Item
	leaves map[reconcile.Item]Leaf
}

func (d *fakeDisk) read(first reconcile.Item, count int) ([]reconcile.Item, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, _ := slices.BinarySearchFunc(d.items, first, reconcile.Item.Compare)
	return slices.Clone(d.items[at:min(at+count, len(d.items))]), nil
}

func (d *fakeDisk) config(tb testing.TB, cacheBytes int) Config {
	return Config{Source: d.read, CacheBytes: cacheBytes, OnFault: func(err error) { tb.Error(err) }}
}

// put makes the disk hold items, as after the first building.
func (d *fakeDisk) put(items []reconcile.Item) {
	d.items, d.leaves = slices.Clone(items), map[reconcile.Item]Leaf{}
	tree, err := Build(Config{}, slices.Values(items))
	if err != nil {
		panic(err)
	}
	tree.Snapshot().Leaves(func(l Leaf) { d.leaves[l.First] = l })
}

func (d *fakeDisk) open(tb testing.TB, cacheBytes int) *Tree {
	tb.Helper()
	var sorted []Leaf
	for _, l := range d.leaves {
		sorted = append(sorted, l)
	}
	slices.SortFunc(sorted, func(a, b Leaf) int { return a.First.Compare(b.First) })
	tree, err := Open(d.config(tb, cacheBytes), slices.Values(sorted))
	if err != nil {
		tb.Fatal(err)
	}
	return tree
}

// commit is what the store does: the edit, items and leaves in one commit, and then what memory shows.
func (d *fakeDisk) commit(tb testing.TB, tree *Tree, in, out []reconcile.Item) (added, removed int) {
	tb.Helper()
	e := tree.Edit()
	removed, err := e.Delete(out...)
	if err != nil {
		tb.Fatal(err)
	}
	if added, err = e.Insert(in...); err != nil {
		tb.Fatal(err)
	}
	d.mu.Lock()
	for l := range e.Changes() {
		if l.Count == 0 {
			delete(d.leaves, l.First)
		} else {
			d.leaves[l.First] = l
		}
	}
	set := model{}
	for _, item := range d.items {
		set[item] = true
	}
	for _, item := range out {
		delete(set, item)
	}
	for _, item := range in {
		set[item] = true
	}
	d.items = set.sorted(reconcile.Bound{}, reconcile.Infinity())
	d.mu.Unlock()
	e.Publish()
	return added, removed
}

// Edits of all kinds, some of them given up, opening anew from what is stored at any point, a cache for all, few or
// none of the leaves, and views taken in between: the tree equals the plain set, its nodes stay sound, and no view
// ever changes, though its source does.
func TestTreeEqualsSet(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		disk, m := &fakeDisk{}, model{}
		var items []reconcile.Item
		if rapid.Bool().Draw(rt, "bulk") {
			items = randomItems(random.Uint64(), 3000)
		}
		for _, item := range items {
			m[item] = true
		}
		disk.put(items)
		cacheBytes := rapid.SampledFrom([]int{0, 30_000, 1 << 30}).Draw(rt, "cache bytes")
		tree := disk.open(t, cacheBytes)
		type taken struct {
			view  *View
			items []reconcile.Item
		}
		var views []taken
		everything := func() (lo, hi reconcile.Bound) { return reconcile.Bound{}, reconcile.Infinity() }
		for range rapid.IntRange(1, 8).Draw(rt, "batches") {
			batch := drawBatch(rt, random, m)
			deleting := rapid.IntRange(0, 2).Draw(rt, "delete") == 0
			if rapid.IntRange(0, 3).Draw(rt, "given up") == 0 {
				giveUp(t, tree, batch, deleting)
			}
			if changed, want := commitBoth(t, disk, tree, m, batch, deleting); changed != want {
				rt.Fatalf("changed %d items, want %d", changed, want)
			}
			if rapid.IntRange(0, 2).Draw(rt, "open anew") == 0 {
				tree = disk.open(t, cacheBytes)
			}
			view := tree.Snapshot()
			if view.Len() != len(m) {
				rt.Fatalf("holds %d, want %d", view.Len(), len(m))
			}
			a, b := randomItem(random, benchHour, yearHours).Bound(), randomItem(random, benchHour, yearHours).Bound()
			compare(rt, view, m, a, b)
			compare(rt, view, m, b, a)
			check(t, view)
			compare(rt, view, m, reconcile.Bound{}, reconcile.Infinity())
			for item := range m { // ranges that start and end on items
				compare(rt, view, m, item.Bound(), a)
				compare(rt, view, m, a, item.Bound())
				if !view.Has(item) {
					rt.Fatal("an item is missing")
				}
				break
			}
			if rapid.Bool().Draw(rt, "keep view") {
				views = append(views, taken{view, m.sorted(everything())})
			}
		}
		for _, v := range views {
			if lo, hi := everything(); v.view.tree == tree && !slices.Equal(collect(v.view, lo, hi), v.items) {
				rt.Fatal("a view has changed")
			}
		}
	})
}

func giveUp(t testing.TB, tree *Tree, batch []reconcile.Item, deleting bool) {
	e := tree.Edit()
	op := e.Insert
	if deleting {
		op = e.Delete
	}
	if _, err := op(batch...); err != nil {
		t.Fatal(err)
	}
	e.Discard()
}

func commitBoth(t testing.TB, disk *fakeDisk, tree *Tree, m model, batch []reconcile.Item, deleting bool) (changed, want int) {
	for _, item := range batch {
		if m[item] == deleting {
			want++
		}
		if deleting {
			delete(m, item)
		} else {
			m[item] = true
		}
	}
	if deleting {
		_, changed = disk.commit(t, tree, nil, batch)
	} else {
		changed, _ = disk.commit(t, tree, batch, nil)
	}
	return changed, want
}

// What is stored of the leaves is small and enough: opening reads no item, and a session reads only the leaves that
// its bounds cut.
func TestOpeningReadsNoItem(t *testing.T) {
	disk := &fakeDisk{}
	disk.put(randomItems(7, 50_000))
	reads := 0
	cfg := disk.config(t, 1<<30)
	cfg.Source = func(first reconcile.Item, count int) ([]reconcile.Item, error) {
		reads++
		return disk.read(first, count)
	}
	var leaves []Leaf
	for _, l := range disk.leaves {
		leaves = append(leaves, l)
	}
	slices.SortFunc(leaves, func(a, b Leaf) int { return a.First.Compare(b.First) })
	tree, err := Open(cfg, slices.Values(leaves))
	if err != nil {
		t.Fatal(err)
	}
	if view := tree.Snapshot(); reads != 0 || view.Len() != 50_000 {
		t.Fatalf("opening read %d leaves of %d items", reads, view.Len())
	}
	if sum, n := tree.Snapshot().Fold(reconcile.Bound{}, reconcile.Infinity()); n != 50_000 || sum != sumItems(disk.items) || reads != 0 {
		t.Fatalf("folding all read %d leaves", reads)
	}
	catchUp(t, tree.Snapshot(), mustBuild(t, dropRandom(disk.items, 1, 3)).Snapshot(), nil)
	if most := 16 + 3*20; reads > most {
		t.Fatalf("a session about 3 differences read %d of %d leaves, want at most %d", reads, len(leaves), most)
	}
	reads = 0
	catchUp(t, tree.Snapshot(), mustBuild(t, dropRandom(disk.items, 1, 3)).Snapshot(), nil)
	if reads > 0 {
		t.Fatalf("the same session again read %d leaves", reads)
	}
}

// Leaves that cannot be are refused when opened; items that are not those of their leaf are found when they are read,
// by a view, by the session that uses it, and by an edit.
func TestDamageIsFound(t *testing.T) {
	items := randomItems(8, 1000)
	disk := &fakeDisk{}
	disk.put(items)
	for name, bad := range map[string][]Leaf{
		"twice":     {{First: items[0], Count: 1}, {First: items[0], Count: 1}},
		"disorder":  {{First: items[1], Count: 1}, {First: items[0], Count: 1}},
		"empty":     {{First: items[0]}},
		"too large": {{First: items[0], Count: leafItems + 1}},
	} {
		if _, err := Open(disk.config(t, 0), slices.Values(bad)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, harm := range map[string]func(){
		"an item lost":    func() { disk.items = slices.Delete(disk.items, 500, 501) },
		"an item changed": func() { disk.items[500].ID[31] ^= 1 },
		"an item too many": func() {
			disk.items = slices.Insert(disk.items, 500, reconcile.Item{ExpiryHour: items[499].ExpiryHour, ID: [32]byte{1}})
			slices.SortFunc(disk.items, reconcile.Item.Compare)
		},
	} {
		disk.put(items)
		tree := disk.open(t, 0)
		harm()
		told := 0
		tree.onFault = func(error) { told++ }
		view := tree.Snapshot()
		view.Walk(reconcile.Bound{}, reconcile.Infinity(), func(reconcile.Item) bool { return true })
		if !errors.Is(view.Err(), ErrDamaged) || told != 1 {
			t.Errorf("%s: %v, told %d times", name, view.Err(), told)
		}
		session, _ := reconcile.NewSession(reconcile.DefaultConfig(), nil)
		if _, err := session.Open(view, benchHour); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: a session gave %v", name, err)
		}
		e := tree.Edit()
		if _, err := e.Delete(items[500]); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: an edit gave %v", name, err)
		}
		e.Discard()
	}
	broken := fmt.Errorf("a disk")
	tree := disk.open(t, 0)
	tree.source = func(reconcile.Item, int) ([]reconcile.Item, error) { return nil, broken }
	tree.onFault = func(error) {}
	view := tree.Snapshot()
	if view.Has(items[3]); !errors.Is(view.Err(), broken) {
		t.Errorf("a disk that cannot be read: %v", view.Err())
	}
}
