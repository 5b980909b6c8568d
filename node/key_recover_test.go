package node

import (
	"context"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

func TestRecoverMember(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	done, err := n.PublishProfile(ctx, camille("Graphiste"), "")
	if err != nil {
		t.Fatal(err)
	}
	id := identityOf(t, done.ID)
	thief, _ := n.keys.Member(id)
	_, err = n.KeyRecover(ctx, done.ID, "CCR1-NONSENSE")
	wantProblem(t, err, card.Invalid, "recovery_secret")
	other, err := n.PublishProfile(ctx, camille("Autre"), "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.KeyRecover(ctx, done.ID, other.RecoverySecret)
	wantProblem(t, err, card.Invalid, "recovery_secret")
	key, err := n.KeyRecover(ctx, done.ID, done.RecoverySecret)
	if err != nil || key.Generation != 1 || key.Name != "Camille Moreau" {
		t.Fatal(err, key)
	}
	p, err := n.Profile(ctx, done.ID)
	if err != nil || len(p.Collectives) != 1 || p.RecordID == done.RecordID {
		t.Fatal(err, p)
	}
	if _, err := n.ReplaceProfile(ctx, done.ID, camille("Après")); err != nil {
		t.Fatal(err)
	}
	wire, err := protocol.Seal("test", thief, protocol.ErasureDraft(nil, time.Now().UnixMilli()+1000))
	if err != nil {
		t.Fatal(err)
	}
	feed(t, n, wire)
	if _, err := n.Profile(ctx, done.ID); err != nil {
		t.Error("the stolen key still erases:", err)
	}
}

// Recovering an erased identity brings nothing of it back.
func TestRecoverErased(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	done, err := n.PublishProfile(ctx, camille("Graphiste"), "")
	if err != nil {
		t.Fatal(err)
	}
	old := wiresOf(t, n)
	if err := n.RemoveProfile(ctx, done.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := n.KeyRecover(ctx, done.ID, done.RecoverySecret); err != nil {
		t.Fatal(err)
	}
	feed(t, n, old...)
	_, err = n.Profile(ctx, done.ID)
	wantProblem(t, err, card.Gone, "id")
	if _, erased := n.store.ErasedAt(identityOf(t, done.ID)); !erased {
		t.Error("the succession dropped the erasure")
	}
}

func TestRecoverCollective(t *testing.T) {
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
	key, err := n.KeyRecover(ctx, made.ID, made.RecoverySecret)
	if err != nil || key.Role != roleCollective || key.Generation != 1 {
		t.Fatal(err, key)
	}
	if q, err := n.Profile(ctx, p.ID); err != nil || len(q.Collectives) != 1 || !q.Collectives[0].Verified {
		t.Errorf("the member was not granted again: %v %+v", err, q.Collectives)
	}
	if q, err := n.Mission(ctx, m.ID); err != nil || q.Status != statusOpen {
		t.Error(err, q)
	}
	if c, err := n.Collective(ctx, ""); err != nil || c.ID != made.ID || c.Members != 1 {
		t.Error(err, c)
	}
	if _, err := n.AttributeMission(ctx, m.ID); err != nil {
		t.Error(err)
	}
}

func TestKeyMovesBetweenNodes(t *testing.T) {
	n, other := namedNode(t), namedNode(t)
	ctx := context.Background()
	p := mustPublish(t, n, camille("Graphiste"), "")
	sealed, err := n.KeyExport(ctx, p.ID, "jardin")
	if err != nil {
		t.Fatal(err)
	}
	feed(t, other, wiresOf(t, n)...)
	_, err = other.KeyImport(ctx, sealed, "")
	wantProblem(t, err, card.Invalid, "passphrase")
	_, err = other.KeyImport(ctx, []byte("x"), "jardin")
	wantProblem(t, err, card.Invalid, "key")
	key, err := other.KeyImport(ctx, sealed, "jardin")
	if err != nil || key.Role != roleMember || key.ID != p.ID {
		t.Fatal(err, key)
	}
	q, err := other.ReplaceProfile(ctx, p.ID, camille("Depuis ailleurs"))
	if err != nil || q.Collectives[0].ID != p.Collectives[0].ID {
		t.Fatal("an import moved the membership:", err, q.Collectives)
	}
	feed(t, n, wiresOf(t, other)...)
	rec, err := n.store.ByPublicID(protocol.KindProfile, identityOf(t, p.ID), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	person, _ := n.keys.Member(identityOf(t, p.ID))
	if here, err := n.signedHere(person, &rec); err != nil || here {
		t.Error("what was signed elsewhere counts as signed here:", err)
	}
	if keys, err := n.Keys(ctx); err != nil || len(keys) != 2 || keys[0].Role != roleCollective {
		t.Error(keys, err)
	}
	if own, err := other.OwnProfiles(ctx); err != nil || len(own) != 1 {
		t.Error(own, err)
	}
}
