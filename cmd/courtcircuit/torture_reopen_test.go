//go:build torture

package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"courtcircuit/node/skills"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// A node with many records is killed while more come in, and says how long it
// took until it answered again. TORTURE_RECORDS sets how many it holds.
func TestTortureReopen(t *testing.T) {
	count := rounds(t, "TORTURE_RECORDS", 2000)
	s := newStage(t, scratchDir(t), false)
	fillReplica(t, s.v, count)
	first := s.v.start(t)
	s.strike(t, func() {
		s.l.darken(true)
		s.v.kill()
	})
	after := s.v.start(t)
	info, err := s.v.client.Info(t.Context())
	if err != nil || info.Counts["profile"] < count {
		t.Fatal(info.Counts, err)
	}
	s.look(t, true)
	t.Logf("%d records: ready after %s when it was closed, %s after a kill", count, first.Round(time.Millisecond), after.Round(time.Millisecond))
}

// fillReplica puts strangers' profiles into a home that no node runs on.
func fillReplica(t *testing.T, v *victim, count int) {
	t.Helper()
	network := protocol.Network(v.network)
	opener, err := protocol.NewOpener(network, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	table, err := skills.Load()
	if err != nil {
		t.Fatal(err)
	}
	cfg := store.DefaultConfig(filepath.Join(v.home, "store"))
	cfg.MinFreeBytes, cfg.SkillKey, cfg.SkillTable = 16<<20, table.Key, table.Version()
	st, err := store.Open(cfg, opener, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	var batch []protocol.Verified
	for i := range count {
		batch = append(batch, stranger(t, opener, network, i, now))
		if len(batch) == 500 || i == count-1 {
			if _, err := st.PutBatch(t.Context(), batch, now); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

func stranger(t *testing.T, o *protocol.Opener, network protocol.Network, i int, now time.Time) protocol.Verified {
	t.Helper()
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], uint64(i)+1)
	author, _, err := protocol.NewAuthor(rand.NewChaCha8(seed))
	if err != nil {
		t.Fatal(err)
	}
	p := protocol.Profile{
		Name: fmt.Sprint("Personne ", i), Headline: "Développeuse", Place: protocol.PlaceAt(43+float64(i%700)/100, 1+float64(i%500)/100),
		Skills: []string{"go", fmt.Sprint("savoir ", i%900)}, ConfirmedAtMillis: now.UnixMilli(),
	}
	draft, err := p.Draft(nil, now.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	wire, err := protocol.Seal(network, author, draft)
	if err != nil {
		t.Fatal(err)
	}
	v, err := o.Open(wire, now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
