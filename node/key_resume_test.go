package node

import (
	"context"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// cutOffRecovery does what KeyRecover does up to the publishing, where the
// power goes.
func cutOffRecovery(t *testing.T, n *Node, id, recoverySecret string) protocol.Author {
	t.Helper()
	secret, err := protocol.ParseRecoverySecret(recoverySecret)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := n.newestSigner(identityOf(t, id), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	next, err := signer.Succeed("test", secret, newPerson(t).Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.markRecovery(next); err != nil {
		t.Fatal(err)
	}
	if err := n.keys.Replace(next); err != nil {
		t.Fatal(err)
	}
	return next
}

func TestRecoveryOfMemberIsResumed(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	done, err := n.PublishProfile(ctx, camille("Graphiste"), "")
	if err != nil {
		t.Fatal(err)
	}
	id := identityOf(t, done.ID)
	next := cutOffRecovery(t, n, done.ID, done.RecoverySecret)
	for range 2 { // the second finds nothing to do
		if err := n.resumeRecoveries(ctx, time.Now()); err != nil {
			t.Fatal(err)
		}
		if current, ok := n.store.CurrentSigner(id); !ok || current != next.Signer.Generation() {
			t.Fatalf("the newest signer known is of succession %d", current.N)
		}
	}
	p, err := n.Profile(ctx, done.ID)
	if err != nil || p.Headline != "Graphiste" || len(p.Collectives) != 1 || !p.Collectives[0].Verified {
		t.Fatal(err, p)
	}
	if cutOff, err := n.recovering(next); err != nil || cutOff {
		t.Error("the recovery is still under way", err)
	}
	// The renewal signs with the proof of the succession.
	rec, err := n.store.ByPublicID(protocol.KindProfile, id, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	author, _ := n.keys.Member(id)
	collective, _ := n.keys.Collective()
	r := &renewer{n: n, ctx: ctx, now: time.Now(), collective: collective}
	r.profile(author, &rec, true, 0)
	if r.flush(); r.err != nil || r.done != 1 {
		t.Fatalf("%d renewed: %v", r.done, r.err)
	}
	rec, err = n.store.ByPublicID(protocol.KindProfile, id, time.Now())
	if s := rec.Header.Signer.Succession; err != nil || s == nil || *s != *next.Signer.Succession || rec.ID.String() == p.RecordID {
		t.Errorf("renewed by %+v: %v", rec.Header.Signer, err)
	}
}

func TestRecoveryOfCollectiveIsResumed(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	ctx := context.Background()
	made, err := n.Init(ctx, card.Collective{Name: "Les Indés", Place: card.Place{Text: "Toulouse"}})
	if err != nil {
		t.Fatal(err)
	}
	p := mustPublish(t, n, camille("Graphiste"), "")
	m, err := n.PostMission(ctx, brochure(), true)
	if err != nil {
		t.Fatal(err)
	}
	next := cutOffRecovery(t, n, made.ID, made.RecoverySecret)
	n.resumeService(ctx, time.Now())
	if c, err := n.Collective(ctx, ""); err != nil || c.Members != 1 {
		t.Error(err, c)
	}
	if q, err := n.Mission(ctx, m.ID); err != nil || q.Status != statusOpen {
		t.Error("the mission went with the old key:", err, q)
	}
	if q, err := n.Profile(ctx, p.ID); err != nil || len(q.Collectives) != 1 || !q.Collectives[0].Verified {
		t.Errorf("the member was not granted again: %v %+v", err, q.Collectives)
	}
	if current, _ := n.store.CurrentSigner(identityOf(t, made.ID)); current != next.Signer.Generation() {
		t.Errorf("the newest signer known is of succession %d", current.N)
	}
}

// A succeeded key that came by import signs nothing by itself: what its
// identity published since is elsewhere.
func TestImportedSuccessorIsNotResumed(t *testing.T) {
	n, other := namedNode(t), namedNode(t)
	ctx := context.Background()
	done, err := n.PublishProfile(ctx, camille("Graphiste"), "")
	if err != nil {
		t.Fatal(err)
	}
	feed(t, other, wiresOf(t, n)...)
	if _, err := n.KeyRecover(ctx, done.ID, done.RecoverySecret); err != nil {
		t.Fatal(err)
	}
	sealed, err := n.KeyExport(ctx, done.ID, "jardin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.KeyImport(ctx, sealed, "jardin"); err != nil {
		t.Fatal(err)
	}
	other.resumeService(ctx, time.Now())
	if current, _ := other.store.CurrentSigner(identityOf(t, done.ID)); current.N != 0 {
		t.Error("an imported key published by itself")
	}
}

// The key of a collective makes a node the collective's, whatever is known of
// the collective there.
func TestCollectiveKeyStaysTheCollectives(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	own, _ := n.keys.Collective()
	sealed, err := n.KeyExport(ctx, own.Identity().String(), "jardin")
	if err != nil {
		t.Fatal(err)
	}
	fresh := serviceNode(t, t.TempDir())
	_, err = fresh.PublishProfile(ctx, camille("Graphiste"), "")
	wantProblem(t, err, card.Conflict, "") // it may edit, but has nothing to sign with
	key, err := fresh.KeyImport(ctx, sealed, "jardin")
	if err != nil || key.Role != roleCollective || key.Name != "" {
		t.Fatal(err, key)
	}
	if got, ok := fresh.keys.Collective(); !ok || got.Identity() != own.Identity() || len(fresh.keys.Members()) != 0 {
		t.Error("kept as another one's key")
	}
	knowPeer(t, fresh)
	named := card.Collective{Name: "Les Indés", Place: card.Place{Text: "Toulouse"}}
	_, err = fresh.EditCollective(ctx, named)
	wantProblem(t, err, card.Unavailable, "") // it would drop what is published
	feed(t, fresh, wiresOf(t, n)...)
	fresh.caughtUpSince.Store(1)
	if c, err := fresh.EditCollective(ctx, named); err != nil || len(c.Nodes) != 2 {
		t.Error("the collective's other node is no longer named:", err, c.Nodes)
	}
	stranger := namedNode(t)
	_, err = stranger.KeyImport(ctx, sealed, "jardin")
	wantProblem(t, err, card.Conflict, "")
	if len(stranger.keys.Members()) != 0 {
		t.Error("another collective's key is kept as a member's")
	}
}
