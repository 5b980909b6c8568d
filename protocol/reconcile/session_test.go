package reconcile

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawItems draws items around hour 1000, sometimes all in a few hours, sometimes with ids that share long prefixes.
func drawItems(t *rapid.T, label string) listSet {
	hours := rapid.SampledFrom([]int{1, 3, 400}).Draw(t, label+" hours")
	shared := rapid.SampledFrom([]int{0, 7, 30}).Draw(t, label+" shared prefix")
	n := rapid.SampledFrom([]int{1000, 150, 20, 1, 0}).Draw(t, label+" most")
	// By a seed: slices drawn item by item are nearly always too short to be split even once.
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, label+" seed"), 1))
	items := make([]Item, n)
	for i := range items {
		items[i].ExpiryHour = 998 + uint32(random.IntN(hours+1))
		for j := shared; j < 32; j++ {
			items[i].ID[j] = byte(random.Uint32())
		}
	}
	return setOf(items...)
}

func drawConfig(t *rapid.T, label string) Config {
	cfg := testConfig()
	cfg.FrameBytes = rapid.SampledFrom([]int{minFrameBytes, 2000, MaxFrameBytes}).Draw(t, label+" frame bytes")
	cfg.RangesPerFrame = rapid.SampledFrom([]int{8, 40, MaxRangesPerFrame}).Draw(t, label+" ranges")
	cfg.IDsPerFrame = rapid.SampledFrom([]int{3, 50, 2048}).Draw(t, label+" ids")
	cfg.HaveIDs = rapid.SampledFrom([]int{0, 3, 1024}).Draw(t, label+" have")
	return cfg
}

// The differences found are those of plain sets, for all kinds of sets, bounds, salts and for clocks up to an hour apart.
func TestSessionFindsDifferences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		common := drawItems(rt, "common")
		mine := setOf(append(slices.Clone(common), drawItems(rt, "mine")...)...)
		theirs := setOf(append(slices.Clone(common), drawItems(rt, "theirs")...)...)
		myHour := uint32(rapid.IntRange(999, 1001).Draw(rt, "my hour"))
		peerHour := uint32(rapid.IntRange(999, 1001).Draw(rt, "peer hour"))
		salt := []byte(rapid.SampledFrom([]string{"", "a", "b"}).Draw(rt, "salt"))
		myCfg := drawConfig(rt, "my")
		session, need, err := run(t, mine, theirs, myHour, peerHour, myCfg, drawConfig(rt, "peer"), salt)
		if apartHours(myHour, peerHour) > 1 {
			var skew *ClockSkewError
			if !errors.As(err, &skew) || skew.MyHour != myHour || skew.PeerHour != peerHour || !errors.Is(err, ErrClockSkew) {
				rt.Fatalf("hours %d and %d gave %v", myHour, peerHour, err)
			}
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		floor := max(myHour, peerHour)
		slices.SortFunc(need, Item.Compare) // ascending within a reply only
		if want := theirs.minus(mine, floor); !slices.Equal(need, want) {
			rt.Fatalf("need %d items, want %d", len(need), len(want))
		}
		have := mine.minus(theirs, floor)
		if stats := session.Stats(); stats.Have != len(have) || stats.Need != len(need) {
			rt.Fatalf("counted %d had and %d needed, want %d and %d", stats.Have, stats.Need, len(have), len(need))
		}
		kept := setOf(session.Have()...)
		if len(kept) != min(len(have), myCfg.HaveIDs) || len(kept.minus(setOf(have...), 0)) > 0 {
			rt.Fatalf("kept %d of %d items that only this side has", len(kept), len(have))
		}
	})
}

// Items come and go on both sides, and hours pass, between all frames. Whatever was on one side only all the time is
// found, nothing is reported that is there, and the session ends.
func TestSessionUnderWrites(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		common := drawItems(rt, "common")
		mine := setOf(append(slices.Clone(common), drawItems(rt, "mine")...)...)
		theirs := setOf(append(slices.Clone(common), drawItems(rt, "theirs")...)...)
		lacking, offered := slices.Clone(theirs.minus(mine, 0)), map[Item]bool{}
		for _, it := range lacking {
			offered[it] = true
		}
		write := func(set listSet) listSet {
			kept := slices.DeleteFunc(slices.Clone(set), func(Item) bool { return rapid.IntRange(0, 20).Draw(rt, "delete") == 0 })
			return setOf(append(kept, drawItems(rt, "written")...)...)
		}
		cfg, peerCfg := drawConfig(rt, "my"), drawConfig(rt, "peer")
		session, _ := NewSession(cfg, nil)
		myHour, peerHour := uint32(999), uint32(999)
		request, err := session.Open(mine, myHour)
		found := map[Item]bool{}
		for err == nil && request != nil {
			if rapid.Bool().Draw(rt, "write theirs") {
				theirs = write(theirs)
			}
			for it := range offered {
				if !theirs.has(it) {
					delete(offered, it)
				}
			}
			reply, respondErr := Respond(theirs, peerHour, request, peerCfg)
			if respondErr != nil {
				rt.Fatal(respondErr)
			}
			if rapid.Bool().Draw(rt, "write mine") {
				mine = write(mine)
			}
			var need []Item
			if rapid.IntRange(0, 9).Draw(rt, "hour passes") == 0 && myHour < 1002 {
				myHour++
			}
			request, need, err = session.Step(mine, myHour, reply)
			for _, it := range need {
				if mine.has(it) {
					rt.Fatal("an item that is there was reported as needed")
				}
				found[it] = true
			}
			for it := range offered {
				if mine.has(it) {
					delete(offered, it)
				}
			}
			peerHour = myHour
		}
		if err != nil {
			rt.Fatal(err)
		}
		for it := range offered {
			if it.ExpiryHour > myHour+1 && !found[it] {
				rt.Fatal("an item on the other side only was not found")
			}
		}
	})
}

// Two records of one's own making on either side, whose ids differ and add up to the same: as long as no cut parts
// them no session sees them, however often it runs. A salt moves the cuts between them.
func TestSaltedSessionSeesEngineeredSums(t *testing.T) {
	common := spread(1000, 50, 2000)
	engineered := func(delta byte) []Item {
		items := []Item{item(1010, 1<<62), item(1010, 3<<62)} // some twenty of the common ones stand between them
		items[0].ID[31] += delta                              // up here, down there: the sum stays the same
		items[1].ID[31] -= delta
		return items
	}
	mine := setOf(append(slices.Clone(common), engineered(1)...)...)
	theirs := setOf(append(slices.Clone(common), engineered(2)...)...)
	if Digest(mine.Fold(Bound{}, Infinity())) != Digest(theirs.Fold(Bound{}, Infinity())) {
		t.Fatal("the sums were to be equal")
	}
	cfg := DefaultConfig()
	if _, need, err := run(t, mine, theirs, 999, 999, cfg, cfg, nil); err != nil || len(need) != 0 {
		t.Fatalf("cuts that can be foreseen found %d items: the sets are badly made (%v)", len(need), err)
	}
	for _, salt := range []string{"salt", "another"} {
		session, need, err := run(t, mine, theirs, 999, 999, cfg, cfg, []byte(salt))
		if err != nil || len(need) != 2 || session.Stats().Have != 2 {
			t.Fatalf("salted by %q: found %d of 2 hidden items, %v", salt, len(need), err)
		}
	}
}

// The peer's later hour moves the floor past the start of what was asked; its skip then starts later than the range.
func TestLaterHourOfThePeerOverEqualSets(t *testing.T) {
	set := spread(1005, 50, 400)
	session, need, err := run(t, set, set, 999, 1000, testConfig(), testConfig(), nil)
	if stats := session.Stats(); err != nil || len(need) > 0 || stats.Rounds != 1 {
		t.Fatalf("%d needed in %d rounds, %v", len(need), stats.Rounds, err)
	}
}

func TestSaltMovesTheCuts(t *testing.T) {
	set := spread(1000, 50, 2000)
	open := func(salt string) string {
		session, _ := NewSession(testConfig(), []byte(salt))
		request, err := session.Open(set, 999)
		if err != nil {
			t.Fatal(err)
		}
		return string(request)
	}
	first, again := open("a"), open("a")
	if first == open("b") || first != again {
		t.Fatal("the request must depend on the salt and on nothing else")
	}
}

func TestSessionBounds(t *testing.T) {
	theirs := spread(1000, 50, 3000)
	cfg := testConfig()
	cfg.Rounds = 2
	peer := testConfig()
	peer.IDsPerFrame = 100
	if _, _, err := run(t, listSet{}, theirs, 999, 999, cfg, peer, nil); !errors.Is(err, ErrBounds) {
		t.Fatalf("third round gave %v", err)
	}
	cfg = testConfig()
	cfg.NeedIDs = 150
	if _, need, err := run(t, listSet{}, theirs, 999, 999, cfg, peer, nil); !errors.Is(err, ErrBounds) || len(need) != 100 {
		t.Fatalf("needing too much gave %d ids, %v", len(need), err)
	}
}

// Rounds and bytes of the figures promised, on sets small enough for every test run.
func TestSessionCost(t *testing.T) {
	theirs := spread(1000, 300, 20_000)
	var holes listSet // 100 of them
	for i, item := range theirs {
		if i%200 != 7 {
			holes = append(holes, item)
		}
	}
	for _, c := range []struct {
		name             string
		mine             listSet
		rounds, maxBytes int
	}{
		{"same", theirs, 1, 600},
		{"newest", theirs[:len(theirs)-1000], 4, 60 * 1000},
		{"100 scattered", holes, 2, 70_000},
		{"empty", nil, 11, 34 * 20_000},
	} {
		session, _, err := run(t, c.mine, theirs, 999, 999, testConfig(), testConfig(), nil)
		if err != nil {
			t.Fatal(err)
		}
		stats := session.Stats()
		if stats.Rounds > c.rounds || stats.SentBytes+stats.ReceivedBytes > c.maxBytes {
			t.Errorf("%s: %d rounds, %d bytes; want at most %d, %d", c.name, stats.Rounds, stats.SentBytes+stats.ReceivedBytes, c.rounds, c.maxBytes)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	if (Config{}).Validate() == nil {
		t.Fatal("zero config accepted")
	}
	cfg := DefaultConfig()
	cfg.FrameBytes = MaxFrameBytes + 1
	if _, err := NewSession(cfg, nil); err == nil {
		t.Fatal("frames above the protocol's bound accepted")
	}
	if _, err := Respond(listSet{}, 1, nil, Config{}); err == nil || errors.Is(err, ErrProtocol) {
		t.Fatalf("zero config blamed on the peer: %v", err)
	}
}

func TestSessionUsedWrongly(t *testing.T) {
	session, _ := NewSession(testConfig(), nil)
	if _, _, err := session.Step(listSet{}, 999, nil); err == nil || errors.Is(err, ErrProtocol) {
		t.Fatalf("step before open: %v", err)
	}
	if _, err := session.Open(listSet{}, 999); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Open(listSet{}, 999); err == nil {
		t.Fatal("opened twice")
	}
	if _, _, err := session.Step(listSet{}, 999, []byte{9}); !errors.Is(err, ErrProtocol) {
		t.Fatalf("nonsense: %v", err)
	}
	if _, _, err := session.Step(listSet{}, 999, []byte{9}); err == nil || errors.Is(err, ErrProtocol) {
		t.Fatalf("step after an error: %v", err)
	}
}
