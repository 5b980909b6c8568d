package node

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"courtcircuit/node/inbox"
	"courtcircuit/node/keyring"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// diskNode keeps its replica in files, so that it can be opened again.
func diskNode(t *testing.T, home string) *Node {
	t.Helper()
	cfg := serviceConfig(t, home)
	cfg.Store = func(c *store.Config) { c.BallastBytes = 0 }
	return openService(t, cfg)
}

func mustMakeNewcomers(t *testing.T, n *Node) {
	t.Helper()
	if err := n.makeNewcomers(); err != nil {
		t.Fatal(err)
	}
}

// Who comes second has a key that was on the disk before, and those that
// nobody took are gone after the end.
func TestNewcomerTakesAKeyMadeAhead(t *testing.T) {
	home := t.TempDir()
	n := nameNode(t, diskNode(t, home))
	first := mustPublish(t, n, camille("Graphiste"), "")
	if len(n.newcomers.wanted) != 1 || len(n.keys.Spares()) != 0 {
		t.Fatal("no keys are wanted after the first card, or there were some before")
	}
	mustMakeNewcomers(t, n)
	ahead := n.keys.Spares()
	if len(ahead) != newcomersReady || len(n.keys.Members()) != 1 {
		t.Fatalf("%d keys ahead and %d members, %d and 1 expected", len(ahead), len(n.keys.Members()), newcomersReady)
	}
	second := mustPublish(t, n, camille("Autre"), "")
	if !slices.Contains(ahead, identityOf(t, second.ID)) || len(n.keys.Members()) != 2 {
		t.Error("the second card's key is none of those made ahead")
	}
	// What runs each hour takes none of them.
	n.resumeService(context.Background(), time.Now())
	if got := len(n.keys.Spares()); got != newcomersReady-1 || len(n.newcomers.ready) != got {
		t.Errorf("%d keys ahead, %d of them ready, %d expected", got, len(n.newcomers.ready), newcomersReady-1)
	}
	want := []protocol.Identity{identityOf(t, first.ID), identityOf(t, second.ID)}
	for range newcomersReady - 2 {
		next := identityOf(t, mustPublish(t, n, camille("Suivant"), "").ID)
		if want = append(want, next); !slices.Contains(ahead, next) {
			t.Error("a key was made although there were some")
		}
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.Open(filepath.Join(home, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(want, func(a, b protocol.Identity) int { return slices.Compare(a[:], b[:]) })
	if got := ring.Members(); !slices.Equal(got, want) {
		t.Errorf("%d keys after the end, those of the %d cards expected", len(got), len(want))
	}
}

// After a crash the keys made ahead are members' until it is known whose they
// are: here a replica of before is put back beside the keys of today.
func TestCrashWithKeysAhead(t *testing.T) {
	home, crashed := t.TempDir(), t.TempDir()
	n := nameNode(t, diskNode(t, home))
	mustMakeNewcomers(t, n)
	if err := os.CopyFS(filepath.Join(crashed, "store"), os.DirFS(filepath.Join(home, "store"))); err != nil {
		t.Fatal(err)
	}
	id := identityOf(t, mustPublish(t, n, camille("Graphiste"), "").ID)
	if err := os.CopyFS(filepath.Join(crashed, "keys"), os.DirFS(filepath.Join(home, "keys"))); err != nil {
		t.Fatal(err)
	}
	wires := wiresOf(t, n)
	n = diskNode(t, crashed)
	n.bootstrap.given = []BootstrapPeer{{}} // somebody may know more
	n.resumeService(context.Background(), time.Now())
	if n.store.Damaged() || len(n.keys.Members()) != newcomersReady {
		t.Fatalf("damaged: %t; %d keys, %d expected", n.store.Damaged(), len(n.keys.Members()), newcomersReady)
	}
	feed(t, n, wires...)
	n.caughtUpSince.Store(1)
	n.resumeService(context.Background(), time.Now())
	if got := n.keys.Members(); len(got) != 1 || got[0] != id {
		t.Errorf("%d keys, that of the card expected", len(got))
	}
}

// More people than there are keys, in one batch: each has one, and the few left
// are made up for.
func TestMoreNewcomersThanKeys(t *testing.T) {
	n := namedNode(t)
	mustMakeNewcomers(t, n)
	people := newcomersReady + 4
	done, err := n.PublishProfiles(context.Background(), importsOf(make([]string, people)...))
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]bool{}
	for _, d := range done {
		if d.Err != nil {
			t.Fatal(d.Err)
		}
		secrets[d.Published.RecoverySecret] = true
	}
	if len(n.keys.Members()) != people || len(secrets) != people || len(n.keys.Spares()) != 0 {
		t.Errorf("%d keys, %d secrets and %d ahead; %d, as many and none expected", len(n.keys.Members()), len(secrets), len(n.keys.Spares()), people)
	}
	mustMakeNewcomers(t, n)
	mustMakeNewcomers(t, n) // enough
	if got := len(n.keys.Spares()); got != newcomersReady {
		t.Errorf("%d keys ahead, %d expected", got, newcomersReady)
	}
}

// A card that is refused uses no key, and a batch that fails takes none of
// those made ahead with it.
func TestRefusedNewcomerLeavesTheKey(t *testing.T) {
	cfg := serviceConfig(t, t.TempDir())
	cfg.Inbox = func(c *inbox.Config) { c.InMemory, c.MaxRefs = true, 2 }
	n := nameNode(t, openService(t, cfg))
	ctx := context.Background()
	kept := mustPublish(t, n, camille("Graphiste"), "a")
	mustMakeNewcomers(t, n)
	mustPublish(t, n, camille("Autre"), "b")
	wrong := camille("Autre")
	wrong.Name = ""
	if _, err := n.PublishProfile(ctx, wrong, ""); err == nil {
		t.Fatal("a card without a name was published")
	}
	if len(n.newcomers.ready) != newcomersReady-1 || len(n.keys.Spares()) != newcomersReady-1 {
		t.Errorf("%d ready, %d ahead", len(n.newcomers.ready), len(n.keys.Spares()))
	}
	if _, err := n.PublishProfiles(ctx, importsOf("c")); err == nil {
		t.Fatal("one reference too many was kept")
	}
	ahead := n.keys.Spares()
	if len(n.keys.Members()) != 2 || !n.keys.HasMember(identityOf(t, kept.ID)) {
		t.Errorf("%d keys, 2 expected", len(n.keys.Members()))
	}
	for _, c := range n.newcomers.ready {
		if !slices.Contains(ahead, c.author.Identity()) {
			t.Error("a key is ready that is not on the disk")
		}
	}
	next := mustPublish(t, n, camille("Suivant"), "")
	if !slices.Contains(ahead, identityOf(t, next.ID)) {
		t.Error("the keys made ahead serve no more")
	}
}
