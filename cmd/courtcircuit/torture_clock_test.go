//go:build torture

package main

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
)

// A process asks for the time without a system call, by code that the kernel
// maps into it (the vDSO, vdso(7)). So one process alone gets a wrong clock
// when that code is replaced in its memory: by the system call, and an offset
// in seconds added to the wall clock; the monotonic clock goes on.
var skewedClock = []byte{
	0xb8, 0xe4, 0x00, 0x00, 0x00, // mov eax, 228 (clock_gettime)
	0x0f, 0x05, // syscall
	0x85, 0xff, // test edi, edi
	0x75, 0x0a, // jne ret (0 is CLOCK_REALTIME)
	0x48, 0x8b, 0x0d, 0x06, 0x00, 0x00, 0x00, // mov rcx, [offset]
	0x48, 0x01, 0x0e, // add [rsi], rcx
	0xc3, 0x00, 0x00, // ret
	0, 0, 0, 0, 0, 0, 0, 0, // offset
}

// skewClock moves the wall clock of one process by so much from the true time.
// Its first call must come before the process asks for the time.
func skewClock(pid int, by time.Duration) error {
	if runtime.GOARCH != "amd64" {
		return errors.New("the clock of a process is moved on amd64 only")
	}
	from, to, err := vdsoOf(pid)
	if err != nil {
		return err
	}
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer mem.Close()
	image := make([]byte, to-from)
	if _, err := mem.ReadAt(image, from); err != nil {
		return err
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return err
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return err
	}
	for _, s := range symbols {
		if s.Name != "__vdso_clock_gettime" {
			continue
		}
		at := from + int64(s.Value)
		offset := binary.LittleEndian.AppendUint64(nil, uint64(int64(by/time.Second)))
		if bytes.HasPrefix(image[s.Value:], skewedClock[:24]) {
			_, err = mem.WriteAt(offset, at+24)
		} else {
			_, err = mem.WriteAt(append(bytes.Clone(skewedClock[:24]), offset...), at)
		}
		return err
	}
	return errors.New("no clock in the vDSO")
}

// vdsoOf finds the vDSO of a process that may be about to get it: exec is over
// for the parent a moment before the kernel has mapped everything.
func vdsoOf(pid int) (from, to int64, err error) {
	for range 1000 {
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
		if err != nil {
			return 0, 0, err
		}
		for line := range strings.Lines(string(maps)) {
			if strings.Contains(line, "[vdso]") {
				_, err := fmt.Sscanf(line, "%x-%x", &from, &to)
				return from, to, err
			}
		}
		runtime.Gosched()
	}
	return 0, 0, errors.New("no vDSO in the process")
}

// startAt starts the victim with a clock that is off by so much.
func (s *stage) startAt(t *testing.T, by time.Duration) {
	t.Helper()
	former := onStart
	onStart = func(pid int) error { return skewClock(pid, by) }
	defer func() { onStart = former }()
	s.v.start(t)
}

func (s *stage) jump(t *testing.T, by time.Duration) {
	t.Helper()
	if err := skewClock(s.v.daemon.cmd.Process.Pid, by); err != nil {
		t.Fatal(err)
	}
}

// The clock of one node jumps by hours and days, while it runs and while it is
// stopped: it loses nothing, says that its clock differs, is believed no
// record from the future, and is like its peer again once its clock is right.
func TestTortureClock(t *testing.T) {
	needRoot(t)
	s := newStage(t, scratchDir(t), true)
	const day = 24 * time.Hour
	for _, by := range []time.Duration{3 * time.Hour, -3 * time.Hour, 2 * day, -2 * day} {
		s.startAt(t, 0)
		s.look(t, true)
		s.jump(t, by)
		s.checkClock(t, by)
		if by < 0 { // a record of the past is as good as any
			s.strike(t, func() {})
		} else {
			s.publishAtPeer(t)
		}
		s.l.check(t, s.v, true, false)
		s.v.kill()
		s.startAt(t, by)
		s.checkClock(t, by)
		s.l.check(t, s.v, true, false)
		s.awaitSaid(t, "clocks are more than an hour apart")
		s.v.kill()
		s.startAt(t, 0)
		s.look(t, true)
		s.v.kill()
		t.Logf("off by %s: nothing lost, said, and equal again", by)
	}
	s.fromTheFuture(t, 2*day)
	t.Logf("%d acknowledged, 0 lost", s.l.acknowledged.Load())
}

// checkClock proves that the node believes what it is told to: by the time
// until which a new link into its console holds.
func (s *stage) checkClock(t *testing.T, by time.Duration) {
	t.Helper()
	link, err := s.v.client.ConsoleLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if off := time.Until(link.ExpiresAt); off < by || off > by+time.Hour {
		t.Fatalf("the node's link ends in %s, its clock should be off by %s", off, by)
	}
}

func (s *stage) publishAtPeer(t *testing.T) {
	t.Helper()
	for range 5 {
		if err := s.l.publish(t.Context(), s.peer.client, false); err != nil {
			t.Fatal(err)
		}
	}
}

// awaitSaid waits until either node has logged words. The log is no signal to
// wait for, so the events of the nodes are.
func (s *stage) awaitSaid(t *testing.T, words string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitBound)
	defer cancel()
	err := await(ctx, []string{s.v.home, s.peer.home}, func(context.Context) (bool, string, error) {
		said := s.v.daemon.stderr.String() + s.peer.daemon.stderr.String()
		info, err := s.v.client.Info(ctx)
		return strings.Contains(said, words), fmt.Sprintf("%d peers; %s", info.Peers, said), err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// awaitCatchUp waits until the peer has compared all it holds with the victim.
func (s *stage) awaitCatchUp(t *testing.T, since time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitBound)
	defer cancel()
	err := await(ctx, []string{s.v.home, s.peer.home}, func(context.Context) (bool, string, error) {
		info, err := s.peer.client.Info(ctx)
		return info.Sync.Last != nil && info.Sync.Last.After(since), fmt.Sprintf("last catch-up %v", info.Sync.Last), err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fromTheFuture: what was published under a clock that is ahead is not
// believed elsewhere, and with the right clock it cannot be published on; all
// else can.
func (s *stage) fromTheFuture(t *testing.T, by time.Duration) {
	t.Helper()
	s.startAt(t, by)
	done, err := s.v.client.PublishProfile(t.Context(), person(1<<21), "")
	if err != nil {
		t.Fatal(err)
	}
	s.v.kill()
	killed := time.Now()
	s.startAt(t, 0)
	s.l.check(t, s.v, true, false)
	s.awaitCatchUp(t, killed)
	var problem *card.Problem
	_, err = s.v.client.ReplaceProfile(t.Context(), done.ID, person(1<<21+1))
	if !errors.As(err, &problem) || problem.Cause != card.Unavailable || !strings.Contains(err.Error(), "clock") {
		t.Fatalf("published on after a record of the future: %v", err)
	}
	if err := s.l.publish(t.Context(), s.v.client, true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.peer.client.Profile(t.Context(), done.ID); !errors.As(err, &problem) || problem.Cause != card.NotFound {
		t.Fatalf("the peer believes a record from the future: %v", err)
	}
	s.v.kill()
}
