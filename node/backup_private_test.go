package node

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/delivery"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"

	"github.com/google/go-cmp/cmp"
)

// runMessenger runs a node that tells of a step of its courier.
func runMessenger(t *testing.T, cfg Config, step string) (*Node, func(), <-chan struct{}) {
	t.Helper()
	done := make(chan struct{}, 64)
	cfg.Delivery = func(c *delivery.Config) {
		c.Step = func(name string) {
			if name == step {
				done <- struct{}{}
			}
		}
	}
	n, stop := runNode(t, cfg)
	return n, stop, done
}

// fillPrivate leaves something on every shelf, by the doors where people leave
// it as far as there is one.
func fillPrivate(t *testing.T, n *Node, to protocol.Identity) (followed string) {
	t.Helper()
	ctx := t.Context()
	deposit(t, n, grocery())
	away := grocery()
	away.To = &card.BriefTo{Collective: to.String()}
	d := deposit(t, n, away)
	member := must[card.MemberLink](t)(n.InviteMember(ctx, lou, "Camille Moreau"))
	raw := must[[32]byte](t)(protocol.ParseID(member.Member.ID))
	coordinator := must[access.Person](t)(n.AddCoordinator(lou, "Sacha Petit"))
	doors := n.accessStore()
	err := errors.Join(
		doors.passkeys.Put(inbox.ID{1}, access.Passkey{Person: coordinator, Name: "Téléphone", Site: "lesindes.example", CreatedAt: time.Now()}),
		doors.passkeys.Put(inbox.ID{2}, access.Passkey{Person: access.Person{Role: access.Member, ID: raw}, Site: "lesindes.example", CreatedAt: time.Now()}),
		doors.sessions.Put(inbox.ID{3}, access.Session{Person: coordinator, CreatedAt: time.Now(), SeenAt: time.Now()}),
		n.workShelf().Put(inbox.ID{4}, work{Title: "Festival des jardins", Year: 2025}),
		n.changeSettings(lou, func(s *Settings) error { s.Backup.Dir = t.TempDir(); return nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	return d.Secret
}

func privateCounts(n *Node) map[string]int {
	counts := shelfCounts(n)
	counts["outbox"] = inbox.NewShelf[any](n.inbox, inbox.SpaceOutbox).Len()
	counts["seen"] = inbox.NewShelf[any](n.inbox, inbox.SpaceSeen).Len()
	counts["settings"] = inbox.NewShelf[any](n.inbox, inbox.SpaceSettings).Len()
	counts["coordinators"] = n.coordinatorShelf().Len()
	counts["works"] = n.workShelf().Len()
	counts["passkeys"] = n.accessStore().passkeys.Len()
	return counts
}

// A node that was lost with a brief still on its way comes back from its
// backup elsewhere: everything private is there but open doors, and the brief
// goes out. The same backup restored once more sends it again, and the other
// collective still has it once.
func TestRestoredNodeSendsWhatWaited(t *testing.T) {
	ctx, thereHome := t.Context(), t.TempDir()
	there, stop := runNode(t, loopConfig(t, thereHome))
	if _, err := there.Init(ctx, card.Collective{Name: "La Fabrique", Place: card.Place{Text: "Bordeaux"}, Languages: []string{"fr"}}); err != nil {
		t.Fatal(err)
	}
	to := there.ownIdentity()
	here, stopHere := runNode(t, loopConfig(t, t.TempDir()))
	nameNode(t, here)
	feed(t, here, wiresOf(t, there)...)
	stop()
	secret := fillPrivate(t, here, to)
	backup, err := here.BackupTo(ctx, filepath.Join(t.TempDir(), "b"))
	if err != nil {
		t.Fatal(err)
	}
	want := privateCounts(here)
	for kind, count := range want {
		if count == 0 && kind != "seen" {
			t.Errorf("nothing was left of %s: this test proves less than it says", kind)
		}
	}
	want["links"], want["sessions"] = 0, 0
	stopHere()
	there, _, kept := runMessenger(t, loopConfig(t, thereHome), "kept")
	for range 2 {
		cfg := loopConfig(t, filepath.Join(t.TempDir(), "home"), there.Addresses()...)
		if _, err := Restore(ctx, cfg, backup.Path, "", nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, countsOf(t, cfg)); diff != "" {
			t.Errorf("restored (-want +got):\n%s", diff)
		}
		again, stop, settled := runMessenger(t, cfg, "settled")
		<-settled
		wantTrack(t, again, secret, card.BriefReceived)
		stop()
		if b := theBrief(t, there, card.BriefReceived); b.Contact.Email != canaryEmail {
			t.Errorf("%+v", b.Contact)
		}
	}
	if len(kept) != 1 {
		t.Errorf("the brief was taken %d times", len(kept))
	}
}

// countsOf looks at a home without running it.
func countsOf(t *testing.T, cfg Config) map[string]int {
	t.Helper()
	cfg.offline = true
	n, err := New(cfg, testLog())
	if err != nil {
		t.Fatal(err)
	}
	counts := privateCounts(n)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	return counts
}
