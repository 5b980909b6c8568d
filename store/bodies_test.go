package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"courtcircuit/protocol"
)

func headerAlone(tb testing.TB, o *protocol.Opener, v protocol.Verified) protocol.Verified {
	tb.Helper()
	vs, errs := o.OpenHeaders([]protocol.HeaderOnly{v.Record().HeaderOnly()}, time.UnixMilli(v.Record().Header.IssuedAtMillis))
	if errs[0] != nil {
		tb.Fatal(errs[0])
	}
	return vs[0]
}

// A winner without its body stands by its header; the body is asked for until
// it was seen.
func TestHeaderFirstThenBody(t *testing.T) {
	o := testOpener(t)
	var changes []Change
	cfg := memoryConfig()
	cfg.OnChange = func(c []Change) { changes = append(changes, c...) }
	s := openStore(t, cfg, o)
	anna := newActor(t, 1)
	old := anna.profile(t, o, protocol.Profile{Name: "Avant"}, nil, t0)
	v := anna.profile(t, o, protocol.Profile{Name: "Après"}, nil, t0.Add(time.Second))
	expect(t, s, old, t0, Stored)
	bare := headerAlone(t, o, v)
	if !s.WantsBody(bare, t0) {
		t.Fatal("a winner's body is not wanted")
	}
	expect(t, s, bare, t0, Stored)
	if _, err := s.ByPublicID(protocol.KindProfile, anna.Identity(), t0); !errors.Is(err, ErrNotFound) {
		t.Fatal("the beaten version must go at once:", err)
	}
	digest := s.Digest(t0)
	if !s.WantsBody(bare, t0) {
		t.Fatal("a missing body is not wanted")
	}
	if stale, _ := s.IsStale(&v.Record().Header); stale {
		t.Fatal("the whole record is not stale while its body is missing")
	}
	if _, ok := s.BodyOf(v.Record().ID); ok {
		t.Fatal("a body from nowhere")
	}
	expect(t, s, bare, t0, Held)
	expect(t, s, v, t0, Stored)
	expect(t, s, v, t0, Held)
	if s.WantsBody(bare, t0) || s.Digest(t0) != digest {
		t.Fatal("the body must not change the digest")
	}
	body, ok := s.BodyOf(v.Record().ID)
	if !ok || !bytes.Equal(body, v.Record().Body) || s.Counts(t0)[protocol.KindProfile] != 1 {
		t.Fatal(ok, s.Counts(t0))
	}
	if s.WantsBody(headerAlone(t, o, old), t0) {
		t.Fatal("the body of a beaten version is wanted")
	}
	if len(changes) != 3 || changes[1].Replaced == nil || *changes[1].Replaced != old.Record().ID || changes[1].Record.HasBody {
		t.Fatalf("%+v", changes)
	}
	heads, err := s.HeadersOf([]protocol.RecordID{old.Record().ID, v.Record().ID})
	if err != nil || heads[0].Header != nil || !bytes.Equal(heads[1].Header, v.Record().HeaderBytes()) {
		t.Fatal(heads, err)
	}
}

// Bodies that are not understood are kept for the own collective only; all
// stand as headers and none is asked for again. (Faulty ones: see the vectors.)
func TestUnknownBodies(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	own, other := newActor(t, 1), newActor(t, 2)
	s.SetOwn(own.Identity())
	unknown := func(a actor, size int) protocol.Verified {
		return a.seal(t, o, protocol.Draft{Kind: unknownKind, Slot: []byte{byte(size)}, IssuedAtMillis: t0.UnixMilli(), BodyVersion: 1, Body: bytes.Repeat([]byte("x"), size)})
	}
	member := newActor(t, 3)
	granted := member.seal(t, o, protocol.Draft{Kind: unknownKind, IssuedAtMillis: t0.UnixMilli(), BodyVersion: 1, Body: []byte("x"), Grant: own.grant(t, member.Identity(), t0)})
	for _, c := range []struct {
		name string
		v    protocol.Verified
		kept bool
	}{
		{"own", unknown(own, 100), true}, {"own, too large", unknown(own, protocol.MaxUnknownBytes+1), false},
		{"a member's", granted, true}, {"another's", unknown(other, 100), false},
	} {
		expect(t, s, c.v, t0, Stored)
		if _, ok := s.BodyOf(c.v.Record().ID); ok != c.kept {
			t.Errorf("%s: kept %t", c.name, ok)
		}
		if s.WantsBody(headerAlone(t, o, c.v), t0) {
			t.Errorf("%s: asked for again", c.name)
		}
		expect(t, s, c.v, t0, Held)
	}
	if n := s.Counts(t0); n[unknownKind] != 0 {
		t.Fatal("what is not understood is counted:", n)
	}
}

// The losing version of an equivocation is kept as evidence until its author
// is erased.
func TestEquivocationProof(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	anna := newActor(t, 1)
	a := anna.profile(t, o, protocol.Profile{Name: "Une"}, nil, t0)
	b := anna.profile(t, o, protocol.Profile{Name: "Autre"}, nil, t0)
	winner, loser := a, b
	if b.Record().Beats(a.Record()) {
		winner, loser = b, a
	}
	expect(t, s, loser, t0, Stored)
	expect(t, s, winner, t0, Stored)
	proof, ok := s.Equivocation(anna.Identity(), t0)
	if !ok || proof.ID != loser.Record().ID || proof.HasBody {
		t.Fatal(proof.ID, ok)
	}
	if s.Set().(interface{ Len() int }).Len() != 1 {
		t.Fatal("the proof is in the digest")
	}
	expect(t, s, anna.seal(t, o, protocol.ErasureDraft(nil, t0.UnixMilli())), t0, Stored)
	if _, ok := s.Equivocation(anna.Identity(), t0); ok {
		t.Fatal("the proof outlives the erasure")
	}
	expect(t, s, loser, t0, Void)
	if _, ok := s.Equivocation(anna.Identity(), t0); ok {
		t.Fatal("the proof came back")
	}
}

// Erasures that cover more than one commit holds: what others said goes first,
// what they said later stays, and each erasure is there with the last of it.
func TestErasureOfManyStatements(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	people := []actor{newActor(t, 1), newActor(t, 3), newActor(t, 4)}
	slices.SortFunc(people, func(a, b actor) int { // the next one's statements stand before those of the one before
		x, y := a.Identity(), b.Identity()
		return bytes.Compare(y[:], x[:])
	})
	var about, stay, offered []protocol.Verified
	for k, who := range people {
		id := who.Identity()
		for i := range 700 {
			at := t0
			if i%3 == 0 {
				at = t0.Add(time.Hour)
			}
			v := newActor(t, uint64(1000*(k+1)+i)).seal(t, o, protocol.DismissalDraft(id, at.UnixMilli()))
			if i%3 == 0 {
				stay = append(stay, v)
			} else {
				about = append(about, v)
			}
		}
		offered = append(offered, who.seal(t, o, protocol.ErasureDraft(nil, t0.Add(time.Minute).UnixMilli())))
	}
	putAll(t, s, about, t0)
	putAll(t, s, stay, t0.Add(time.Hour))
	if s.maxRemovals() >= 400 {
		t.Fatal("the test needs more than one commit:", s.maxRemovals())
	}
	putAll(t, s, append(offered, newActor(t, 2).profile(t, o, protocol.Profile{}, nil, t0)), t0.Add(time.Hour))
	if n := s.Set().(interface{ Len() int }).Len(); n != len(stay)+4 {
		t.Fatal(n, "records left,", len(stay)+4, "expected")
	}
	for i := range 3 {
		expect(t, s, about[i*450], t0.Add(time.Hour), Void)
		expect(t, s, stay[i*200], t0.Add(time.Hour), Held)
	}
	checkWhole(t, s, t0.Add(time.Hour))
}

func TestListsAndGrants(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	club := newActor(t, 1)
	people := []actor{newActor(t, 10), newActor(t, 11), newActor(t, 12)}
	for _, a := range people {
		g := club.grant(t, a.Identity(), t0)
		expect(t, s, a.profile(t, o, protocol.Profile{}, g, t0), t0, Stored)
	}
	members := func(now time.Time) (n int) {
		t.Helper()
		if err := s.Members(club.Identity(), now, func(protocol.Record) bool { n++; return true }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	homonyms, err := s.ByName(protocol.KindProfile, FoldSkill("CAMILLE moreau"), 10, t0)
	if err != nil || len(homonyms) != 3 {
		t.Fatal(len(homonyms), err)
	}
	full := people[0].Identity().String()
	for _, prefix := range []string{full, full[:7], people[0].Identity().Fingerprint()} {
		ids, err := s.ByPrefix(protocol.KindProfile, prefix, 5, t0)
		if err != nil || !slices.Contains(ids, [32]byte(people[0].Identity())) || len(ids) != 1 {
			t.Fatal(prefix, ids, err)
		}
	}
	if members(t0) != 3 {
		t.Fatal(members(t0))
	}
	// one erased, one dismissed, and the dismissal taken back by a newer grant
	expect(t, s, people[0].seal(t, o, protocol.ErasureDraft(nil, t0.UnixMilli())), t0, Stored)
	expect(t, s, club.seal(t, o, protocol.DismissalDraft(people[1].Identity(), t0.UnixMilli())), t0, Stored)
	if members(t0) != 1 {
		t.Fatal(members(t0))
	}
	later := t0.Add(time.Minute)
	again := club.grant(t, people[1].Identity(), later)
	expect(t, s, people[1].profile(t, o, protocol.Profile{}, again, later), later, Stored)
	if members(later) != 2 {
		t.Fatal(members(later))
	}
	// after the collective's succession old grants count no more
	next := club.succeed(t, 99)
	expect(t, s, next.seal(t, o, protocol.SuccessionDraft(nil, later.UnixMilli())), later, Stored)
	if members(later) != 0 {
		t.Fatal(members(later))
	}
	if g, ok := s.CurrentSigner(club.Identity()); !ok || g.N != 1 {
		t.Fatal(g, ok)
	}
	// a further membership in the body counts by its own signature
	p := protocol.Profile{Memberships: [][]byte{next.grant(t, people[2].Identity(), later).Bytes(), club.grant(t, newActor(t, 77).Identity(), later).Bytes()}}
	v := people[2].profile(t, o, p, nil, later)
	expect(t, s, v, later, Stored)
	if of, err := s.Memberships(v.Record(), later); err != nil || len(of) != 1 || of[0].Collective != club.Identity() || members(later) != 1 {
		t.Fatal(of, err)
	}
	if newest, err := s.NewestIssue(people[2].Identity()); err != nil || newest != later.UnixMilli() {
		t.Fatal(newest, err)
	}
	expect(t, s, people[2].tombstone(t, o, v, later.Add(time.Second)), later, Stored)
	if at, ok := s.HasTombstone(protocol.KindProfile, people[2].Identity()); !ok || !at.Equal(later.Add(time.Second)) {
		t.Fatal(at, ok)
	}
	if _, err := s.PutBatch(context.Background(), []protocol.Verified{{}}, t0); err == nil {
		t.Fatal("the zero Verified was taken")
	}
}
