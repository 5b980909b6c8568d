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
	var visit func(c *child, depth int) (last reconcile.Item)
	visit = func(c *child, depth int) (last reconcile.Item) {
		if kids := c.node.kids; kids != nil {
			if len(kids) > kidsMax || c.node.block.Load() != nil {
				t.Fatal("inner node too large, or with items")
			}
			checkSums(t, c, innerOf(c.node), depth)
			for i := range kids {
				if i > 0 && last.Compare(kids[i].first) >= 0 {
					t.Fatal("a child starts before its left neighbour ends")
				}
				last = visit(&kids[i], depth+1)
			}
			return last
		}
		items := view.block(c).items
		checkSums(t, c, leafOf(items, nil), depth)
		if leafDepth >= 0 && leafDepth != depth {
			t.Fatalf("leaves at depths %d and %d", leafDepth, depth)
		}
		leafDepth = depth
		if len(items) > leafItems || !slices.IsSortedFunc(items, reconcile.Item.Compare) {
			t.Fatal("leaf too large or out of order")
		}
		return items[len(items)-1]
	}
	visit(&view.root, 0)
	checkCache(t, &view.tree.cache)
}

func checkSums(t testing.TB, c *child, got child, depth int) {
	t.Helper()
	if got.count != c.count || got.sum != c.sum || got.count == 0 || got.first.Compare(c.first) < 0 {
		t.Fatalf("depth %d: a child says count %d, its node has %d", depth, c.count, got.count)
	}
}

func checkCache(t testing.TB, c *cache) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	bytes := 0
	for i, n := range c.leaves {
		if n.slot != i+1 || n.pinned {
			t.Fatal("a leaf at a wrong place in the cache, or one that has been replaced")
		}
		bytes += blockBytes(n.block.Load())
	}
	if bytes != c.bytes || bytes > c.maxBytes {
		t.Fatalf("%d bytes in the cache, %d counted, %d allowed", bytes, c.bytes, c.maxBytes)
	}
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
	compareParts(t, view, want, lo, hi)
	for _, k := range []int{-1, 0, len(want) / 2, len(want) - 1, len(want)} {
		item, ok := view.Select(lo, hi, k)
		if inside := k >= 0 && k < len(want); ok != inside || ok && item != want[k] {
			t.Fatalf("select %d of %d gives %v", k, len(want), ok)
		}
	}
}

// compareParts proves what is folded and cut at once equal to what is found one by one.
func compareParts(t *rapid.T, view *View, want []reconcile.Item, lo, hi reconcile.Bound) {
	if lo.Compare(hi) >= 0 {
		return
	}
	bounds := []reconcile.Bound{lo}
	var ranks []int
	for step, k := 1+len(want)/7, 1; k < len(want); k += step {
		ranks = append(ranks, k)
		if bound := want[k].Bound(); bound.Compare(bounds[len(bounds)-1]) > 0 {
			bounds = append(bounds, bound)
		}
	}
	bounds = append(bounds, hi)
	parts := view.FoldParts(bounds)
	if len(parts) != len(bounds)-1 {
		t.Fatalf("%d parts between %d bounds", len(parts), len(bounds))
	}
	for i, part := range parts {
		if sum, n := view.Fold(bounds[i], bounds[i+1]); part != (reconcile.Part{Sum: sum, Count: n}) {
			t.Fatalf("part %d of %d counts %d, alone %d", i, len(parts), part.Count, n)
		}
	}
	i := 0
	view.Cuts(lo, ranks, func(left, right reconcile.Item) {
		if left != want[ranks[i]-1] || right != want[ranks[i]] {
			t.Fatalf("cut %d stands elsewhere", i)
		}
		i++
	})
	if i != len(ranks) {
		t.Fatalf("%d cuts, %d expected", i, len(ranks))
	}
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
			if _, err := Build(inMemory(t), slices.Values(broken)); err == nil {
				t.Fatalf("item %d out of order accepted", at)
			}
		}
	}
	for _, n := range []int{0, 1, fillLeaf, fillLeaf + 1, fillLeaf*fillKids + 1, 50_000} {
		items := randomItems(2, n)
		tree := mustBuild(t, items)
		check(t, tree.Snapshot())
		if n := tree.Snapshot().Len(); n != len(items) {
			t.Fatalf("built %d items of %d", n, len(items))
		}
	}
}

// After many deletions the nodes are not left nearly empty: memory follows the number of items.
func TestDeletionGivesNodesBack(t *testing.T) {
	items := randomItems(3, 50_000)
	tree := mustBuild(t, items)
	random := rand.New(rand.NewPCG(1, 1))
	random.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	remove(t, tree, items[5000:]...)
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
	if remove(t, tree, items...) != 5000 || tree.Snapshot().root != (child{}) {
		t.Fatal("the tree is not empty")
	}
}

// Readers walk views and catch up while a writer writes; run with -race.
func TestConcurrentUse(t *testing.T) {
	disk, items := &fakeDisk{}, randomItems(5, 6000)
	disk.put(items[:2000])
	tree := disk.open(t, 40_000)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for range 60 {
				view := tree.Snapshot()
				_, n := view.Fold(reconcile.Bound{}, reconcile.Infinity())
				if got := len(collect(view, reconcile.Bound{}, reconcile.Infinity())); got != n || n != view.Len() {
					t.Errorf("a view folds %d items and walks %d", n, got)
				}
				view.Has(items[0])
			}
		})
	}
	for i := range 150 {
		disk.commit(t, tree, items[2000+10*i:2010+10*i], items[5*i:5*i+5])
	}
	wait.Wait()
	check(t, tree.Snapshot())
	if n := tree.Snapshot().Len(); n != 2750 {
		t.Fatalf("%d items left, want 2750", n)
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
