package node

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

func importsOf(refs ...string) (items []api.Import) {
	for _, ref := range refs {
		items = append(items, api.Import{Ref: ref, Profile: camille("Graphiste " + ref), Another: true})
	}
	return items
}

// A batch that fails leaves no key behind, and takes none of those before.
func TestFailedPublishLeavesNoKey(t *testing.T) {
	cfg := serviceConfig(t, t.TempDir())
	cfg.Inbox = func(c *inbox.Config) { c.InMemory, c.MaxRefs = true, 2 }
	n := nameNode(t, openService(t, cfg))
	ctx := context.Background()
	kept := mustPublish(t, n, camille("Graphiste"), "a")
	if _, err := n.PublishProfiles(ctx, importsOf("b", "c", "")); !errors.Is(err, inbox.ErrFull) && !isProblem(err, card.Conflict) {
		t.Fatalf("%v; too many references expected", err)
	}
	if got := n.keys.Members(); len(got) != 1 || got[0] != identityOf(t, kept.ID) {
		t.Fatalf("%d keys after a failed import, 1 expected", len(got))
	}
	if _, err := n.PublishProfiles(ctx, importsOf("", "")); err != nil || len(n.keys.Members()) != 3 {
		t.Errorf("%v: %d keys, 3 expected", err, len(n.keys.Members()))
	}
}

// Cut off between the keys and the records, the next start removes the keys
// that nobody has, and none of a card that was acknowledged.
func TestCutOffPublishIsCleanedUp(t *testing.T) {
	n := namedNode(t)
	old := mustPublish(t, n, camille("Graphiste"), "")
	stored, cut := newPerson(t), newPerson(t)
	imported := newPerson(t)
	if err := n.keepMember(imported); err != nil {
		t.Fatal(err)
	}
	if err := n.noteNewKeys([]protocol.Author{stored, cut}); err != nil {
		t.Fatal(err)
	}
	if err := n.keys.AddMembers([]protocol.Author{stored, cut}); err != nil {
		t.Fatal(err)
	}
	feed(t, n, profileWire(t, "test", stored, time.Now()))
	n.resumeService(context.Background(), time.Now())
	for _, want := range []struct {
		id   protocol.Identity
		kept bool
	}{{identityOf(t, old.ID), true}, {stored.Identity(), true}, {imported.Identity(), true}, {cut.Identity(), false}} {
		if n.keys.HasMember(want.id) != want.kept {
			t.Errorf("key of %s kept: %t", want.id.Fingerprint(), !want.kept)
		}
	}
}

// A replica whose files lost records says nothing about which keys are used.
func TestLostRecordsTakeNoKey(t *testing.T) {
	cfg := serviceConfig(t, t.TempDir())
	cfg.Store = func(c *store.Config) { c.BallastBytes = 0 }
	n, err := New(cfg, testLog())
	if err != nil {
		t.Fatal(err)
	}
	nameNode(t, n)
	lost := newPerson(t)
	if err := errors.Join(n.noteNewKeys([]protocol.Author{lost}), n.keys.AddMembers([]protocol.Author{lost}), n.Close()); err != nil {
		t.Fatal(err)
	}
	// The root beside the database is of a later commit than it has: seq,
	// count and sum, then their checksum.
	path := filepath.Join(cfg.Home, "store", "root")
	root, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint64(root, binary.BigEndian.Uint64(root)+100)
	binary.BigEndian.PutUint32(root[len(root)-4:], crc32.ChecksumIEEE(root[:len(root)-4]))
	if err := os.WriteFile(path, root, 0o600); err != nil {
		t.Fatal(err)
	}
	n = openService(t, cfg)
	if !n.store.Damaged() {
		t.Fatal("the loss was not noticed")
	}
	n.resumeService(context.Background(), time.Now())
	if !n.keys.HasMember(lost.Identity()) {
		t.Error("the key of somebody whose records were lost is gone")
	}
}

// As long as peers may have more than the replica, a key is nobody's only so
// far: the replica may be a copy older than the card.
func TestOlderReplicaTakesNoKey(t *testing.T) {
	cfg := serviceConfig(t, t.TempDir())
	cfg.Bootstrap = []string{"/ip4/127.0.0.1/tcp/9/p2p/" + somePeer(t).String()}
	n := nameNode(t, openService(t, cfg))
	known, unknown := newPerson(t), newPerson(t)
	both := []protocol.Author{known, unknown}
	if err := errors.Join(n.noteNewKeys(both), n.keys.AddMembers(both)); err != nil {
		t.Fatal(err)
	}
	n.resumeService(context.Background(), time.Now())
	for _, a := range both {
		if !n.keys.HasMember(a.Identity()) {
			t.Fatal("a key was removed before a catch-up")
		}
	}
	failed := newPerson(t)
	if err := errors.Join(n.noteNewKeys([]protocol.Author{failed}), n.keys.AddMembers([]protocol.Author{failed}), n.dropNewKeys(failed)); err != nil {
		t.Fatal(err)
	}
	if n.keys.HasMember(failed.Identity()) || len(n.keys.Members()) != 2 {
		t.Error("of a batch that failed and what was before it, not the batch's key alone was removed")
	}
	feed(t, n, profileWire(t, "test", known, time.Now()))
	n.caughtUpSince.Store(1)
	n.resumeService(context.Background(), time.Now())
	if !n.keys.HasMember(known.Identity()) || n.keys.HasMember(unknown.Identity()) {
		t.Error("after the catch-up the key of the card is not the one that stays")
	}
}

// However many keys wait to be removed, the next batch is noted.
func TestNoteStaysSmall(t *testing.T) {
	n := namedNode(t)
	for range 5 {
		if err := n.noteNewKeys(newPeople(t, importBatch)); err != nil {
			t.Fatal(err)
		}
	}
}

func newPeople(t *testing.T, count int) (people []protocol.Author) {
	for range count {
		people = append(people, newPerson(t))
	}
	return people
}

// Keys that could not be removed are remembered by the notes that follow.
func TestNextNoteForgetsNobody(t *testing.T) {
	n := namedNode(t)
	cut := newPerson(t)
	if err := errors.Join(n.noteNewKeys([]protocol.Author{cut}), n.keys.AddMembers([]protocol.Author{cut})); err != nil {
		t.Fatal(err)
	}
	kept := mustPublish(t, n, camille("Graphiste"), "")
	mustMakeNewcomers(t, n)
	n.resumeService(context.Background(), time.Now())
	if got := n.keys.Members(); len(got) != 1 || got[0] != identityOf(t, kept.ID) {
		t.Errorf("%d keys, that of the published card expected", len(got))
	}
	if len(n.keys.Spares()) != newcomersReady {
		t.Errorf("%d keys ahead", len(n.keys.Spares()))
	}
}

func TestFullDiskMakesNoKey(t *testing.T) {
	home := t.TempDir()
	open := func(free int64) *Node {
		g, err := gazetteer()
		if err != nil {
			t.Fatal(err)
		}
		cfg := DefaultConfig(home)
		cfg.Network, cfg.Places, cfg.MinFreeBytes, cfg.offline = "test", g, free, true
		cfg.Store = func(c *store.Config) { c.BallastBytes = 0 }
		return openService(t, cfg)
	}
	ctx := context.Background()
	n := open(-1)
	if _, err := n.Init(ctx, card.Collective{Name: "Les Indés", Place: card.Place{Text: "Toulouse"}}); err != nil {
		t.Fatal(err)
	}
	p := mustPublish(t, n, camille("Graphiste"), "")
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	full := open(math.MaxInt64)
	_, err := full.PublishProfile(ctx, camille("Autre"), "")
	wantProblem(t, err, card.Unavailable, "")
	if got := full.keys.Members(); len(got) != 1 || got[0] != identityOf(t, p.ID) {
		t.Errorf("%d keys, that of the published card expected", len(got))
	}
}

func TestDismissalsAreBounded(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	own, _ := n.keys.Collective()
	_, most := protocol.KindDismissal.BoundClass()
	at := time.Now().Add(-time.Hour).UnixMilli()
	var wires [][]byte
	for i := range most {
		wire, err := protocol.Seal("test", own, protocol.DismissalDraft(protocol.Identity{byte(i + 1)}, at+int64(i)))
		if err != nil {
			t.Fatal(err)
		}
		wires = append(wires, wire)
	}
	person := newPerson(t) // who holds the own key, so that only dismissal is left
	grant, err := protocol.NewGrant("test", own, person.Identity(), time.UnixMilli(at), protocol.MaxGrant, protocol.CustodySelf)
	if err != nil {
		t.Fatal(err)
	}
	body := &protocol.Profile{Name: "Camille Moreau", Place: protocol.PlaceAt(43.6, 1.44), ConfirmedAtMillis: at}
	draft, err := body.Draft(&grant, at)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := protocol.Seal("test", person, draft)
	if err != nil {
		t.Fatal(err)
	}
	feed(t, n, append(wires, wire)...)
	err = n.RemoveProfile(ctx, person.Identity().String())
	if p := wantProblem(t, err, card.Conflict, ""); !strings.Contains(p.Detail, "108 memberships") {
		t.Error(p.Detail)
	}
	if got, err := n.store.CountKeys(own.Identity(), protocol.KindDismissal, time.Now()); err != nil || got != most {
		t.Errorf("%d dismissals, %d expected: %v", got, most, err)
	}
	// A year on the first of them have gone.
	if err := n.checkDismissalRoom(own.Identity(), person.Identity(), time.UnixMilli(at).Add(protocol.KindDismissal.Lifetime()+time.Hour)); err != nil {
		t.Error(err)
	}
}
