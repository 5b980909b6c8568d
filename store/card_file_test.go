package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

// bytesOf is all that stands in the file, which may have no name.
func (c *cardFile) bytesOf(tb failer) []byte {
	c.writing.Lock()
	defer c.writing.Unlock()
	info, err := c.f.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	b := make([]byte, info.Size())
	if _, err := c.f.ReadAt(b, 0); err != nil && len(b) > 0 {
		tb.Fatal(err)
	}
	return b
}

// anySlot is whole, with words of its own in it.
func anySlot(k nearKey, units int, words string) []byte {
	b := make([]byte, units*slotUnit)
	binary.LittleEndian.PutUint16(b[4:], uint16(units))
	binary.LittleEndian.PutUint16(b[6:], uint16(k.kind))
	copy(b[8:], k.id[:])
	for at := slotHeadBytes; at+len(words) <= len(b); at += len(words) { // whole ones: what follows could complete a part
		copy(b[at:], words)
	}
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[4:], slotSums))
	return b
}

func always() bool { return true }

// The file gives what was put last of each card, or nothing; and of what it
// does not give no byte is left in it, whoever took its place.
func TestCardFileEqualsMap(t *testing.T) {
	replaced, refused := int64(0), int64(0)
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.Int64Range(0, 40*slotUnit).Draw(rt, "most")
		c, err := openCardFile(t.TempDir(), func() int64 { return most }, always, quiet)
		if err != nil {
			rt.Fatal(err)
		}
		defer c.close()
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "ids"), 0))
		cards := make([]nearKey, 12)
		var bits uint64
		for i := range cards {
			if i%4 == 0 { // two of each kind look alike in the index
				bits = r.Uint64() >> (i % 8 / 4 * slotTableBits)
			}
			cards[i] = nearKey{kind: nearKinds[i%2], id: [32]byte{byte(i)}}
			binary.LittleEndian.PutUint64(cards[i].id[8:], bits)
		}
		last, written := map[nearKey][]byte{}, map[string]nearKey{}
		for n := range rapid.IntRange(1, 60).Draw(rt, "steps") {
			k := cards[rapid.IntRange(0, len(cards)-1).Draw(rt, "card")]
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				c.follow(func(yield func(nearKey) bool) { yield(k) })
				delete(last, k)
			case 1:
				c.put(k, anySlot(k, 2, "nie"), func() bool { return false })
			default:
				words := fmt.Sprintf("mots%06d", n)
				b := anySlot(k, rapid.IntRange(2, 12).Draw(rt, "units"), words)
				c.put(k, bytes.Clone(b), always)
				last[k], written[words] = b, k
			}
			all := c.bytesOf(rt)
			if int64(len(all)) > most {
				rt.Fatalf("%d bytes, at most %d expected", len(all), most)
			}
			given := map[string]bool{}
			for _, k := range cards {
				b := c.get(k)
				if b != nil && !bytes.Equal(b, last[k]) {
					rt.Fatal("not what was put last")
				}
				given[string(b)] = true
			}
			for words, k := range written {
				if bytes.Contains(all, []byte(words)) && !(given[string(last[k])] && bytes.Contains(last[k], []byte(words))) {
					rt.Fatalf("%s is in the file and in no card", words)
				}
			}
			if bytes.Contains(all, []byte("nie")) {
				rt.Fatal("written though it did not hold any more")
			}
		}
		if c.faults.Load() > 0 {
			rt.Fatal("faults without damage")
		}
		replaced, refused = replaced+c.replaced.Load(), refused+c.refused.Load()
	})
	if replaced*refused == 0 {
		t.Errorf("%d replaced, %d refused: the bound never bit", replaced, refused)
	}
}

// A slot of which any byte was damaged is not given, and is gone.
func TestDamagedSlotIsNotGiven(t *testing.T) {
	c, err := openCardFile(t.TempDir(), func() int64 { return 1 << 20 }, always, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	k := nearKey{kind: protocol.KindProfile, id: [32]byte{7}}
	slot := anySlot(k, 2, "mots")
	for at := range slot {
		c.put(k, bytes.Clone(slot), always)
		e, _ := c.index.get(k)
		if _, err := c.f.WriteAt([]byte{slot[at] ^ 4}, e.at()+int64(at)); err != nil {
			t.Fatal(err)
		}
		if b := c.get(k); b != nil {
			t.Fatalf("byte %d is damaged and the slot is given", at)
		}
		if _, ok := c.index.get(k); ok || c.faults.Load() != int64(at)+1 {
			t.Fatalf("byte %d: the slot is kept, or %d faults", at, c.faults.Load())
		}
	}
	if bytes.Contains(c.bytesOf(t), []byte("mots")) {
		t.Error("words of damaged slots are left")
	}
}

// Entries of a table keep where they stand, however they are added and taken out.
func TestSlotIndexEqualsMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x, want := &slotIndex{}, map[nearKey]slotEntry{}
		for range rapid.IntRange(1, 200).Draw(rt, "steps") {
			var k nearKey
			binary.LittleEndian.PutUint64(k.id[8:], rapid.Uint64Range(0, 40).Draw(rt, "tag"))
			x.drop(k, -1)
			delete(want, k)
			if rapid.Bool().Draw(rt, "put") {
				at := rapid.Int64Range(0, 1<<slotAtBits-1).Draw(rt, "at") * slotUnit
				units := rapid.IntRange(1, maxSlotUnits).Draw(rt, "units")
				x.put(k, units, at)
				_, tag := x.place(k)
				want[k] = slotEntryOf(tag, units, at/slotUnit)
				if e := want[k]; e.at() != at || e.bytes() != units*slotUnit || e.tag() != tag {
					rt.Fatalf("entry %x of %d units at %d", e, units, at)
				}
			}
			for k, e := range want {
				if got, ok := x.get(k); !ok || got != e {
					rt.Fatalf("%x, %t; %x expected", got, ok, e)
				}
			}
			if x.count() != len(want) {
				rt.Fatalf("%d entries, %d expected", x.count(), len(want))
			}
		}
	})
}

// fill sets every member of a struct to something that is not zero.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("mot ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(-*n))
	case reflect.Uint, reflect.Uint8, reflect.Uint32:
		v.SetUint(uint64(*n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "_" && f.Name != "Extra" {
				fill(v.Field(i), n)
			}
		}
	default:
		panic(v.Type().String() + ": a member of a new type; say how it is written")
	}
}

// A body comes out of a slot as it was put in, whatever members it has.
func TestSlotsHoldAllMembers(t *testing.T) {
	n := 0
	for _, body := range []any{&protocol.Profile{}, &protocol.Mission{}, &protocol.Profile{Skills: []string{}, Links: []protocol.Link{}}} {
		for range 2 { // with nothing in it, then with all
			w := slotWriter{}
			var got any
			switch b := body.(type) {
			case *protocol.Profile:
				w.profile(b)
				r := slotReader{all: w.b, text: string(w.b)}
				if got = r.profile(); r.failed || r.at != len(w.b) {
					t.Error("not read to its end")
				}
			case *protocol.Mission:
				w.mission(b)
				r := slotReader{all: w.b, text: string(w.b)}
				if got = r.mission(); r.failed || r.at != len(w.b) {
					t.Error("not read to its end")
				}
			}
			if !reflect.DeepEqual(got, body) {
				t.Errorf("%+v, expected %+v", got, body)
			}
			fill(reflect.ValueOf(body).Elem(), &n)
		}
	}
}

// A grant comes out of a slot as it was put in.
func TestSlotsHoldGrants(t *testing.T) {
	n := 0
	var g heldGrant
	for range 2 {
		w := slotWriter{}
		w.grant(&g)
		r := slotReader{all: w.b, text: string(w.b)}
		if got := r.grant(); r.failed || r.at != len(w.b) || !reflect.DeepEqual(got, g) {
			t.Errorf("%+v, expected %+v", got, g)
		}
		fill(reflect.ValueOf(&g.Grant).Elem(), &n)
		g.by[0] = 1
	}
}

// FuzzSlot: whatever bytes a slot has, nothing panics, and what is read is the
// card of its head.
func FuzzSlot(f *testing.F) {
	w := newWorld(f)
	s := openStore(f, memoryConfig(), w.o)
	a, club := w.people[0], w.clubs[0].succeed(f, 77)
	second := w.clubs[1].grant(f, a.Identity(), t0)
	for _, v := range []protocol.Verified{
		a.profile(f, w.o, protocol.Profile{Name: "Zoé", Skills: []string{"Go"}, Memberships: [][]byte{second.Bytes()}}, club.grant(f, a.Identity(), t0), t0),
		a.profile(f, w.o, protocol.Profile{}, nil, t0),
	} {
		rec := *v.Record()
		body, err := protocol.DecodeBody(testNetwork, &rec)
		if err != nil {
			f.Fatal(err)
		}
		h := s.newHeldCard(&candidate{row: (&row{id: rec.ID}).bytes(), position: position{id: rec.Key().PublicID()}}, rec, body, s.claimsOf(&rec, body))
		b := slotOf(h)
		got, ok := s.cards.cardOf(bytes.Clone(b))
		if !ok || !reflect.DeepEqual(got.grants, h.grants) || !reflect.DeepEqual(got.body, h.body) || !bytes.Equal(slotOf(got), b) {
			f.Fatalf("%t: %+v, expected %+v", ok, got, h)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < slotHeadBytes || len(b) > maxSlotUnits*slotUnit {
			return
		}
		h, ok := s.cards.cardOf(bytes.Clone(b))
		if ok && (h.key.PublicID() != h.id || h.nearKey != slotKey(b)) {
			t.Errorf("%+v is not the card of its head", h)
		}
	})
}

// fileStore has no cards in memory, so that each search asks the file.
func fileStore(tb testing.TB, w *world) (*Store, Config) {
	cfg := diskConfig(tb.TempDir())
	cfg.CardCacheBytes, cfg.CardCacheShare = 0, 0
	cfg.PurgeDelay = 0
	return openStore(tb, cfg, w.o), cfg
}

func everybody() Query {
	return Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Limit: MaxLimit, Now: t0}
}

func find(tb testing.TB, s *Store, n int) {
	tb.Helper()
	page, err := s.Near(context.Background(), everybody())
	if err != nil || len(page.Results) != n {
		tb.Fatalf("%v: %d found, %d expected", err, len(page.Results), n)
	}
}

// Whatever ends or replaces a text has overwritten it in the file when it is
// acknowledged, and the file has no name that somebody could open.
func TestFileForgetsBeforeCommitIsAcknowledged(t *testing.T) {
	w := newWorld(t)
	s, cfg := fileStore(t, w)
	name := func(i int) string { return canary("fichier", i) }
	for i := range 4 {
		put(t, s, w.people[i].profile(t, w.o, protocol.Profile{Name: name(i)}, nil, t0), t0)
	}
	find(t, s, 4)
	held := func() string {
		return string(bytes.Join(canaryPattern.FindAll(s.cards.file.bytesOf(t), -1), []byte(" ")))
	}
	for i := range 4 {
		if !bytes.Contains([]byte(held()), []byte(name(i))) {
			t.Fatalf("%s is not in the file: %s", name(i), held())
		}
	}
	if info, err := s.cards.file.f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(err, info.Mode())
	}
	if _, err := os.Stat(filepath.Join(cfg.Dir, cardFileName)); s.cards.file.path == "" && !errors.Is(err, os.ErrNotExist) {
		t.Error("the file has a name still:", err)
	}
	later := t0.UnixMilli() + 60_000
	put(t, s, w.people[0].seal(t, w.o, protocol.ErasureDraft(nil, later)), t0)
	put(t, s, w.people[1].profile(t, w.o, protocol.Profile{Name: "autre nom"}, nil, t0.Add(1e9)), t0)
	card := w.people[2].profile(t, w.o, protocol.Profile{Name: name(2)}, nil, t0)
	put(t, s, w.people[2].tombstone(t, w.o, card, t0.Add(1e9)), t0)
	if got, want := held(), name(3); got != want {
		t.Errorf("in the file: %s, expected %s", got, want)
	}
	find(t, s, 2)
}

// The file fills itself while words are read after a start, with what a search
// then finds without the database.
func TestFileFillsInTheBackground(t *testing.T) {
	w := newWorld(t)
	s, cfg := fileStore(t, w)
	for i, a := range w.people {
		var g *protocol.Grant
		if i%2 == 0 {
			g = w.clubs[0].grant(t, a.Identity(), t0)
		}
		put(t, s, a.profile(t, w.o, protocol.Profile{}, g, t0), t0)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, cardFileName), []byte("left by a crash"), 0o644); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, cfg, w.o)
	if left := s.cards.file.bytesOf(t); len(left) > 0 {
		t.Errorf("%q is in the new file", left)
	}
	index := s.near.kinds[protocol.KindProfile]
	if err := index.ReadWords(t.Context(), s.wordReader(protocol.KindProfile), func(int) {}); err != nil {
		t.Fatal(err)
	}
	if n := s.Stats().Cards.File.Cards; n != len(w.people) {
		t.Errorf("%d cards in the file, %d expected", n, len(w.people))
	}
	for range 2 { // the first one reads the collective
		find(t, s, len(w.people))
	}
	search, err := s.newSearch(context.Background(), everybody())
	if err != nil {
		t.Fatal(err)
	}
	defer search.close()
	if page, err := search.page(); err != nil || len(page.Results) != len(w.people) {
		t.Fatal(err, len(page.Results))
	}
	if st := s.Stats().Cards; st.File.Hits != int64(3*len(w.people)) || st.File.Misses != 0 {
		t.Errorf("%+v", st)
	}
}

// What was read before a commit does not get into the file after it.
func TestFileTakesNothingOutrun(t *testing.T) {
	w := newWorld(t)
	s, _ := fileStore(t, w)
	a := w.people[0]
	put(t, s, a.profile(t, w.o, protocol.Profile{Name: canary("avant", 1)}, nil, t0), t0)
	search, err := s.newSearch(context.Background(), everybody())
	if err != nil {
		t.Fatal(err)
	}
	defer search.close()
	if err := search.q.open(); err != nil {
		t.Fatal(err)
	}
	put(t, s, a.seal(t, w.o, protocol.ErasureDraft(nil, t0.UnixMilli()+1)), t0)
	if _, _, ok, err := search.next(); err != nil || !ok {
		t.Fatal("the older view has the card still", err)
	}
	if b := s.cards.file.bytesOf(t); len(b) > 0 {
		t.Errorf("%q", b)
	}
}

// Below twice the floor of free space the file does not grow, below the floor
// it gives back what it has.
func TestFileYieldsToTheFloor(t *testing.T) {
	w := newWorld(t)
	cfg := diskConfig(t.TempDir())
	cfg.CardCacheBytes, cfg.CardCacheShare, cfg.MinFreeBytes = 0, 0, 1<<30
	free := int64(2<<30 - 1)
	cfg.freeBytes = func(string) (int64, error) { return free, nil }
	s := openStore(t, cfg, w.o)
	put(t, s, w.people[0].profile(t, w.o, protocol.Profile{}, nil, t0), t0)
	find(t, s, 1)
	if st := s.Stats().Cards.File; st.Bytes != 0 || st.Refused != 1 {
		t.Errorf("%+v", st)
	}
	free = 2 << 30
	find(t, s, 1)
	if st := s.Stats().Cards.File; st.Bytes == 0 || st.Cards != 1 {
		t.Errorf("%+v", st)
	}
	free = 1<<30 - 1
	s.balanceBallast()
	if st := s.Stats().Cards.File; st.Bytes != 0 || st.Cards != 0 || len(s.cards.file.bytesOf(t)) != 0 {
		t.Errorf("%+v", st)
	}
	find(t, s, 1)
}

// A file that cannot be written is emptied, and where that fails too no text
// is said to have left the files.
func TestFileThatCannotBeWritten(t *testing.T) {
	w := newWorld(t)
	s, cfg := fileStore(t, w)
	a := w.people[0]
	put(t, s, a.profile(t, w.o, protocol.Profile{Name: "Zoé"}, nil, t0), t0)
	find(t, s, 1)
	file := s.cards.file
	path := filepath.Join(cfg.Dir, "readable")
	if err := os.WriteFile(path, file.bytesOf(t), 0o600); err != nil {
		t.Fatal(err)
	}
	readable, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	writable := file.f
	file.f = readable
	find(t, s, 1)
	put(t, s, a.seal(t, w.o, protocol.ErasureDraft(nil, t0.UnixMilli()+1)), t0)
	if err := s.purgeText(context.Background()); !errors.Is(err, errTextRemains) {
		t.Errorf("%v, expected %v", err, errTextRemains)
	}
	put(t, s, w.people[1].profile(t, w.o, protocol.Profile{}, nil, t0), t0)
	find(t, s, 1) // from the database
	file.f = writable
	if err := errors.Join(readable.Close(), s.purgeText(context.Background())); err != nil {
		t.Error(err)
	}
	if b := file.bytesOf(t); len(b) > 0 {
		t.Errorf("%s", hex.EncodeToString(b))
	}
	find(t, s, 1)
	if st := s.Stats().Cards.File; st.Cards != 1 {
		t.Errorf("%+v", st)
	}
}

// An erasure that comes late leaves the newer card and voids the older grant,
// of a card that was kept as one of a person who never erased anything too.
func TestLateErasureVoidsGrantOfKeptCard(t *testing.T) {
	for _, memory := range []int64{0, 32 << 20} {
		w := newWorld(t)
		cfg := diskConfig(t.TempDir())
		cfg.CardCacheBytes, cfg.CardCacheShare = memory, 0
		s := openStore(t, cfg, w.o)
		club, person := w.clubs[0], w.people[0]
		put(t, s, club.collective(t, w.o, protocol.Collective{}, t0), t0)
		later := t0.Add(2 * time.Hour)
		put(t, s, person.profile(t, w.o, protocol.Profile{}, club.grant(t, person.Identity(), t0), later), later)
		members := func() int {
			q := everybody()
			q.Now = later
			page, err := s.Near(context.Background(), q)
			if err != nil || len(page.Results) != 1 {
				t.Fatal(err, len(page.Results))
			}
			return len(page.Results[0].Memberships)
		}
		for range 3 {
			if n := members(); n != 1 {
				t.Fatalf("%d memberships, 1 expected", n)
			}
		}
		put(t, s, person.seal(t, w.o, protocol.ErasureDraft(nil, t0.Add(time.Hour).UnixMilli())), later)
		for range 3 {
			if n := members(); n != 0 {
				t.Errorf("memory of %d bytes: %d memberships after the erasure, none expected", memory, n)
			}
		}
	}
}
