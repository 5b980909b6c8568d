package idtree

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"courtcircuit/protocol/reconcile"
)

const (
	benchItems = 1_000_000
	benchHour  = 500_000
	yearHours  = 365 * 24
)

// randomItems returns n distinct items, ascending, that expire within a year after benchHour.
func randomItems(seed uint64, n int) []reconcile.Item {
	source := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	random := rand.New(source)
	items := make([]reconcile.Item, n)
	for i := range items {
		items[i] = randomItem(random, benchHour+1, yearHours)
	}
	slices.SortFunc(items, reconcile.Item.Compare)
	return slices.Compact(items)
}

func randomItem(random *rand.Rand, hour, span int) reconcile.Item {
	item := reconcile.Item{ExpiryHour: uint32(hour + random.IntN(span))}
	for i := 0; i < 32; i += 8 {
		binary.LittleEndian.PutUint64(item.ID[i:], random.Uint64())
	}
	return item
}

// noSource is for trees that keep all their items in memory.
func noSource(reconcile.Item, int) ([]reconcile.Item, error) {
	return nil, errors.New("nothing to read")
}

func inMemory(tb testing.TB) Config {
	return Config{Source: noSource, CacheBytes: math.MaxInt, OnFault: func(err error) { tb.Error(err) }}
}

func mustBuild(tb testing.TB, items []reconcile.Item) *Tree {
	tb.Helper()
	tree, err := Build(inMemory(tb), slices.Values(items))
	if err != nil {
		tb.Fatal(err)
	}
	return tree
}

// insert and remove are edits of their own.
func insert(tb testing.TB, tree *Tree, items ...reconcile.Item) int {
	tb.Helper()
	e := tree.Edit()
	n, err := e.Insert(items...)
	if err != nil {
		tb.Fatal(err)
	}
	e.Publish()
	return n
}

func remove(tb testing.TB, tree *Tree, items ...reconcile.Item) int {
	tb.Helper()
	e := tree.Edit()
	n, err := e.Delete(items...)
	if err != nil {
		tb.Fatal(err)
	}
	e.Publish()
	return n
}

// catchUp runs a session to its end and returns what it found.
func catchUp(tb testing.TB, mine, theirs reconcile.Set, salt []byte) (reconcile.Stats, int) {
	tb.Helper()
	cfg := reconcile.DefaultConfig()
	session, err := reconcile.NewSession(cfg, salt)
	if err != nil {
		tb.Fatal(err)
	}
	request, err := session.Open(mine, benchHour)
	needed := 0
	for err == nil && request != nil {
		var reply []byte
		var need []reconcile.Item
		if reply, err = reconcile.Respond(theirs, benchHour, request, cfg); err != nil {
			break
		}
		request, need, err = session.Step(mine, benchHour, reply)
		needed += len(need)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return session.Stats(), needed
}

// dropRandom returns items without count of them, chosen at random.
func dropRandom(items []reconcile.Item, seed uint64, count int) []reconcile.Item {
	random := rand.New(rand.NewPCG(seed, 1))
	dropped := map[int]bool{}
	for len(dropped) < count {
		dropped[random.IntN(len(items))] = true
	}
	kept := make([]reconcile.Item, 0, len(items)-count)
	for i, item := range items {
		if !dropped[i] {
			kept = append(kept, item)
		}
	}
	return kept
}
