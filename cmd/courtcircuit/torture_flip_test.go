//go:build torture

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtcircuit/store/dbfiles/flip"
)

// A bit of any file of the home is flipped while the node is stopped, or was
// killed. It starts and serves nothing wrong, says what it found, and is whole
// again after a catch-up; or it refuses, names the file and says what to do.
// It never crashes, and never goes on under new keys.
func TestTortureFlips(t *testing.T) {
	s := newStage(t, scratchDir(t), true)
	s.v.start(t)
	peerID, err := s.v.daemon.info()
	if err != nil {
		t.Fatal(err)
	}
	s.strike(t, func() {})
	s.look(t, true)
	s.v.kill()
	killed := keepHome(t, s.v.home)
	s.v.start(t)
	if err := s.v.daemon.stop(); err != nil {
		t.Fatal(err)
	}
	closed := keepHome(t, s.v.home)

	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 3))
	started, refused, silent := 0, 0, map[string]int{}
	n := rounds(t, "TORTURE_FLIPS", 10)
	for round := range n {
		if err := os.RemoveAll(s.v.home); err != nil {
			t.Fatal(err)
		}
		command(t, "cp", "-a", []string{closed, killed}[round%2], s.v.home)
		path, err := flip.Pick(rng, s.v.home)
		if err != nil {
			t.Fatal(err)
		}
		at, err := flip.Flip(rng, path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(s.v.home, path)
		where := fmt.Sprintf("seed %d round %d, %s byte %d", seed, round, name, at)
		ctx, cancel := context.WithTimeout(t.Context(), awaitBound)
		err = s.v.tryStart(ctx)
		cancel()
		if err != nil {
			refused++
			t.Logf("%s: refused: %s", where, lastLine(err))
			checkRefusal(t, err, filepath.Base(path))
			continue
		}
		started++
		if info, err := s.v.daemon.info(); err != nil || info.PeerID != peerID.PeerID {
			t.Fatalf("%s: another node than before (%v)", where, err)
		}
		s.v.same(t, s.peer)
		s.l.check(t, s.v, true, true)
		if !flip.Idle(path, at) && !strings.Contains(s.v.daemon.stderr.String(), filepath.Base(path)) {
			silent[name]++
		}
		if err := s.v.daemon.stop(); err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		s.v.daemon = nil
	}
	for name := range silent {
		if !mayChange[name] {
			t.Errorf("seed %d: %s damaged and no word of it", seed, name)
		}
	}
	t.Logf("%d flips: %d started whole, %d refused with the file's name, 0 crashes; unnoticed where nothing can tell: %v", n, started, refused, silent)
}

// mayChange are files that people write or read: any text of the right form is
// one that they could have wanted, and none of them holds a record or a key.
var mayChange = map[string]bool{
	"courtcircuit.toml": true, "peers.json": true, "bootstrap.json": true, "listen-port": true, "http-address": true, "api-token": true, "VERSION": true,
}

func keepHome(t *testing.T, home string) string {
	t.Helper()
	kept := filepath.Join(scratchDir(t), "kept")
	command(t, "cp", "-a", home, kept)
	return kept
}

func lastLine(err error) string {
	text := strings.TrimSpace(err.Error())
	return text[max(0, len(text)-300):]
}

// A second daemon on one home refuses and names the first.
func TestTortureTwoDaemons(t *testing.T) {
	s := newStage(t, scratchDir(t), false)
	s.v.start(t)
	second := *s.v
	err := second.tryStart(t.Context())
	if err == nil {
		second.kill()
		t.Fatal("two daemons on one home")
	}
	checkRefusal(t, err, fmt.Sprintf("process %d", s.v.daemon.cmd.Process.Pid))
	s.l.check(t, s.v, true, true)
}
