package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"pgregory.net/rapid"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
)

// modelLive is the live set as the protocol describes it, computed from all
// records ever seen in one go: no order of arrival, no index, no dossier.
func modelLive(seen []protocol.Verified, now time.Time) []*protocol.Record {
	var recs []*protocol.Record
	floors := map[protocol.Identity]protocol.Generation{}
	for _, v := range seen {
		r := v.Record()
		if !now.Truncate(time.Hour).Before(r.Header.ExpiresAt()) {
			continue
		}
		recs = append(recs, r)
		id, g := r.Key().Identity, r.Header.Signer.Generation()
		if f, ok := floors[id]; !ok || g.Above(f) {
			floors[id] = g
		}
	}
	recs = keep(recs, func(r *protocol.Record) bool { return r.Header.Signer.Generation() == floors[r.Key().Identity] })
	erasures := winners(keep(recs, func(r *protocol.Record) bool { return r.Header.Kind == protocol.KindErasure }))
	recs = keep(recs, func(r *protocol.Record) bool {
		return !slices.ContainsFunc(erasures, func(e *protocol.Record) bool { return e.Header.Erases(&r.Header) })
	})
	recs = winners(recs)
	type class struct {
		id protocol.Identity
		k  protocol.Kind
	}
	classes := map[class][]*protocol.Record{}
	for _, r := range recs {
		k, _ := r.Header.Kind.BoundClass()
		c := class{r.Key().Identity, k}
		classes[c] = append(classes[c], r)
	}
	var out []*protocol.Record
	for _, list := range classes {
		_, most := list[0].Header.Kind.BoundClass()
		slices.SortFunc(list, func(a, b *protocol.Record) int { return sign(a.OutlivesBound(b)) })
		out = append(out, list[:min(len(list), most)]...)
	}
	return out
}

func keep(recs []*protocol.Record, ok func(*protocol.Record) bool) (out []*protocol.Record) {
	for _, r := range recs {
		if ok(r) {
			out = append(out, r)
		}
	}
	return out
}

func winners(recs []*protocol.Record) []*protocol.Record {
	best := map[protocol.RecordKey]*protocol.Record{}
	for _, r := range recs {
		if b, ok := best[r.Key()]; !ok || r.Beats(b) {
			best[r.Key()] = r
		}
	}
	return slices.Collect(maps.Values(best))
}

func modelDigest(recs []*protocol.Record) [32]byte {
	var sum reconcile.Sum
	for _, r := range recs {
		sum = sum.Add(reconcile.IDSum((*[32]byte)(&r.ID)))
	}
	return reconcile.Digest(sum, len(recs))
}

func describe(recs []*protocol.Record) (out []string) {
	for _, r := range recs {
		h := &r.Header
		out = append(out, fmt.Sprintf("%s %s gen %d slot %.4x at %+ds v%d id %s", h.Signer.Identity().Fingerprint(), h.Kind,
			h.Signer.Generation().N, h.Slot, (h.IssuedAtMillis-t0.UnixMilli())/1000, h.BodyVersion, r.ID.String()[:6]))
	}
	slices.Sort(out)
	return out
}

// cast is who signs in the model test: two people with up to three keys each
// (two of them rivals for the same number), and a collective that speaks about
// them.
type cast struct {
	o      *protocol.Opener
	people [][]actor // by generation: 0, 1, 1', 2
	club   actor
}

func newCast(tb testing.TB) *cast {
	c := &cast{o: testOpener(tb), club: newActor(tb, 900)}
	for i := range uint64(2) {
		first := newActor(tb, 901+10*i)
		one := first.succeed(tb, 902+10*i)
		c.people = append(c.people, []actor{first, one, first.succeed(tb, 903+10*i), one.succeed(tb, 904+10*i)})
	}
	return c
}

const unknownKind protocol.Kind = 1900 // 90 days; shares its bound with other unknown kinds

// record draws any record of the cast. Missions of people stand for slotted
// kinds: nothing forbids them.
func (c *cast) record(rt *rapid.T, tb testing.TB) protocol.Verified {
	at := t0.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "second")) * time.Second)
	ms := at.UnixMilli()
	person := rapid.SampledFrom(c.people).Draw(rt, "person")
	who := person[rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2, 3}).Draw(rt, "generation")]
	flavour := byte(rapid.IntRange(0, 1).Draw(rt, "flavour"))
	slot := byte(rapid.IntRange(0, 5).Draw(rt, "slot"))
	unknown := protocol.Draft{Kind: unknownKind, Slot: []byte{slot}, IssuedAtMillis: ms, BodyVersion: 1, Body: []byte{flavour}}
	switch rapid.IntRange(0, 9).Draw(rt, "what") {
	case 0, 1:
		return who.profile(tb, c.o, protocol.Profile{Name: fmt.Sprint("Nom ", flavour)}, nil, at)
	case 2:
		return who.mission(tb, c.o, slot, protocol.Mission{Title: fmt.Sprint("Titre ", flavour)}, at)
	case 3:
		return who.seal(tb, c.o, unknown)
	case 4:
		unknown.BodyVersion, unknown.Body = 0, nil
		return who.seal(tb, c.o, unknown)
	case 5:
		return who.seal(tb, c.o, protocol.Draft{Kind: protocol.KindProfile, IssuedAtMillis: ms})
	case 6:
		if rapid.IntRange(0, 2).Draw(rt, "really erase") > 0 {
			return who.seal(tb, c.o, protocol.SuccessionDraft(nil, ms))
		}
		return who.seal(tb, c.o, protocol.ErasureDraft(nil, ms))
	case 7:
		return c.club.seal(tb, c.o, protocol.DismissalDraft(who.Identity(), ms))
	case 8:
		return c.club.collective(tb, c.o, protocol.Collective{Name: fmt.Sprint("Club ", flavour)}, at)
	default:
		id := who.Identity()
		return c.club.seal(tb, c.o, protocol.Draft{Kind: 2050, Slot: []byte{slot}, About: &id, IssuedAtMillis: ms, BodyVersion: 1, Body: []byte{flavour}})
	}
}

// Whatever the order of arrival, once everything was offered until nothing
// changes (which is what catch-up does) the live set is the model's; reopening
// and the passing of time change nothing else.
func TestLiveSetEqualsModel(t *testing.T) {
	c := newCast(t)
	rapid.Check(t, func(rt *rapid.T) {
		var seen []protocol.Verified
		for range rapid.IntRange(1, 40).Draw(rt, "records") {
			seen = append(seen, c.record(rt, t))
		}
		now := t0.Add(time.Minute)
		a := offerAll(rt, c.o, seen, now)
		defer a.Close()
		b := offerAll(rt, c.o, rapid.Permutation(seen).Draw(rt, "other order"), now)
		defer b.Close()
		for _, later := range []time.Duration{0, 31 * 24 * time.Hour} {
			at := now.Add(later)
			want := modelLive(seen, at)
			if later > 0 { // what had been beaten by the time does not come back by itself
				want = modelLive(verifiedOf(seen, modelLive(seen, now)), at)
			}
			for i, s := range []*Store{a, b} {
				if got := liveRecords(rt, s, at); s.Digest(at) != modelDigest(want) || !slices.Equal(describe(got), describe(want)) {
					rt.Fatalf("store %d after %s:\n%s\nmodel:\n%s", i, later, lines(describe(got)), lines(describe(want)))
				}
			}
		}
		checkWhole(rt, a, now)
		checkWhole(rt, b, now.Add(31*24*time.Hour))
		if err := a.expire(context.Background(), now.Add(400*24*time.Hour)); err != nil {
			rt.Fatal(err)
		}
		checkWhole(rt, a, now.Add(400*24*time.Hour))
		checkEmptyIndexes(rt, a)
	})
}

// One pass is enough, in any order, as long as nobody moves to another key and
// no tombstone competes for a bound: what was refused or replaced on the way
// is then refused at the end too.
func TestOnePassInAnyOrder(t *testing.T) {
	c := newCast(t)
	for i := range c.people {
		c.people[i] = []actor{c.people[i][0], c.people[i][0], c.people[i][0], c.people[i][0]}
	}
	rapid.Check(t, func(rt *rapid.T) {
		var seen []protocol.Verified
		for range rapid.IntRange(1, 40).Draw(rt, "records") {
			v := c.record(rt, t)
			h := &v.Record().Header
			if h.Kind == unknownKind && h.IsTombstone() {
				continue
			}
			// Nor does an author speak of two people under one slot.
			if h.Kind == 2050 && (h.Slot[0]%2 == 0) != (*h.About == c.people[0][0].Identity()) {
				continue
			}
			seen = append(seen, v)
		}
		now := t0.Add(time.Minute)
		want := modelDigest(modelLive(seen, now))
		for range 2 {
			s, err := Open(memoryConfig(), c.o, quiet)
			if err != nil {
				rt.Fatal(err)
			}
			var arrived []string
			for _, v := range rapid.Permutation(seen).Draw(rt, "order") {
				putAsForetold(t, rt, s, v, now)
				arrived = append(arrived, describe([]*protocol.Record{v.Record()})...)
			}
			got := s.Digest(now)
			held := describe(liveRecords(rt, s, now))
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
			if got != want {
				rt.Fatalf("arriving in this order:\n%s\nleaves\n%s\nmodel:\n%s", lines(arrived), lines(held), lines(describe(modelLive(seen, now))))
			}
		}
	})
}

// putAsForetold: gossip asks beforehand whether a record is stale, and catch-up
// whether its body is wanted. What will be stored is not called stale; what
// speaks of a person who erased it is, and its body is not fetched. (Of others
// a header alone does not tell: of equals the id decides.)
func putAsForetold(tb testing.TB, rt *rapid.T, s *Store, v protocol.Verified, now time.Time) {
	stale, err := s.IsStale(&v.Record().Header)
	if err != nil {
		rt.Fatal(err)
	}
	wanted := s.WantsBody(v, now)
	outcome := put(tb, s, v, now)
	if outcome == Stored && stale {
		rt.Fatalf("%s was called stale and is stored", v.Record().Header.Kind)
	}
	if outcome == Void && v.Record().Header.About != nil && (!stale || wanted) {
		rt.Fatalf("%s of somebody erased: stale %t, body wanted %t", v.Record().Header.Kind, stale, wanted)
	}
}

func verifiedOf(seen []protocol.Verified, recs []*protocol.Record) (out []protocol.Verified) {
	for _, v := range seen {
		if slices.Contains(recs, v.Record()) {
			out = append(out, v)
		}
	}
	return out
}

func lines(list []string) (out string) {
	for _, l := range list {
		out += "  " + l + "\n"
	}
	return out
}

func liveRecords(f failer, s *Store, now time.Time) (out []*protocol.Record) {
	err := s.EachLive(context.Background(), now, func(r protocol.Record) error {
		out = append(out, &r)
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	return out
}

// offerAll puts records in batches of random sizes until nothing changes.
func offerAll(rt *rapid.T, o *protocol.Opener, seen []protocol.Verified, now time.Time) *Store {
	s, err := Open(memoryConfig(), o, quiet)
	if err != nil {
		rt.Fatal(err)
	}
	for changed := true; changed; {
		changed = false
		for left := seen; len(left) > 0; {
			n := rapid.IntRange(1, len(left)).Draw(rt, "batch")
			out, err := s.PutBatch(context.Background(), left[:n], now)
			if err != nil {
				rt.Fatal(err)
			}
			changed = changed || slices.Contains(out, Stored)
			left = left[n:]
		}
	}
	return s
}

// checkEmptyIndexes: when all records that live less than ten years are gone,
// only those of successions and what waits for its purge are left.
func checkEmptyIndexes(rt *rapid.T, s *Store) {
	left := map[byte]int{}
	err := s.view(func(txn *badger.Txn) error {
		for _, family := range []byte{famHeader, famExpiry, famDossier, famAbout, famPublic, famName, famMember, famPlace, famProof} {
			if n := countKeys(txn, []byte{family}); n > 0 {
				left[family] = int(n)
			}
		}
		return nil
	})
	records := s.Set().(interface{ Len() int }).Len()
	if err != nil || left[famHeader] != records || left[famExpiry] != records || left[famPublic] != records || left[famDossier] > records {
		rt.Fatalf("%d records, keys left %v, %v", records, left, err)
	}
	for _, family := range []byte{famAbout, famName, famMember, famPlace, famProof} {
		if left[family] != 0 {
			rt.Fatalf("keys of %q left: %d", family, left[family])
		}
	}
}
