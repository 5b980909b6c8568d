package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"courtcircuit/protocol"
)

func TestPutReadReplaceErase(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	club, anna := newActor(t, 1), newActor(t, 2)
	g := club.grant(t, anna.Identity(), t0.Add(-time.Hour))
	v1 := anna.profile(t, o, protocol.Profile{Skills: []string{"Graphisme"}}, g, t0)
	expect(t, s, v1, t0, Stored)
	expect(t, s, v1, t0, Held)

	rec, err := s.ByPublicID(protocol.KindProfile, anna.Identity(), t0)
	if err != nil || rec.ID != v1.Record().ID || !rec.HasBody {
		t.Fatal(rec.ID, err)
	}
	of, err := s.Memberships(&rec, t0)
	if err != nil || len(of) != 1 || of[0].Verified || of[0].Collective != club.Identity() {
		t.Fatal(of, err)
	}
	expect(t, s, club.collective(t, o, protocol.Collective{Place: protocol.PlaceAt(43.6, 1.44)}, t0), t0, Stored)
	if of, _ = s.Memberships(&rec, t0); len(of) != 1 || !of[0].Verified || of[0].Name != "Les Indés" {
		t.Fatal(of)
	}

	v2 := anna.profile(t, o, protocol.Profile{Name: "Anna", Place: protocol.PlaceAt(43.6, 1.44), Skills: []string{"Go"}}, g, t0.Add(time.Minute))
	if stale, err := s.IsStale(&v2.Record().Header); stale || err != nil {
		t.Fatal(stale, err)
	}
	expect(t, s, v2, t0, Stored)
	expect(t, s, v1, t0, Stale)
	if stale, err := s.IsStale(&v1.Record().Header); !stale || err != nil {
		t.Fatal(stale, err)
	}
	if stale, err := s.IsStale(&v2.Record().Header); !stale || err != nil {
		t.Fatal(stale, err)
	}
	over := newActor(t, 77).profile(t, o, protocol.Profile{}, nil, t0.Add(-2*protocol.KindProfile.Lifetime()))
	if stale, err := s.IsStale(&over.Record().Header); !stale || err != nil {
		t.Fatal("of somebody unknown, and its time is over:", stale, err)
	}
	if _, err := s.ByRecordID(v1.Record().ID); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	page, err := s.Near(context.Background(), Query{Kind: protocol.KindProfile, LatDegrees: 43.6, LonDegrees: 1.44, RadiusMeters: 0, Skills: []string{"GO"}, Now: t0})
	if err != nil || len(page.Results) != 1 || page.Results[0].Skills[0] != "Go" {
		t.Fatal(page, err)
	}
	if n := s.Counts(t0); n[protocol.KindProfile] != 1 || n[protocol.KindCollective] != 1 {
		t.Fatal(n)
	}
	dismissal := club.seal(t, o, protocol.DismissalDraft(anna.Identity(), t0.UnixMilli()))
	expect(t, s, dismissal, t0, Stored)
	if of, _ = s.Memberships(v2.Record(), t0); len(of) != 0 {
		t.Fatal(of)
	}
	erasure := anna.seal(t, o, protocol.ErasureDraft(g, t0.Add(2*time.Minute).UnixMilli()))
	expect(t, s, erasure, t0, Stored)
	expect(t, s, v2, t0, Void)
	expect(t, s, dismissal, t0, Void)
	if _, err := s.ByPublicID(protocol.KindProfile, anna.Identity(), t0); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	if at, ok := s.ErasedAt(anna.Identity()); !ok || !at.Equal(t0.Add(2*time.Minute)) {
		t.Fatal(at, ok)
	}
	if s.Set().(interface{ Len() int }).Len() != 2 {
		t.Fatal("collective and erasure expected")
	}
}

func TestReopenKeepsEverything(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(20) {
		expect(t, s, newActor(t, 10+i).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	}
	if err := s.SetMeta("restored", []byte("yes")); err != nil {
		t.Fatal(err)
	}
	digest := s.Digest(t0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, cfg, o)
	if s.Digest(t0) != digest || s.Damaged() || s.Counts(t0)[protocol.KindProfile] != 20 {
		t.Fatal("reopened replica differs", s.Damaged(), s.Counts(t0))
	}
	if v, err := s.Meta("restored"); err != nil || string(v) != "yes" {
		t.Fatal(v, err)
	}
}
