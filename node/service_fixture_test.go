package node

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/places"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

var gazetteer = sync.OnceValues(places.Load)

// serviceNode is a node without network: real store and inbox in memory, real
// keys in files.
func serviceNode(t testing.TB, home string) *Node {
	t.Helper()
	return openService(t, serviceConfig(t, home))
}

func serviceConfig(t testing.TB, home string) Config {
	t.Helper()
	g, err := gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig(home)
	cfg.Network, cfg.Places, cfg.MinFreeBytes, cfg.offline = "test", g, -1, true
	cfg.Store = func(c *store.Config) { c.InMemory, c.Dir, c.BallastBytes = true, "", 0 }
	cfg.Inbox = func(c *inbox.Config) { c.InMemory = true }
	return cfg
}

func openService(t testing.TB, cfg Config) *Node {
	t.Helper()
	n, err := New(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	if n.bootstrap, err = openBootstrap(cfg, n.log); err != nil {
		t.Fatal(err)
	}
	if n.peers, err = openPeerBook(filepath.Join(cfg.Home, "peers.json"), cfg.Limits.RememberedPeers, n.log); err != nil {
		t.Fatal(err)
	}
	n.service.sealWork = 10
	return n
}

// namedNode also has a collective in Toulouse.
func namedNode(t testing.TB) *Node {
	t.Helper()
	return nameNode(t, serviceNode(t, t.TempDir()))
}

func nameNode(t testing.TB, n *Node) *Node {
	t.Helper()
	if _, err := n.Init(context.Background(), card.Collective{Name: "Les Indés", Place: card.Place{Text: "Toulouse"}, Languages: []string{"fr"}}); err != nil {
		t.Fatal(err)
	}
	return n
}

func camille(headline string, skills ...string) card.Profile {
	days := uint(4)
	return card.Profile{
		Name: "Camille Moreau", Headline: headline, Place: card.Place{Text: "Toulouse"}, Skills: skills,
		Languages: []string{"fr"}, Modes: []string{"onsite", "hybrid"}, DaysPerWeek: &days,
	}
}

func mustPublish(t testing.TB, n *Node, p card.Profile, ref string) card.Profile {
	t.Helper()
	done, err := n.PublishProfile(context.Background(), p, ref)
	if err != nil {
		t.Fatal(err)
	}
	return done.Profile
}

func wantProblem(t testing.TB, err error, cause card.Cause, field string) *card.Problem {
	t.Helper()
	var p *card.Problem
	if !errors.As(err, &p) || p.Cause != cause || p.Field != field {
		t.Fatalf("%v; a problem %s of field %q expected", err, cause, field)
	}
	return p
}

func identityOf(t testing.TB, id string) protocol.Identity {
	t.Helper()
	raw, err := protocol.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// feed gives a node sealed records as if a peer had.
func feed(t testing.TB, n *Node, wires ...[]byte) []store.Outcome {
	t.Helper()
	vs, errs := n.opener.OpenBatch(wires, time.Now())
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	outcomes, err := n.ingest(context.Background(), vs, sourceCatchUp)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

func wiresOf(t testing.TB, n *Node) (wires [][]byte) {
	t.Helper()
	err := n.store.EachLive(context.Background(), time.Now(), func(r protocol.Record) error {
		wires = append(wires, r.Wire())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return wires
}
