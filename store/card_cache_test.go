package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

// shownHit is all that a reader sees of a result.
type shownHit struct {
	Record      protocol.RecordID
	Meters      float64
	Tier        Tier
	Memberships []Membership
	Skills      []string
	Body        any
	View        string
}

func shownPages(f failer, s *Store, q Query) (out []shownHit) {
	for {
		page, err := s.Near(context.Background(), q)
		if err != nil {
			f.Fatal(err)
		}
		for _, r := range page.Results {
			out = append(out, shownHit{r.Record().ID, r.DistanceMeters, r.Tier, append([]Membership{}, r.Memberships...), r.Skills, r.Body, string(r.View)})
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return out
		}
	}
}

// cachedWorld makes whatever may change a card, or what is said of it.
type cachedWorld struct {
	*world
	t   *testing.T
	now time.Time
	to  []*Store

	waiting []protocol.Verified // for one commit, with what comes next
}

func (c *cachedWorld) put(rt *rapid.T, v protocol.Verified) {
	c.waiting = append(c.waiting, v)
	if rapid.IntRange(0, 3).Draw(rt, "waits for more") == 0 {
		return
	}
	for _, s := range c.to {
		if _, err := s.PutBatch(context.Background(), c.waiting, c.now); err != nil {
			rt.Fatal(err)
		}
	}
	c.waiting = nil
}

func (c *cachedWorld) change(rt *rapid.T) {
	i := rapid.IntRange(0, 11).Draw(rt, "who")
	person, club := c.people[i], c.clubs[i%len(c.clubs)]
	c.now = c.now.Add(time.Second)
	ms := c.now.UnixMilli()
	switch rapid.SampledFrom([]string{"card", "card", "card", "mission", "collective", "dismiss", "erase", "erase club", "succeed", "end", "time"}).Draw(rt, "what") {
	case "card":
		c.put(rt, c.person(rt, c.t, i, c.now).v)
	case "mission":
		c.put(rt, c.mission(rt, c.t, i, c.now).v)
	case "collective":
		c.put(rt, club.collective(c.t, c.o, protocol.Collective{Name: fmt.Sprint("Les Indés ", ms), Place: anyPlace(rt)}, c.now))
	case "dismiss":
		c.put(rt, club.seal(c.t, c.o, protocol.DismissalDraft(person.Identity(), ms)))
	case "erase":
		c.put(rt, person.seal(c.t, c.o, protocol.ErasureDraft(nil, ms)))
	case "erase club":
		c.put(rt, club.seal(c.t, c.o, protocol.ErasureDraft(nil, ms)))
	case "succeed":
		if club.Signer.Succession == nil {
			c.clubs[i%len(c.clubs)] = club.succeed(c.t, uint64(900+i))
			c.put(rt, c.clubs[i%len(c.clubs)].collective(c.t, c.o, protocol.Collective{Name: "Sous une autre clé"}, c.now))
		}
	case "end":
		c.put(rt, club.tombstone(c.t, c.o, club.collective(c.t, c.o, protocol.Collective{}, c.now), c.now))
	case "time": // grants of an hour's steps run out on the way, and so do cards
		c.now = c.now.Add(rapid.SampledFrom([]time.Duration{10 * time.Minute, time.Hour, 40 * 24 * time.Hour, 200 * 24 * time.Hour}).Draw(rt, "time passes"))
	}
}

// viewOfTests shows that what is made of a card is of that card.
func viewOfTests(rec *protocol.Record, body any) []byte {
	b, _ := json.Marshal(body)
	return append(rec.ID[:], b...)
}

// A replica with a cache answers what one without answers, whatever is
// committed and however much time passes between two searches: from memory,
// from the file behind it, and from a file of which bytes were damaged.
func TestCachedEqualsUncached(t *testing.T) {
	hits := int64(0)
	var ofFile [5]CardFileStats
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		c := &cachedWorld{world: newWorld(t), t: t, now: t0}
		for _, size := range []struct{ memory, file int64 }{
			{0, 0}, {32 << 20, 0}, {32 * 8000, 3 << 10}, // memory holds few, and evicts, and so does the file
			{0, 16 << 20}, {0, 16 << 20}, // the last one's is damaged
		} {
			cfg := memoryConfig()
			cfg.View, cfg.cardFileIn = viewOfTests, dir
			cfg.CardCacheBytes, cfg.CardCacheShare = size.memory, 0
			cfg.CardFileBytes, cfg.CardFileShare = size.file, 0
			s, err := Open(cfg, c.o, quiet)
			if err != nil {
				rt.Fatal(err)
			}
			defer s.Close()
			s.SetOwn(c.clubs[0].Identity())
			c.to = append(c.to, s)
		}
		for range rapid.IntRange(1, 30).Draw(rt, "changes") {
			c.change(rt)
			kind := rapid.SampledFrom(nearKinds).Draw(rt, "kind")
			q := Query{Kind: kind, LatDegrees: 48.86, LonDegrees: 2.35, RadiusMeters: -1, Limit: 3, Now: c.now}
			if rapid.Bool().Draw(rt, "filters") {
				q = anyQuery(rt, kind, c.clubs)
				q.Now = c.now.Add(-rapid.SampledFrom([]time.Duration{0, 0, 30 * time.Minute}).Draw(rt, "asked for earlier"))
			}
			flipBit(rt, c.to[4].cards.file)
			want := shownPages(rt, c.to[0], q)
			for i, s := range c.to[1:] {
				if got := shownPages(rt, s, q); !reflect.DeepEqual(got, want) {
					rt.Fatalf("%+v:\nwith cache %d %+v,\nwithout      %+v", q, i+1, got, want)
				}
			}
		}
		for i, s := range c.to {
			of := s.Stats().Cards.File
			ofFile[i].Hits += of.Hits
			ofFile[i].Faults += of.Faults
			ofFile[i].Replaced += of.Replaced
		}
		if st := c.to[0].Stats().Cards; st.Cards != 0 || st.Hits != 0 {
			rt.Fatalf("a cache of no bytes holds %+v", st)
		}
		hits += c.to[1].Stats().Cards.Hits
		if st := c.to[2].Stats().Cards; st.Bytes > 32*8000 {
			rt.Fatalf("%+v, at most %d bytes expected", st, 32*8000)
		}
	})
	if hits == 0 || ofFile[2].Hits*ofFile[3].Hits*ofFile[4].Hits == 0 {
		t.Error("nothing was ever found in a cache, or in its file", hits, ofFile)
	}
	if ofFile[2].Replaced == 0 || ofFile[3].Faults != 0 || ofFile[4].Faults == 0 {
		t.Errorf("%+v: faults in the last only, and cards replaced, were expected", ofFile)
	}
}

// flipBit flips a bit somewhere in the file.
func flipBit(rt *rapid.T, c *cardFile) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.end == 0 {
		return
	}
	at := rapid.Int64Range(0, c.end-1).Draw(rt, "damaged byte")
	b := make([]byte, 1)
	if _, err := c.f.ReadAt(b, at); err != nil {
		rt.Fatal(err)
	}
	b[0] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
	if _, err := c.f.WriteAt(b, at); err != nil {
		rt.Fatal(err)
	}
}

// What was read before a commit is not kept after it.
func TestCardReadBeforeCommitIsNotKept(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	a := w.people[0]
	put(t, s, a.profile(t, w.o, protocol.Profile{}, nil, t0), t0)
	search, err := s.newSearch(context.Background(), Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Now: t0})
	if err != nil {
		t.Fatal(err)
	}
	defer search.close()
	if err := search.q.open(); err != nil { // its view is that of now
		t.Fatal(err)
	}
	put(t, s, a.seal(t, w.o, protocol.ErasureDraft(nil, t0.UnixMilli()+1)), t0)
	if _, _, ok, err := search.next(); err != nil || !ok {
		t.Fatal("the older view has the card still", err)
	}
	if st := s.Stats().Cards; st.Cards != 0 || st.Outrun != 1 {
		t.Errorf("%+v", st)
	}
	page, err := s.Near(context.Background(), Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Now: t0})
	if err != nil || len(page.Results) != 0 {
		t.Error(err, page)
	}
}

// What was read of a collective before a commit is not kept after it, though
// it was asked for when the stamp was the new one already.
func TestCollectiveReadBeforeCommitIsNotKept(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	club := w.clubs[0]
	put(t, s, club.collective(t, w.o, protocol.Collective{Name: "Avant"}, t0), t0)
	older := s.newQuery(nil, t0)
	if err := older.open(); err != nil { // its view is that of now
		t.Fatal(err)
	}
	defer older.close()
	put(t, s, club.collective(t, w.o, protocol.Collective{Name: "Après"}, t0.Add(time.Second)), t0.Add(time.Second))
	newer := s.newQuery(nil, t0)
	defer newer.close()
	for _, at := range []struct {
		q    *query
		name string
	}{{older, "Avant"}, {newer, "Après"}} {
		if c, err := at.q.club(club.Identity()); err != nil || c.name != at.name {
			t.Errorf("%+v, %v, name %s expected", c, err, at.name)
		}
	}
}

// A search whose cards are all held reads nothing of Badger.
func TestHeldCardsNeedNoDatabase(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	s.SetOwn(w.clubs[0].Identity())
	put(t, s, w.clubs[0].collective(t, w.o, protocol.Collective{}, t0), t0)
	for i, a := range w.people {
		var g *protocol.Grant
		if i%2 == 0 {
			g = w.clubs[i%3].grant(t, a.Identity(), t0)
		}
		put(t, s, a.profile(t, w.o, protocol.Profile{}, g, t0), t0)
	}
	for i, opened := range []bool{true, false} {
		search, err := s.newSearch(context.Background(), Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Now: t0})
		if err != nil {
			t.Fatal(err)
		}
		page, err := search.page()
		if err != nil || len(page.Results) != 20 {
			t.Fatal(err, len(page.Results))
		}
		if (search.q.txn != nil) != opened {
			t.Errorf("search %d: database read: %t", i, search.q.txn != nil)
		}
		search.close()
	}
}

// A card that was just published costs its first reader nothing; those that came
// in large numbers do not take the room of others.
func TestPublishedCardsAreReady(t *testing.T) {
	w := newWorld(t)
	cfg := memoryConfig()
	cfg.View = viewOfTests
	s := openStore(t, cfg, w.o)
	var many []protocol.Verified
	for _, a := range w.people[:fewRecords+2] {
		many = append(many, a.profile(t, w.o, protocol.Profile{}, nil, t0))
	}
	if _, err := s.PutBatch(context.Background(), many[1:], t0); err != nil {
		t.Fatal(err)
	}
	if n := s.Stats().Cards.Cards; n != 0 {
		t.Errorf("%d cards of %d are ready", n, len(many)-1)
	}
	if _, err := s.PutVisible(context.Background(), many[:1], t0); err != nil {
		t.Fatal(err)
	}
	search, err := s.newSearch(context.Background(), Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Now: t0})
	if err != nil {
		t.Fatal(err)
	}
	defer search.close()
	for range many {
		before := search.q.txn != nil
		r, _, ok, err := search.next()
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if r.Record().ID != many[0].Record().ID {
			continue
		}
		if !before && search.q.txn != nil {
			t.Error("the card that was just published was read from the database")
		}
		if string(r.View) != string(viewOfTests(r.Record(), r.Body)) || r.Record().HasBody {
			t.Errorf("%+v", r)
		}
	}
	if st := s.Stats().Cards; st.Hits != 1 {
		t.Errorf("%+v, one hit expected", st)
	}
}

// Keys that this version does not know take room, of which the cache has its bound.
func TestUnknownKeysCount(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	extra := protocol.Extra{}
	for i := range 100 {
		extra[uint64(1000+i)] = []byte{1}
	}
	var bytes [2]int64
	for i, body := range []protocol.Profile{{}, {Extra: extra}} {
		before := s.Stats().Cards.Bytes
		put(t, s, w.people[i].profile(t, w.o, body, nil, t0), t0)
		bytes[i] = s.Stats().Cards.Bytes - before
	}
	if more := bytes[1] - bytes[0]; bytes[0] == 0 || more < 100*58 { // 58 bytes each were measured
		t.Errorf("%d bytes, %d with 100 keys", bytes[0], bytes[1])
	}
}

// Of a card that was ended by what came with it nothing stays in memory.
func TestEndedCardsAreNotReady(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	gone, stays := w.people[0], w.people[1]
	out, err := s.PutBatch(context.Background(), []protocol.Verified{
		gone.profile(t, w.o, protocol.Profile{}, nil, t0), stays.profile(t, w.o, protocol.Profile{}, nil, t0),
		gone.seal(t, w.o, protocol.ErasureDraft(nil, t0.UnixMilli()+1)), stays.profile(t, w.o, protocol.Profile{}, nil, t0.Add(time.Second)),
	}, t0.Add(time.Second))
	if err != nil || !reflect.DeepEqual(out, []Outcome{Stored, Stored, Stored, Stored}) {
		t.Fatal(out, err)
	}
	if n := s.Stats().Cards.Cards; n != 1 {
		t.Errorf("%d cards are ready, that of who stays expected", n)
	}
}

// Nobody whose erasure was acknowledged is found by a search that began later,
// while others search, publish and erase.
func TestErasedIsNeverFoundAgain(t *testing.T) {
	t.Run("memory", func(t *testing.T) { eraseBesideSearches(t, memoryConfig()) })
	t.Run("file", func(t *testing.T) {
		cfg := memoryConfig()
		cfg.CardCacheBytes, cfg.CardCacheShare, cfg.cardFileIn = 0, 0, t.TempDir()
		eraseBesideSearches(t, cfg)
	})
}

func eraseBesideSearches(t *testing.T, cfg Config) {
	w := newWorld(t)
	s := openStore(t, cfg, w.o)
	q := Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Limit: MaxLimit, Now: t0}
	var gone sync.Map
	var stop atomic.Bool
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for !stop.Load() {
				before := map[protocol.Identity]bool{}
				gone.Range(func(k, _ any) bool { before[k.(protocol.Identity)] = true; return true })
				page, err := s.Near(context.Background(), q)
				if err != nil {
					t.Error(err)
					return
				}
				for _, r := range page.Results {
					if id := r.Record().Key().Identity; before[id] {
						t.Errorf("%s was found after its erasure", id.Fingerprint())
					}
				}
			}
		})
	}
	for round := range 6 {
		for i := range 10 {
			a := newActor(t, uint64(7000+100*round+i))
			put(t, s, a.profile(t, w.o, protocol.Profile{}, nil, t0), t0)
			if _, err := s.Near(context.Background(), q); err != nil {
				t.Fatal(err)
			}
			put(t, s, a.seal(t, w.o, protocol.ErasureDraft(nil, t0.UnixMilli()+1)), t0)
			gone.Store(a.Identity(), true)
		}
	}
	stop.Store(true)
	readers.Wait()
	if st := s.Stats().Cards; st.Cards != 0 || st.File.Cards != 0 || st.File.Faults != 0 {
		t.Errorf("%+v after everybody was erased", st)
	}
}

// A grant runs out between two hours, a collective's card on the hour; both
// count from that moment on, and not before, whenever they are asked for.
func TestHeldMembershipsEndInTime(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	club, person := w.clubs[0], w.people[0]
	s.SetOwn(club.Identity())
	card := club.collective(t, w.o, protocol.Collective{}, t0.Add(-360*24*time.Hour))
	put(t, s, card, t0)
	g, err := protocol.NewGrant(testNetwork, club.Author, person.Identity(), t0, 25*time.Minute, protocol.CustodyNode)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, person.profile(t, w.o, protocol.Profile{}, &g, t0), t0)
	member := w.people[1].profile(t, w.o, protocol.Profile{Place: protocol.PlaceAt(48, 1)}, club.grant(t, w.people[1].Identity(), t0.Add(time.Hour)), t0.Add(time.Hour))
	put(t, s, member, t0.Add(time.Hour))
	ask := func(at time.Time) (own int, named int) {
		t.Helper()
		page, err := s.Near(context.Background(), Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: -1, Now: at})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Results {
			if r.Tier == TierOwn {
				own++
			}
			for _, m := range r.Memberships {
				if m.Verified {
					named++
				}
			}
		}
		return own, named
	}
	cardEnds := card.Record().Header.ExpiresAt()
	for _, at := range []struct {
		time.Time
		own, named int
	}{
		{t0, 2, 2}, {t0.Add(25*time.Minute - time.Millisecond), 2, 2}, {t0.Add(25 * time.Minute), 1, 1}, {t0, 2, 2},
		{cardEnds.Add(-time.Millisecond), 1, 1}, {cardEnds, 1, 0}, {t0.Add(26 * time.Minute), 1, 1},
	} {
		if own, named := ask(at.Time); own != at.own || named != at.named {
			t.Errorf("at %s: %d of the own collective, %d named, expected %d and %d", at.Time, own, named, at.own, at.named)
		}
	}
}
