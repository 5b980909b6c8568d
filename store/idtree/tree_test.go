package idtree

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"courtcircuit/protocol/reconcile"

	"pgregory.net/rapid"
)

// check proves what every node must keep: equal depth, order, sizes, and sums and counts that agree with what is below.
func check(t testing.TB, view *View) {
	t.Helper()
	if view.root.node == nil {
		if view.root != (child{}) {
			t.Fatal("empty tree with a count or a sum")
		}
		return
	}
	leafDepth := -1
	var visit func(c child, depth int) (last reconcile.Item)
	visit = func(c child, depth int) (last reconcile.Item) {
		got := childOf(c.node)
		if got.count != c.count || got.sum != c.sum || got.count == 0 || got.first.Compare(c.first) < 0 {
			t.Fatalf("depth %d: a child says count %d, its node has %d", depth, c.count, got.count)
		}
		if c.node.kids == nil {
			if leafDepth >= 0 && leafDepth != depth {
				t.Fatalf("leaves at depths %d and %d", leafDepth, depth)
			}
			leafDepth = depth
			if len(c.node.items) > leafItems || !slices.IsSortedFunc(c.node.items, reconcile.Item.Compare) {
				t.Fatal("leaf too large or out of order")
			}
			return c.node.items[len(c.node.items)-1]
		}
		if len(c.node.kids) > kidsMax || len(c.node.items) > 0 {
			t.Fatal("inner node too large, or with items")
		}
		for i, kid := range c.node.kids {
			if i > 0 && last.Compare(kid.first) >= 0 {
				t.Fatal("a child starts before its left neighbour ends")
			}
			last = visit(kid, depth+1)
		}
		return last
	}
	visit(view.root, 0)
}

// model is the plain set.
type model map[reconcile.Item]bool

func (m model) sorted(lo, hi reconcile.Bound) []reconcile.Item {
	var items []reconcile.Item
	for item := range m {
		if b := item.Bound(); b.Compare(lo) >= 0 && b.Compare(hi) < 0 {
			items = append(items, item)
		}
	}
	slices.SortFunc(items, reconcile.Item.Compare)
	return items
}

func collect(view *View, lo, hi reconcile.Bound) []reconcile.Item {
	var items []reconcile.Item
	view.Walk(lo, hi, func(item reconcile.Item) bool {
		items = append(items, item)
		return true
	})
	return items
}

// compare proves a view equal to the plain set over one range.
func compare(t *rapid.T, view *View, m model, lo, hi reconcile.Bound) {
	want := m.sorted(lo, hi)
	var sum reconcile.Sum
	for _, item := range want {
		sum = sum.Add(reconcile.IDSum(&item.ID))
	}
	if gotSum, n := view.Fold(lo, hi); gotSum != sum || n != len(want) {
		t.Fatalf("fold counts %d, want %d; sums equal: %v", n, len(want), gotSum == sum)
	}
	if got := collect(view, lo, hi); !slices.Equal(got, want) {
		t.Fatalf("walk gives %d items, want %d", len(got), len(want))
	}
	for _, k := range []int{-1, 0, len(want) / 2, len(want) - 1, len(want)} {
		item, ok := view.Select(lo, hi, k)
		if inside := k >= 0 && k < len(want); ok != inside || ok && item != want[k] {
			t.Fatalf("select %d of %d gives %v", k, len(want), ok)
		}
	}
}

// Batches of insertions and deletions, in order, backwards and at random, with views taken in between: the tree
// equals the plain set, its nodes stay sound, and no view ever changes.
func TestTreeEqualsSet(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		tree, m := New(), model{}
		if rapid.Bool().Draw(rt, "bulk") {
			items := randomItems(random.Uint64(), 3000)
			tree = mustBuild(t, items)
			for _, item := range items {
				m[item] = true
			}
		}
		type taken struct {
			view  *View
			items []reconcile.Item
		}
		var views []taken
		everything := func() (lo, hi reconcile.Bound) { return reconcile.Bound{}, reconcile.Infinity() }
		for range rapid.IntRange(1, 8).Draw(rt, "batches") {
			batch := drawBatch(rt, random, m)
			changed, want := 0, 0
			if rapid.IntRange(0, 2).Draw(rt, "delete") == 0 {
				for _, item := range batch {
					if m[item] {
						want++
					}
					delete(m, item)
				}
				changed = tree.Delete(batch...)
			} else {
				for _, item := range batch {
					if !m[item] {
						want++
					}
					m[item] = true
				}
				changed = tree.Insert(batch...)
			}
			if changed != want || tree.Len() != len(m) {
				rt.Fatalf("changed %d items, want %d; holds %d, want %d", changed, want, tree.Len(), len(m))
			}
			view := tree.Snapshot()
			check(t, view)
			compare(rt, view, m, reconcile.Bound{}, reconcile.Infinity())
			a, b := randomItem(random, benchHour, yearHours).Bound(), randomItem(random, benchHour, yearHours).Bound()
			compare(rt, view, m, a, b)
			compare(rt, view, m, b, a)
			for item := range m { // ranges that start and end on items
				compare(rt, view, m, item.Bound(), a)
				compare(rt, view, m, a, item.Bound())
				if !tree.Has(item) {
					rt.Fatal("an item is missing")
				}
				break
			}
			if rapid.Bool().Draw(rt, "keep view") {
				views = append(views, taken{view, m.sorted(everything())})
			}
		}
		for _, v := range views {
			if lo, hi := everything(); !slices.Equal(collect(v.view, lo, hi), v.items) {
				rt.Fatal("a view has changed")
			}
			check(t, v.view)
		}
	})
}

// drawBatch gives new and held items in one of several orders.
func drawBatch(rt *rapid.T, random *rand.Rand, m model) []reconcile.Item {
	var batch []reconcile.Item
	for range rapid.SampledFrom([]int{2000, 300, 3, 0}).Draw(rt, "new") {
		batch = append(batch, randomItem(random, benchHour+1, yearHours))
	}
	share := rapid.SampledFrom([]int{0, 50, 95, 100}).Draw(rt, "share of held")
	held := m.sorted(reconcile.Bound{}, reconcile.Infinity())
	for _, item := range held {
		if random.IntN(100) < share {
			batch = append(batch, item)
		}
	}
	switch rapid.SampledFrom([]string{"ascending", "descending", "random"}).Draw(rt, "order") {
	case "ascending":
		slices.SortFunc(batch, reconcile.Item.Compare)
	case "descending":
		slices.SortFunc(batch, func(a, b reconcile.Item) int { return b.Compare(a) })
	default:
		random.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
	}
	return batch
}

func TestBuildRefusesDisorder(t *testing.T) {
	items := randomItems(1, 200)
	for _, at := range []int{1, 100, 199} {
		for _, bad := range []reconcile.Item{items[at-1], items[0]} {
			broken := slices.Clone(items)
			broken[at] = bad
			if _, err := Build(slices.Values(broken)); err == nil {
				t.Fatalf("item %d out of order accepted", at)
			}
		}
	}
	for _, n := range []int{0, 1, fillLeaf, fillLeaf + 1, fillLeaf*fillKids + 1, 50_000} {
		items := randomItems(2, n)
		tree := mustBuild(t, items)
		check(t, tree.Snapshot())
		if tree.Len() != len(items) {
			t.Fatalf("built %d items of %d", tree.Len(), len(items))
		}
	}
}

// After many deletions the nodes are not left nearly empty: memory follows the number of items.
func TestDeletionGivesNodesBack(t *testing.T) {
	items := randomItems(3, 50_000)
	tree := mustBuild(t, items)
	random := rand.New(rand.NewPCG(1, 1))
	random.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	tree.Delete(items[5000:]...)
	leaves := 0
	var visit func(n *node)
	visit = func(n *node) {
		if n.kids == nil {
			leaves++
		}
		for _, kid := range n.kids {
			visit(kid.node)
		}
	}
	visit(tree.Snapshot().root.node)
	if most := 5000 / (leafItems / 4); leaves > most {
		t.Fatalf("5000 items in %d leaves, want at most %d", leaves, most)
	}
	if tree.Delete(items...) != 5000 || tree.Snapshot().root != (child{}) {
		t.Fatal("the tree is not empty")
	}
}

func TestSnapshotIsSharedUntilAWrite(t *testing.T) {
	tree := mustBuild(t, randomItems(4, 100))
	first := tree.Snapshot()
	if tree.Snapshot() != first {
		t.Fatal("a second snapshot of the same state")
	}
	tree.Delete(reconcile.Item{})
	tree.Insert(collect(first, reconcile.Bound{}, reconcile.Infinity())...)
	if tree.Snapshot() != first {
		t.Fatal("writes that change nothing made a new state")
	}
	tree.Insert(reconcile.Item{ExpiryHour: 1})
	if tree.Snapshot() == first || first.Len() != 100 {
		t.Fatal("a write did not make a new state, or changed the old one")
	}
}

// Readers walk views and catch up while writers write; run with -race.
func TestConcurrentUse(t *testing.T) {
	items := randomItems(5, 4000)
	tree := mustBuild(t, items[:2000])
	var wait sync.WaitGroup
	wait.Go(func() {
		for _, item := range items[2000:] {
			tree.Insert(item)
		}
	})
	wait.Go(func() { tree.Delete(items[:1000]...) })
	for range 2 {
		wait.Go(func() {
			for range 50 {
				view := tree.Snapshot()
				_, n := view.Fold(reconcile.Bound{}, reconcile.Infinity())
				if got := len(collect(view, reconcile.Bound{}, reconcile.Infinity())); got != n || n != view.Len() {
					t.Errorf("a view folds %d items and walks %d", n, got)
				}
				tree.Has(items[0])
				tree.Len()
			}
		})
	}
	wait.Wait()
	view := tree.Snapshot()
	check(t, view)
	if view.Len() != 3000 {
		t.Fatalf("%d items left, want 3000", view.Len())
	}
}

// A session between two trees finds what the plain sets differ by.
func TestCatchUpBetweenTrees(t *testing.T) {
	all := randomItems(6, 20_000)
	mine, theirs := dropRandom(all, 1, 70), dropRandom(all, 2, 30)
	want := model{}
	for _, item := range theirs {
		want[item] = true
	}
	for _, item := range mine {
		delete(want, item)
	}
	stats, needed := catchUp(t, mustBuild(t, mine).Snapshot(), mustBuild(t, theirs).Snapshot(), nil)
	if needed != len(want) || stats.Need != len(want) || stats.Have != len(want)-(len(theirs)-len(mine)) {
		t.Fatalf("need %d, have %d; want %d needed", stats.Need, stats.Have, len(want))
	}
}
