package node

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

func TestRenewalTable(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	tomorrow, yesterday := dateOf(now.Add(day)), dateOf(now.Add(-day))
	profile := func(confirmedAgo time.Duration) *protocol.Profile {
		return &protocol.Profile{ConfirmedAtMillis: now.Add(-confirmedAgo).UnixMilli()}
	}
	mission := func(s protocol.MissionState, by *protocol.Date) *protocol.Mission {
		return &protocol.Mission{State: s, ApplyBy: by}
	}
	for _, c := range []struct {
		name      string
		kind      protocol.Kind
		age       time.Duration
		body      any
		elsewhere bool
		grantDue  bool
		ended     bool
		want      renewal
	}{
		{name: "young profile", kind: protocol.KindProfile, age: 59 * day, body: profile(59 * day), want: renewNotDue},
		{name: "old profile", kind: protocol.KindProfile, age: 61 * day, body: profile(61 * day), want: renew},
		{name: "confirmed 179 days ago", kind: protocol.KindProfile, age: 61 * day, body: profile(179 * day), want: renew},
		{name: "confirmed 181 days ago", kind: protocol.KindProfile, age: 61 * day, body: profile(181 * day), want: renewUnconfirmed},
		{name: "signed elsewhere", kind: protocol.KindProfile, age: 61 * day, body: profile(day), elsewhere: true, want: renewElsewhere},
		{name: "grant due", kind: protocol.KindProfile, age: day, body: profile(day), grantDue: true, want: renew},
		{name: "grant due, unconfirmed", kind: protocol.KindProfile, age: day, body: profile(200 * day), grantDue: true, want: renewUnconfirmed},
		{name: "tombstone", kind: protocol.KindProfile, age: 61 * day, ended: true, want: renewEnded},
		{name: "open mission", kind: protocol.KindMission, age: 21 * day, body: mission(protocol.MissionOpen, &tomorrow), want: renew},
		{name: "young mission", kind: protocol.KindMission, age: 19 * day, body: mission(protocol.MissionOpen, &tomorrow), want: renewNotDue},
		{name: "mission past its day", kind: protocol.KindMission, age: 21 * day, body: mission(protocol.MissionOpen, &yesterday), want: renewEnded},
		{name: "mission without a day", kind: protocol.KindMission, age: 21 * day, body: mission(protocol.MissionOpen, nil), want: renewEnded},
		{name: "closed mission", kind: protocol.KindMission, age: 21 * day, body: mission(protocol.MissionClosed, &tomorrow), want: renewEnded},
		{name: "collective", kind: protocol.KindCollective, age: 250 * day, body: &protocol.Collective{}, want: renew},
		{name: "erasure", kind: protocol.KindErasure, age: 250 * day, want: renew},
		{name: "succession of this year", kind: protocol.KindSuccession, age: 364 * day, want: renewNotDue},
		{name: "succession of last year", kind: protocol.KindSuccession, age: 366 * day, want: renew},
	} {
		h := &protocol.Header{Kind: c.kind, IssuedAtMillis: now.Add(-c.age).UnixMilli(), BodyVersion: 1}
		if c.ended {
			h.BodyVersion = 0
		}
		got := decideRenewal(renewFacts{header: h, body: c.body, signedHere: !c.elsewhere, grantDue: c.grantDue}, now)
		if got != c.want {
			t.Errorf("%s: %q, %q expected", c.name, got, c.want)
		}
	}
}

// aged seals a profile as if it had been published some time ago.
func aged(t *testing.T, n *Node, id protocol.Identity, age time.Duration) {
	t.Helper()
	now := time.Now().Add(-age)
	collective, _ := n.keys.Collective()
	person, _ := n.keys.Member(id)
	grant, err := protocol.NewGrant("test", collective, id, now, protocol.MaxGrant, protocol.CustodyNode)
	if err != nil {
		t.Fatal(err)
	}
	body := &protocol.Profile{Name: "Camille Moreau", Place: protocol.PlaceAt(43.6, 1.44), ConfirmedAtMillis: now.UnixMilli()}
	d, err := body.Draft(&grant, now.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	wire, err := protocol.Seal("test", person, d)
	if err != nil {
		t.Fatal(err)
	}
	feed(t, n, wire)
}

func TestRenewalLoop(t *testing.T) {
	const day = 24 * time.Hour
	ctx := context.Background()
	n := namedNode(t)
	var ids []protocol.Identity
	for range 3 {
		a, _, err := n.keys.CreateMember(zeroReader{byte(len(ids) + 20)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, a.Identity())
	}
	aged(t, n, ids[0], 70*day)
	aged(t, n, ids[1], 10*day)
	aged(t, n, ids[2], 70*day)
	issued := func(id protocol.Identity) time.Time {
		rec, err := n.store.ByPublicID(protocol.KindProfile, id, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return rec.Header.IssuedAt()
	}
	// The third key was exported, and its person signed elsewhere since.
	if err := n.markShared(ids[2], neverSigned); err != nil {
		t.Fatal(err)
	}
	alone := n.bootstrap
	knowPeer(t, n)
	if done, err := n.renewDue(ctx, time.Now()); err != nil || done != 0 {
		t.Errorf("%d renewed before a catch-up, %v", done, err)
	}
	n.bootstrap = alone
	before := issued(ids[0])
	if done, err := n.renewDue(ctx, time.Now()); err != nil || done != 1 {
		t.Fatalf("%d renewed, %v", done, err)
	}
	if !issued(ids[0]).After(before.Add(60 * day)) {
		t.Error("the old profile was not renewed")
	}
	p, err := n.Profile(ctx, ids[0].String())
	if err != nil || len(p.Collectives) != 1 || time.Since(*p.ConfirmedAt) < 60*day {
		t.Errorf("renewal must keep the membership and not confirm: %v %+v", err, p)
	}
	if done, err := n.renewDue(ctx, time.Now()); err != nil || done != 0 {
		t.Errorf("a second round renewed %d, %v", done, err)
	}
	// The person confirms here: from then on it is renewed here.
	if _, err := n.ConfirmProfile(ctx, ids[2].String()); err != nil {
		t.Fatal(err)
	}
	rec, err := n.store.ByPublicID(protocol.KindProfile, ids[2], time.Now())
	if err != nil {
		t.Fatal(err)
	}
	person, _ := n.keys.Member(ids[2])
	if here, err := n.signedHere(person, &rec); err != nil || !here {
		t.Error("confirmed here, but not taken for signed here:", err)
	}
}

func TestOnlyTheNamedNodeRenews(t *testing.T) {
	n := namedNode(t)
	collective, _, body, err := n.collective(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	body.Nodes[0].Renews = false
	wire, err := n.sealCollective(collective, body, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	feed(t, n, wire)
	if may, err := n.mayRenew(time.Now()); err != nil || may {
		t.Error(may, err)
	}
}

func TestRestoredNodeWaitsForCatchUp(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	p := mustPublish(t, n, camille("Graphiste"), "")
	if err := n.markRestored("now"); err != nil {
		t.Fatal(err)
	}
	// A peer is known, and was not reached yet.
	knowPeer(t, n)
	_, err := n.ReplaceProfile(ctx, p.ID, camille("Autre"))
	wantProblem(t, err, card.Unavailable, "")
	if done, err := n.renewDue(ctx, time.Now()); done != 0 || err != nil {
		t.Error(done, err)
	}
	n.caughtUpSince.Store(time.Now().UnixMilli())
	if _, err := n.ReplaceProfile(ctx, p.ID, camille("Autre")); err != nil {
		t.Error(err)
	}
}

// A look at the status while a key is imported must not have the mark forgotten.
func TestAMarkIsNotForgotten(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	knowPeer(t, n)
	var end atomic.Bool
	var looking sync.WaitGroup
	for range 2 {
		looking.Go(func() {
			for !end.Load() {
				_ = n.checkEditable()
			}
		})
	}
	for range 40 {
		if err := n.store.SetMeta(metaRestored, nil); err != nil {
			t.Fatal(err)
		}
		if err := n.markRestored("key import"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Microsecond)
		if err := n.checkEditable(); !isProblem(err, card.Unavailable) {
			t.Error("editable:", err)
			break
		}
	}
	end.Store(true)
	looking.Wait()
}

// knowPeer puts a peer that never answers on the list to start from.
func knowPeer(t *testing.T, n *Node) {
	t.Helper()
	id, err := ownPeerID(protocol.PrivateKeyFromSeed([32]byte{9}))
	if err != nil {
		t.Fatal(err)
	}
	cfg := n.cfg
	cfg.Bootstrap = []string{"/ip4/192.0.2.1/tcp/4001/p2p/" + id.String()}
	if n.bootstrap, err = openBootstrap(cfg, n.log); err != nil {
		t.Fatal(err)
	}
	if n.caughtUp() {
		t.Fatal("caught up without reaching the peer")
	}
}
