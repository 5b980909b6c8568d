package store

import (
	"bytes"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store/idtree"
)

// manyRecords are n of three lifetimes, issued over some weeks.
func manyRecords(tb testing.TB, o *protocol.Opener, n int) []protocol.Verified {
	tb.Helper()
	out := make([]protocol.Verified, n)
	for i := range out {
		who, at := newActor(tb, 5000+uint64(i)), t0.Add(-time.Duration(i*i%600)*time.Hour)
		switch i % 3 {
		case 0:
			out[i] = who.profile(tb, o, protocol.Profile{}, nil, at)
		case 1:
			out[i] = who.mission(tb, o, 1, protocol.Mission{}, at)
		default:
			out[i] = who.collective(tb, o, protocol.Collective{}, at)
		}
	}
	return out
}

// checkOrder holds the live set against what stands in the files.
func checkOrder(f failer, s *Store) {
	var want []reconcile.Item
	counts := liveCounts{}
	stored := map[string]string{}
	err := s.view(func(txn *badger.Txn) error {
		for item := range expiryItems(txn, counts, func() {}) {
			want = append(want, item)
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	for k, v := range allKeys(f, s) {
		if k[0] == famLeaf || k[0] == famCount {
			stored[k] = v
		}
	}
	view := s.live.tree.Snapshot()
	view.Leaves(func(l idtree.Leaf) {
		kv := leafEntry(l)
		if stored[string(kv.key)] != string(kv.value) {
			f.Fatal("a leaf is not stored as it is")
		}
		delete(stored, string(kv.key))
	})
	for kind, hours := range counts {
		for hour, n := range hours {
			kv := countEntry(liveCount{kind, hour}, n)
			if stored[string(kv.key)] != string(kv.value) {
				f.Fatal("a count is not stored as it is")
			}
			delete(stored, string(kv.key))
		}
	}
	if len(stored) > 0 {
		f.Fatal(len(stored), "leaves and counts too many are stored")
	}
	var got []reconcile.Item
	view.Walk(reconcile.Bound{}, reconcile.Infinity(), func(item reconcile.Item) bool {
		got = append(got, item)
		return true
	})
	if !slices.Equal(got, want) || view.Err() != nil || !sameCounts(s.live.counts, counts) {
		f.Fatal(len(got), "items in order,", len(want), "in the files:", view.Err())
	}
}

// openSaying opens and gives what was said.
func openSaying(f failer, c Config, o *protocol.Opener) (*Store, *bytes.Buffer) {
	var said bytes.Buffer
	s, err := Open(c, o, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		f.Fatal(err)
	}
	return s, &said
}

const counting = "counted anew"

// Records come, are replaced, erased and purged, in commits of any size, and the
// replica is closed, or copied as a kill leaves it, and opened between any two:
// what is stored of the order is the order, with all of it in memory or none,
// and it is counted once, for an empty replica.
func TestStoredOrderFollowsEveryCommit(t *testing.T) {
	o := testOpener(t)
	records := manyRecords(t, o, 700)
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for _, cache := range []int64{0, 20_000, 1 << 30} {
		c := diskConfig(t.TempDir())
		c.OrderCacheBytes, c.MemTableBytes = cache, 8<<20 // its log is never full
		first := true
		s, _ := openSaying(t, c, o)
		w := &writes{t: t, o: o, random: random, records: records, order: random.Perm(len(records)), now: t0}
		for range 8 {
			switch random.IntN(6) {
			case 0:
				w.now = w.now.Add(time.Duration(1+random.IntN(700)) * time.Hour)
				if err := s.expire(t.Context(), w.now); err != nil {
					t.Fatal(err)
				}
			case 1, 2:
				if first && random.IntN(2) == 0 { // as a kill leaves it; later the log of before is flushed and removed meanwhile
					killed := t.TempDir()
					if err := os.CopyFS(killed, os.DirFS(c.Dir)); err != nil {
						t.Fatal(err)
					}
					c.Dir = killed
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				first = false
				var said *bytes.Buffer
				if s, said = openSaying(t, c, o); strings.Contains(said.String(), counting) || s.Damaged() {
					t.Fatal("opened and", said)
				}
			default:
				w.put(s)
			}
			checkOrder(t, s)
		}
		checkWhole(t, s, w.now)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// writes puts some of the records, and erases some authors of those.
type writes struct {
	t       *testing.T
	o       *protocol.Opener
	random  *rand.Rand
	records []protocol.Verified
	order   []int
	now     time.Time
}

func (w *writes) put(s *Store) {
	n := min([]int{300, 40, 1}[w.random.IntN(3)], len(w.order))
	var vs []protocol.Verified
	for _, i := range w.order[:n] {
		vs = append(vs, w.records[i])
	}
	for _, i := range w.order[:w.random.IntN(n/4+1)] {
		at := w.records[i].Record().Header.IssuedAtMillis + 1
		vs = append(vs, newActor(w.t, 5000+uint64(i)).seal(w.t, w.o, protocol.ErasureDraft(nil, at)))
	}
	w.order = w.order[n:]
	if _, err := s.PutBatch(w.t.Context(), vs, w.now); err != nil { // what has expired by then is not taken
		w.t.Fatal(err)
	}
}

// Any leaf, count or mark that is lost, altered or too many is found when the
// replica is opened, or when the leaf is read; the log says so, nothing of the
// records is taken for lost, and all is right again.
func TestDamagedOrderIsCountedAnew(t *testing.T) {
	o := testOpener(t)
	first := diskConfig(t.TempDir())
	s, _ := openSaying(t, first, o)
	records := manyRecords(t, o, 700)
	putAll(t, s, records[:600], t0)
	digest := s.Digest(t0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	key := func(txn *badger.Txn, family byte, nth int) (key, value []byte) {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{family}})
		defer it.Close()
		for it.Rewind(); nth > 0; it.Next() {
			nth--
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			t.Fatal(err)
		}
		return it.Item().KeyCopy(nil), value
	}
	alter := func(family byte, at int) func(txn *badger.Txn) error {
		return func(txn *badger.Txn) error {
			k, v := key(txn, family, 2)
			v[(at+len(v))%len(v)] ^= 1
			return txn.Set(k, v)
		}
	}
	lose := func(family byte) func(txn *badger.Txn) error {
		return func(txn *badger.Txn) error {
			k, _ := key(txn, family, 1)
			return txn.Delete(k)
		}
	}
	strange := func(family byte, bytes int) func(txn *badger.Txn) error {
		return func(txn *badger.Txn) error {
			k, v := key(txn, family, 0)
			return txn.Set(k[:bytes], v)
		}
	}
	for name, c := range map[string]struct {
		harm  func(txn *badger.Txn) error
		quiet bool // not seen when opened, only when read
	}{
		"leaf lost":           {harm: lose(famLeaf)},
		"leaf's sum altered":  {harm: alter(famLeaf, -1)},
		"leaf's size altered": {harm: alter(famLeaf, 3)},
		"leaf too long":       {harm: func(txn *badger.Txn) error { k, v := key(txn, famLeaf, 1); return txn.Set(k, append(v, 0)) }},
		"half a leaf's key":   {harm: strange(famLeaf, 20)},
		"count lost":          {harm: lose(famCount)},
		"count altered":       {harm: alter(famCount, -1)},
		"half a count's key":  {harm: strange(famCount, 5)},
		"mark lost":           {harm: func(txn *badger.Txn) error { return txn.Delete(keyOrder) }},
		"mark altered":        {harm: func(txn *badger.Txn) error { return txn.Set(keyOrder, orderMark(7)) }},
		"all lost": {harm: func(txn *badger.Txn) error {
			for _, k := range []byte{famLeaf, famCount} {
				for {
					it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{k}})
					it.Rewind()
					if !it.Valid() {
						it.Close()
						break
					}
					found := it.Item().KeyCopy(nil)
					it.Close()
					if err := txn.Delete(found); err != nil {
						return err
					}
				}
			}
			return txn.Delete(keyOrder)
		}},
		"two leaves changed so that the whole is right": {quiet: true, harm: func(txn *badger.Txn) error {
			k1, v1 := key(txn, famLeaf, 1)
			k2, v2 := key(txn, famLeaf, 2)
			const highest = 4 + 3*8 // byte of the sum: nothing is carried out of it
			v1[highest]++
			v2[highest]--
			return errors.Join(txn.Set(k1, v1), txn.Set(k2, v2))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := diskConfig(t.TempDir())
			if err := os.CopyFS(cfg.Dir, os.DirFS(first.Dir)); err != nil {
				t.Fatal(err)
			}
			s, _ := openSaying(t, cfg, o)
			damage(t, s, c.harm)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s, said := openSaying(t, cfg, o)
			if strings.Contains(said.String(), counting) == c.quiet {
				t.Errorf("opened and said %q", said)
			}
			if c.quiet {
				v, err := s.Verify(t.Context(), t0, false, nil)
				if err != nil || !slices.ContainsFunc(v.Faults, func(f Fault) bool { return f.Part == "memory" }) {
					t.Errorf("verification: %v: %+v", err, v)
				}
				putAll(t, s, records[600:], t0) // the writer comes to a leaf that does not fit
				if !strings.Contains(said.String(), counting) {
					t.Errorf("written to and said %q", said)
				}
			} else if s.Digest(t0) != digest {
				t.Error("another digest")
			}
			checkOrder(t, s)
			if s.Damaged() {
				t.Error("records taken for lost")
			}
			checkWhole(t, s, t0)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s, said = openSaying(t, cfg, o)
			if strings.Contains(said.String(), counting) {
				t.Errorf("counted again: %q", said)
			}
			checkOrder(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A reader that meets a leaf which does not fit has it mended while the replica
// runs, and until then nothing that it gave is used.
func TestFaultyLeafIsMendedWhileRunning(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	cfg.OrderCacheBytes = 0
	s := openStore(t, cfg, o)
	records := manyRecords(t, o, 400)
	putAll(t, s, records, t0)
	lost := records[7].Record()
	damage(t, s, func(txn *badger.Txn) error { return txn.Delete(expiryKey(lost.Header.ExpiryHour(), lost.ID)) })
	set := s.Set()
	session, err := reconcile.NewSession(reconcile.DefaultConfig(), nil)
	if err != nil {
		t.Fatal(err)
	}
	set.Walk(reconcile.Bound{}, reconcile.Infinity(), func(reconcile.Item) bool { return true })
	if _, err := session.Open(set, hourOf(t0)); !errors.Is(err, idtree.ErrDamaged) {
		t.Fatal("a session went on:", err)
	}
	if len(s.live.mend) != 1 {
		t.Fatal("nobody was told")
	}
	if err := s.exec(t.Context(), func() error { return s.recount("told", func(int, int) {}) }); err != nil {
		t.Fatal(err)
	}
	checkOrder(t, s)
	if s.Set().Err() != nil || s.live.tree.Snapshot().Len() != 399 {
		t.Fatal("not mended")
	}
}

// The writer that comes to a leaf whose items are gone counts anew, and says
// that records were lost: the sum of the next commit will not know of them.
func TestLossThatTheWriterMeetsIsSaid(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	cfg.OrderCacheBytes = 0
	s := openStore(t, cfg, o)
	records := manyRecords(t, o, 60) // one leaf
	putAll(t, s, records[:50], t0)
	lost := records[7].Record()
	damage(t, s, func(txn *badger.Txn) error { return txn.Delete(expiryKey(lost.Header.ExpiryHour(), lost.ID)) })
	putAll(t, s, records[50:], t0)
	checkOrder(t, s)
	if !s.Damaged() {
		t.Fatal("a record is lost, and nobody was told")
	}
}

// A replica of the format before has neither leaves nor counts.
func TestOrderOfTheFormatBeforeIsCounted(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, _ := openSaying(t, cfg, o)
	putAll(t, s, manyRecords(t, o, 300), t0)
	digest, counts := s.Digest(t0), s.Counts(t0)
	err := errors.Join(s.exec(t.Context(), func() error { return s.writeFormat(2, 0) }), s.db.DropPrefix([]byte{famLeaf}, []byte{famCount}, keyOrder), s.Close())
	if err != nil {
		t.Fatal(err)
	}
	s, said := openSaying(t, cfg, o)
	defer s.Close()
	if s.Damaged() || s.Digest(t0) != digest || !maps.Equal(s.Counts(t0), counts) || !strings.Contains(said.String(), counting) {
		t.Fatal("damaged", s.Damaged(), said)
	}
	checkOrder(t, s)
}

// A recount that is cut short anywhere begins again, and nothing takes its half
// for the whole meanwhile.
func TestRecountThatFailsIsNotTakenForWhole(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, _ := openSaying(t, cfg, o)
	records := manyRecords(t, o, 300)
	putAll(t, s, records[:200], t0)
	err := s.exec(t.Context(), func() error {
		s.live.whole = false // as a failed recount leaves it
		return s.db.Update(func(txn *badger.Txn) error { return txn.Delete(keyOrder) })
	})
	if err != nil {
		t.Fatal(err)
	}
	putAll(t, s, records[200:], t0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, said := openSaying(t, cfg, o)
	defer s.Close()
	if !strings.Contains(said.String(), counting) {
		t.Fatal("taken for whole:", said)
	}
	checkOrder(t, s)
}

// FuzzOrderEntries: what is read of a leaf or a count is what would be written
// of it, byte by byte; all else is refused.
func FuzzOrderEntries(f *testing.F) {
	seeds, err := os.ReadDir("testdata/fuzz/FuzzOrderEntries")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	f.Fuzz(func(t *testing.T, key, value []byte) {
		if len(key) == 0 {
			return
		}
		key = slices.Clone(key)
		key[0] = famLeaf
		if leaf, ok := parseLeaf(key, value); ok {
			if kv := leafEntry(leaf); !bytes.Equal(kv.key, key) || !bytes.Equal(kv.value, value) {
				t.Fatalf("leaf %x %x is written %x %x", key, value, kv.key, kv.value)
			}
		}
		key[0] = famCount
		if of, n, ok := parseCount(key, value); ok {
			if kv := countEntry(of, n); !bytes.Equal(kv.key, key) || !bytes.Equal(kv.value, value) {
				t.Fatalf("count %x %x is written %x %x", key, value, kv.key, kv.value)
			}
		}
	})
}

// Both replicas are opened anew and written to between any two frames of a
// session, and the hour passes: what one holds and the other lacks throughout
// is found, as by comparing plain sets, and nothing that is there is asked for.
func TestSessionOverRestarts(t *testing.T) {
	o := testOpener(t)
	records := manyRecords(t, o, 600)
	var sides [2]*Store
	var homes [2]Config
	for i, vs := range [][]protocol.Verified{records[:450], append(slices.Clone(records[:350]), records[450:550]...)} {
		homes[i] = diskConfig(t.TempDir())
		homes[i].OrderCacheBytes = 10_000
		sides[i], _ = openSaying(t, homes[i], o)
		putAllAgain(t, sides[i], vs)
	}
	items := func(s *Store, floor uint32) map[reconcile.Item]bool {
		all := map[reconcile.Item]bool{}
		s.Set().Walk(reconcile.After(floor), reconcile.Infinity(), func(item reconcile.Item) bool {
			all[item] = true
			return true
		})
		return all
	}
	hour := hourOf(t0)
	want := items(sides[1], hour+1)
	for item := range items(sides[0], 0) {
		delete(want, item)
	}
	cfg := reconcile.DefaultConfig()
	cfg.FrameBytes = 1500 // many frames
	session, err := reconcile.NewSession(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	request, err := session.Open(sides[0].Set(), hour)
	for frames := 0; err == nil && request != nil; frames++ {
		for i := range sides {
			if err := sides[i].Close(); err != nil {
				t.Fatal(err)
			}
			sides[i], _ = openSaying(t, homes[i], o)
			at := 550 + (2*frames+i)%50
			putAllAgain(t, sides[i], records[at:at+1])
		}
		var reply []byte
		if reply, err = reconcile.Respond(sides[1].Set(), hour+uint32(min(frames, 1)), request, cfg); err != nil {
			break
		}
		var need []reconcile.Item
		request, need, err = session.Step(sides[0].Set(), hour+uint32(min(frames, 1)), reply)
		held := items(sides[0], 0)
		for _, item := range need {
			if held[item] {
				t.Fatal("asked for what is there")
			}
			delete(want, item)
		}
	}
	if err != nil || len(want) > 0 || session.Stats().Rounds < 5 {
		t.Fatalf("%d items not found in %d rounds: %v", len(want), session.Stats().Rounds, err)
	}
	for _, s := range sides {
		checkOrder(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
