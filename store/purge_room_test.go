package store

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// DropPrefix writes tables anew: where there is no room for that a text waits,
// hidden as it is; where there is room for a few they leave a few at a time.
func TestPurgeWaitsForRoom(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	var free, short atomic.Int64 // bytes free; how many more questions are answered so
	free.Store(1 << 40)
	cfg.MinFreeBytes, cfg.MemTableBytes = 4, 1<<20
	cfg.freeBytes = func(string) (int64, error) {
		if short.Add(-1) < 0 {
			return 1 << 40, nil
		}
		return free.Load(), nil
	}
	s := openStore(t, cfg, o)
	long := strings.Repeat("un long texte", 200)
	var cards, ends []protocol.Verified
	for i := range uint64(600) {
		who := newActor(t, 2+i)
		cards = append(cards, who.profile(t, o, protocol.Profile{About: long}, nil, t0))
		if i%30 == 0 {
			ends = append(ends, who.seal(t, o, protocol.ErasureDraft(nil, t0.Add(time.Minute).UnixMilli())))
		}
	}
	putAll(t, s, cards, t0)
	putAll(t, s, ends, t0.Add(time.Minute))
	ids, err := s.waitingTexts(&purgePass{}, maxDrop)
	if err != nil || len(ids) != len(ends) {
		t.Fatal(len(ids), err)
	}
	if free.Store(s.droppedBytes(ids)); free.Load() == 0 {
		t.Fatal("no table was written")
	}
	short.Store(1 << 40)
	if err := s.purgeText(t.Context()); !errors.Is(err, ErrDiskFull) || s.Stats().PurgeWaiting != int64(len(ends)) {
		t.Fatalf("%d bytes free: %v, %d wait", free.Load(), err, s.Stats().PurgeWaiting)
	}
	short.Store(3) // whether there is any, for 20 and for 10; then for 5
	pass := &purgePass{}
	if err := s.dropTexts(pass); err != nil || s.Stats().PurgeWaiting != 15 {
		t.Fatalf("room for five: %v, %d wait", err, s.Stats().PurgeWaiting)
	}
	if err := s.dropTexts(pass); err != nil || s.Stats().PurgeWaiting != 0 {
		t.Fatalf("room for the others: %v, %d wait", err, s.Stats().PurgeWaiting)
	}
}

func TestWidestMerge(t *testing.T) {
	var tables []badger.TableInfo
	add := func(level int, left, right string, size uint32) {
		const version = "\xff\xff\xff\xff\xff\xff\xff\x01"
		tables = append(tables, badger.TableInfo{Level: level, Left: []byte(left + version), Right: []byte(right + version), OnDiskSize: size})
	}
	add(0, "a", "z", 1000) // merged with the base level, which is counted elsewhere
	add(5, "a", "f", 10)
	add(5, "g", "m", 20)
	add(5, "n", "z", 40)
	add(6, "n", "z", 7)
	add(6, "a", "c", 1)
	add(6, "d", "f", 2)
	add(6, "g", "m", 4)
	for keys, want := range map[string]int64{
		"b": 10, "c": 10, "h": 20, "a": 10, "z": 40, "g": 20, "m": 20, "az": 40, "ag": 30, "gn": 60, "agn": 70, "hgb": 30, "": 0, "ff": 10,
	} {
		var list [][]byte
		for _, k := range keys {
			list = append(list, []byte(string(k)))
		}
		if got := widestMerge(tables, list); got != want {
			t.Errorf("%q: %d bytes, want %d", keys, got, want)
		}
	}
}
