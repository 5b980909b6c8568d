//go:build torture

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"courtcircuit/node/card"
)

// filler is somebody else's file that takes the room of a disk.
type filler struct {
	dir  string
	path string
}

func free(t *testing.T, dir string) int64 {
	t.Helper()
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	return int64(st.Bavail) * st.Bsize
}

// fill writes until nothing is free, as fast as a copy: 256 KiB a millisecond.
func (f filler) fill(t *testing.T) {
	t.Helper()
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	chunk := make([]byte, 256<<10)
	for len(chunk) > 0 {
		time.Sleep(time.Millisecond)
		if _, err := file.Write(chunk); errors.Is(err, unix.ENOSPC) {
			chunk = chunk[:len(chunk)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func (f filler) giveBack(t *testing.T) {
	t.Helper()
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
}

// The disk of a node fills up to the last byte while records come in: the node
// lives, answers who reads, refuses who writes and says why; stopping and
// starting work or say why not; and when there is room again all goes on and
// nothing that was acknowledged is missing.
func TestTortureDiskFull(t *testing.T) {
	n := rounds(t, "TORTURE_FULL", 5)
	at := newTmpfs(t, "320")
	s := newStage(t, at, true)
	s.v.dir = "/"
	s.v.environ = append(s.v.environ, "COURTCIRCUIT_MIN_FREE_MIB=48")
	f := filler{at, filepath.Join(at, "someone-elses")}
	refusedStarts := 0
	for round := range n {
		began := time.Now()
		s.v.start(t)
		s.look(t, false)
		looked := time.Since(began)
		s.strike(t, func() { f.fill(t) })
		filled := time.Since(began)
		s.checkFull(t)
		if round%2 == 0 {
			s.v.kill()
		} else if err := s.v.daemon.stop(); err != nil {
			t.Fatalf("round %d, stop on a full disk: %v", round, err)
		}
		stopped := time.Since(began)
		f.fill(t) // what stopping gave back
		ctx, cancel := context.WithTimeout(t.Context(), awaitBound)
		err := s.v.tryStart(ctx)
		cancel()
		if err != nil {
			refusedStarts++
			checkRefusal(t, err, "MiB")
		} else {
			f.fill(t) // the ballast, for instance
			s.checkFull(t)
			s.v.kill()
		}
		f.giveBack(t)
		t.Logf("round %d: looked after %s, full after %s, stopped after %s, ended after %s", round, looked, filled, stopped, time.Since(began))
	}
	s.v.start(t)
	s.look(t, true)
	if _, err := s.v.client.PublishProfile(t.Context(), person(s.l.number()), ""); err != nil {
		t.Fatalf("room again: %v", err)
	}
	t.Logf("%d times full: %d acknowledged, %d refused or cut off, 0 lost; %d of %d starts on the full disk refused with a reason",
		n, s.l.acknowledged.Load(), s.l.refused.Load(), refusedStarts, n)
}

// checkRefusal wants an error that a program gives, with some words, and none
// of a crash.
func checkRefusal(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, crash := range []string{"goroutine ", "panic", "SIGBUS", "signal:", "fatal error"} {
		if strings.Contains(err.Error(), crash) {
			t.Fatalf("crashed: %.6000s", err)
		}
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Fatalf("%v; %q expected in it", err, w)
		}
	}
}

// checkFull: alive, reading works, writing is refused and says why.
func (s *stage) checkFull(t *testing.T) {
	t.Helper()
	select {
	case <-s.v.daemon.exited:
		t.Fatalf("ended on a full disk: %v: %s", s.v.daemon.err, s.v.said())
	default:
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	for id, p := range s.l.profiles {
		if p.gone || p.going {
			continue
		}
		if _, err := s.v.client.Profile(ctx, id); err != nil && p.own {
			t.Fatalf("reading on a full disk: %v; %s", err, s.v.said())
		}
		break
	}
	_, err := s.v.client.PublishProfile(ctx, person(1<<20), "")
	var problem *card.Problem
	if !errors.As(err, &problem) || problem.Cause != card.Unavailable || !strings.Contains(fmt.Sprint(err), "disk") {
		t.Fatalf("writing on a full disk: %v, an unavailable service that names the disk expected; %d bytes free; %s", err, free(t, s.v.home), s.v.said())
	}
}
